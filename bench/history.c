/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history.c - what a commit to the history costs, and histories of any size for timing reports
 *
 *   history commits DB COUNT             CPU ns of a commit of one tick: mean and 99th percentile
 *   history fill DB DEVICES STEP_S DAYS  one run of so many days up to 2026-01-01, a sample each step
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "history/history.h"

enum { DEVICES_MAX = 64 };
#define HOUR_NS (3600 * NSEC_PER_SEC)
#define END_WALL_NS (INT64_C(1767225600) * NSEC_PER_SEC)

struct bench {
    struct history *history;
    struct run run;
    struct device devices[DEVICES_MAX];
    struct device_totals totals[DEVICES_MAX];
    struct slice slices[DEVICES_MAX]; /* of the hour in hand */
    size_t device_count;
    struct history_sample *samples; /* of one commit */
    size_t sample_count;
};

static int fail(const struct aico2_error *err)
{
    fprintf(stderr, "history: %s\n", err->message);
    return 1;
}

static void describe(struct bench *bench, int64_t start_wall_ns, size_t devices, int64_t step_ns)
{
    struct run *run = &bench->run;

    *run = (struct run){
        .state = RUN_RUNNING,
        .started_wall_ns = start_wall_ns,
        .ended_wall_ns = start_wall_ns,
        .exit_status = -1,
        .interval_ns = step_ns,
        .cpu_seconds = NAN,
        .lifetime_years = NAN,
        .units = NAN,
        .pue = 1,
        .scope = SCOPE_MACHINE,
    };
    ulid_make(run->id, start_wall_ns);
    (void)snprintf(run->name, sizeof(run->name), "bench");
    (void)snprintf(run->stage, sizeof(run->stage), "training");
    run->machine.sockets = run->machine.cores = run->machine.threads = 2;
    bench->device_count = devices;
    for (size_t i = 0; i < devices; i++) {
        struct device *device = &bench->devices[i];

        *device = DEVICE_NULL;
        device->kind = i == 0 ? DEVICE_CPU : i == 1 ? DEVICE_MEMORY : DEVICE_GPU;
        (void)snprintf(device->id, sizeof(device->id), "%s%zu", device_kind_name(device->kind), i);
        (void)snprintf(device->reader, sizeof(device->reader), "bench");
        device->rated_watts = device->max_watts = 400;
        device->idle_watts = 40;
        device->band_ratio = 0.05;
        device->threads = i == 0 ? 2 : 0;
        device->memory_bytes = UINT64_C(80) << 30;
        bench->totals[i] = DEVICE_TOTALS_NULL;
    }
}

static int begin(struct bench *bench, const char *path, size_t devices, int64_t start_wall_ns,
                 int64_t step_ns, struct aico2_error *err)
{
    int r = history_open(path, HISTORY_WRITE, &bench->history, err);

    if (r < 0)
        return r;
    describe(bench, start_wall_ns, devices, step_ns);
    return history_run_begin(bench->history, &bench->run, bench->devices, devices, err);
}

/* One sample of each device, 100 W and a little more or less. */
static void add_tick(struct bench *bench, int64_t end_wall_ns, double seconds)
{
    int64_t last_ns = end_wall_ns - 1;
    int64_t hour_ns = last_ns - last_ns % HOUR_NS;

    for (size_t i = 0; i < bench->device_count; i++) {
        double watts = 100 + (double)((end_wall_ns / NSEC_PER_SEC + (int64_t)i) % 17);
        struct energy_sums sums = {
            .joules = watts * seconds,
            .covered_seconds = seconds,
            .job_gross_joules = watts * seconds / 2,
            .job_seconds = seconds / 2,
            .others_gross_joules = watts * seconds / 2,
            .others_seconds = seconds / 2,
            .job_activity = seconds / 2,
            .all_activity = seconds,
            .utilization_seconds = seconds / 3,
            .utilization_covered_seconds = seconds,
            .samples = 1,
        };

        if (bench->slices[i].start_wall_ns != hour_ns)
            bench->slices[i] = (struct slice){ .start_wall_ns = hour_ns, .device = (int)i };
        energy_sums_add(&bench->slices[i].sums, &sums);
        bench->totals[i].peak_watts = fmax(bench->totals[i].peak_watts, watts);
        bench->totals[i].lowest_watts = fmin(bench->totals[i].lowest_watts, watts);
        bench->samples[bench->sample_count++] = (struct history_sample){
            .end_wall_ns = end_wall_ns,
            .interval_seconds = seconds,
            .device = (int)i,
            .sums = sums,
            .power_watts = watts,
        };
    }
    bench->run.ended_wall_ns = end_wall_ns;
    bench->run.duration_ns = end_wall_ns - bench->run.started_wall_ns;
}

static int commit(struct bench *bench, struct aico2_error *err)
{
    int r = history_append(bench->history, &bench->run, bench->samples, bench->sample_count,
                           bench->slices, bench->device_count, bench->totals, bench->device_count,
                           err);

    bench->sample_count = 0;
    return r;
}

static int by_size(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a;
    int64_t other = *(const int64_t *)b;

    return (one > other) - (one < other);
}

static int commits(const char *path, size_t count)
{
    struct bench bench = { .samples = calloc(DEVICES_MAX, sizeof(struct history_sample)) };
    int64_t *costs = calloc(count, sizeof(*costs));
    struct aico2_error err = { 0 };
    int64_t sum_ns = 0;

    if (costs == NULL || bench.samples == NULL)
        return 1;
    if (begin(&bench, path, 2, clock_wall_ns(), NSEC_PER_SEC, &err) < 0)
        return fail(&err);
    for (size_t i = 0; i < count; i++) {
        int64_t before_ns = clock_process_cpu_ns();

        add_tick(&bench, bench.run.started_wall_ns + (int64_t)(i + 1) * NSEC_PER_SEC, 1);
        if (commit(&bench, &err) < 0)
            return fail(&err);
        costs[i] = clock_process_cpu_ns() - before_ns;
        sum_ns += costs[i];
    }
    if (history_run_end(bench.history, &bench.run, 1, 1, &err) < 0)
        return fail(&err);
    qsort(costs, count, sizeof(*costs), by_size);
    printf("%" PRId64 " %" PRId64 "\n", sum_ns / (int64_t)count, costs[count * 99 / 100]);
    history_close(bench.history);
    free(costs);
    free(bench.samples);
    return 0;
}

static int fill(const char *path, size_t devices, int64_t step_ns, int64_t days)
{
    int64_t start_ns = END_WALL_NS - days * 24 * HOUR_NS;
    size_t room = devices * (size_t)(HOUR_NS / step_ns + 1);
    struct bench bench = { .samples = calloc(room, sizeof(struct history_sample)) };
    struct aico2_error err = { 0 };

    if (bench.samples == NULL)
        return 1;
    if (begin(&bench, path, devices, start_ns, step_ns, &err) < 0)
        return fail(&err);
    for (int64_t at_ns = start_ns + step_ns; at_ns <= END_WALL_NS; at_ns += step_ns) {
        add_tick(&bench, at_ns, seconds_from_ns(step_ns));
        if (at_ns % HOUR_NS == 0 && commit(&bench, &err) < 0)
            return fail(&err);
    }
    bench.run.state = RUN_FINISHED;
    bench.run.exit_status = 0;
    if (history_run_end(bench.history, &bench.run, 1, 1, &err) < 0)
        return fail(&err);
    printf("%s\n", bench.run.id);
    history_close(bench.history);
    free(bench.samples);
    return 0;
}

static long number(int argc, char **argv, int at)
{
    return at < argc ? strtol(argv[at], NULL, 10) : 0;
}

int main(int argc, char **argv)
{
    long devices = number(argc, argv, 3);
    long step_s = number(argc, argv, 4);

    if (argc == 4 && strcmp(argv[1], "commits") == 0 && devices > 0)
        return commits(argv[2], (size_t)devices);
    if (argc == 6 && strcmp(argv[1], "fill") == 0 && devices > 0 && devices <= DEVICES_MAX &&
        step_s > 0 && step_s <= 3600 && 3600 % step_s == 0)
        return fill(argv[2], (size_t)devices, step_s * NSEC_PER_SEC, number(argc, argv, 5));
    fprintf(stderr, "usage: history commits DB COUNT | fill DB DEVICES STEP_SECONDS DAYS\n");
    return 2;
}

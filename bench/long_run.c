/* SPDX-License-Identifier: Apache-2.0 */
/*
 * long_run.c - a run of very many samples in a few seconds: memory, and time to its report
 *
 *   long_run DB SAMPLES
 *
 * The session is the real one with its real history; its clocks are ours (they stand in for those of
 * base/clock.c when this program is linked) and go on by 10 ms a tick. Readings are made
 * up, one of each device this machine has, so that the speed of a reader plays no part.
 * Prints: ticks, devices, resident KiB after 1/10 of the run and at its end, ms of session_finish().
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "session/report/build.h"
#include "session/session_private.h"

static const int64_t TICK_NS = NSEC_PER_SEC / 100;
static int64_t offset_ns; /* how far our clocks have run ahead */

static int64_t real_ns(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

int64_t clock_mono_ns(void)
{
    return real_ns(CLOCK_MONOTONIC) + offset_ns;
}

int64_t clock_boot_ns(void)
{
    return real_ns(CLOCK_BOOTTIME) + offset_ns;
}

int64_t clock_wall_ns(void)
{
    return real_ns(CLOCK_REALTIME) + offset_ns;
}

int64_t clock_process_cpu_ns(void)
{
    return real_ns(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t clock_cpu_ns_of(pid_t pid)
{
    (void)pid;
    return 0; /* no command prints anything here */
}

/* What is waited for passes at once. */
void clock_pause_ns(int64_t ns)
{
    offset_ns += ns;
}

static int64_t payload_mono_ns(void *payload)
{
    (void)payload;
    return clock_mono_ns();
}

static int64_t payload_boot_ns(void *payload)
{
    (void)payload;
    return clock_boot_ns();
}

static int64_t payload_wall_ns(void *payload)
{
    (void)payload;
    return clock_wall_ns();
}

const struct clock clock_system = {
    .mono_ns = payload_mono_ns,
    .boot_ns = payload_boot_ns,
    .wall_ns = payload_wall_ns,
};

static long resident_kib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");

    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file != NULL)
        (void)fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Every device works half the time, at 100 W where it has a sensor. */
static void read_made_up(struct source *source, int64_t busy_ns)
{
    for (size_t i = 0; i < source->own_reader->device_count; i++) {
        source->own_samples[i] = (struct sample){
            .mono_ns = clock_mono_ns(),
            .valid = source->own_reader->devices[i].fields & ~(uint32_t)SAMPLE_PROCESSES,
            .energy_uj = (uint64_t)(busy_ns / 5),
            .power_watts = 100,
            .utilization_ratio = 0.5,
            .busy_ns = busy_ns,
            .memory_used_bytes = 1 << 20,
        };
    }
}

static void one_tick(struct session *session, int64_t busy_ns)
{
    for (size_t i = 0; i < session->sampler.source_count; i++) {
        struct source *source = &session->sampler.sources[i];

        if (source->own_reader == NULL)
            continue;
        read_made_up(source, busy_ns);
        session_take_samples(session, i, source->own_samples);
    }
    session_take_tick(session, clock_mono_ns());
}

static void wait_for_disk(struct session *session)
{
    while (session->recorder != NULL &&
           recorder_wait(session->recorder, 60 * NSEC_PER_SEC) == NULL)
        continue;
}

static int run(struct session *session, int64_t samples)
{
    int64_t ticks = samples / (int64_t)session->channel_count;
    struct aico2_error err = { 0 };
    struct report report = { 0 };
    long early_kib = 0;
    int64_t before_ns;
    int r;

    session_start(session);
    for (int64_t i = 1; i <= ticks; i++) {
        offset_ns += TICK_NS;
        one_tick(session, i * TICK_NS / 2);
        if (i % 100 == 0)
            wait_for_disk(session); /* a real run has a second for it */
        if (i == ticks / 10)
            early_kib = resident_kib();
    }
    wait_for_disk(session);
    before_ns = real_ns(CLOCK_MONOTONIC);
    r = session_finish(session, &(struct session_end){ RUN_FINISHED, 0 }, &report, &err);
    before_ns = real_ns(CLOCK_MONOTONIC) - before_ns;
    if (r < 0) {
        fprintf(stderr, "long_run: %s\n", err.message);
        return 1;
    }
    printf("%" PRId64 " %zu %ld %ld %.3f %s\n", ticks, session->channel_count, early_kib,
           resident_kib(), (double)before_ns / 1e6, session_run_id(session));
    report_deinit(&report);
    return 0;
}

int main(int argc, char **argv)
{
    struct session *session = NULL;
    struct aico2_error err = { 0 };
    int status;

    if (argc != 3 || strtoll(argv[2], NULL, 10) <= 0) {
        fprintf(stderr, "usage: long_run DB SAMPLES\n");
        return 2;
    }
    if (session_new(&session,
                    &(struct session_options){
                        .name = "long run",
                        .interval_ns = TICK_NS,
                        .scope = SCOPE_MACHINE,
                        .embodied = true,
                        .lifetime_years = NAN,
                        .units = NAN,
                        .pue = 1,
                        .intensity = { .gco2e_per_kwh = { .value = 400, .low = 300, .high = 500 } },
                        .db_path = argv[1],
                        .root = getpid(),
                    },
                    &err) < 0) {
        fprintf(stderr, "long_run: %s\n", err.message);
        return 1;
    }
    status = run(session, strtoll(argv[2], NULL, 10));
    session_free(session);
    return status;
}

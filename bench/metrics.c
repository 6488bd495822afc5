/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.c - what a scrape costs this program: the snapshot, the own process, the text
 *
 *   metrics GPUS RUNS   prints CPU ns of a scrape as Prometheus text and as OpenMetrics, and its bytes
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/number.h"
#include "session/metrics/report.h"
#include "writers/metrics_text.h"

enum { ROUNDS = 2000, DEVICES_MAX = 256, RUNS_MAX = 1000 };

static void add(struct device_counters *counters, const char *id, enum device_kind kind,
                const char *reader, int index)
{
    struct device_counter *item = &counters->items[counters->count++];

    *item = (struct device_counter){ .device = DEVICE_NULL, .added = true, .present = true };
    item->device.kind = kind;
    item->device.index = index;
    (void)snprintf(item->device.id, DEVICE_ID_SIZE, "%s%d", id, index);
    (void)snprintf(item->device.reader, DEVICE_READER_SIZE, "%s", reader);
    (void)snprintf(item->device.model, DEVICE_MODEL_SIZE, "NVIDIA A100-SXM4-80GB");
    (void)snprintf(item->device.uuid, DEVICE_UUID_SIZE,
                   "GPU-df6e7a7c-7314-46f8-abc4-b88b36dcf3%02d", index % 100);
}

/* Figures that change from scrape to scrape, as those of a machine do. */
static void use(struct device_counters *counters, int round)
{
    for (size_t i = 0; i < counters->count; i++) {
        struct device_counter *item = &counters->items[i];
        const double joules = 1e6 / 3 * (double)(i + 1) + round * 123.456;

        item->joules = (struct rising){ 1e7 / 7, joules };
        item->gco2e = (struct rising){ 0, joules / 12345 };
        item->embodied = (struct rising){ 0, joules / 54321 };
        item->gap_seconds = (struct rising){ 0, 0.25 };
        item->watts = 100.0 / 3 + round % 100;
        item->utilization_ratio = round % 100 / 99.0;
    }
}

static int64_t scrape(struct metrics *metrics, struct metrics_source *source,
                      struct own_process *process, int proc_fd, struct device_counters *counters,
                      enum metrics_form form, size_t *bytes_out)
{
    struct strbuf out = { 0 };
    int64_t sum_ns = 0;

    for (int round = 0; round < ROUNDS; round++) {
        const int64_t before_ns = clock_process_cpu_ns();

        use(counters, round);
        own_process_read(proc_fd, process);
        metrics_of_report(metrics, source);
        out.length = 0;
        write_metrics(&out, metrics, form);
        sum_ns += clock_process_cpu_ns() - before_ns;
    }
    *bytes_out = out.length;
    strbuf_deinit(&out);
    return sum_ns / ROUNDS;
}

int main(int argc, char **argv)
{
    static char labels[] = "manager=slurm\njob_id=4711\nuser=ada\ncluster=c1\n";
    static struct device_counter items[DEVICES_MAX];
    static struct metrics_run runs[RUNS_MAX];
    struct device_counters counters = { .items = items };
    const struct intensity intensity = { .place = "FR",
                                         .source_short = "Ember",
                                         .gco2e_per_kwh = { 44.18, 40, 50 } };
    const struct metrics_reader readers[] = { { "rapl", true }, { "nvml", true } };
    struct own_process process = { 0 };
    struct metrics metrics = { 0 };
    const int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    uint64_t gpus;
    uint64_t count;
    size_t bytes[2];
    int64_t ns[2];

    if (argc != 3 || !number_parse_u64(argv[1], &gpus) || !number_parse_u64(argv[2], &count) ||
        gpus > DEVICES_MAX - 4 || count > RUNS_MAX) {
        fprintf(stderr, "usage: metrics GPUS RUNS\n");
        return 2;
    }
    for (int i = 0; i < 2; i++) {
        add(&counters, "cpu", DEVICE_CPU, "rapl", i);
        add(&counters, "dram", DEVICE_DRAM, "rapl", i);
    }
    for (int i = 0; i < (int)gpus; i++)
        add(&counters, "gpu", DEVICE_GPU, "nvml", i);
    for (int i = 0; i < (int)count; i++) {
        runs[i].run = (struct run){ .name = "resnet50", .stage = "training", .labels = labels };
        (void)snprintf(runs[i].run.id, ULID_SIZE, "01KB3FABCDEFGHJKMNPQRS%04d", i);
        runs[i].total_joules = 1e5 / 3 * i;
        runs[i].total_gco2e = 10.0 / 3 * i;
    }
    for (int i = 0; i < 2; i++)
        ns[i] = scrape(&metrics,
                       &(struct metrics_source){ .counters = &counters,
                                                 .intensity = &intensity,
                                                 .runs = runs,
                                                 .run_count = count,
                                                 .readers = readers,
                                                 .reader_count = ARRAY_LENGTH(readers),
                                                 .process = &process },
                       &process, proc_fd, &counters,
                       i == 0 ? METRICS_PROMETHEUS : METRICS_OPENMETRICS, &bytes[i]);
    printf("%" PRId64 " %" PRId64 " %zu\n", ns[0], ns[1], bytes[0]);
    metrics_deinit(&metrics);
    return 0;
}

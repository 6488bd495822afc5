/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fakes/metrics_page.c - prints the metrics of a made-up node: metrics_page [openmetrics] [kepler|scaphandre] */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "session/metrics/report.h"
#include "writers/metrics_text.h"

static void add(struct device_counters *counters, const char *id, enum device_kind kind, int index,
                const char *reader, double joules)
{
    struct device_counter *item = &counters->items[counters->count++];

    *item = (struct device_counter){
        .device = DEVICE_NULL,
        .added = kind != DEVICE_BOARD,
        .present = true,
        .joules = { 0, joules },
        .gco2e = { 0, joules / 36000 },
        .embodied = { 0, joules / 72000 },
        .gap_seconds = { 0, index },
        .active_joules = { 0, joules / 2 },
        .watts = joules / 1000,
        .utilization_ratio = 0.5,
    };
    item->device.kind = kind;
    item->device.index = index;
    (void)snprintf(item->device.id, DEVICE_ID_SIZE, "%s", id);
    (void)snprintf(item->device.reader, DEVICE_READER_SIZE, "%s", reader);
    (void)snprintf(item->device.model, DEVICE_MODEL_SIZE, "Model \"%s\" \\ caf\xC3\xA9", id);
}

int main(int argc, char **argv)
{
    static char labels[] = "manager=slurm\njob_id=4711\nuser=ada\ncluster=c \"1\"\n";
    static struct device_counter items[16];
    struct device_counters counters = { .items = items,
                                        .late_ticks = { 0, 3 },
                                        .own_joules = { 0, 12.5 } };
    const struct intensity intensity = { .place = "FR",
                                         .source_short = "Ember",
                                         .gco2e_per_kwh = { 44.18, 40, 50 } };
    const struct metrics_run runs[] = {
        { .run = { .id = "01KB3FABCDEFGHJKMNPQRSTVWX",
                   .name = "line\none",
                   .stage = "training",
                   .state = RUN_RUNNING,
                   .labels = labels },
          .total_joules = 1e15 / 3,
          .total_gco2e = 12.34567 },
        { .run = { .id = "01KB3FABCDEFGHJKMNPQRSTVWY", .state = RUN_FINISHED },
          .total_joules = NAN,
          .total_gco2e = NAN },
    };
    const struct metrics_reader readers[] = { { "rapl", true }, { "nvml", false } };
    const struct own_process process = { 0.25, 5242880, 1e8, 12, INFINITY, 1795487328.12 };
    struct metrics_source source = {
        .counters = &counters,
        .intensity = &intensity,
        .runs = runs,
        .run_count = ARRAY_LENGTH(runs),
        .readers = readers,
        .reader_count = ARRAY_LENGTH(readers),
        .process = &process,
        .node = "node7",
    };
    enum metrics_form form = METRICS_PROMETHEUS;
    struct metrics metrics = { 0 };
    struct strbuf out = { 0 };

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "openmetrics") == 0)
            form = METRICS_OPENMETRICS;
        else
            source.names = strcmp(argv[i], "kepler") == 0 ? METRICS_KEPLER : METRICS_SCAPHANDRE;
    }
    for (int i = 0; i < 2; i++) {
        char id[DEVICE_ID_SIZE];

        (void)snprintf(id, sizeof(id), "cpu%d", i);
        add(&counters, id, DEVICE_CPU, i, "rapl", 123456.78 * (i + 1));
        (void)snprintf(id, sizeof(id), "dram%d", i);
        add(&counters, id, DEVICE_DRAM, i, "rapl", 12345.678 * (i + 1));
        (void)snprintf(id, sizeof(id), "gpu%d", i);
        add(&counters, id, DEVICE_GPU, i, "nvml", 987654.32 * (i + 1));
    }
    add(&counters, "psys0", DEVICE_BOARD, 0, "rapl", 3e6);
    metrics_of_report(&metrics, &source);
    write_metrics(&out, &metrics, form);
    (void)fputs(strbuf_text(&out), stdout);
    strbuf_deinit(&out);
    metrics_deinit(&metrics);
    return 0;
}

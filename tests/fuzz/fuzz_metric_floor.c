/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_metric_floor.c - any text as the metrics of last time: counters only rise by it */
#include <stdlib.h>
#include <string.h>

#include "session/metrics/floor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct metric_label label = { "run_id", "01A" };
    struct metrics metrics = { 0 };
    struct metric_floor floor;
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    metrics_family(&metrics, METRIC_COUNTER, "aico2_run_energy_joules_total", "joules", "H.");
    metrics_sample(&metrics, 10, &label, 1);
    metrics_family(&metrics, METRIC_GAUGE, "g", "", "H.");
    metrics_sample(&metrics, 10, NULL, 0);
    if (metric_floor_parse(text, &floor) == 0)
        metric_floor_apply(&floor, &metrics);
    if (!metrics.failed && (!(metrics.samples[0].value >= 10) || metrics.samples[1].value != 10))
        abort();
    metric_floor_deinit(&floor);
    metrics_deinit(&metrics);
    free(text);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_calibration.c - any text as a calibration, and as the log of a wall meter */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "session/calibration/file.h"
#include "session/calibration/wall_meter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *copy_of(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (text == NULL)
        abort();
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/* What was read is written so that it reads alike. */
static void check_calibration(const uint8_t *data, size_t size)
{
    struct calibration calibration = CALIBRATION_NULL;
    char *text = copy_of(data, size);

    if (calibration_parse(text, "fuzz", &calibration, NULL) == 0) {
        struct calibration again = CALIBRATION_NULL;
        struct strbuf out = { 0 };

        calibration_format(&calibration, &out);
        if (out.failed || calibration_parse(out.text, "again", &again, NULL) < 0 ||
            again.device_count != calibration.device_count)
            abort();
        calibration_deinit(&again);
        strbuf_deinit(&out);
    }
    calibration_deinit(&calibration);
    free(text);
}

static void check_log(const uint8_t *data, size_t size)
{
    struct wall_log log = { 0 };
    char *text = copy_of(data, size);

    if (wall_log_parse(text, "fuzz", &log, NULL) == 0 && log.count > 1) {
        double watts = NAN;

        if (wall_log_mean(&log, log.points[0].wall_ns, log.points[log.count - 1].wall_ns, "fuzz",
                          &watts, NULL) == 0 &&
            !(watts >= 0 && watts <= 1.000001e6))
            abort();
    }
    wall_log_deinit(&log);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_calibration(data, size);
    check_log(data, size);
    return 0;
}

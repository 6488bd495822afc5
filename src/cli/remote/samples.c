/* SPDX-License-Identifier: Apache-2.0 */
/* cli/remote/samples.c - --samples of a window that a server kept */
#include "cli/remote/samples.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int compare_rows(const void *a, const void *b)
{
    const struct history_sample *one = a;
    const struct history_sample *other = b;

    if (one->end_wall_ns != other->end_wall_ns)
        return one->end_wall_ns < other->end_wall_ns ? -1 : 1;
    return one->device - other->device;
}

static void write_row(FILE *file, const struct device *device, const struct history_sample *row)
{
    const struct energy_sums *sums = &row->sums;
    bool covered = sums->covered_seconds > 0;
    double idle = device->idle_watts > 0 ? device->idle_watts : 0;

    if (device->kind == DEVICE_PART) /* whoever adds up a moment must not count it again */
        return;
    write_samples_row(file,
                      &(struct samples_row){
                          .wall_ns = row->end_wall_ns,
                          .device = device->id,
                          .reader = device->reader,
                          .power_watts = covered ? row->power_watts : NAN,
                          .energy_joules = covered ? sums->joules : NAN,
                          .utilization_ratio =
                              sums->utilization_covered_seconds > 0
                                  ? sums->utilization_seconds / sums->utilization_covered_seconds
                                  : NAN,
                          .job_joules =
                              covered ? fmax(sums->job_gross_joules - idle * sums->job_seconds, 0)
                                      : NAN,
                      });
}

int remote_samples_write(const struct cli *cli, struct remote_result *result,
                         struct aico2_error *err)
{
    const char *path = options_text(&cli->options, OPT_SAMPLES);
    FILE *file;
    bool failed;

    if (path == NULL)
        return 0;
    file = samples_file_open(path);
    if (file == NULL)
        return aico2_error_set_errno(err, errno, "--samples: cannot write '%s'", path);
    write_samples_header(file);
    if (result->rows.count > 0)
        qsort(result->rows.items, result->rows.count, sizeof(*result->rows.items), compare_rows);
    for (size_t i = 0; i < result->rows.count; i++)
        write_row(file, &result->record.devices[result->rows.items[i].device],
                  &result->rows.items[i]);
    failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed)
        return aico2_error_set_errno(err, errno != 0 ? errno : EIO,
                                     "--samples: '%s' is not complete", path);
    return 0;
}

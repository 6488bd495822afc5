/* SPDX-License-Identifier: Apache-2.0 */
/* writers/samples.c - a row per device and sample, for `--samples` */
#include <fcntl.h>
#include <unistd.h>

#include "base/fs.h"
#include "writers/csv_row.h"
#include "writers/writer.h"

FILE *samples_file_open(const char *path)
{
    AICO2_CLEANUP(fd_closep)
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0640);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

    if (file != NULL)
        fd = -1; /* the stream's now */
    return file;
}

void write_samples_header(FILE *out)
{
    (void)fputs(
        "time,device,reader,power_watts,energy_joules,utilization_ratio,job_joules" CSV_LINE_END,
        out);
}

void write_samples_row(FILE *out, const struct samples_row *row)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct csv_row cells = csv_row_begin(&text);

    csv_row_wall_time(&cells, row->wall_ns);
    csv_row_text(&cells, row->device);
    csv_row_text(&cells, row->reader);
    csv_row_figure(&cells, row->power_watts);
    csv_row_figure(&cells, row->energy_joules);
    csv_row_figure(&cells, row->utilization_ratio);
    csv_row_figure(&cells, row->job_joules);
    csv_row_end(&cells);
    /* whole or not at all: half a row would be read as another figure */
    if (!text.failed)
        (void)fwrite(text.text, 1, text.length, out);
}

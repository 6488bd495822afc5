/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/import_check.c - a log read to its end, and what holds of every log */
#include "import_check.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/lines.h"

struct import_settings settings_plain(const char *path)
{
    return (struct import_settings){
        .path = path,
        .start_wall_ns = INT64_C(1767225600) * NSEC_PER_SEC,
        .has_utc_offset = true,
        .module_watts = NAN,
        .module_idle_watts = NAN,
        .module_band_ratio = NAN,
        .module_model = "",
        .module_source = "",
    };
}

static void keep_notes(struct imported *imported, const struct series *series)
{
    for (size_t i = 0; i < series->note_count; i++)
        (void)lines_add(&imported->notes, &imported->note_count, "%s", series->notes[i]);
}

int imported_read(struct imported *imported, const struct import_settings *settings)
{
    struct series *series = NULL;
    int r;

    *imported = (struct imported){ 0 };
    r = importer_open(settings, &series, &imported->err);
    if (r < 0)
        return r;
    r = series_run_read(series, NULL, NULL, &imported->record, &imported->rows, &imported->err);
    keep_notes(imported, series);
    imported->digest = series->digest;
    series_close(series);
    return r;
}

static int memory_file(const void *bytes, size_t size)
{
    int fd = memfd_create("log", MFD_CLOEXEC);

    if (fd < 0 || fs_write_all(fd, bytes, size) < 0)
        abort();
    return fd;
}

int imported_read_bytes(struct imported *imported, const struct import_settings *settings,
                        const void *bytes, size_t size)
{
    struct import_settings of_memory = *settings;
    int fd = memory_file(bytes, size);
    char path[64];
    int r;

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    of_memory.path = path;
    r = imported_read(imported, &of_memory);
    (void)close(fd);
    return r;
}

void imported_free(struct imported *imported)
{
    history_record_deinit(&imported->record);
    series_rows_deinit(&imported->rows);
    lines_free(imported->notes, imported->note_count);
    *imported = (struct imported){ 0 };
}

static int find(const struct imported *imported, const char *id)
{
    for (size_t i = 0; i < imported->record.device_count; i++) {
        if (strcmp(imported->record.devices[i].id, id) == 0)
            return (int)i;
    }
    return -1;
}

const struct device_totals *imported_totals(const struct imported *imported, const char *id)
{
    int at = find(imported, id);

    return at < 0 ? NULL : &imported->record.totals[at];
}

const struct device *imported_device(const struct imported *imported, const char *id)
{
    int at = find(imported, id);

    return at < 0 ? NULL : &imported->record.devices[at];
}

bool imported_has_note(const struct imported *imported, const char *words)
{
    for (size_t i = 0; i < imported->note_count; i++) {
        if (strstr(imported->notes[i], words) != NULL)
            return true;
    }
    return false;
}

static bool is_near(double a, double b)
{
    return fabs(a - b) <= 1e-6 * (1 + fabs(a) + fabs(b));
}

/* Covered and gap are all of the time; slices and rows are the totals, in parts. */
static void check_device(const struct imported *imported, size_t index)
{
    const struct energy_sums *sums = &imported->record.totals[index].sums;
    double seconds = seconds_from_ns(imported->record.run.duration_ns);
    struct energy_sums sliced = { 0 };
    struct energy_sums rows = { 0 };

    for (size_t i = 0; i < imported->record.slices.count; i++) {
        if (imported->record.slices.items[i].device == (int)index)
            energy_sums_add(&sliced, &imported->record.slices.items[i].sums);
    }
    for (size_t i = 0; i < imported->rows.count; i++) {
        if (imported->rows.items[i].device == (int)index)
            energy_sums_add(&rows, &imported->rows.items[i].sums);
    }
    if (!(sums->joules >= 0) || !(sums->covered_seconds >= 0) ||
        sums->covered_seconds + sums->gap_seconds > seconds * (1 + 1e-9) + 1e-6 ||
        !is_near(sliced.joules, sums->joules))
        abort();
    if (sums->covered_seconds > 0 &&
        (!is_near(rows.joules, sums->joules) || rows.samples != sums->samples))
        abort();
    /* a power is a kilowatt at most, of six rails together */
    if (imported->record.devices[index].fields != SAMPLE_ENERGY &&
        sums->joules > 1000.001 * 6 * seconds)
        abort();
    if (sums->utilization_seconds > sums->utilization_covered_seconds * (1 + 1e-9))
        abort();
}

static int read_run(struct imported *imported, struct series *series)
{
    int r;

    *imported = (struct imported){ 0 };
    r = series_run_read(series, NULL, NULL, &imported->record, &imported->rows, &imported->err);
    for (size_t i = 0; r == 0 && i < imported->record.device_count; i++)
        check_device(imported, i);
    if (r < 0 && (imported->err.code != r || imported->err.message[0] == '\0'))
        abort();
    imported_free(imported);
    return r;
}

void import_check_any(const char *form, const void *bytes, size_t size)
{
    struct import_settings settings = settings_plain(NULL);
    struct aico2_error err = { 0 };
    struct imported imported;
    struct series *series;
    int fd = memory_file(bytes, size);
    char path[64];
    int r;

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    settings.path = path;
    settings.form = form;
    r = importer_open(&settings, &series, &err);
    if (r < 0 && (err.code != r || err.message[0] == '\0'))
        abort();
    if (r == 0) {
        do
            r = read_run(&imported, series);
        while (r == 0 && series->next_run != NULL && series->next_run(series, &err) > 0);
        series_close(series);
    }
    (void)close(fd);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* writers/codecarbon_csv.c - a row of CodeCarbon's emissions.csv, so that its users' notebooks keep
 * working
 *
 * Columns by name and order, and their units (kg, kWh, litres, W), as CodeCarbon 3.2.9 writes them.
 * As there, energies include the PUE and emissions are those of the electricity: energy_consumed
 * times the intensity. What making the hardware emitted is in our own report only. An unavailable
 * figure is an empty cell, which pandas reads as NaN.
 */
#include "writers/codecarbon_csv.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/fs.h"
#include "model/units.h"
#include "writers/csv_row.h"
#include "writers/format.h"
#include "writers/version.h"
#include "writers/writer.h"

enum { LOCK_WAIT_MS = 1000, LOCK_STEP_MS = 5 };

static const char *const columns[] = {
    "timestamp",
    "project_name",
    "run_id",
    "experiment_id",
    "duration",
    "emissions",
    "emissions_rate",
    "cpu_power",
    "gpu_power",
    "ram_power",
    "cpu_energy",
    "gpu_energy",
    "ram_energy",
    "energy_consumed",
    "water_consumed",
    "country_name",
    "country_iso_code",
    "region",
    "cloud_provider",
    "cloud_region",
    "os",
    "python_version",
    "codecarbon_version",
    "cpu_count",
    "cpu_model",
    "gpu_count",
    "gpu_model",
    "longitude",
    "latitude",
    "ram_total_size",
    "tracking_mode",
    "cpu_utilization_percent",
    "gpu_utilization_percent",
    "ram_utilization_percent",
    "ram_used_gb",
    "on_cloud",
    "pue",
    "wue",
};

enum { HEADER_MAX = 4096 };

/* CodeCarbon knows three kinds of hardware. A module covers several; it counts as CPU, as its rail
 * is the machine's main one. */
enum column_kind { COLUMN_CPU, COLUMN_GPU, COLUMN_RAM, COLUMN_NONE };

struct kind_figures {
    double kwh;   /* with PUE; NAN: nothing of the kind could be read */
    double watts; /* without, as CodeCarbon's powers are */
    double utilization_sum;
    size_t utilization_count;
    size_t devices;
    const char *model;
};

static enum column_kind column_of(enum device_kind kind)
{
    switch (kind) {
    case DEVICE_CPU:
    case DEVICE_MODULE:
        return COLUMN_CPU;
    case DEVICE_GPU:
        return COLUMN_GPU;
    case DEVICE_DRAM:
    case DEVICE_MEMORY:
        return COLUMN_RAM;
    case DEVICE_BOARD:
    case DEVICE_PART:
    case DEVICE_OTHER:
        break;
    }
    return COLUMN_NONE;
}

static void add_known(double *sum, double value)
{
    if (isfinite(value))
        *sum = isfinite(*sum) ? *sum + value : value;
}

static void sum_kinds(const struct report *report, struct kind_figures kinds[COLUMN_NONE])
{
    for (size_t i = 0; i < COLUMN_NONE; i++)
        kinds[i] = (struct kind_figures){ .kwh = NAN, .watts = NAN, .model = "" };
    for (size_t i = 0; i < report->device_count; i++) {
        const struct report_device *device = &report->devices[i];
        enum column_kind column = column_of(device->device.kind);
        double counted = report_counted_joules(report, device);
        double share = device->energy.value > 0 ? counted / device->energy.value : 1;

        if (column == COLUMN_NONE || device->inside_module)
            continue;
        add_known(&kinds[column].kwh, counted * report->pue / JOULES_PER_KWH);
        add_known(&kinds[column].watts, device->mean_power_watts * share);
        if (isfinite(device->mean_utilization_ratio)) {
            kinds[column].utilization_sum += device->mean_utilization_ratio;
            kinds[column].utilization_count++;
        }
        if (kinds[column].devices++ == 0)
            kinds[column].model = device->device.model;
    }
}

static double percent_of(const struct kind_figures *kind)
{
    return kind->utilization_count == 0
               ? NAN
               : kind->utilization_sum / (double)kind->utilization_count * 100;
}

static void local_time_cell(struct csv_row *row, int64_t wall_ns)
{
    time_t seconds = (time_t)(wall_ns / NSEC_PER_SEC);
    struct tm local;
    char text[40] = "";

    if (wall_ns != 0 && localtime_r(&seconds, &local) != NULL)
        (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &local);
    csv_row_text(row, text);
}

/* "aws:eu-west-3" to its two cells, and a subdivision ("US-CA") to its name's. */
static void place_cells(struct csv_row *row, const struct intensity *intensity)
{
    char provider[sizeof(intensity->place)] = "";
    const char *cloud_region = "";
    const char *colon = strchr(intensity->place, ':');

    if (colon != NULL) {
        (void)snprintf(provider, sizeof(provider), "%.*s", (int)(colon - intensity->place),
                       intensity->place);
        cloud_region = colon + 1;
    }
    csv_row_text(row, intensity->name);
    csv_row_text(row, intensity->country3);
    csv_row_text(row,
                 colon == NULL && strchr(intensity->place, '-') != NULL ? intensity->place : "");
    csv_row_text(row, provider);
    csv_row_text(row, cloud_region);
}

static void gpu_cells(struct csv_row *row, const struct kind_figures *gpu)
{
    char text[DEVICE_MODEL_SIZE + 24] = "";

    if (gpu->devices == 0) {
        csv_row_text(row, ""); /* as CodeCarbon leaves them */
        csv_row_text(row, "");
        return;
    }
    csv_row_int(row, (int64_t)gpu->devices);
    (void)snprintf(text, sizeof(text), "%zu x %s", gpu->devices, gpu->model);
    csv_row_text(row, text);
}

static void energy_cells(struct csv_row *row, const struct report *report,
                         const struct kind_figures kinds[COLUMN_NONE])
{
    double seconds = seconds_from_ns(report->run.duration_ns);
    double kilograms = report->operational_gco2e.value / 1000;

    csv_row_figure(row, seconds);
    csv_row_figure(row, kilograms);
    csv_row_figure(row, seconds > 0 ? kilograms / seconds : NAN);
    csv_row_figure(row, kinds[COLUMN_CPU].watts);
    csv_row_figure(row, kinds[COLUMN_GPU].watts);
    csv_row_figure(row, kinds[COLUMN_RAM].watts);
    csv_row_figure(row, kinds[COLUMN_CPU].kwh);
    csv_row_figure(row, kinds[COLUMN_GPU].kwh);
    csv_row_figure(row, kinds[COLUMN_RAM].kwh);
    csv_row_figure(row, report->total.value * report->pue / JOULES_PER_KWH);
    csv_row_figure(row, report->water.litres.value);
}

static void machine_cells(struct csv_row *row, const struct report *report,
                          const struct kind_figures kinds[COLUMN_NONE])
{
    const struct machine *machine = &report->run.machine;
    char os[sizeof(machine->os) + sizeof(machine->os_release) + sizeof(machine->arch) + 8];

    (void)snprintf(os, sizeof(os), "%s-%s-%s", machine->os, machine->os_release, machine->arch);
    csv_row_text(row, os);
    csv_row_text(row, ""); /* python_version: none is involved */
    csv_row_text(row, "aico2 " AICO2_VERSION);
    csv_row_int(row, machine->threads);
    csv_row_text(row, machine->cpu_model);
    gpu_cells(row, &kinds[COLUMN_GPU]);
    csv_row_text(row, ""); /* longitude, latitude: never looked up */
    csv_row_text(row, "");
    csv_row_figure(row,
                   machine->memory_bytes > 0 ? (double)machine->memory_bytes / BYTES_PER_GIB : NAN);
    csv_row_text(row, report->run.scope == SCOPE_MACHINE ? "machine" : "process");
    csv_row_figure(row, percent_of(&kinds[COLUMN_CPU]));
    csv_row_figure(row, percent_of(&kinds[COLUMN_GPU]));
    csv_row_figure(row, percent_of(&kinds[COLUMN_RAM]));
}

void codecarbon_cells(struct csv_row *row, const struct report *report)
{
    struct kind_figures kinds[COLUMN_NONE];
    double ram_used;

    sum_kinds(report, kinds);
    ram_used = percent_of(&kinds[COLUMN_RAM]) / 100 * (double)report->run.machine.memory_bytes /
               BYTES_PER_GIB;
    local_time_cell(row, report->run.ended_wall_ns);
    csv_row_text(row, report->run.name);
    csv_row_text(row, report->run.id);
    csv_row_text(row, ""); /* experiment_id: of CodeCarbon's own service */
    energy_cells(row, report, kinds);
    place_cells(row, &report->intensity);
    machine_cells(row, report, kinds);
    csv_row_figure(row, report->run.machine.memory_bytes > 0 ? ram_used : NAN);
    csv_row_text(row, strchr(report->intensity.place, ':') != NULL ? "Y" : "N");
    csv_row_figure(row, report->pue);
    csv_row_figure(row, report->water.wue_l_per_kwh);
}

void codecarbon_columns(struct csv_row *row)
{
    for (size_t i = 0; i < ARRAY_LENGTH(columns); i++)
        csv_row_text(row, columns[i]);
}

/* Reads what is there: nothing, CodeCarbon's header (crlf_out: its line end), or something else. */
static int check_header(int fd, const char *path, bool *crlf_out, struct aico2_error *err)
{
    char text[HEADER_MAX];
    ssize_t length = pread(fd, text, sizeof(text) - 1, 0);
    struct csv_reader csv;
    size_t at = 0;
    char *end;
    int r;

    if (length < 0)
        return aico2_error_set_errno(err, errno, "cannot read '%s'", path);
    text[length] = '\0';
    end = memchr(text, '\n', (size_t)length);
    *crlf_out = end == NULL || (end > text && end[-1] == '\r');
    if (end != NULL)
        *end = '\0';

    csv_reader_init(&csv, text);
    r = csv_reader_next(&csv, NULL);
    if (r > 0) {
        while (at < csv.count && at < ARRAY_LENGTH(columns) &&
               strcmp(csv.cells[at], columns[at]) == 0)
            at++;
        if (at < csv.count && at < ARRAY_LENGTH(columns))
            r = aico2_error_set(err, -EBADMSG,
                                "'%s' is left as it is: its column %zu is '%.40s' where CodeCarbon "
                                "3.2.9 has '%s'; name another file",
                                path, at + 1, csv.cells[at], columns[at]);
        else if (csv.count != ARRAY_LENGTH(columns))
            r = aico2_error_set(
                err, -EBADMSG,
                "'%s' is left as it is: it has %zu columns, CodeCarbon 3.2.9 has %zu; "
                "name another file",
                path, csv.count, ARRAY_LENGTH(columns));
    } else if (r == 0 || r == -EBADMSG) {
        r = aico2_error_set(
            err, -EBADMSG,
            "'%s' is left as it is: it does not begin with CodeCarbon's columns; name "
            "another file",
            path);
    }
    csv_reader_deinit(&csv);
    return r < 0 ? r : 0;
}

int check_codecarbon_csv(const char *path, struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep) int fd = -1;
    struct stat status;
    bool crlf;

    /* a pipe would be opened twice; there is no header to read in it either */
    if (stat(path, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size == 0)
        return 0;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return aico2_error_set_errno(err, errno, "cannot read '%s'", path);
    return check_header(fd, path, &crlf, err);
}

/* What has to stand before a row: the header in a new file, a line end after a torn last line. */
static int begin_text(int fd, const char *path, off_t size, struct strbuf *text, bool *crlf_out,
                      struct aico2_error *err)
{
    struct csv_row row = csv_row_begin(text);
    char last;
    int r;

    *crlf_out = true;
    if (size == 0) {
        codecarbon_columns(&row);
        csv_row_end(&row);
        return 0;
    }
    r = check_header(fd, path, crlf_out, err);
    if (r < 0)
        return r;
    if (pread(fd, &last, 1, size - 1) == 1 && last != '\n')
        strbuf_add(text, *crlf_out ? "\r\n" : "\n");
    return 0;
}

static int append_locked(int fd, const char *path, const struct report *report,
                         struct aico2_error *err)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct csv_row row;
    struct stat status;
    ssize_t written;
    bool crlf;
    int r;

    if (fstat(fd, &status) < 0)
        return aico2_error_set_errno(err, errno, "cannot read '%s'", path);
    r = begin_text(fd, path, S_ISREG(status.st_mode) ? status.st_size : 0, &text, &crlf, err);
    if (r < 0)
        return r;
    row = csv_row_begin(&text);
    codecarbon_cells(&row, report);
    csv_row_end(&row);
    if (text.failed)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (!crlf && text.length > 1 && text.text[text.length - 2] == '\r') {
        text.text[text.length - 2] = '\n'; /* the row ends as the file's other lines do */
        text.length--;
    }

    do {
        written = write(fd, text.text, text.length);
    } while (written < 0 && errno == EINTR);
    if (written == (ssize_t)text.length)
        return 0;
    r = written < 0 ? -errno : -ENOSPC;
    if (written > 0 && S_ISREG(status.st_mode) && ftruncate(fd, status.st_size) < 0)
        return aico2_error_set_errno(err, -r, "'%s' ends in half a row", path);
    return aico2_error_set_errno(err, -r, "cannot append to '%s'", path);
}

/* Two runs that end together must not both write a header. Who holds the lock for long, or a file system
 * without locks, does not keep the command's end back: a write with O_APPEND still keeps rows whole. */
static void lock_for_a_while(int fd)
{
    for (int waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) < 0 && waited_ms < LOCK_WAIT_MS;
         waited_ms += LOCK_STEP_MS) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return;
        (void)poll(NULL, 0, LOCK_STEP_MS);
    }
}

int append_codecarbon_csv(const char *path, const struct report *report, struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep) int fd = -1;

    fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
    if (fd < 0)
        return aico2_error_set_errno(err, errno, "cannot append to '%s'", path);
    lock_for_a_while(fd);
    return append_locked(fd, path, report, err);
}

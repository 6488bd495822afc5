/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/tui_sample.c - a made-up machine on the monitor, and its picture as text */
#include "tui_sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

static struct glance_device device(const char *id, const char *model, const char *reader,
                                   enum device_kind kind, enum basis basis, double watts,
                                   double band, double load)
{
    struct glance_device made = {
        .kind = kind,
        .basis = basis,
        .added = kind != DEVICE_BOARD,
        .watts = band_relative(watts, band),
        .idle_watts = watts / 2,
        .rated_watts = 400,
        .utilization_ratio = load,
        .joules = watts * 60,
        .memory_used_bytes = NAN,
        .memory_total_bytes = NAN,
        .celsius = NAN,
    };

    (void)snprintf(made.id, sizeof(made.id), "%s", id);
    (void)snprintf(made.model, sizeof(made.model), "%s", model);
    (void)snprintf(made.reader, sizeof(made.reader), "%s", reader);
    return made;
}

static struct glance_process process(int pid, int parent, const char *user, const char *command,
                                     double cpu, double watts, double joules)
{
    struct glance_process made = {
        .process = { .pid = pid,
                     .parent = parent,
                     .uid = (uint32_t)(user[0] == 'a' ? 1000 : 0),
                     .cpu_ratio = cpu,
                     .watts = watts,
                     .joules = joules },
    };

    (void)snprintf(made.process.name, sizeof(made.process.name), "p%d", pid);
    (void)snprintf(made.process.command, sizeof(made.process.command), "%s", command);
    (void)snprintf(made.user, sizeof(made.user), "%s", user);
    return made;
}

static void fill(struct glance *glance)
{
    static struct glance_device devices[6];
    static struct glance_process processes[4];

    devices[0] =
        device("cpu0", "Intel Xeon Gold 6338", "rapl", DEVICE_CPU, BASIS_MEASURED, 120, 0.04, 0.5);
    devices[1] =
        device("cpu1", "Intel Xeon Gold 6338", "rapl", DEVICE_CPU, BASIS_MEASURED, 100, 0.04, 0.25);
    devices[2] = device("dram0", "", "rapl", DEVICE_DRAM, BASIS_MEASURED, 12, 0.04, NAN);
    devices[3] = device("gpu0", "NVIDIA A100-SXM4-80GB", "nvml", DEVICE_GPU, BASIS_MEASURED, 380,
                        0.05, 0.97);
    devices[3].memory_used_bytes = 31.0 * (1 << 30);
    devices[3].memory_total_bytes = 80.0 * (1 << 30);
    devices[3].celsius = 64;
    devices[4] = device("memory", "", "proc_memory", DEVICE_MEMORY, BASIS_MODELLED, 18, 0.8, 0.3);
    devices[5] = device("board0", "", "dcmi", DEVICE_BOARD, BASIS_MEASURED, 700, 0.02, NAN);
    processes[0] = process(4242, 1, "ada", "python3 train.py --epochs 90", 8.12, 420, 25200);
    processes[0].process.gpu_ratio = 0.9;
    processes[0].process.gpu_watts = 300;
    processes[0].process.gpu_memory_bytes = 30.0 * (1 << 30);
    processes[1] = process(4250, 4242, "ada", "python3 loader", 1.5, 20, 1300);
    processes[2] = process(77, 2, "root", "", 0.01, 0.2, 30);
    processes[3] = process(900, 1, "root", "/usr/sbin/named -g", 0.25, 4, 9000);
    *glance = (struct glance){
        .wall_ns = INT64_C(1795730400000000000),
        .interval_seconds = 1,
        .elapsed_seconds = 3725,
        .threads = 64,
        .cpu_ratio = 0.375,
        .memory_used_bytes = 40.0 * (1 << 30),
        .memory_total_bytes = 256.0 * (1 << 30),
        .watts = { 630, 600, 660 },
        .measured_watts = 612,
        .modelled_watts = 18,
        .active_watts = 480,
        .idle_watts = 150,
        .seen_watts = 444.2,
        .others_watts = 35.8,
        .joules = 2.3e6,
        .measured_ratio = 0.97,
        .gco2e = { 36.1, 30, 42 },
        .gco2e_per_hour = { 35.6, 30, 41 },
        .pue = 1,
        .devices = devices,
        .device_count = 6,
        .processes = processes,
        .process_count = 4,
        .process_total = 312,
        .own_cpu_ratio = 0.002,
        .own_energy = { 12.5, 11, 14 },
        .own_resident_bytes = 6.2 * (1 << 20),
    };
    glance->intensity.gco2e_per_kwh = (struct band){ 56.5, 48, 65 };
    (void)snprintf(glance->intensity.name, sizeof(glance->intensity.name), "France");
    (void)snprintf(glance->intensity.place, sizeof(glance->intensity.place), "FR");
    (void)snprintf(glance->intensity.source_short, sizeof(glance->intensity.source_short), "Ember");
    (void)snprintf(glance->intensity.kind, sizeof(glance->intensity.kind), "lifecycle-average");
    glance->intensity.year = 2024;
    (void)snprintf(glance->hostname, sizeof(glance->hostname), "trainbox");
}

static void add_runs(struct view *view)
{
    view->runs = calloc(2, sizeof(*view->runs));
    if (view->runs == NULL)
        return;
    view->run_count = 2;
    view->runs[0] = (struct run_row){ .id = "01KB3FABCDEFGHJKMNPQRSTVWX",
                                      .name = "train.py",
                                      .state = RUN_RUNNING,
                                      .started_wall_ns = INT64_C(1795730000000000000),
                                      .duration_seconds = 400,
                                      .total_joules = 4e5,
                                      .total_gco2e = 6.3 };
    view->runs[1] = (struct run_row){ .id = "01KB3EABCDEFGHJKMNPQRSTVWX",
                                      .state = RUN_FAILED,
                                      .started_wall_ns = INT64_C(1795630000000000000),
                                      .duration_seconds = 50.1,
                                      .total_joules = 3.6e4,
                                      .total_gco2e = NAN };
}

void sample_view(struct view *view)
{
    struct glance glance;

    view_init(view);
    fill(&glance);
    for (int i = 0; i < 30; i++) {
        glance.measured_watts = 300 + 10 * i;
        (void)view_take(view, &glance);
    }
    add_runs(view);
    view->own_uid = 1000;
    view_arrange(view);
}

void sample_free(struct view *view)
{
    view_deinit(view);
}

static size_t encode(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | (code >> 6));
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | (code >> 12));
    out[1] = (char)(0x80 | ((code >> 6) & 0x3f));
    out[2] = (char)(0x80 | (code & 0x3f));
    return 3;
}

const char *canvas_line(const struct canvas *canvas, int row)
{
    static char line[4096];
    size_t length = 0;

    for (int i = 0; i < canvas->columns && length + 4 < sizeof(line); i++) {
        uint32_t code = canvas->cells[row * canvas->columns + i].code;

        if (code != 0)
            length += encode(line + length, code);
    }
    while (length > 0 && line[length - 1] == ' ')
        length--;
    line[length] = '\0';
    return line;
}

char *canvas_whole(const struct canvas *canvas)
{
    struct strbuf text = { 0 };

    for (int i = 0; i < canvas->rows; i++) {
        strbuf_add(&text, canvas_line(canvas, i));
        strbuf_add(&text, "\n");
    }
    return strbuf_take(&text);
}

bool canvas_has(const struct canvas *canvas, const char *text)
{
    for (int i = 0; i < canvas->rows; i++) {
        if (strstr(canvas_line(canvas, i), text) != NULL)
            return true;
    }
    return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_calibration.c - what a machine draws, fitted and put to use: by hand */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/lines.h"
#include "session/calibration/apply.h"
#include "session/calibration/file.h"
#include "session/calibration/fit.h"
#include "session/calibration/spin.h"
#include "session/calibration/wall_meter.h"

enum { DEVICES_MAX = 8, SECONDS = 30 };

static void assert_near(double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected))))
        fail_msg("%.12g is not %.12g", got, expected);
}

/* --- reports of two stretches of 30 s --- */

struct stretch {
    struct report report;
    struct report_device devices[DEVICES_MAX];
};

static struct stretch *stretch_new(int threads)
{
    struct stretch *stretch = calloc(1, sizeof(*stretch));

    assert_non_null(stretch);
    stretch->report.devices = stretch->devices;
    stretch->report.run.duration_ns = SECONDS * NSEC_PER_SEC;
    stretch->report.run.machine.threads = threads;
    stretch->report.measured_ratio = 1;
    return stretch;
}

static struct report_device *add(struct stretch *stretch, enum device_kind kind, const char *id,
                                 const char *reader, enum basis basis, double watts)
{
    struct report_device *item = &stretch->devices[stretch->report.device_count++];

    item->device = DEVICE_NULL;
    item->device.kind = kind;
    item->device.basis = basis;
    item->device.band_ratio = 0.06;
    (void)snprintf(item->device.id, sizeof(item->device.id), "%s", id);
    (void)snprintf(item->device.reader, sizeof(item->device.reader), "%s", reader);
    item->mean_power_watts = watts;
    item->mean_utilization_ratio = NAN;
    item->coverage_ratio = 1;
    if (kind != DEVICE_BOARD)
        stretch->report.machine_joules += watts * SECONDS;
    return item;
}

static void add_cpu(struct stretch *stretch, enum basis basis, double watts, double utilization)
{
    struct report_device *item = add(stretch, DEVICE_CPU, "cpu0",
                                     basis == BASIS_MEASURED ? "rapl" : "proc_cpu", basis, watts);

    item->device.threads = stretch->report.run.machine.threads;
    item->mean_utilization_ratio = utilization;
}

struct fitted {
    struct calibration calibration;
    char **warnings;
    size_t warning_count;
    struct aico2_error err;
    int code;
};

static struct fitted fit(struct stretch *idle, struct stretch *load, double wall_idle,
                         double wall_load)
{
    struct fitted fitted = { .calibration = CALIBRATION_NULL };

    fitted.code = calibration_fit(&idle->report, load != NULL ? &load->report : NULL,
                                  (struct wall_watts){ wall_idle, wall_load }, &fitted.calibration,
                                  &fitted.warnings, &fitted.warning_count, &fitted.err);
    return fitted;
}

static void fitted_free(struct fitted *fitted, struct stretch *idle, struct stretch *load)
{
    lines_free(fitted->warnings, fitted->warning_count);
    calibration_deinit(&fitted->calibration);
    free(idle);
    free(load);
}

/* y = 3 + 2x exactly; and (0, 1), (1, 3), (2, 2): means 1 and 2, sums of products 1 and of squares 2. */
static void test_a_line_through_points(void **state)
{
    const double x[] = { 0, 1, 2 };
    const double on[] = { 3, 5, 7 };
    const double off[] = { 1, 3, 2 };
    const double same[] = { 4, 4, 4 };
    double fixed = 9;
    double per_x = 9;

    (void)state;
    assert_false(fit_line(x, on, 1, &fixed, &per_x));
    assert_false(fit_line(same, on, 3, &fixed, &per_x));
    assert_near(fixed, 9);
    assert_true(fit_line(x, on, 3, &fixed, &per_x));
    assert_near(fixed, 3);
    assert_near(per_x, 2);
    assert_true(fit_line(x, off, 3, &fixed, &per_x));
    assert_near(per_x, 0.5);
    assert_near(fixed, 1.5);
}

/* Parts of 12 W idle and 66 W under load, at the machine's meter 45 and 104.4 W:
 * 59.4 / 54 = 1.1 a watt, 45 - 1.1 x 12 = 31.8 W. */
static void test_the_points_and_the_line_of_a_server(void **state)
{
    struct stretch *idle = stretch_new(8);
    struct stretch *load = stretch_new(8);
    struct fitted fitted;
    const struct calibrated_device *cpu;

    (void)state;
    add_cpu(idle, BASIS_MEASURED, 10, 0.001);
    (void)add(idle, DEVICE_DRAM, "dram0", "rapl", BASIS_MEASURED, 2);
    (void)add(idle, DEVICE_BOARD, "board-ipmi", "ipmi", BASIS_MEASURED, 45);
    add_cpu(load, BASIS_MEASURED, 60, 0.999);
    (void)add(load, DEVICE_DRAM, "dram0", "rapl", BASIS_MEASURED, 6);
    (void)add(load, DEVICE_BOARD, "board-ipmi", "ipmi", BASIS_MEASURED, 104.4);
    fitted = fit(idle, load, NAN, NAN);
    assert_int_equal(fitted.code, 0);
    assert_int_equal(fitted.warning_count, 0);
    assert_int_equal(fitted.calibration.device_count, 2);
    cpu = calibration_find(&fitted.calibration, "cpu0");
    assert_non_null(cpu);
    assert_near(cpu->idle_watts, 10);
    assert_near(cpu->full_watts, 60);
    assert_near(cpu->band_ratio, 0.06);
    assert_string_equal(cpu->meter, "rapl");
    /* nobody loaded the memory on purpose */
    assert_near(calibration_find(&fitted.calibration, "dram0")->idle_watts, 2);
    assert_true(isnan(calibration_find(&fitted.calibration, "dram0")->full_watts));
    assert_string_equal(fitted.calibration.board.meter, "ipmi");
    assert_near(fitted.calibration.board.per_watt, 1.1);
    assert_near(fitted.calibration.board.fixed_watts, 31.8);
    assert_near(fitted.calibration.idle_busy_cpus, 0.008);
    fitted_free(&fitted, idle, load);
}

/* No meter of the processor: 30 W idle and 63 W at the wall are 33 / 1.10 = 30 W more of it. */
static void test_a_wall_meter_tells_the_range_of_the_cpu(void **state)
{
    struct stretch *idle = stretch_new(4);
    struct stretch *load = stretch_new(4);
    struct fitted fitted;
    const struct calibrated_device *cpu;

    (void)state;
    add_cpu(idle, BASIS_MODELLED, 5, 0);
    add_cpu(load, BASIS_MODELLED, 50, 1);
    idle->report.measured_ratio = load->report.measured_ratio = 0;
    fitted = fit(idle, load, 30, 63);
    assert_int_equal(fitted.code, 0);
    cpu = calibration_find(&fitted.calibration, "cpu0");
    assert_near(cpu->range_watts, 30);
    assert_true(isnan(cpu->idle_watts) && isnan(cpu->full_watts));
    assert_string_equal(cpu->meter, "csv");
    /* a line over what was modelled would be the model's */
    assert_true(isnan(fitted.calibration.board.per_watt));
    assert_near(fitted.calibration.board.full_watts, 63);
    fitted_free(&fitted, idle, load);
}

static void test_without_load_there_is_the_floor(void **state)
{
    struct stretch *idle = stretch_new(8);
    struct fitted fitted;

    (void)state;
    add_cpu(idle, BASIS_MEASURED, 10, 0.001);
    (void)add(idle, DEVICE_GPU, "gpu0", "nvml", BASIS_MEASURED, 25);
    add(idle, DEVICE_GPU, "gpu1", "nvml", BASIS_MEASURED, 90)->mean_utilization_ratio = 0.3;
    add(idle, DEVICE_DRAM, "dram0", "rapl", BASIS_MEASURED, 2)->coverage_ratio = 0.5;
    fitted = fit(idle, NULL, NAN, NAN);
    assert_int_equal(fitted.code, 0);
    assert_near(calibration_find(&fitted.calibration, "cpu0")->idle_watts, 10);
    assert_true(isnan(calibration_find(&fitted.calibration, "cpu0")->full_watts));
    assert_near(calibration_find(&fitted.calibration, "gpu0")->idle_watts, 25);
    assert_null(calibration_find(&fitted.calibration, "gpu1"));  /* it was at work */
    assert_null(calibration_find(&fitted.calibration, "dram0")); /* read half of the time */
    assert_int_equal(fitted.warning_count, 1);
    assert_non_null(strstr(fitted.warnings[0], "gpu1"));
    assert_true(isnan(fitted.calibration.load_seconds));
    fitted_free(&fitted, idle, NULL);
}

static void test_what_does_not_fit_is_not_used(void **state)
{
    struct stretch *idle = stretch_new(8);
    struct stretch *load = stretch_new(8);
    struct fitted fitted;

    (void)state;
    /* a meter that stands still under load; and 100 W more at the parts than at the wall */
    add_cpu(idle, BASIS_MEASURED, 10, 0);
    add_cpu(load, BASIS_MEASURED, 10.1, 1);
    fitted = fit(idle, load, 40, 40.3);
    assert_int_equal(fitted.code, 0);
    assert_int_equal(fitted.warning_count, 2);
    assert_true(isnan(calibration_find(&fitted.calibration, "cpu0")->full_watts));
    assert_true(isnan(fitted.calibration.board.full_watts));
    lines_free(fitted.warnings, fitted.warning_count);
    calibration_deinit(&fitted.calibration);

    load->devices[0].mean_power_watts = 110;
    load->report.machine_joules = 110 * SECONDS;
    fitted = fit(idle, load, 40, 90); /* 0.5 a watt */
    assert_int_equal(fitted.warning_count, 1);
    assert_non_null(strstr(fitted.warnings[0], "do not fit together"));
    assert_true(isnan(fitted.calibration.board.per_watt));
    lines_free(fitted.warnings, fitted.warning_count);
    calibration_deinit(&fitted.calibration);

    /* a container that may use half of the CPUs */
    load->devices[0].mean_utilization_ratio = 0.5;
    fitted = fit(idle, load, NAN, NAN);
    assert_true(isnan(calibration_find(&fitted.calibration, "cpu0")->full_watts));
    assert_non_null(strstr(fitted.warnings[0], "only 4.0 of 8 CPUs"));
    fitted_free(&fitted, idle, load);
}

/* 10 of 60 W are measured. */
static void test_a_line_over_models_is_none(void **state)
{
    struct stretch *idle = stretch_new(8);
    struct stretch *load = stretch_new(8);
    struct fitted fitted;

    (void)state;
    add_cpu(idle, BASIS_MEASURED, 10, 0);
    add_cpu(load, BASIS_MEASURED, 60, 1);
    (void)add(idle, DEVICE_MEMORY, "memory", "proc_memory", BASIS_MODELLED, 50);
    (void)add(load, DEVICE_MEMORY, "memory", "proc_memory", BASIS_MODELLED, 50);
    idle->report.measured_ratio = 1.0 / 6;
    load->report.measured_ratio = 6.0 / 11;
    fitted = fit(idle, load, 100, 160);
    assert_int_equal(fitted.code, 0);
    assert_true(isnan(fitted.calibration.board.per_watt));
    assert_int_equal(fitted.warning_count, 1);
    assert_non_null(strstr(fitted.warnings[0], "is modelled"));
    assert_int_equal(fitted.calibration.device_count, 1); /* the model of the memory is none's */
    fitted_free(&fitted, idle, load);
}

static void test_nothing_to_calibrate_by(void **state)
{
    struct stretch *idle = stretch_new(8);
    struct fitted fitted;

    (void)state;
    add_cpu(idle, BASIS_MODELLED, 10, 0);
    (void)add(idle, DEVICE_BOARD, "board", "rapl", BASIS_MEASURED, 20); /* psys is no meter of it */
    fitted = fit(idle, NULL, NAN, NAN);
    assert_int_equal(fitted.code, -ENODATA);
    fitted_free(&fitted, idle, NULL);
}

static void test_idle_is_a_matter_of_its_cpus(void **state)
{
    (void)state;
    assert_true(calibration_is_idle(0.1, 2));
    assert_false(calibration_is_idle(0.11, 2));
    assert_true(calibration_is_idle(2.56, 128));
    assert_false(calibration_is_idle(2.57, 128));
}

/* --- logs of wall meters --- */

#define T0 INT64_C(1800000000000000000)

static int parse(const char *text, struct wall_log *log, struct aico2_error *err)
{
    char *copy = strdup(text);
    int r;

    assert_non_null(copy);
    r = wall_log_parse(copy, "plug.csv", log, err);
    free(copy);
    return r;
}

/* 100 W for 10 s, then up to 200 W within 10 s: from 5 to 15 s 100 x 5 + (100 + 150) / 2 x 5 J = 1125
 * J, 112.5 W. */
static void test_the_mean_of_a_log(void **state)
{
    struct wall_log log = { 0 };
    struct aico2_error err = { 0 };
    double watts = 0;

    (void)state;
    assert_int_equal(parse("time,watts\r\n1800000000,100\n1800000010,100\n1800000020,200\n"
                           "1800000021,200\n1800000080,200\n",
                           &log, &err),
                     0);
    assert_int_equal(log.count, 5);
    assert_int_equal(wall_log_mean(&log, T0 + 5 * NSEC_PER_SEC, T0 + 15 * NSEC_PER_SEC, "plug.csv",
                                   &watts, &err),
                     0);
    assert_near(watts, 112.5);
    /* before it begins, after it ends, over its hole of 59 s */
    assert_int_equal(wall_log_mean(&log, T0 - 1, T0 + NSEC_PER_SEC, "plug.csv", &watts, &err),
                     -ENODATA);
    assert_int_equal(wall_log_mean(&log, T0, T0 + 90 * NSEC_PER_SEC, "plug.csv", &watts, &err),
                     -ENODATA);
    assert_int_equal(wall_log_mean(&log, T0, T0 + 50 * NSEC_PER_SEC, "plug.csv", &watts, &err),
                     -ENODATA);
    assert_non_null(strstr(err.message, "2027-01-15T08:00:00"));
    wall_log_deinit(&log);
}

static void test_bad_logs_are_quoted_with_their_line(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        { "", "plug.csv:1: empty" },
        { "watts,time\n", "plug.csv:1: the first line must be the header 'time,watts': 'watts'" },
        { "time,watts\n5,1,2\n", "plug.csv:2: 3 cells" },
        { "time,watts\n5,1\nnoon,1\n",
          "plug.csv:3: not a time (RFC 3339 or unix seconds): 'noon'" },
        { "time,watts\n5,1\n5,1\n", "plug.csv:3: times must rise: '5'" },
        { "time,watts\n5,1\n6,lots\n", "plug.csv:3: not a number: 'lots'" },
        { "time,watts\n5,-1\n", "plug.csv:2: not the watts of a machine: '-1'" },
        { "time,watts\n5,nan\n", "plug.csv:2: not" },
        { "time,watts\n5,1e9\n", "plug.csv:2: not the watts of a machine: '1e9'" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct wall_log log = { 0 };
        struct aico2_error err = { 0 };

        assert_int_equal(parse(cases[i].text, &log, &err), -EBADMSG);
        if (strncmp(err.message, cases[i].message, strlen(cases[i].message)) != 0)
            fail_msg("'%s' is not '%s'", err.message, cases[i].message);
        assert_int_equal(log.count, 0);
    }
}

/* --- the file --- */

static struct calibration example(void)
{
    struct calibration calibration = CALIBRATION_NULL;
    struct calibrated_device *device = calibration_add(&calibration);

    assert_non_null(device);
    calibration.wall_ns = T0;
    (void)snprintf(calibration.basis.hostname, sizeof(calibration.basis.hostname), "node,\"7\"");
    (void)snprintf(calibration.basis.cpu_model, sizeof(calibration.basis.cpu_model),
                   "Intel(R) Xeon(R) Gold 6330 CPU @ 2.00GHz");
    calibration.basis.sockets = 2;
    calibration.basis.threads = 112;
    calibration.basis.memory_gib = 504;
    (void)snprintf(calibration.basis.kernel, sizeof(calibration.basis.kernel), "6.1");
    (void)snprintf(calibration.basis.governor, sizeof(calibration.basis.governor), "performance");
    calibration.idle_seconds = 30.1;
    calibration.idle_busy_cpus = 0.02;
    (void)snprintf(device->id, sizeof(device->id), "cpu0");
    (void)snprintf(device->meter, sizeof(device->meter), "rapl");
    device->kind = DEVICE_CPU;
    device->idle_watts = 10;
    device->full_watts = 60;
    device->band_ratio = 0.06;
    (void)snprintf(calibration.board.meter, sizeof(calibration.board.meter), "ipmi");
    calibration.board.idle_watts = 45;
    calibration.board.full_watts = 104.4;
    calibration.board.fixed_watts = 31.8;
    calibration.board.per_watt = 1.1;
    calibration.board.band_ratio = 0.1;
    return calibration;
}

static int parse_file(const char *text, struct calibration *calibration, struct aico2_error *err)
{
    char *copy = strdup(text);
    int r;

    assert_non_null(copy);
    r = calibration_parse(copy, "c.csv", calibration, err);
    free(copy);
    return r;
}

static void test_what_was_written_is_read(void **state)
{
    struct calibration calibration = example();
    struct calibration again = CALIBRATION_NULL;
    struct strbuf text = { 0 };
    struct strbuf second = { 0 };
    struct aico2_error err = { 0 };

    (void)state;
    calibration_format(&calibration, &text);
    assert_int_equal(parse_file(strbuf_text(&text), &again, &err), 0);
    assert_true(again.wall_ns == calibration.wall_ns);
    assert_memory_equal(&again.basis, &calibration.basis, sizeof(again.basis));
    assert_near(again.board.per_watt, 1.1);
    assert_true(isnan(again.load_seconds));
    assert_int_equal(again.device_count, 1);
    assert_int_equal(again.devices[0].kind, DEVICE_CPU);
    assert_near(again.devices[0].full_watts, 60);
    assert_true(isnan(again.devices[0].range_watts));
    calibration_format(&again, &second);
    assert_string_equal(strbuf_text(&second), strbuf_text(&text));
    strbuf_deinit(&text);
    strbuf_deinit(&second);
    calibration_deinit(&again);
    calibration_deinit(&calibration);
}

static void test_bad_files_are_refused(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        { "", "c.csv:1: no calibration" },
        { "key,value\n", "c.csv:1: no calibration" },
        { "of,key,value\ncpu0,idle_watts\n", "c.csv:2: not three cells" },
        { "of,key,value\ncpu0,idle_watts,-3\n", "c.csv:2: not a number from 0 on: '-3'" },
        { "of,key,value\ncpu0,idle_watts,nan\n", "c.csv:2: not a number from 0 on: 'nan'" },
        { "of,key,value\ncpu0,kind,toaster\n", "c.csv:2: not a kind of device: 'toaster'" },
        { "of,key,value\nmachine,sockets,many\n", "c.csv:2: not a count: 'many'" },
        { "of,key,value\ncalibration,version,2\n", "c.csv:2: a calibration of another version" },
        { "of,key,value\ncalibration,version,1\ncalibration,time,soon\n", "c.csv:3: not a time" },
        { "of,key,value\ncalibration,version,1\n", "c.csv: no calibration,time" },
        { "of,key,value\ncalibration,version,1\ncalibration,time,2026-11-26T07:00:00Z\n",
          "c.csv: machine,hash" },
        { "of,key,value\n=1+1,kind,cpu\n", "c.csv:2: not a device: '=1+1'" },
        { "of,key,value\nthis-is-far-too-long-for-a-device-however-long-the-name-of-its-machine-is,"
          "kind,cpu\n",
          "c.csv:2: not a device" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct calibration calibration = CALIBRATION_NULL;
        struct aico2_error err = { 0 };

        assert_int_equal(parse_file(cases[i].text, &calibration, &err), -EBADMSG);
        if (strncmp(err.message, cases[i].message, strlen(cases[i].message)) != 0)
            fail_msg("'%s' is not '%s'", err.message, cases[i].message);
        assert_null(calibration.devices);
    }
}

static void test_a_file_is_put_whole(void **state)
{
    char folder[64];
    char path[128];
    int fd = temp_dir_open(folder);
    struct calibration calibration = example();
    struct calibration again = CALIBRATION_NULL;
    struct aico2_error err = { 0 };

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/a/b/host.csv", folder);
    assert_int_equal(calibration_read(path, &again, &err), -ENOENT);
    assert_int_equal(calibration_write(path, &calibration, &err), 0);
    assert_int_equal(calibration_write(path, &calibration, &err),
                     0); /* over the one that is there */
    assert_int_equal(calibration_read(path, &again, &err), 0);
    assert_string_equal(again.basis.hostname, "node,\"7\"");
    calibration_deinit(&again);
    assert_int_equal(fchmod(fd, 0755), 0);
    assert_true(calibration_is_reachable(path));
    assert_int_equal(fchmodat(fd, "a", 0750, 0), 0);
    assert_false(calibration_is_reachable(path));
    assert_int_equal(fchmodat(fd, "a", 0755, 0), 0);
    (void)snprintf(path, sizeof(path), "%s/a/b", folder); /* a directory */
    assert_true(calibration_write(path, &calibration, &err) < 0);
    assert_true(calibration_read(path, &again, &err) < 0);
    calibration_deinit(&calibration);
    (void)close(fd);
    temp_dir_remove(folder);
}

/* --- whether it holds --- */

static void test_another_state_of_the_machine_is_told(void **state)
{
    struct calibration calibration = example();
    struct calibration_basis now = calibration.basis;
    char why[256];

    (void)state;
    assert_false(calibration_is_stale(&calibration.basis, &now, why, sizeof(why)));
    (void)snprintf(now.hostname, sizeof(now.hostname), "renamed");
    assert_false(calibration_is_stale(&calibration.basis, &now, why, sizeof(why)));
    (void)snprintf(now.kernel, sizeof(now.kernel), "6.5");
    assert_true(calibration_is_stale(&calibration.basis, &now, why, sizeof(why)));
    assert_string_equal(why, "kernel '6.1' then, '6.5' now");
    now = calibration.basis;
    (void)snprintf(now.governor, sizeof(now.governor), "powersave");
    assert_true(calibration_is_stale(&calibration.basis, &now, why, sizeof(why)));
    assert_string_equal(why, "governor 'performance' then, 'powersave' now");
    now = calibration.basis;
    now.memory_gib = 1008;
    assert_true(calibration_is_stale(&calibration.basis, &now, why, sizeof(why)));
    assert_non_null(strstr(why, "504 GiB then, 2, 112, 1008 now"));
    now = calibration.basis;
    (void)snprintf(now.cpu_model, sizeof(now.cpu_model), "AMD EPYC 7763 64-Core Processor");
    assert_true(calibration_is_stale(&calibration.basis, &now, why, sizeof(why)));
    assert_non_null(strstr(why, "EPYC 7763"));
    calibration_deinit(&calibration);
}

static void test_the_state_of_a_machine(void **state)
{
    struct machine machine = { .sockets = 2,
                               .threads = 8,
                               .memory_bytes = (UINT64_C(7) << 30) + 1 };
    struct calibration_basis basis;
    char folder[64];
    int fd = temp_dir_open(folder);

    (void)state;
    (void)snprintf(machine.os_release, sizeof(machine.os_release), "6.1.0-28-amd64");
    calibration_basis_read(fd, &machine, &basis);
    assert_string_equal(basis.kernel, "6.1");
    assert_string_equal(basis.governor, "");
    assert_string_equal(basis.boost, "");
    assert_int_equal(basis.memory_gib, 8);
    tree_write(fd, "devices/system/cpu/cpu0/cpufreq/scaling_governor", "schedutil\n");
    tree_write(fd, "devices/system/cpu/cpufreq/boost", "0\n");
    calibration_basis_read(fd, &machine, &basis);
    assert_string_equal(basis.governor, "schedutil");
    assert_string_equal(basis.boost, "off");
    tree_write(fd, "devices/system/cpu/intel_pstate/no_turbo", "0\n");
    calibration_basis_read(fd, &machine, &basis);
    assert_string_equal(basis.boost, "on");
    (void)close(fd);
    temp_dir_remove(folder);
}

/* --- put to use --- */

static struct device cpu_device(enum basis basis)
{
    struct device device = DEVICE_NULL;

    (void)snprintf(device.id, sizeof(device.id), "cpu0");
    device.kind = DEVICE_CPU;
    device.basis = basis;
    device.idle_watts = 24;
    device.max_watts = 200;
    device.band_ratio = 0.7;
    return device;
}

/* 10 W idle and 60 W full by a meter of +-6 %: above idle hypot(0.06, 0.30). At 35 W on average the
 * half-width is 0.6 + 25 x that. */
static void test_a_model_gets_its_points_and_band(void **state)
{
    struct calibration calibration = example();
    struct device device = cpu_device(BASIS_ASSUMED);
    struct plan plan = { .method = METER_BUSY,
                         .model = { .idle_watts = 24, .full_watts = 200 },
                         .warning = "CPU model '?' is not in the table" };
    double above = hypot(0.06, 0.30);

    (void)state;
    calibration_apply(&calibration, &device, &plan);
    assert_int_equal(device.basis, BASIS_MODELLED);
    assert_near(plan.model.idle_watts, 10);
    assert_near(plan.model.full_watts, 60);
    assert_near(device.idle_watts, 10);
    assert_string_equal(device.rated_source, "calibrated 2027-01-15 by rapl");
    assert_string_equal(plan.warning, "");
    assert_near(device.band_ratio, (0.6 + 50 * above) / 60);
    calibration_settle(&plan, 35, &device);
    assert_near(device.band_ratio, (0.6 + 25 * above) / 35);
    calibration_settle(&plan, 10, &device);
    assert_near(device.band_ratio, 0.06);
    calibration_deinit(&calibration);
}

/* 30 W more under load at the CPU, over the model's own 24 W of +-70 %. */
static void test_a_range_stands_on_the_models_idle(void **state)
{
    struct calibration calibration = example();
    struct device device = cpu_device(BASIS_MODELLED);
    struct plan plan = { .method = METER_BUSY, .model = { .idle_watts = 24, .full_watts = 200 } };
    double above = hypot(hypot(0.1, 0.30), 0.10);

    (void)state;
    calibration.devices[0].idle_watts = calibration.devices[0].full_watts = NAN;
    calibration.devices[0].range_watts = 30;
    calibration.devices[0].band_ratio = 0.1;
    calibration_apply(&calibration, &device, &plan);
    assert_near(plan.model.idle_watts, 24);
    assert_near(plan.model.full_watts, 54);
    assert_near(device.band_ratio, (24 * 0.7 + 30 * above) / 54);
    calibration_deinit(&calibration);
}

static void test_a_measured_device_gets_its_floor_alone(void **state)
{
    struct calibration calibration = example();
    struct device device = cpu_device(BASIS_MEASURED);
    struct plan plan = { .method = METER_COUNTER,
                         .fallback = METER_BUSY,
                         .model = { .idle_watts = 24, .full_watts = 200 },
                         .fallback_device = cpu_device(BASIS_MODELLED) };

    (void)state;
    device.band_ratio = 0.06;
    calibration_apply(&calibration, &device, &plan);
    assert_int_equal(device.basis, BASIS_MEASURED);
    assert_near(device.idle_watts, 10);
    assert_near(device.band_ratio, 0.06);
    assert_string_equal(device.note, "idle power calibrated 2027-01-15");
    /* should its counter turn out to be dead */
    assert_near(plan.model.full_watts, 60);
    assert_string_equal(plan.fallback_device.rated_source, "calibrated 2027-01-15 by rapl");
    calibration_settle(&plan, 35, &device);
    assert_near(device.band_ratio, 0.06); /* a measured one has its meter's */
    calibration_deinit(&calibration);
}

static void test_memory_rests_on_what_its_dram_drew(void **state)
{
    struct calibration calibration = example();
    struct device device = DEVICE_NULL;
    struct plan plan = { .model = { .idle_watts = 5, .full_watts = 15 } };

    (void)state;
    device.kind = DEVICE_MEMORY;
    device.basis = BASIS_MODELLED;
    device.max_watts = 15;
    (void)snprintf(device.id, sizeof(device.id), "memory");
    calibration_apply(&calibration, &device, &plan);
    assert_near(plan.model.idle_watts, 5); /* nothing is known of it */
    for (int i = 0; i < 2; i++) {
        struct calibrated_device *dram = calibration_add(&calibration);

        assert_non_null(dram);
        dram->kind = DEVICE_DRAM;
        dram->idle_watts = 4;
        (void)snprintf(dram->id, sizeof(dram->id), "dram%d", i);
    }
    calibration_apply(&calibration, &device, &plan);
    assert_near(plan.model.idle_watts, 8);
    assert_near(plan.model.full_watts, 15);
    calibration_deinit(&calibration);
}

/* Root's stands where every user of the machine finds it, a user's own by the XDG rule. */
static void test_where_it_stands(void **state)
{
    const uid_t user = geteuid();
    struct aico2_error err = { 0 };
    char path[64];

    (void)state;
    if (user == 0) {
        assert_int_equal(calibration_default_path("node/7", path, sizeof(path), &err), 0);
        assert_string_equal(path, "/var/lib/aico2/calibration/node_7.csv");
        assert_int_equal(seteuid(65534), 0);
    }
    assert_int_equal(setenv("XDG_DATA_HOME", "/data", 1), 0);
    assert_int_equal(calibration_default_path(".node.a", path, sizeof(path), &err), 0);
    assert_string_equal(path, "/data/aico2/calibration/_node.a.csv");
    assert_int_equal(setenv("XDG_DATA_HOME", "not/absolute", 1), 0);
    assert_int_equal(setenv("HOME", "/home/a", 1), 0);
    assert_int_equal(calibration_default_path("", path, sizeof(path), &err), 0);
    assert_string_equal(path, "/home/a/.local/share/aico2/calibration/localhost.csv");
    assert_int_equal(calibration_default_path("", path, 20, &err), -ENAMETOOLONG);
    assert_int_equal(unsetenv("HOME"), 0);
    assert_int_equal(calibration_default_path("", path, sizeof(path), &err), -ENOENT);
    assert_non_null(strstr(err.message, "--calibration FILE"));
    if (user == 0)
        assert_int_equal(seteuid(0), 0);
}

/* CPU time of this process grows by what the threads are given, and no longer once they are stopped. */
static void test_the_cpus_are_busy_until_they_are_stopped(void **state)
{
    struct timespec pause = { .tv_nsec = 100 * NSEC_PER_MSEC };
    struct spin *spin = NULL;
    struct aico2_error err = { 0 };
    int64_t before_ns = clock_process_cpu_ns();
    int64_t patience_ns = clock_mono_ns() + 60 * NSEC_PER_SEC;
    int64_t after_ns;

    (void)state;
    assert_int_equal(spin_start(&spin, &err), 0);
    do { /* on a busy machine the lowest claim is to very little */
        (void)nanosleep(&pause, NULL);
    } while (clock_process_cpu_ns() - before_ns <= 20 * NSEC_PER_MSEC &&
             clock_mono_ns() < patience_ns);
    spin_stop(spin);
    after_ns = clock_process_cpu_ns();
    assert_true(after_ns - before_ns > 20 * NSEC_PER_MSEC);
    (void)nanosleep(&pause, NULL);
    assert_true(clock_process_cpu_ns() - after_ns < 20 * NSEC_PER_MSEC);
    spin_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_through_points),
        cmocka_unit_test(test_the_points_and_the_line_of_a_server),
        cmocka_unit_test(test_a_wall_meter_tells_the_range_of_the_cpu),
        cmocka_unit_test(test_without_load_there_is_the_floor),
        cmocka_unit_test(test_what_does_not_fit_is_not_used),
        cmocka_unit_test(test_a_line_over_models_is_none),
        cmocka_unit_test(test_nothing_to_calibrate_by),
        cmocka_unit_test(test_idle_is_a_matter_of_its_cpus),
        cmocka_unit_test(test_the_mean_of_a_log),
        cmocka_unit_test(test_bad_logs_are_quoted_with_their_line),
        cmocka_unit_test(test_what_was_written_is_read),
        cmocka_unit_test(test_bad_files_are_refused),
        cmocka_unit_test(test_a_file_is_put_whole),
        cmocka_unit_test(test_another_state_of_the_machine_is_told),
        cmocka_unit_test(test_the_state_of_a_machine),
        cmocka_unit_test(test_a_model_gets_its_points_and_band),
        cmocka_unit_test(test_a_range_stands_on_the_models_idle),
        cmocka_unit_test(test_a_measured_device_gets_its_floor_alone),
        cmocka_unit_test(test_memory_rests_on_what_its_dram_drew),
        cmocka_unit_test(test_where_it_stands),
        cmocka_unit_test(test_the_cpus_are_busy_until_they_are_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

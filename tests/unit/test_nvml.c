/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_nvml.c - the NVML reader against made-up GPUs: every way a driver can answer, or
 * not */
#include "support.h"

#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "readers/nvml.h"
#include "readers/nvml_quality.h"

enum { GPUS = 8 };

/* A reader over a fake, with a clock of its own. */
struct fixture {
    char tree[64];
    int tree_fd;
    int64_t now_ns;
    struct clock clock;
    struct reader_env env;
    char path[512];
    struct reader *reader;
    struct reader_status status;
    struct sample samples[GPUS];
};

static int64_t fixture_ns(void *payload)
{
    return ((struct fixture *)payload)->now_ns;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->tree_fd = temp_dir_open(fixture->tree);
    fixture->now_ns = 1000 * NSEC_PER_SEC;
    fixture->clock = (struct clock){ .mono_ns = fixture_ns, .payload = fixture };
    fixture->env = (struct reader_env){ .proc_fd = -1,
                                        .sys_fd = fixture->tree_fd,
                                        .dev_fd = fixture->tree_fd,
                                        .etc_fd = -1,
                                        .root_fd = -1,
                                        .clock = &fixture->clock };
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    reader_nvml.close(fixture->reader);
    (void)close(fixture->tree_fd);
    temp_dir_remove(fixture->tree);
    free(fixture);
    return 0;
}

static void probe_file(struct fixture *fixture, const char *path, const char *script)
{
    struct aico2_error err = { 0 };

    reader_nvml.close(fixture->reader);
    fixture->reader = NULL;
    if (script != NULL)
        (void)setenv("FAKE_NVML", script, 1);
    fixture->env.nvml_path = path;
    assert_int_equal(reader_nvml.probe(&fixture->env, &fixture->reader, &fixture->status, &err), 0);
}

static void probe(struct fixture *fixture, const char *fake, const char *script)
{
    (void)snprintf(fixture->path, sizeof(fixture->path), "%s/%s.so", getenv("AICO2_TEST_FAKES"),
                   fake);
    probe_file(fixture, fixture->path, script);
}

static const struct device *device(const struct fixture *fixture, size_t index)
{
    assert_non_null(fixture->reader);
    assert_true(index < fixture->reader->device_count);
    return &fixture->reader->devices[index];
}

/* One reading, so much later than the last. Return: of the first GPU. */
static const struct sample *read_after_ms(struct fixture *fixture, int64_t ms)
{
    assert_non_null(fixture->reader);
    fixture->now_ns += ms * NSEC_PER_MSEC;
    memset(fixture->samples, 0xa5, sizeof(fixture->samples));
    reader_nvml.read(fixture->reader, fixture->samples);
    return &fixture->samples[0];
}

static unsigned calls(const struct fixture *fixture, const char *name)
{
    void *handle = dlopen(fixture->path, RTLD_LAZY | RTLD_NOLOAD);
    unsigned (*counted)(const char *name) = NULL;
    void *address;
    unsigned count;

    assert_non_null(handle);
    address = dlsym(handle, "fake_nvml_calls");
    memcpy(&counted, &address, sizeof(counted));
    count = counted(name);
    (void)dlclose(handle);
    return count;
}

static const struct process_use *process(const struct sample *sample, int pid)
{
    for (size_t i = 0; i < sample->process_count; i++) {
        if (sample->processes[i].pid == pid)
            return &sample->processes[i];
    }
    return NULL;
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-6))
        fail_msg("%.9g is not %.9g", value, expected);
}

/* --- what is found --- */

static void test_facts_of_a_gpu(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml",
          "count=2;gpu.name=NVIDIA "
          "A100-SXM4-80GB;gpu.limit=400;gpu.memory_mib=81920;gpu1.uuid=GPU-b");
    assert_int_equal(fixture->reader->device_count, 2);
    assert_int_equal(fixture->status.state, READER_USED);
    assert_string_equal(fixture->status.reason, "");
    assert_string_equal(device(fixture, 0)->id, "gpu0");
    assert_string_equal(device(fixture, 1)->id, "gpu1");
    assert_int_equal(device(fixture, 1)->index, 1);
    assert_string_equal(device(fixture, 0)->model, "NVIDIA A100-SXM4-80GB");
    assert_string_equal(device(fixture, 1)->uuid, "GPU-b");
    assert_string_equal(device(fixture, 0)->reader, "nvml");
    assert_near(device(fixture, 0)->rated_watts, 400);
    assert_string_equal(device(fixture, 0)->rated_source, "driver limit");
    assert_true(device(fixture, 0)->memory_bytes == 81920ull << 20);
    assert_true(device(fixture, 0)->counter_range_uj == 0); /* 64 bits of mJ do not wrap */
    assert_int_equal(device(fixture, 0)->fields, SAMPLE_ENERGY | SAMPLE_POWER | SAMPLE_UTILIZATION |
                                                     SAMPLE_MEMORY | SAMPLE_PROCESSES);
}

static void test_loaded_file_and_driver_are_named(void **state)
{
    struct fixture *fixture = *state;
    char expected[600];

    probe(fixture, "fake_nvml", "count=1");
    (void)snprintf(expected, sizeof(expected), "%s, driver 550.54.15", fixture->path);
    /* long build paths are cut in the library's own field */
    if (strlen(fixture->path) < 200)
        assert_string_equal(fixture->status.detail, expected);
}

static void test_sensor_that_sees_a_quarter_of_the_time_has_twice_the_band(void **state)
{
    (void)state;
    assert_near(nvml_band_ratio("NVIDIA A100-SXM4-80GB", 7), 0.20);
    assert_near(nvml_band_ratio("NVIDIA H100 80GB HBM3", 9), 0.20);
    assert_near(nvml_band_ratio("NVIDIA GH200 480GB", 0), 0.20);
    assert_near(nvml_band_ratio("NVIDIA Something New", 9), 0.20);
    assert_near(nvml_band_ratio("NVIDIA RTX A3000 Laptop GPU", 7), 0.10);
    assert_near(nvml_band_ratio("NVIDIA GeForce RTX 4090", 8), 0.10);
    assert_near(nvml_band_ratio("", 0), 0.10);
}

static void test_long_and_invalid_names_are_made_fit(void **state)
{
    struct fixture *fixture = *state;
    char script[400] = "gpu.name=";

    memset(script + 9, 'x', 300);
    probe(fixture, "fake_nvml", script);
    assert_int_equal(strlen(device(fixture, 0)->model), DEVICE_MODEL_SIZE - 1);
    probe(fixture, "fake_nvml", "gpu.name=A\\xff\\x1b[31mB\\x0a");
    assert_string_equal(device(fixture, 0)->model, "A? [31mB");
    probe(fixture, "fake_nvml", "gpu.name_code=999;gpu.uuid_code=3");
    assert_string_equal(device(fixture, 0)->model, "NVIDIA GPU");
    assert_string_equal(device(fixture, 0)->uuid, "");
}

static void test_no_gpu_and_many(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml", "count=0");
    assert_null(fixture->reader);
    assert_int_equal(fixture->status.state, READER_ABSENT);
    probe(fixture, "fake_nvml", "count=4000000000");
    assert_null(fixture->reader);
    assert_int_equal(fixture->status.state, READER_BROKEN);
    probe(fixture, "fake_nvml", "count=8");
    assert_int_equal(fixture->reader->device_count, 8);
    (void)read_after_ms(fixture, 0);
    for (size_t i = 0; i < 8; i++)
        assert_true((fixture->samples[i].valid & SAMPLE_ENERGY) != 0);
}

static void test_gpu_that_cannot_be_opened_is_named_and_the_others_count(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml", "count=3;gpu1.handle_code=15");
    assert_int_equal(fixture->reader->device_count, 2);
    assert_string_equal(device(fixture, 0)->id, "gpu0");
    assert_string_equal(device(fixture, 1)->id, "gpu2");
    assert_string_equal(fixture->status.reason, "gpu1: GPU is lost");
    probe(fixture, "fake_nvml", "gpu.handle_code=4");
    assert_null(fixture->reader);
    assert_int_equal(fixture->status.state, READER_DENIED);
    assert_non_null(strstr(fixture->status.fix, "--gpus all"));
}

static void test_same_gpu_twice_counts_once(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml", "count=2;gpu.uuid=GPU-same");
    assert_int_equal(fixture->reader->device_count, 1);
}

static void test_mig_parent_counts_once_without_utilisation(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml", "gpu.mig=1");
    assert_int_equal(fixture->reader->device_count, 1);
    assert_int_equal(device(fixture, 0)->fields & SAMPLE_UTILIZATION, 0);
    assert_non_null(strstr(device(fixture, 0)->note, "MIG"));
    (void)read_after_ms(fixture, 1000);
    assert_int_equal(fixture->samples[0].valid & (SAMPLE_UTILIZATION | SAMPLE_ENERGY),
                     SAMPLE_ENERGY);
    assert_int_equal(fixture->samples[0].error, 0);
}

/* --- when the library is not there, or does not start --- */

static void test_absence_is_quiet(void **state)
{
    struct fixture *fixture = *state;

    fixture->env.sysroot = true; /* this machine may have the real one */
    probe_file(fixture, NULL, NULL);
    assert_null(fixture->reader);
    assert_int_equal(fixture->status.state, READER_ABSENT);
    assert_string_equal(fixture->status.fix, "");
}

static void test_file_that_cannot_be_loaded_is_broken(void **state)
{
    struct fixture *fixture = *state;

    probe_file(fixture, "/nowhere/libnvidia-ml.so.1", NULL);
    assert_null(fixture->reader);
    assert_int_equal(fixture->status.state, READER_BROKEN);
    assert_string_equal(fixture->status.reason,
                        "cannot load '/nowhere/libnvidia-ml.so.1': cannot open "
                        "shared object file: No such file or directory");
    probe(fixture, "fake_not_nvml", NULL);
    assert_null(fixture->reader);
    assert_int_equal(fixture->status.state, READER_BROKEN);
    assert_non_null(strstr(fixture->status.reason, "is not NVML: it lacks nvmlInit"));
}

static void test_failing_init_is_explained_with_what_mends_it(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *script;
        enum reader_state state;
        const char *reason;
        const char *fix;
    } rows[] = {
        { "init=9", READER_BROKEN, "kernel driver is not loaded (NVML 9)", "modprobe nvidia" },
        { "init=18", READER_BROKEN, "different versions", "reboot" },
        { "init=4", READER_DENIED, "no permission", "/dev/nvidiactl" },
        { "init=999", READER_BROKEN, "NVML does not start: Unknown Error (999)", "nvidia-smi" },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        probe(fixture, "fake_nvml", rows[i].script);
        assert_null(fixture->reader);
        assert_int_equal(fixture->status.state, rows[i].state);
        assert_non_null(strstr(fixture->status.reason, rows[i].reason));
        assert_non_null(strstr(fixture->status.fix, rows[i].fix));
    }
}

/* --- readings --- */

static void test_energy_is_scaled_from_millijoules(void **state)
{
    struct fixture *fixture = *state;
    const struct sample *sample;
    uint64_t first_uj;

    /* call 1 at the probe: 1000 mJ + 250 mJ a call */
    probe(fixture, "fake_nvml", "gpu.start=1000;gpu.step=250;gpu.util=37");
    sample = read_after_ms(fixture, 5);
    assert_true((sample->valid & SAMPLE_ENERGY) != 0);
    assert_true(sample->energy_uj == 1500000);
    assert_true(sample->mono_ns == fixture->now_ns);
    assert_near(sample->utilization_ratio, 0.37);
    assert_int_equal(sample->error, 0);
    first_uj = sample->energy_uj;
    sample = read_after_ms(fixture, 1000);
    assert_true(sample->energy_uj - first_uj == 250000);
}

static void test_power_is_asked_until_the_counter_moves(void **state)
{
    struct fixture *fixture = *state;

    /* the probe's and the first reading are frozen, the second moves */
    probe(fixture, "fake_nvml", "gpu.frozen=2;gpu.step=100;gpu.watts=123");
    assert_true((read_after_ms(fixture, 0)->valid & SAMPLE_POWER) != 0);
    assert_near(fixture->samples[0].power_watts, 123);
    (void)read_after_ms(fixture, 1000);
    assert_int_equal(read_after_ms(fixture, 1000)->valid & (SAMPLE_POWER | SAMPLE_ENERGY),
                     SAMPLE_ENERGY);
}

static void test_power_stands_in_where_there_is_no_counter(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.watts=71.5");
    assert_int_equal(device(fixture, 0)->fields & (SAMPLE_ENERGY | SAMPLE_POWER), SAMPLE_POWER);
    (void)read_after_ms(fixture, 0);
    (void)read_after_ms(fixture, 1000);
    assert_int_equal(fixture->samples[0].valid & (SAMPLE_ENERGY | SAMPLE_POWER), SAMPLE_POWER);
    assert_near(fixture->samples[0].power_watts, 71.5);
    assert_int_equal(calls(fixture, "energy"), 1); /* asked once, never again */
}

static void test_counter_that_fails_once_leaves_power(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml", "gpu.energy_code=999");
    (void)read_after_ms(fixture, 0);
    assert_int_equal(fixture->samples[0].valid & (SAMPLE_ENERGY | SAMPLE_POWER), SAMPLE_POWER);
    probe(fixture, "fake_nvml", "gpu.energy_code=999;gpu.power_code=999");
    (void)read_after_ms(fixture, 0);
    assert_int_equal(fixture->samples[0].valid & (SAMPLE_ENERGY | SAMPLE_POWER), 0);
    assert_int_equal(fixture->samples[0].error, -EIO);
}

static void test_impossible_values_are_no_readings(void **state)
{
    struct fixture *fixture = *state;

    /* 3 x the limit of 300 W is the most that is believed */
    probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.watts=901;gpu.util=4000000");
    assert_int_equal(read_after_ms(fixture, 0)->valid & (SAMPLE_POWER | SAMPLE_UTILIZATION), 0);
    assert_int_equal(fixture->samples[0].error, -EIO);
    probe(fixture, "fake_nvml", "gpu.limit=0");
    assert_true(isnan(device(fixture, 0)->rated_watts));
    assert_string_equal(device(fixture, 0)->rated_source, "");
}

static void test_oldest_functions_are_enough(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml_least", "count=2;gpu.watts=55");
    assert_int_equal(fixture->reader->device_count, 2);
    assert_int_equal(device(fixture, 0)->fields, SAMPLE_POWER);
    assert_true(isnan(device(fixture, 0)->rated_watts));
    (void)read_after_ms(fixture, 0);
    assert_int_equal(read_after_ms(fixture, 1000)->valid, SAMPLE_POWER);
    assert_near(fixture->samples[1].power_watts, 55);
    probe(fixture, "fake_nvml_least", "init=9");
    assert_int_equal(fixture->status.state, READER_BROKEN);
    probe(fixture, "fake_nvml_least", "init=77");
    assert_non_null(strstr(fixture->status.reason, "(77)"));
}

static void test_unversioned_names_fill_the_old_structs(void **state)
{
    struct fixture *fixture = *state;
    const struct sample *sample;

    probe(fixture, "fake_nvml_v1", "gpu.procs=101:300:40,102:200:10;gpu.graphics=103:7:-");
    (void)read_after_ms(fixture, 0);
    sample = read_after_ms(fixture, 1000);
    assert_int_equal(sample->process_count, 3);
    assert_true(process(sample, 101)->memory_bytes == 300ull << 20);
    assert_true(process(sample, 102)->memory_bytes == 200ull << 20);
    assert_true(process(sample, 103)->memory_bytes == 7ull << 20);
    /* no _v2 of the memory call either: the first version counts the reserve as used */
    assert_true(sample->memory_used_bytes == 700ull << 20);
}

static void test_memory_v2_leaves_the_reserve_out(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml", "count=1");
    assert_true(read_after_ms(fixture, 0)->memory_used_bytes == 100ull << 20);
    probe(fixture, "fake_nvml", "gpu.memory_v2_code=25");
    assert_true(read_after_ms(fixture, 0)->memory_used_bytes == 700ull << 20);
    probe(fixture, "fake_nvml", "gpu.memory_v2_code=3;gpu.memory_code=3");
    assert_int_equal(read_after_ms(fixture, 0)->valid & SAMPLE_MEMORY, 0);
    assert_true(device(fixture, 0)->memory_bytes == 0);
}

/* --- fields, by their own codes --- */

static void test_energy_field_stands_in_for_the_function(void **state)
{
    struct fixture *fixture = *state;

    /* the probe's energy and power calls; field 83 grows by 250 mJ a call */
    probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.energy_field=1;gpu.start=0;gpu.step=250");
    assert_true((device(fixture, 0)->fields & SAMPLE_ENERGY) != 0);
    assert_int_equal(read_after_ms(fixture, 0)->energy_uj, 2 * 250000);
    assert_int_equal(read_after_ms(fixture, 10)->energy_uj, 3 * 250000);
    assert_true((fixture->samples[0].valid & SAMPLE_ENERGY) != 0);
    /* a function that answers is not given up for the field */
    probe(fixture, "fake_nvml", "gpu.energy_field=1");
    (void)read_after_ms(fixture, 0);
    assert_true(calls(fixture, "energy") > 0);
}

static void test_power_is_of_the_instant_where_the_driver_tells(void **state)
{
    struct fixture *fixture = *state;
    double watts;

    probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.watts=100;gpu.instant=140;gpu.average=90");
    assert_near(read_after_ms(fixture, 10)->power_watts, 140);
    assert_int_equal(device(fixture, 0)->power_time, POWER_OF_THE_INSTANT);
    assert_non_null(strstr(device(fixture, 0)->note, "readings of the instant"));

    /* not told, or told as 0: the average, by the function first */
    probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.watts=100;gpu.average=90;gpu.arch=8");
    assert_near(read_after_ms(fixture, 10)->power_watts, 100);
    assert_int_equal(device(fixture, 0)->power_time, POWER_MEAN_OF_A_SECOND);
    assert_non_null(strstr(device(fixture, 0)->note, "means of 1 s"));
    probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.watts=100;gpu.instant=0");
    assert_near(read_after_ms(fixture, 10)->power_watts, 100);
    assert_int_equal(device(fixture, 0)->power_time,
                     POWER_TIME_UNKNOWN); /* an architecture that nobody names */

    /* then field 185, then the ring of samples */
    probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.power_code=3;gpu.average=90;gpu.ring=80");
    assert_near(read_after_ms(fixture, 10)->power_watts, 90);
    probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.power_code=3;gpu.ring=80");
    (void)usleep(50000); /* the fake adds one each 20 ms */
    watts = read_after_ms(fixture, 10)->power_watts;
    assert_true((fixture->samples[0].valid & SAMPLE_POWER) != 0);
    assert_near(watts, 80);
    /* nothing new is no reading and no failure */
    probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.power_code=3;gpu.ring_code=21");
    assert_true((device(fixture, 0)->fields & SAMPLE_POWER) != 0);
    assert_int_equal(read_after_ms(fixture, 10)->valid & SAMPLE_POWER, 0);
    assert_int_equal(fixture->samples[0].error, 0);
}

static void test_power_of_a_ga100_is_of_the_instant(void **state)
{
    struct fixture *fixture = *state;

    probe(
        fixture, "fake_nvml",
        "gpu.energy_code=3;gpu.arch=7;gpu.name=NVIDIA A100-SXM4-40GB;gpu1.name=NVIDIA A10;count=2");
    assert_int_equal(device(fixture, 0)->power_time, POWER_OF_THE_INSTANT);
    assert_near(device(fixture, 0)->band_ratio, 0.20);
    assert_int_equal(device(fixture, 1)->power_time, POWER_MEAN_OF_A_SECOND);
    assert_near(device(fixture, 1)->band_ratio, 0.10);
}

static void test_no_watts_is_no_reading(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.watts=0");
    assert_int_equal(read_after_ms(fixture, 10)->valid & SAMPLE_POWER, 0);
    assert_int_equal(fixture->samples[0].error, 0);
}

/* --- superchips --- */

#define GH200 "gpu.name=NVIDIA GH200 480GB;gpu.arch=9;gpu.watts=542;"

/* The counter of a GH200 is its module's (542 W here), the scopes tell 398 W of the GPU. */
static void test_superchip_has_a_gpu_and_a_module_by_scope(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml", GH200 "gpu.instant=398;gpu.module=542");
    assert_int_equal(fixture->reader->device_count, 2);
    assert_int_equal(device(fixture, 0)->kind, DEVICE_GPU);
    assert_int_equal(device(fixture, 0)->fields & (SAMPLE_ENERGY | SAMPLE_POWER), SAMPLE_POWER);
    assert_int_equal(device(fixture, 1)->kind, DEVICE_MODULE);
    assert_string_equal(device(fixture, 1)->id, "module0");
    assert_int_equal(device(fixture, 1)->fields, SAMPLE_POWER);
    assert_near(device(fixture, 1)->band_ratio, 0.10);
    assert_near(read_after_ms(fixture, 10)->power_watts, 398);
    assert_near(fixture->samples[1].power_watts, 542);
    assert_int_equal(fixture->samples[1].valid, SAMPLE_POWER);

    /* counters that name their scope are taken, if they differ */
    probe(fixture, "fake_nvml", GH200 "gpu.instant=398;gpu.module=542;gpu.scoped=1");
    assert_true((device(fixture, 0)->fields & SAMPLE_ENERGY) != 0);
    assert_true((device(fixture, 1)->fields & SAMPLE_ENERGY) != 0);
    (void)read_after_ms(fixture, 10);
    assert_true(fixture->samples[1].energy_uj > fixture->samples[0].energy_uj);
}

static void test_superchip_whose_gpu_is_not_told_is_a_module(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml", GH200 "gpu.module=542");
    assert_int_equal(fixture->reader->device_count, 2);
    assert_int_equal(device(fixture, 0)->fields & (SAMPLE_ENERGY | SAMPLE_POWER), 0);
    (void)read_after_ms(fixture, 10);
    assert_near(fixture->samples[1].power_watts, 542);
    assert_int_equal(fixture->samples[0].valid & (SAMPLE_ENERGY | SAMPLE_POWER), 0);

    /* an old driver without scopes: the one counter it has */
    probe(fixture, "fake_nvml", GH200);
    assert_int_equal(fixture->reader->device_count, 1);
    assert_true((device(fixture, 0)->fields & SAMPLE_ENERGY) != 0);
}

/* Two GPUs on each module answer with the same power; which is where is told by the NUMA node. */
static void test_module_of_two_gpus_counts_once(void **state)
{
    struct fixture *fixture = *state;
    static const char script[] = "count=4;gpu.name=NVIDIA GB200;gpu.instant=900;gpu.module=2100;";
    char with_pci[400];

    probe(fixture, "fake_nvml", script);
    assert_int_equal(fixture->reader->device_count, 6);
    assert_int_equal(device(fixture, 1)->index, 0);
    assert_int_equal(device(fixture, 2)->index, 1);
    assert_int_equal(device(fixture, 5)->index, 1);
    assert_int_equal(device(fixture, 5)->kind, DEVICE_MODULE);
    assert_string_equal(device(fixture, 3)->id, "gpu3");

    tree_mkdir(fixture->tree_fd, "bus/pci/devices/0008:01:00.0");
    tree_write(fixture->tree_fd, "bus/pci/devices/0008:01:00.0/numa_node", "0\n");
    tree_mkdir(fixture->tree_fd, "bus/pci/devices/001a:01:00.0");
    tree_write(fixture->tree_fd, "bus/pci/devices/001a:01:00.0/numa_node", "1\n");
    (void)snprintf(with_pci, sizeof(with_pci),
                   "%sgpu0.pci=001A:01:00.0;gpu1.pci=0008:01:00.0;gpu2.pci=0008:01:00.0;"
                   "gpu3.pci=0009:01:00.0",
                   script);
    probe(fixture, "fake_nvml", with_pci);
    assert_int_equal(fixture->reader->device_count, 6);
    assert_int_equal(device(fixture, 0)->index, 1);
    assert_int_equal(device(fixture, 1)->index, 0);
    assert_int_equal(device(fixture, 3)->index, 1); /* unknown to sysfs: by its number */
}

static void test_card_with_a_module_scope_is_no_superchip(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml", "gpu.name=NVIDIA H100 80GB HBM3;gpu.instant=600;gpu.module=650");
    assert_int_equal(fixture->reader->device_count, 1);
    assert_true((device(fixture, 0)->fields & SAMPLE_ENERGY) != 0);
}

/* --- a GPU that goes away --- */

static void test_lost_gpu_is_a_gap_and_the_other_goes_on(void **state)
{
    struct fixture *fixture = *state;

    /* energy and power calls: the probe 1-2, the first reading 3-4, the second is lost */
    probe(fixture, "fake_nvml", "count=2;gpu.step=10;gpu1.lost=5");
    (void)read_after_ms(fixture, 0);
    assert_true((fixture->samples[1].valid & SAMPLE_ENERGY) != 0);
    for (int i = 0; i < 3; i++) {
        (void)read_after_ms(fixture, 1100);
        assert_true((fixture->samples[0].valid & SAMPLE_ENERGY) != 0);
        assert_int_equal(fixture->samples[1].valid, 0);
        assert_int_equal(fixture->samples[1].error, -ENODEV);
        assert_true(fixture->samples[1].mono_ns == fixture->now_ns);
    }
}

static void test_lost_gpu_is_asked_once_a_second_and_comes_back(void **state)
{
    struct fixture *fixture = *state;
    unsigned before;

    /* lost at calls 5, 6 and 7 */
    probe(fixture, "fake_nvml", "gpu.step=10;gpu.lost=5;gpu.lost_for=3");
    (void)read_after_ms(fixture, 0);
    assert_int_equal(read_after_ms(fixture, 100)->error, -ENODEV);
    before = calls(fixture, "energy");
    for (int i = 0; i < 9; i++)
        assert_int_equal(read_after_ms(fixture, 100)->error, -ENODEV);
    assert_int_equal(calls(fixture, "energy"), before);
    assert_int_equal(read_after_ms(fixture, 200)->error, -ENODEV);  /* call 6 */
    assert_int_equal(read_after_ms(fixture, 1100)->error, -ENODEV); /* call 7 */
    assert_int_equal(read_after_ms(fixture, 1100)->error, 0);
    assert_true((fixture->samples[0].valid & SAMPLE_ENERGY) != 0);
    assert_true(calls(fixture, "handle_by_uuid") >= 3);
}

static void test_library_is_started_again_when_every_gpu_is_lost(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml", "gpu.step=10;gpu.lost=5;gpu.lost_for=8");
    (void)read_after_ms(fixture, 0);
    assert_int_equal(calls(fixture, "init"), 1);
    for (int i = 0; i < 8; i++)
        assert_int_equal(read_after_ms(fixture, 1500)->error, -ENODEV);
    assert_int_equal(calls(fixture, "init"), 2);
    (void)read_after_ms(fixture, 1500);
    assert_int_equal(read_after_ms(fixture, 1500)->error, 0);
}

/* --- processes --- */

static void test_processes_of_all_lists_are_merged(void **state)
{
    struct fixture *fixture = *state;
    const struct sample *sample;

    probe(fixture, "fake_nvml", "gpu.procs=101:300:40,102:?:10;gpu.graphics=101:200:-,103:5:-");
    (void)read_after_ms(fixture, 0);
    sample = read_after_ms(fixture, 1000);
    assert_true((sample->valid & SAMPLE_PROCESSES) != 0);
    assert_int_equal(sample->process_count, 3);
    assert_true(process(sample, 101)->memory_bytes == 300ull << 20); /* the greater, not 500 */
    assert_true(process(sample, 102)->memory_bytes == UINT64_MAX);
    assert_true(fabsf(process(sample, 101)->sm_ratio - 0.40f) < 1e-6f);
    assert_true(fabsf(process(sample, 102)->sm_ratio - 0.10f) < 1e-6f);
    assert_true(process(sample, 103)->sm_ratio < 0); /* unknown, not 0 */
}

static void test_empty_list_is_an_answer_and_a_refused_one_is_not(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml", "count=1");
    assert_true((read_after_ms(fixture, 0)->valid & SAMPLE_PROCESSES) != 0);
    assert_int_equal(fixture->samples[0].process_count, 0);
    probe(fixture, "fake_nvml", "gpu.list_code=4;gpu.sm_code=3;gpu.procs=101:300:40");
    assert_int_equal(device(fixture, 0)->fields & SAMPLE_PROCESSES, 0);
    assert_int_equal(read_after_ms(fixture, 0)->valid & SAMPLE_PROCESSES, 0);
    /* SM samples alone name those who worked, and nobody else */
    probe(fixture, "fake_nvml", "gpu.list_code=3;gpu.procs=101:300:40");
    (void)read_after_ms(fixture, 0);
    assert_int_equal(read_after_ms(fixture, 1000)->process_count, 1);
    assert_true(process(fixture->samples, 101)->memory_bytes == UINT64_MAX);
}

static void test_more_processes_than_room(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml", "gpu.procs=101:300:40;gpu.many=300");
    (void)read_after_ms(fixture, 0);
    assert_int_equal(read_after_ms(fixture, 1000)->process_count, 301);
    probe(fixture, "fake_nvml_v1", "gpu.procs=101:300:40;gpu.many=300");
    (void)read_after_ms(fixture, 0);
    assert_int_equal(read_after_ms(fixture, 1000)->process_count, 301);
}

static void test_sm_percent_above_100_is_garbage(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml", "gpu.procs=101:300:4294967,102:1:60");
    (void)read_after_ms(fixture, 0);
    (void)read_after_ms(fixture, 1000);
    assert_true(process(fixture->samples, 101)->sm_ratio < 0);
    assert_true(fabsf(process(fixture->samples, 102)->sm_ratio - 0.60f) < 1e-6f);
}

/* --- what it costs --- */

static void test_a_second_of_fast_ticks_asks_little(void **state)
{
    struct fixture *fixture = *state;
    unsigned energy;
    unsigned utilization;
    unsigned list;
    unsigned power;

    probe(fixture, "fake_nvml", "gpu.step=10");
    for (int i = 0; i < 1200; i++)
        (void)read_after_ms(fixture, 10); /* past the first ten seconds */
    energy = calls(fixture, "energy");
    utilization = calls(fixture, "utilization");
    list = calls(fixture, "list");
    power = calls(fixture, "power");
    for (int i = 0; i < 1000; i++)
        (void)read_after_ms(fixture, 10); /* ten seconds */
    assert_int_equal(calls(fixture, "energy") - energy, 1000);
    assert_in_range(calls(fixture, "utilization") - utilization, 90, 120);
    assert_in_range(calls(fixture, "list") - list, 2 * 9, 2 * 12); /* compute and graphics */
    assert_int_equal(calls(fixture, "power") - power, 0);
}

static void test_utilisation_alone_is_asked_every_time(void **state)
{
    struct fixture *fixture = *state;

    probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.power_code=3;gpu.util=80");
    assert_int_equal(device(fixture, 0)->fields &
                         (SAMPLE_ENERGY | SAMPLE_POWER | SAMPLE_UTILIZATION),
                     SAMPLE_UTILIZATION);
    for (int i = 0; i < 10; i++)
        assert_true((read_after_ms(fixture, 10)->valid & SAMPLE_UTILIZATION) != 0);
}

static void test_close_accepts_nothing(void **state)
{
    (void)state;
    reader_nvml.close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
        TEST(test_facts_of_a_gpu),
        TEST(test_loaded_file_and_driver_are_named),
        TEST(test_sensor_that_sees_a_quarter_of_the_time_has_twice_the_band),
        TEST(test_long_and_invalid_names_are_made_fit),
        TEST(test_no_gpu_and_many),
        TEST(test_gpu_that_cannot_be_opened_is_named_and_the_others_count),
        TEST(test_same_gpu_twice_counts_once),
        TEST(test_mig_parent_counts_once_without_utilisation),
        TEST(test_absence_is_quiet),
        TEST(test_file_that_cannot_be_loaded_is_broken),
        TEST(test_failing_init_is_explained_with_what_mends_it),
        TEST(test_energy_is_scaled_from_millijoules),
        TEST(test_power_is_asked_until_the_counter_moves),
        TEST(test_power_stands_in_where_there_is_no_counter),
        TEST(test_counter_that_fails_once_leaves_power),
        TEST(test_impossible_values_are_no_readings),
        TEST(test_oldest_functions_are_enough),
        TEST(test_unversioned_names_fill_the_old_structs),
        TEST(test_memory_v2_leaves_the_reserve_out),
        TEST(test_energy_field_stands_in_for_the_function),
        TEST(test_power_is_of_the_instant_where_the_driver_tells),
        TEST(test_power_of_a_ga100_is_of_the_instant),
        TEST(test_no_watts_is_no_reading),
        TEST(test_superchip_has_a_gpu_and_a_module_by_scope),
        TEST(test_superchip_whose_gpu_is_not_told_is_a_module),
        TEST(test_module_of_two_gpus_counts_once),
        TEST(test_card_with_a_module_scope_is_no_superchip),
        TEST(test_lost_gpu_is_a_gap_and_the_other_goes_on),
        TEST(test_lost_gpu_is_asked_once_a_second_and_comes_back),
        TEST(test_library_is_started_again_when_every_gpu_is_lost),
        TEST(test_processes_of_all_lists_are_merged),
        TEST(test_empty_list_is_an_answer_and_a_refused_one_is_not),
        TEST(test_more_processes_than_room),
        TEST(test_sm_percent_above_100_is_garbage),
        TEST(test_a_second_of_fast_ticks_asks_little),
        TEST(test_utilisation_alone_is_asked_every_time),
        TEST(test_close_accepts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

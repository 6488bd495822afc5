/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_nvml.c - the NVML reader against made-up GPUs: every way a driver can answer, or
 * not */
#include "nvml_fixture.h"

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

/* --- what is found --- */

static void test_facts_of_a_gpu(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml",
               "count=2;gpu.name=NVIDIA "
               "A100-SXM4-80GB;gpu.limit=400;gpu.memory_mib=81920;gpu1.uuid=GPU-b");
    assert_int_equal(fixture->reader->device_count, 2);
    assert_int_equal(fixture->status.state, READER_USED);
    assert_string_equal(fixture->status.reason, "");
    assert_string_equal(nvml_device(fixture, 0)->id, "gpu0");
    assert_string_equal(nvml_device(fixture, 1)->id, "gpu1");
    assert_int_equal(nvml_device(fixture, 1)->index, 1);
    assert_string_equal(nvml_device(fixture, 0)->model, "NVIDIA A100-SXM4-80GB");
    assert_string_equal(nvml_device(fixture, 1)->uuid, "GPU-b");
    assert_string_equal(nvml_device(fixture, 0)->reader, "nvml");
    nvml_assert_near(nvml_device(fixture, 0)->rated_watts, 400);
    assert_string_equal(nvml_device(fixture, 0)->rated_source, "driver limit");
    assert_true(nvml_device(fixture, 0)->memory_bytes == 81920ull << 20);
    assert_true(nvml_device(fixture, 0)->counter_range_uj == 0); /* 64 bits of mJ do not wrap */
    assert_int_equal(nvml_device(fixture, 0)->fields, SAMPLE_ENERGY | SAMPLE_POWER |
                                                          SAMPLE_UTILIZATION | SAMPLE_MEMORY |
                                                          SAMPLE_PROCESSES);
}

static void test_loaded_file_and_driver_are_named(void **state)
{
    struct nvml_fixture *fixture = *state;
    char expected[600];

    nvml_probe(fixture, "fake_nvml", "count=1");
    (void)snprintf(expected, sizeof(expected), "%s, driver 550.54.15", fixture->path);
    /* long build paths are cut in the library's own field */
    if (strlen(fixture->path) < 200)
        assert_string_equal(fixture->status.detail, expected);
}

static void test_sensor_that_sees_a_quarter_of_the_time_has_twice_the_band(void **state)
{
    (void)state;
    nvml_assert_near(nvml_band_ratio("NVIDIA A100-SXM4-80GB", 7), 0.20);
    nvml_assert_near(nvml_band_ratio("NVIDIA H100 80GB HBM3", 9), 0.20);
    nvml_assert_near(nvml_band_ratio("NVIDIA GH200 480GB", 0), 0.20);
    nvml_assert_near(nvml_band_ratio("NVIDIA Something New", 9), 0.20);
    nvml_assert_near(nvml_band_ratio("NVIDIA RTX A3000 Laptop GPU", 7), 0.10);
    nvml_assert_near(nvml_band_ratio("NVIDIA GeForce RTX 4090", 8), 0.10);
    nvml_assert_near(nvml_band_ratio("", 0), 0.10);
}

static void test_long_and_invalid_names_are_made_fit(void **state)
{
    struct nvml_fixture *fixture = *state;
    char script[400] = "gpu.name=";

    memset(script + 9, 'x', 300);
    nvml_probe(fixture, "fake_nvml", script);
    assert_int_equal(strlen(nvml_device(fixture, 0)->model), DEVICE_MODEL_SIZE - 1);
    nvml_probe(fixture, "fake_nvml", "gpu.name=A\\xff\\x1b[31mB\\x0a");
    assert_string_equal(nvml_device(fixture, 0)->model, "A? [31mB");
    nvml_probe(fixture, "fake_nvml", "gpu.name_code=999;gpu.uuid_code=3");
    assert_string_equal(nvml_device(fixture, 0)->model, "NVIDIA GPU");
    assert_string_equal(nvml_device(fixture, 0)->uuid, "");
}

/* A run does not ask: each call may wake a card. */
static void test_temperature_and_memory_are_for_who_looks_on(void **state)
{
    struct nvml_fixture *fixture = *state;
    const struct sample *sample;

    nvml_probe(fixture, "fake_nvml", "gpu.celsius=67");
    (void)nvml_read_after_ms(fixture, 0);
    sample = nvml_read_after_ms(fixture, 1000);
    assert_int_equal(sample->valid & (SAMPLE_TEMPERATURE | SAMPLE_MEMORY), 0);
    assert_int_equal(nvml_calls(fixture, "temperature"), 0);

    fixture->env.watched = true;
    nvml_probe(fixture, "fake_nvml", "gpu.celsius=67");
    (void)nvml_read_after_ms(fixture, 0);
    for (int i = 0; i < 3; i++) {
        sample = nvml_read_after_ms(fixture, 1000);
        assert_int_equal(sample->valid & (SAMPLE_TEMPERATURE | SAMPLE_MEMORY),
                         SAMPLE_TEMPERATURE | SAMPLE_MEMORY);
        assert_true(sample->temperature_celsius == 67);
    }
    nvml_probe(fixture, "fake_nvml", "gpu.celsius=4000000");
    (void)nvml_read_after_ms(fixture, 0);
    assert_int_equal(nvml_read_after_ms(fixture, 1000)->valid & SAMPLE_TEMPERATURE, 0);
    nvml_probe(fixture, "fake_nvml", "gpu.celsius_code=3");
    (void)nvml_read_after_ms(fixture, 0);
    sample = nvml_read_after_ms(fixture, 1000);
    assert_int_equal(sample->valid & SAMPLE_TEMPERATURE, 0);
    assert_int_equal(sample->error, 0);
}

static void test_no_gpu_and_many(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", "count=0");
    assert_null(fixture->reader);
    assert_int_equal(fixture->status.state, READER_ABSENT);
    nvml_probe(fixture, "fake_nvml", "count=4000000000");
    assert_null(fixture->reader);
    assert_int_equal(fixture->status.state, READER_BROKEN);
    nvml_probe(fixture, "fake_nvml", "count=8");
    assert_int_equal(fixture->reader->device_count, 8);
    (void)nvml_read_after_ms(fixture, 0);
    for (size_t i = 0; i < 8; i++)
        assert_true((fixture->samples[i].valid & SAMPLE_ENERGY) != 0);
}

static void test_gpu_that_cannot_be_opened_is_named_and_the_others_count(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", "count=3;gpu1.handle_code=15");
    assert_int_equal(fixture->reader->device_count, 2);
    assert_string_equal(nvml_device(fixture, 0)->id, "gpu0");
    assert_string_equal(nvml_device(fixture, 1)->id, "gpu2");
    assert_string_equal(fixture->status.reason, "gpu1: GPU is lost");
    nvml_probe(fixture, "fake_nvml", "gpu.handle_code=4");
    assert_null(fixture->reader);
    assert_int_equal(fixture->status.state, READER_DENIED);
    assert_non_null(strstr(fixture->status.fix, "--gpus all"));
}

static void test_same_gpu_twice_counts_once(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", "count=2;gpu.uuid=GPU-same");
    assert_int_equal(fixture->reader->device_count, 1);
}

static void test_mig_parent_counts_once_without_utilisation(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", "gpu.mig=1");
    assert_int_equal(fixture->reader->device_count, 1);
    assert_int_equal(nvml_device(fixture, 0)->fields & SAMPLE_UTILIZATION, 0);
    assert_non_null(strstr(nvml_device(fixture, 0)->note, "MIG"));
    (void)nvml_read_after_ms(fixture, 1000);
    assert_int_equal(fixture->samples[0].valid & (SAMPLE_UTILIZATION | SAMPLE_ENERGY),
                     SAMPLE_ENERGY);
    assert_int_equal(fixture->samples[0].error, 0);
    /* nor where a driver says 0 instead of nothing */
    nvml_probe(fixture, "fake_nvml", "gpu.mig=1;gpu.mig_util=1;gpu.util=0");
    assert_int_equal(nvml_device(fixture, 0)->fields & SAMPLE_UTILIZATION, 0);
    assert_int_equal(nvml_read_after_ms(fixture, 1000)->valid & SAMPLE_UTILIZATION, 0);
}

/* --- when the library is not there, or does not start --- */

static void test_absence_is_quiet(void **state)
{
    struct nvml_fixture *fixture = *state;

    fixture->env.sysroot = true; /* this machine may have the real one */
    nvml_probe_file(fixture, NULL, NULL);
    assert_null(fixture->reader);
    assert_int_equal(fixture->status.state, READER_ABSENT);
    assert_string_equal(fixture->status.fix, "");
}

static void test_file_that_cannot_be_loaded_is_broken(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe_file(fixture, "/nowhere/libnvidia-ml.so.1", NULL);
    assert_null(fixture->reader);
    assert_int_equal(fixture->status.state, READER_BROKEN);
    assert_string_equal(fixture->status.reason,
                        "cannot load '/nowhere/libnvidia-ml.so.1': cannot open "
                        "shared object file: No such file or directory");
    nvml_probe(fixture, "fake_not_nvml", NULL);
    assert_null(fixture->reader);
    assert_int_equal(fixture->status.state, READER_BROKEN);
    assert_non_null(strstr(fixture->status.reason, "is not NVML: it lacks nvmlInit"));
}

static void test_failing_init_is_explained_with_what_mends_it(void **state)
{
    struct nvml_fixture *fixture = *state;
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
        nvml_probe(fixture, "fake_nvml", rows[i].script);
        assert_null(fixture->reader);
        assert_int_equal(fixture->status.state, rows[i].state);
        assert_non_null(strstr(fixture->status.reason, rows[i].reason));
        assert_non_null(strstr(fixture->status.fix, rows[i].fix));
    }
}

/* --- readings --- */

static void test_energy_is_scaled_from_millijoules(void **state)
{
    struct nvml_fixture *fixture = *state;
    const struct sample *sample;
    uint64_t first_uj;

    /* call 1 at the probe: 1000 mJ + 250 mJ a call */
    nvml_probe(fixture, "fake_nvml", "gpu.start=1000;gpu.step=250;gpu.util=37");
    sample = nvml_read_after_ms(fixture, 5);
    assert_true((sample->valid & SAMPLE_ENERGY) != 0);
    assert_true(sample->energy_uj == 1500000);
    assert_true(sample->mono_ns == fixture->now_ns);
    nvml_assert_near(sample->utilization_ratio, 0.37);
    assert_int_equal(sample->error, 0);
    first_uj = sample->energy_uj;
    sample = nvml_read_after_ms(fixture, 1000);
    assert_true(sample->energy_uj - first_uj == 250000);
}

static void test_power_is_asked_until_the_counter_moves(void **state)
{
    struct nvml_fixture *fixture = *state;

    /* the probe's and the first reading are frozen, the second moves */
    nvml_probe(fixture, "fake_nvml", "gpu.frozen=2;gpu.step=100;gpu.watts=123");
    assert_true((nvml_read_after_ms(fixture, 0)->valid & SAMPLE_POWER) != 0);
    nvml_assert_near(fixture->samples[0].power_watts, 123);
    (void)nvml_read_after_ms(fixture, 1000);
    assert_int_equal(nvml_read_after_ms(fixture, 1000)->valid & (SAMPLE_POWER | SAMPLE_ENERGY),
                     SAMPLE_ENERGY);
}

static void test_power_stands_in_where_there_is_no_counter(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.watts=71.5");
    assert_int_equal(nvml_device(fixture, 0)->fields & (SAMPLE_ENERGY | SAMPLE_POWER),
                     SAMPLE_POWER);
    (void)nvml_read_after_ms(fixture, 0);
    (void)nvml_read_after_ms(fixture, 1000);
    assert_int_equal(fixture->samples[0].valid & (SAMPLE_ENERGY | SAMPLE_POWER), SAMPLE_POWER);
    nvml_assert_near(fixture->samples[0].power_watts, 71.5);
    assert_int_equal(nvml_calls(fixture, "energy"), 1); /* asked once, never again */
}

static void test_counter_that_fails_once_leaves_power(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", "gpu.energy_code=999");
    (void)nvml_read_after_ms(fixture, 0);
    assert_int_equal(fixture->samples[0].valid & (SAMPLE_ENERGY | SAMPLE_POWER), SAMPLE_POWER);
    nvml_probe(fixture, "fake_nvml", "gpu.energy_code=999;gpu.power_code=999");
    (void)nvml_read_after_ms(fixture, 0);
    assert_int_equal(fixture->samples[0].valid & (SAMPLE_ENERGY | SAMPLE_POWER), 0);
    assert_int_equal(fixture->samples[0].error, -EIO);
}

static void test_impossible_values_are_no_readings(void **state)
{
    struct nvml_fixture *fixture = *state;

    /* 3 x the limit of 300 W is the most that is believed */
    nvml_probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.watts=901;gpu.util=4000000");
    assert_int_equal(nvml_read_after_ms(fixture, 0)->valid & (SAMPLE_POWER | SAMPLE_UTILIZATION),
                     0);
    assert_int_equal(fixture->samples[0].error, -EIO);
    nvml_probe(fixture, "fake_nvml", "gpu.limit=0");
    assert_true(isnan(nvml_device(fixture, 0)->rated_watts));
    assert_string_equal(nvml_device(fixture, 0)->rated_source, "");
}

static void test_oldest_functions_are_enough(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml_least", "count=2;gpu.watts=55");
    assert_int_equal(fixture->reader->device_count, 2);
    assert_int_equal(nvml_device(fixture, 0)->fields, SAMPLE_POWER);
    assert_true(isnan(nvml_device(fixture, 0)->rated_watts));
    (void)nvml_read_after_ms(fixture, 0);
    assert_int_equal(nvml_read_after_ms(fixture, 1000)->valid, SAMPLE_POWER);
    nvml_assert_near(fixture->samples[1].power_watts, 55);
    nvml_probe(fixture, "fake_nvml_least", "init=9");
    assert_int_equal(fixture->status.state, READER_BROKEN);
    nvml_probe(fixture, "fake_nvml_least", "init=77");
    assert_non_null(strstr(fixture->status.reason, "(77)"));
}

static void test_unversioned_names_fill_the_old_structs(void **state)
{
    struct nvml_fixture *fixture = *state;
    const struct sample *sample;

    nvml_probe(fixture, "fake_nvml_v1", "gpu.procs=101:300:40,102:200:10;gpu.graphics=103:7:-");
    /* no _v2 of the memory call either: the first version counts the reserve as used */
    assert_true(nvml_read_after_ms(fixture, 0)->memory_used_bytes == 700ull << 20);
    sample = nvml_read_after_ms(fixture, 1000);
    assert_int_equal(sample->process_count, 3);
    assert_true(nvml_process(sample, 101)->memory_bytes == 300ull << 20);
    assert_true(nvml_process(sample, 102)->memory_bytes == 200ull << 20);
    assert_true(nvml_process(sample, 103)->memory_bytes == 7ull << 20);
}

static void test_memory_v2_leaves_the_reserve_out(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", "count=1");
    assert_true(nvml_read_after_ms(fixture, 0)->memory_used_bytes == 100ull << 20);
    nvml_probe(fixture, "fake_nvml", "gpu.memory_v2_code=25");
    assert_true(nvml_read_after_ms(fixture, 0)->memory_used_bytes == 700ull << 20);
    nvml_probe(fixture, "fake_nvml", "gpu.memory_v2_code=3;gpu.memory_code=3");
    assert_int_equal(nvml_read_after_ms(fixture, 0)->valid & SAMPLE_MEMORY, 0);
    assert_true(nvml_device(fixture, 0)->memory_bytes == 0);
}

/* --- a GPU that goes away --- */

static void test_lost_gpu_is_a_gap_and_the_other_goes_on(void **state)
{
    struct nvml_fixture *fixture = *state;

    /* energy and power calls: the probe 1-2, the first reading 3-4, the second is lost */
    nvml_probe(fixture, "fake_nvml", "count=2;gpu.step=10;gpu1.lost=5");
    (void)nvml_read_after_ms(fixture, 0);
    assert_true((fixture->samples[1].valid & SAMPLE_ENERGY) != 0);
    for (int i = 0; i < 3; i++) {
        (void)nvml_read_after_ms(fixture, 1100);
        assert_true((fixture->samples[0].valid & SAMPLE_ENERGY) != 0);
        assert_int_equal(fixture->samples[1].valid, 0);
        assert_int_equal(fixture->samples[1].error, -ENODEV);
        assert_true(fixture->samples[1].mono_ns == fixture->now_ns);
    }
}

static void test_lost_gpu_is_asked_once_a_second_and_comes_back(void **state)
{
    struct nvml_fixture *fixture = *state;
    unsigned before;

    /* lost at calls 5, 6 and 7 */
    nvml_probe(fixture, "fake_nvml", "gpu.step=10;gpu.lost=5;gpu.lost_for=3");
    (void)nvml_read_after_ms(fixture, 0);
    assert_int_equal(nvml_read_after_ms(fixture, 100)->error, -ENODEV);
    before = nvml_calls(fixture, "energy");
    for (int i = 0; i < 9; i++)
        assert_int_equal(nvml_read_after_ms(fixture, 100)->error, -ENODEV);
    assert_int_equal(nvml_calls(fixture, "energy"), before);
    assert_int_equal(nvml_read_after_ms(fixture, 200)->error, -ENODEV);  /* call 6 */
    assert_int_equal(nvml_read_after_ms(fixture, 1100)->error, -ENODEV); /* call 7 */
    assert_int_equal(nvml_read_after_ms(fixture, 1100)->error, 0);
    assert_true((fixture->samples[0].valid & SAMPLE_ENERGY) != 0);
    assert_true(nvml_calls(fixture, "handle_by_uuid") >= 3);
}

static void test_library_is_started_again_when_every_gpu_is_lost(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", "gpu.step=10;gpu.lost=5;gpu.lost_for=8");
    (void)nvml_read_after_ms(fixture, 0);
    assert_int_equal(nvml_calls(fixture, "init"), 1);
    for (int i = 0; i < 8; i++)
        assert_int_equal(nvml_read_after_ms(fixture, 1500)->error, -ENODEV);
    assert_int_equal(nvml_calls(fixture, "init"), 2);
    (void)nvml_read_after_ms(fixture, 1500);
    assert_int_equal(nvml_read_after_ms(fixture, 1500)->error, 0);
}

/* --- what it costs --- */

static void test_a_second_of_fast_ticks_asks_little(void **state)
{
    struct nvml_fixture *fixture = *state;
    unsigned energy;
    unsigned utilization;
    unsigned list;
    unsigned power;

    nvml_probe(fixture, "fake_nvml", "gpu.step=10");
    for (int i = 0; i < 1200; i++)
        (void)nvml_read_after_ms(fixture, 10); /* past the first ten seconds */
    energy = nvml_calls(fixture, "energy");
    utilization = nvml_calls(fixture, "utilization");
    list = nvml_calls(fixture, "list");
    power = nvml_calls(fixture, "power");
    for (int i = 0; i < 1000; i++)
        (void)nvml_read_after_ms(fixture, 10); /* ten seconds */
    assert_int_equal(nvml_calls(fixture, "energy") - energy, 1000);
    assert_in_range(nvml_calls(fixture, "utilization") - utilization, 90, 120);
    /* of compute processes each second; of graphics and of MPS, which are empty, now and then */
    assert_in_range(nvml_calls(fixture, "list") - list, 9, 18);
    assert_int_equal(nvml_calls(fixture, "power") - power, 0);
}

static void test_utilisation_alone_is_asked_every_time(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.power_code=3;gpu.util=80");
    assert_int_equal(nvml_device(fixture, 0)->fields &
                         (SAMPLE_ENERGY | SAMPLE_POWER | SAMPLE_UTILIZATION),
                     SAMPLE_UTILIZATION);
    for (int i = 0; i < 10; i++)
        assert_true((nvml_read_after_ms(fixture, 10)->valid & SAMPLE_UTILIZATION) != 0);
}

static void test_close_accepts_nothing(void **state)
{
    (void)state;
    reader_nvml.close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, nvml_set_up, nvml_tear_down)
        TEST(test_facts_of_a_gpu),
        TEST(test_loaded_file_and_driver_are_named),
        TEST(test_sensor_that_sees_a_quarter_of_the_time_has_twice_the_band),
        TEST(test_long_and_invalid_names_are_made_fit),
        TEST(test_temperature_and_memory_are_for_who_looks_on),
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
        TEST(test_lost_gpu_is_a_gap_and_the_other_goes_on),
        TEST(test_lost_gpu_is_asked_once_a_second_and_comes_back),
        TEST(test_library_is_started_again_when_every_gpu_is_lost),
        TEST(test_a_second_of_fast_ticks_asks_little),
        TEST(test_utilisation_alone_is_asked_every_time),
        TEST(test_close_accepts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

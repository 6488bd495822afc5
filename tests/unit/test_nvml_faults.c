/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/test_nvml_faults.c - NVML with any function missing, and any call answering any code
 *
 * What must hold whatever a driver does: no crash, no figure of 0 that nobody measured, and no other
 * figure lost than the one whose call fails.
 */
#include "nvml_fixture.h"

#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"

#define EVERYTHING \
    (SAMPLE_ENERGY | SAMPLE_POWER | SAMPLE_UTILIZATION | SAMPLE_MEMORY | SAMPLE_PROCESSES)
#define SCRIPT "gpu.name=NVIDIA Fake 9;gpu.procs=100:10:20;gpu.step=1000;"

/* --- functions that are missing --- */

struct missing {
    const char *symbol;
    uint32_t lost; /* figures */
    bool broken;   /* nothing goes without it */
};

static const struct missing missing[] = {
    { "nvmlInit_v2", 0, true },
    { "nvmlDeviceGetCount_v2", 0, true },
    { "nvmlDeviceGetHandleByIndex_v2", 0, true },
    { "nvmlShutdown", 0, false },
    { "nvmlErrorString", 0, false },
    { "nvmlSystemGetDriverVersion", 0, false },
    { "nvmlSystemGetProcessName", 0, false },
    { "nvmlDeviceGetHandleByUUID", 0, false },
    { "nvmlDeviceGetName", 0, false },
    { "nvmlDeviceGetUUID", 0, false },
    { "nvmlDeviceGetArchitecture", 0, false },
    { "nvmlDeviceGetVirtualizationMode", 0, false },
    { "nvmlDeviceGetPciInfo_v3", 0, false },
    { "nvmlDeviceGetMigMode", 0, false },
    { "nvmlDeviceGetMaxMigDeviceCount", 0, false },
    { "nvmlDeviceGetMigDeviceHandleByIndex", 0, false },
    { "nvmlDeviceGetGpuInstanceId", 0, false },
    { "nvmlDeviceGetComputeInstanceId", 0, false },
    { "nvmlDeviceGetAttributes_v2", 0, false },
    { "nvmlDeviceGetTotalEnergyConsumption", SAMPLE_ENERGY, false },
    { "nvmlDeviceGetPowerUsage", SAMPLE_POWER, false },
    { "nvmlDeviceGetFieldValues", 0, false },
    { "nvmlDeviceGetSamples", 0, false },
    { "nvmlDeviceGetEnforcedPowerLimit", 0, false },
    { "nvmlDeviceGetUtilizationRates", SAMPLE_UTILIZATION, false },
    { "nvmlDeviceGetMemoryInfo", 0, false },                 /* the second version is there */
    { "nvmlDeviceGetMemoryInfo_v2", 0, false },              /* the first is */
    { "nvmlDeviceGetComputeRunningProcesses_v3", 0, false }, /* SM time is told */
    { "nvmlDeviceGetGraphicsRunningProcesses_v2", 0, false },
    { "nvmlDeviceGetMPSComputeRunningProcesses_v3", 0, false },
    { "nvmlDeviceGetProcessUtilization", 0, false }, /* the list is there */
};

/* A copy of the fake whose symbol has another name. Return: how often it stood in the file. */
static int write_without(const char *from, const char *to, const char *symbol)
{
    size_t length = strlen(symbol);
    char *bytes = NULL;
    FILE *file = fopen(from, "re");
    long size;
    int found = 0;

    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size = ftell(file);
    rewind(file);
    assert_true(size > 0);
    bytes = malloc((size_t)size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, (size_t)size, file), (size_t)size);
    (void)fclose(file);
    for (size_t i = 1; i + length < (size_t)size; i++) {
        if (bytes[i - 1] != '\0' || memcmp(bytes + i, symbol, length + 1) != 0)
            continue;
        bytes[i] = 'x';
        found++;
    }
    file = fopen(to, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, (size_t)size, file), (size_t)size);
    assert_int_equal(fclose(file), 0);
    free(bytes);
    return found;
}

static void test_each_missing_function_costs_its_own_figure(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", SCRIPT);
    assert_int_equal(nvml_device(fixture, 0)->fields, EVERYTHING);
    assert_int_equal(nvml_read_after_ms(fixture, 1000)->valid, EVERYTHING);
    for (size_t i = 0; i < ARRAY_LENGTH(missing); i++) {
        char from[512];
        char to[256];

        (void)snprintf(from, sizeof(from), "%s/fake_nvml.so", getenv("AICO2_TEST_FAKES"));
        (void)snprintf(to, sizeof(to), "%s/without-%zu.so", fixture->tree, i);
        assert_true(write_without(from, to, missing[i].symbol) > 0);
        nvml_probe_file(fixture, to, SCRIPT);
        if (missing[i].broken) {
            assert_null(fixture->reader);
            assert_int_equal(fixture->status.state, READER_BROKEN);
        } else {
            if (nvml_device(fixture, 0)->fields != (EVERYTHING & ~missing[i].lost))
                fail_msg("without %s: fields %#x", missing[i].symbol,
                         nvml_device(fixture, 0)->fields);
            if (nvml_read_after_ms(fixture, 1000)->valid != (EVERYTHING & ~missing[i].lost))
                fail_msg("without %s: read %#x", missing[i].symbol, fixture->samples[0].valid);
            assert_int_equal(fixture->samples[0].error, 0);
        }
        (void)unlink(to);
    }
}

/* --- codes --- */

struct call {
    const char *key;
    uint32_t figure; /* that fails with it, where nothing else tells it */
};

static const struct call call_keys[] = {
    { "energy", SAMPLE_ENERGY },
    { "power", SAMPLE_POWER },
    { "util", SAMPLE_UTILIZATION },
    { "limit", 0 },
    { "memory", 0 },
    { "memory_v2", 0 },
    { "list", 0 },
    { "sm", 0 },
    { "name", 0 },
    { "uuid", 0 },
    { "mig", 0 },
    { "arch", 0 },
    { "pci", 0 },
    { "vgpu", 0 },
    { "fields", 0 },
    { "ring", 0 },
    { "slices", 0 },
    { "instance_list", 0 },
};

static int code_at(int index)
{
    return index <= 30 ? index : 999;
}

static bool is_lost_code(int code)
{
    return code == 1 || code == 9 || code == 15 || code == 16 || code == 28;
}

/* What nobody measured is not valid, and what is valid is not 0. */
static void assert_sane(const struct sample *sample)
{
    if ((sample->valid & SAMPLE_ENERGY) != 0)
        assert_true(sample->energy_uj > 0);
    if ((sample->valid & SAMPLE_POWER) != 0)
        assert_true(sample->power_watts > 0 && sample->power_watts <= 10000);
    if ((sample->valid & SAMPLE_UTILIZATION) != 0)
        assert_true(sample->utilization_ratio > 0 && sample->utilization_ratio <= 1);
    if ((sample->valid & SAMPLE_MEMORY) != 0)
        assert_true(sample->memory_used_bytes > 0);
    if ((sample->valid & SAMPLE_PROCESSES) != 0)
        assert_true(sample->process_count <= 8);
    else
        assert_int_equal(sample->process_count, 0);
    assert_true(sample->error <= 0);
    if (sample->error == -ENODEV)
        assert_int_equal(sample->valid, 0);
}

static void test_each_code_costs_its_own_figure(void **state)
{
    struct nvml_fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_LENGTH(call_keys); i++) {
        for (int j = 1; j <= 31; j++) {
            int code = code_at(j);
            char script[256];

            (void)snprintf(script, sizeof(script), "%sgpu.%s_code=%d", SCRIPT, call_keys[i].key,
                           code);
            nvml_probe(fixture, "fake_nvml", script);
            assert_int_equal(fixture->reader->device_count, 1);
            for (int k = 0; k < 3; k++) {
                const struct sample *sample = nvml_read_after_ms(fixture, 1000);

                assert_sane(sample);
                if ((sample->valid & call_keys[i].figure) != 0)
                    fail_msg("%s: a figure in spite of it", script);
                /* energy and power stand in for each other */
                if (sample->error != 0 && call_keys[i].figure == 0)
                    fail_msg("%s: error %d", script, sample->error);
            }
        }
    }
}

/* The same call fails in the middle of a run, and works again. */
static void test_each_code_in_a_run_passes(void **state)
{
    struct nvml_fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_LENGTH(call_keys); i++) {
        for (int j = 1; j <= 31; j++) {
            char script[256];

            nvml_probe(fixture, "fake_nvml", SCRIPT);
            (void)nvml_read_after_ms(fixture, 1000);
            (void)snprintf(script, sizeof(script), "%sgpu.%s_code=%d", SCRIPT, call_keys[i].key,
                           code_at(j));
            nvml_reload(fixture, script);
            for (int k = 0; k < 3; k++)
                assert_sane(nvml_read_after_ms(fixture, 1000));
            if (call_keys[i].figure == SAMPLE_ENERGY)
                assert_int_equal(fixture->samples[0].error,
                                 is_lost_code(code_at(j)) ? -ENODEV : fixture->samples[0].error);
            nvml_reload(fixture, SCRIPT);
            for (int k = 0; k < 3; k++)
                assert_sane(nvml_read_after_ms(fixture, 1100));
            if ((fixture->samples[0].valid & SAMPLE_ENERGY) == 0)
                fail_msg("%s: the counter does not come back", script);
        }
    }
}

/* --- everything at once --- */

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static void random_script(uint32_t *seed, char *script, size_t size)
{
    static const char *const scenes[] = {
        "",
        "gpu.instant=120;gpu.average=110;",
        "gpu.energy_field=1;gpu.ring=90;",
        "gpu.mig=1;gpu.instances=3g.20gb:3:20096,-,1g.5gb:1:4864;gpu.procs0=7:5:-;",
        "gpu.mig=1;",
        "gpu.name=NVIDIA GH200 480GB;gpu.module=542;",
        "gpu.name=NVIDIA GH200 480GB;gpu.instant=398;gpu.module=542;gpu.scoped=1;",
        "gpu.name=Orin (nvgpu);",
        "count=3;gpu1.lost=4;gpu2.uuid=;",
        "gpu.energy_code=3;gpu.instant=0;gpu.watts=0;",
        "gpu.many=4;gpu.graphics=100:1:-;gpu.mps=101:2:30;",
    };
    size_t used = 0;

    used += (size_t)snprintf(script, size, "%s%s", SCRIPT,
                             scenes[next_random(seed) % ARRAY_LENGTH(scenes)]);
    for (unsigned i = next_random(seed) % 5; i > 0; i--)
        used += (size_t)snprintf(script + used, size - used, "gpu.%s_code=%d;",
                                 call_keys[next_random(seed) % ARRAY_LENGTH(call_keys)].key,
                                 code_at((int)(next_random(seed) % 32)));
    assert_true(used < size);
}

static void test_random_drivers_are_survived(void **state)
{
    struct nvml_fixture *fixture = *state;
    uint32_t seed = 20240917;

    for (int i = 0; i < 1500; i++) {
        char script[512];

        random_script(&seed, script, sizeof(script));
        nvml_probe(fixture, "fake_nvml", script);
        for (int k = 0; fixture->reader != NULL && k < 6; k++) {
            (void)nvml_read_after_ms(fixture, 100 + (int64_t)(next_random(&seed) % 12000));
            for (size_t j = 0; j < fixture->reader->device_count; j++)
                assert_sane(&fixture->samples[j]);
            random_script(&seed, script, sizeof(script));
            nvml_reload(fixture, script);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, nvml_set_up, nvml_tear_down)
        TEST(test_each_missing_function_costs_its_own_figure),
        TEST(test_each_code_costs_its_own_figure),
        TEST(test_each_code_in_a_run_passes),
        TEST(test_random_drivers_are_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

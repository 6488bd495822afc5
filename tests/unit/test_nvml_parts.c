/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_nvml_parts.c - parts of GPUs and of superchips: fields by scope, MIG, processes */
#include "nvml_fixture.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "readers/nvml_meter.h"

/* --- fields, by their own codes --- */

static void test_energy_field_stands_in_for_the_function(void **state)
{
    struct nvml_fixture *fixture = *state;

    /* the probe's energy and power calls; field 83 grows by 250 mJ a call */
    nvml_probe(fixture, "fake_nvml",
               "gpu.energy_code=3;gpu.energy_field=1;gpu.start=0;gpu.step=250");
    assert_true((nvml_device(fixture, 0)->fields & SAMPLE_ENERGY) != 0);
    assert_int_equal(nvml_read_after_ms(fixture, 0)->energy_uj, 2 * 250000);
    assert_int_equal(nvml_read_after_ms(fixture, 10)->energy_uj, 3 * 250000);
    assert_true((fixture->samples[0].valid & SAMPLE_ENERGY) != 0);
    /* a function that answers is not given up for the field */
    nvml_probe(fixture, "fake_nvml", "gpu.energy_field=1");
    (void)nvml_read_after_ms(fixture, 0);
    assert_true(nvml_calls(fixture, "energy") > 0);
}

static void test_power_is_of_the_instant_where_the_driver_tells(void **state)
{
    struct nvml_fixture *fixture = *state;
    double watts;

    nvml_probe(fixture, "fake_nvml",
               "gpu.energy_code=3;gpu.watts=100;gpu.instant=140;gpu.average=90");
    nvml_assert_near(nvml_read_after_ms(fixture, 10)->power_watts, 140);
    assert_int_equal(nvml_device(fixture, 0)->power_time, POWER_OF_THE_INSTANT);
    assert_non_null(strstr(nvml_device(fixture, 0)->note, "readings of the instant"));

    /* not told, or told as 0: the average, by the function first */
    nvml_probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.watts=100;gpu.average=90;gpu.arch=8");
    nvml_assert_near(nvml_read_after_ms(fixture, 10)->power_watts, 100);
    assert_int_equal(nvml_device(fixture, 0)->power_time, POWER_MEAN_OF_A_SECOND);
    assert_non_null(strstr(nvml_device(fixture, 0)->note, "means of 1 s"));
    nvml_probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.watts=100;gpu.instant=0");
    nvml_assert_near(nvml_read_after_ms(fixture, 10)->power_watts, 100);
    assert_int_equal(nvml_device(fixture, 0)->power_time,
                     POWER_TIME_UNKNOWN); /* an architecture that nobody names */

    /* then field 185, then the ring of samples */
    nvml_probe(fixture, "fake_nvml",
               "gpu.energy_code=3;gpu.power_code=3;gpu.average=90;gpu.ring=80");
    nvml_assert_near(nvml_read_after_ms(fixture, 10)->power_watts, 90);
    nvml_probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.power_code=3;gpu.ring=80");
    (void)usleep(50000); /* the fake adds one each 20 ms */
    watts = nvml_read_after_ms(fixture, 10)->power_watts;
    assert_true((fixture->samples[0].valid & SAMPLE_POWER) != 0);
    nvml_assert_near(watts, 80);
    /* nothing new is no reading and no failure */
    nvml_probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.power_code=3;gpu.ring_code=21");
    assert_true((nvml_device(fixture, 0)->fields & SAMPLE_POWER) != 0);
    assert_int_equal(nvml_read_after_ms(fixture, 10)->valid & SAMPLE_POWER, 0);
    assert_int_equal(fixture->samples[0].error, 0);
}

static void test_power_of_a_ga100_is_of_the_instant(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(
        fixture, "fake_nvml",
        "gpu.energy_code=3;gpu.arch=7;gpu.name=NVIDIA A100-SXM4-40GB;gpu1.name=NVIDIA A10;count=2");
    assert_int_equal(nvml_device(fixture, 0)->power_time, POWER_OF_THE_INSTANT);
    nvml_assert_near(nvml_device(fixture, 0)->band_ratio, 0.20);
    assert_int_equal(nvml_device(fixture, 1)->power_time, POWER_MEAN_OF_A_SECOND);
    nvml_assert_near(nvml_device(fixture, 1)->band_ratio, 0.10);
}

static void test_no_watts_is_no_reading(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", "gpu.energy_code=3;gpu.watts=0");
    assert_int_equal(nvml_read_after_ms(fixture, 10)->valid & SAMPLE_POWER, 0);
    assert_int_equal(fixture->samples[0].error, 0);
}

/* --- superchips --- */

#define GH200 "gpu.name=NVIDIA GH200 480GB;gpu.arch=9;gpu.watts=542;"

/* The counter of a GH200 is its module's (542 W here), the scopes tell 398 W of the GPU. */
static void test_superchip_has_a_gpu_and_a_module_by_scope(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", GH200 "gpu.instant=398;gpu.module=542");
    assert_int_equal(fixture->reader->device_count, 2);
    assert_int_equal(nvml_device(fixture, 0)->kind, DEVICE_GPU);
    assert_int_equal(nvml_device(fixture, 0)->fields & (SAMPLE_ENERGY | SAMPLE_POWER),
                     SAMPLE_POWER);
    assert_int_equal(nvml_device(fixture, 1)->kind, DEVICE_MODULE);
    assert_string_equal(nvml_device(fixture, 1)->id, "module0");
    assert_int_equal(nvml_device(fixture, 1)->fields, SAMPLE_POWER);
    nvml_assert_near(nvml_device(fixture, 1)->band_ratio, 0.10);
    nvml_assert_near(nvml_read_after_ms(fixture, 10)->power_watts, 398);
    nvml_assert_near(fixture->samples[1].power_watts, 542);
    assert_int_equal(fixture->samples[1].valid, SAMPLE_POWER);

    /* counters that name their scope are taken, if they differ */
    nvml_probe(fixture, "fake_nvml", GH200 "gpu.instant=398;gpu.module=542;gpu.scoped=1");
    assert_true((nvml_device(fixture, 0)->fields & SAMPLE_ENERGY) != 0);
    assert_true((nvml_device(fixture, 1)->fields & SAMPLE_ENERGY) != 0);
    (void)nvml_read_after_ms(fixture, 10);
    assert_true(fixture->samples[1].energy_uj > fixture->samples[0].energy_uj);
}

static void test_superchip_whose_gpu_is_not_told_is_a_module(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", GH200 "gpu.module=542");
    assert_int_equal(fixture->reader->device_count, 2);
    assert_int_equal(nvml_device(fixture, 0)->fields & (SAMPLE_ENERGY | SAMPLE_POWER), 0);
    (void)nvml_read_after_ms(fixture, 10);
    nvml_assert_near(fixture->samples[1].power_watts, 542);
    assert_int_equal(fixture->samples[0].valid & (SAMPLE_ENERGY | SAMPLE_POWER), 0);

    /* an old driver without scopes: the one counter it has */
    nvml_probe(fixture, "fake_nvml", GH200);
    assert_int_equal(fixture->reader->device_count, 1);
    assert_true((nvml_device(fixture, 0)->fields & SAMPLE_ENERGY) != 0);
}

static int refuse_ring(struct nvml_device *device, int type, unsigned long long last_us,
                       int *value_type, unsigned *count, struct nvml_ring_sample *samples)
{
    (void)device;
    (void)type;
    (void)last_us;
    (void)value_type;
    (void)count;
    (void)samples;
    return NVML_NOT_SUPPORTED;
}

/* As where a driver tells of a superchip's GPU, and nothing of its module. */
static void test_a_ring_that_is_not_read_takes_no_memory(void **state)
{
    const struct nvml_library library = { .ring_samples = refuse_ring };
    struct nvml_meter meter;

    (void)state;
    nvml_meter_choose(&library, NULL, NVML_PART_MODULE, NAN, &meter);
    assert_int_equal(nvml_meter_fields(&meter), 0);
    assert_null(meter.ring);
}

/* Two GPUs on each module answer with the same power; which is where is told by the NUMA node. */
static void test_module_of_two_gpus_counts_once(void **state)
{
    struct nvml_fixture *fixture = *state;
    static const char script[] = "count=4;gpu.name=NVIDIA GB200;gpu.instant=900;gpu.module=2100;";
    char with_pci[400];

    nvml_probe(fixture, "fake_nvml", script);
    assert_int_equal(fixture->reader->device_count, 6);
    assert_int_equal(nvml_device(fixture, 1)->index, 0);
    assert_int_equal(nvml_device(fixture, 2)->index, 1);
    assert_int_equal(nvml_device(fixture, 5)->index, 1);
    assert_int_equal(nvml_device(fixture, 5)->kind, DEVICE_MODULE);
    assert_string_equal(nvml_device(fixture, 3)->id, "gpu3");

    tree_mkdir(fixture->tree_fd, "bus/pci/devices/0008:01:00.0");
    tree_write(fixture->tree_fd, "bus/pci/devices/0008:01:00.0/numa_node", "0\n");
    tree_mkdir(fixture->tree_fd, "bus/pci/devices/001a:01:00.0");
    tree_write(fixture->tree_fd, "bus/pci/devices/001a:01:00.0/numa_node", "1\n");
    (void)snprintf(with_pci, sizeof(with_pci),
                   "%sgpu0.pci=001A:01:00.0;gpu1.pci=0008:01:00.0;gpu2.pci=0008:01:00.0;"
                   "gpu3.pci=0009:01:00.0",
                   script);
    nvml_probe(fixture, "fake_nvml", with_pci);
    assert_int_equal(fixture->reader->device_count, 6);
    assert_int_equal(nvml_device(fixture, 0)->index, 1);
    assert_int_equal(nvml_device(fixture, 1)->index, 0);
    assert_int_equal(nvml_device(fixture, 3)->index, 1); /* unknown to sysfs: by its number */
}

static void test_card_with_a_module_scope_is_no_superchip(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml",
               "gpu.name=NVIDIA H100 80GB HBM3;gpu.instant=600;gpu.module=650");
    assert_int_equal(fixture->reader->device_count, 1);
    assert_true((nvml_device(fixture, 0)->fields & SAMPLE_ENERGY) != 0);
}

/* --- GPUs that tell little --- */

#define TOLD_NOTHING "gpu.energy_code=3;gpu.power_code=3;gpu.limit_code=3;"

static void test_integrated_gpu_that_tells_nothing_is_left_to_others(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml",
               TOLD_NOTHING "gpu.name=Orin (nvgpu);gpu.util_code=3;gpu.memory_code=3;"
                            "gpu.memory_v2_code=3;gpu.list_code=3;gpu.sm_code=3");
    assert_null(fixture->reader);
    assert_int_equal(fixture->status.state, READER_ABSENT);
    assert_non_null(strstr(fixture->status.reason, "integrated GPU"));
    /* with its use told there is something to model it by, where nothing meters its module */
    nvml_probe(fixture, "fake_nvml", TOLD_NOTHING "gpu.name=Orin (nvgpu)");
    assert_int_equal(nvml_device(fixture, 0)->fields & (SAMPLE_ENERGY | SAMPLE_POWER), 0);
    assert_true((nvml_device(fixture, 0)->fields & SAMPLE_UTILIZATION) != 0);
}

static void test_vgpu_is_no_meter(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", TOLD_NOTHING "gpu.name=NVIDIA A40-12Q;gpu.vgpu=1");
    assert_int_equal(nvml_device(fixture, 0)->fields & (SAMPLE_ENERGY | SAMPLE_POWER), 0);
    assert_non_null(strstr(nvml_device(fixture, 0)->note, "a vGPU"));
    assert_true(isnan(nvml_device(fixture, 0)->rated_watts));
    /* one that is passed through whole */
    nvml_probe(fixture, "fake_nvml", "gpu.name=NVIDIA A40");
    assert_string_equal(nvml_device(fixture, 0)->note, "");
}

/* GB10: the GPU has no memory of its own. */
static void test_unified_memory_is_not_told(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", "gpu.name=NVIDIA GB10;gpu.memory_code=3;gpu.memory_v2_code=3");
    assert_int_equal(nvml_device(fixture, 0)->memory_bytes, 0);
    assert_int_equal(nvml_device(fixture, 0)->fields & SAMPLE_MEMORY, 0);
    (void)nvml_read_after_ms(fixture, 10);
    assert_true((fixture->samples[0].valid & SAMPLE_ENERGY) != 0);
    assert_int_equal(fixture->samples[0].valid & SAMPLE_MEMORY, 0);
}

/* --- a divided GPU --- */

#define MIG            \
    "gpu.name=NVIDIA " \
    "A100-SXM4-40GB;gpu.mig=1;gpu.instances=3g.20gb:3:20096,-,1g.5gb:1:4864,1g.5gb:1:4864;"
#define MIG_UUID(n) "MIG-00000000-0000-0000-0000-00000000000" n

/* Seven slices: 3/7 and twice 1/7. */
static void test_instances_have_sizes_and_processes(void **state)
{
    struct nvml_fixture *fixture = *state;
    const struct process_use *use;

    nvml_probe(fixture, "fake_nvml",
               MIG "gpu.procs0=100:10048:-,101:1024:-;gpu.procs2=102:2432:-;gpu.energy_code=0");
    assert_int_equal(fixture->reader->device_count, 1);
    assert_int_equal(nvml_device(fixture, 0)->instances, 3);
    nvml_assert_near(nvml_device(fixture, 0)->instances_ratio, 5.0 / 7);
    nvml_assert_near(nvml_device(fixture, 0)->asked_ratio, 0);
    assert_non_null(
        strstr(nvml_device(fixture, 0)->note, "MIG: 3g.20gb (43 %), 2 x 1g.5gb (14 % each)"));
    assert_true((nvml_device(fixture, 0)->fields & SAMPLE_PROCESSES) != 0);
    (void)nvml_read_after_ms(fixture, 1000);
    assert_int_equal(fixture->samples[0].process_count, 3);
    use = nvml_process(&fixture->samples[0], 100);
    nvml_assert_near((double)use->instance_ratio, (double)(float)(3.0 / 7));
    assert_int_equal(use->instance_bytes, 20096ull << 20);
    assert_int_equal(use->memory_bytes, 10048ull << 20);
    assert_int_equal(use->instance, nvml_process(&fixture->samples[0], 101)->instance);
    use = nvml_process(&fixture->samples[0], 102);
    nvml_assert_near((double)use->instance_ratio, (double)(float)(1.0 / 7));
    assert_true(use->sm_ratio < 0);
    assert_int_not_equal(use->instance, nvml_process(&fixture->samples[0], 100)->instance);
}

static void test_size_of_an_instance_without_attributes(void **state)
{
    struct nvml_fixture *fixture = *state;

    /* by its profile's name, else by its memory of the GPU's */
    nvml_probe(fixture, "fake_nvml", MIG "gpu.slices_code=3");
    nvml_assert_near(nvml_device(fixture, 0)->instances_ratio, 5.0 / 7);
    nvml_probe(
        fixture, "fake_nvml",
        "gpu.mig=1;gpu.memory_mib=40000;gpu.slices_code=3;gpu.instances=odd:0:10000,odd:0:20000");
    nvml_assert_near(nvml_device(fixture, 0)->instances_ratio, 0.75);
    assert_non_null(strstr(nvml_device(fixture, 0)->note, "MIG: odd (25 %), odd (50 %)"));
}

static void test_list_of_the_gpu_tells_the_instances(void **state)
{
    struct nvml_fixture *fixture = *state;
    const struct process_use *use;

    nvml_probe(fixture, "fake_nvml",
               MIG "gpu.instance_list_code=4;gpu.procs0=100:10048:-;gpu.procs3=102:100:-");
    assert_true((nvml_device(fixture, 0)->fields & SAMPLE_PROCESSES) != 0);
    (void)nvml_read_after_ms(fixture, 1000);
    assert_int_equal(fixture->samples[0].process_count, 2);
    use = nvml_process(&fixture->samples[0], 100);
    nvml_assert_near((double)use->instance_ratio, (double)(float)(3.0 / 7));
    use = nvml_process(&fixture->samples[0], 102);
    assert_int_equal(use->instance_bytes, 4864ull << 20);
    /* nor that: in none that is known */
    nvml_probe(fixture, "fake_nvml",
               MIG "gpu.instance_list_code=4;gpu.no_ids=1;gpu.procs0=100:10048:-");
    (void)nvml_read_after_ms(fixture, 1000);
    nvml_assert_near((double)nvml_process(&fixture->samples[0], 100)->instance_ratio, 1);
    /* refused altogether */
    nvml_probe(fixture, "fake_nvml", MIG "gpu.instance_list_code=4;gpu.list_code=4");
    assert_int_equal(nvml_device(fixture, 0)->fields & SAMPLE_PROCESSES, 0);
    assert_int_equal(nvml_read_after_ms(fixture, 1000)->valid & SAMPLE_PROCESSES, 0);
    assert_int_equal(fixture->samples[0].error, 0);
}

static void test_instances_that_the_job_was_given(void **state)
{
    struct nvml_fixture *fixture = *state;

    fixture->env.visible_gpus = MIG_UUID("2");
    nvml_probe(fixture, "fake_nvml", MIG);
    nvml_assert_near(nvml_device(fixture, 0)->asked_ratio, 1.0 / 7);
    fixture->env.visible_gpus = MIG_UUID("2") "," MIG_UUID("0");
    nvml_probe(fixture, "fake_nvml", MIG);
    nvml_assert_near(nvml_device(fixture, 0)->asked_ratio, 4.0 / 7);
    fixture->env.visible_gpus = "0,1,MIG-,GPU-00000000-0000-0000-0000-000000000000";
    nvml_probe(fixture, "fake_nvml", MIG);
    nvml_assert_near(nvml_device(fixture, 0)->asked_ratio, 0);
}

static void test_division_that_changes_is_noticed(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", MIG "gpu.procs0=100:10048:-");
    (void)nvml_read_after_ms(fixture, 1000);
    nvml_reload(fixture, "gpu.mig=1;gpu.instances=-,-,7g.40gb:7:40192;gpu.procs2=200:4:-");
    for (int i = 0; i < 12; i++)
        (void)nvml_read_after_ms(fixture, 1000);
    assert_int_equal(fixture->samples[0].process_count, 1);
    nvml_assert_near((double)nvml_process(&fixture->samples[0], 200)->instance_ratio, 1);
    nvml_reload(fixture, "gpu.mig=0;gpu.procs=300:4:50");
    for (int i = 0; i < 12; i++)
        (void)nvml_read_after_ms(fixture, 1000);
    assert_int_equal(fixture->samples[0].process_count, 1);
    nvml_assert_near((double)nvml_process(&fixture->samples[0], 300)->instance_ratio, 0);
}

/* --- processes --- */

static void test_processes_of_all_lists_are_merged(void **state)
{
    struct nvml_fixture *fixture = *state;
    const struct sample *sample;

    nvml_probe(fixture, "fake_nvml",
               "gpu.procs=101:300:40,102:?:10;gpu.graphics=101:200:-,103:5:-");
    (void)nvml_read_after_ms(fixture, 0);
    sample = nvml_read_after_ms(fixture, 1000);
    assert_true((sample->valid & SAMPLE_PROCESSES) != 0);
    assert_int_equal(sample->process_count, 3);
    assert_true(nvml_process(sample, 101)->memory_bytes == 300ull << 20); /* the greater, not 500 */
    assert_true(nvml_process(sample, 102)->memory_bytes == UINT64_MAX);
    assert_true(fabsf(nvml_process(sample, 101)->sm_ratio - 0.40f) < 1e-6f);
    assert_true(fabsf(nvml_process(sample, 102)->sm_ratio - 0.10f) < 1e-6f);
    assert_true(nvml_process(sample, 103)->sm_ratio < 0); /* unknown, not 0 */
}

static void test_empty_list_is_an_answer_and_a_refused_one_is_not(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", "count=1");
    assert_true((nvml_read_after_ms(fixture, 0)->valid & SAMPLE_PROCESSES) != 0);
    assert_int_equal(fixture->samples[0].process_count, 0);
    nvml_probe(fixture, "fake_nvml", "gpu.list_code=4;gpu.sm_code=3;gpu.procs=101:300:40");
    assert_int_equal(nvml_device(fixture, 0)->fields & SAMPLE_PROCESSES, 0);
    assert_int_equal(nvml_read_after_ms(fixture, 0)->valid & SAMPLE_PROCESSES, 0);
    /* SM samples alone name those who worked, and nobody else */
    nvml_probe(fixture, "fake_nvml", "gpu.list_code=3;gpu.procs=101:300:40");
    (void)nvml_read_after_ms(fixture, 0);
    assert_int_equal(nvml_read_after_ms(fixture, 1000)->process_count, 1);
    assert_true(nvml_process(fixture->samples, 101)->memory_bytes == UINT64_MAX);
}

static void test_more_processes_than_room(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", "gpu.procs=101:300:40;gpu.many=300");
    (void)nvml_read_after_ms(fixture, 0);
    assert_int_equal(nvml_read_after_ms(fixture, 1000)->process_count, 301);
    nvml_probe(fixture, "fake_nvml_v1", "gpu.procs=101:300:40;gpu.many=300");
    (void)nvml_read_after_ms(fixture, 0);
    assert_int_equal(nvml_read_after_ms(fixture, 1000)->process_count, 301);
}

static void test_sm_percent_above_100_is_garbage(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml", "gpu.procs=101:300:4294967,102:1:60");
    (void)nvml_read_after_ms(fixture, 0);
    (void)nvml_read_after_ms(fixture, 1000);
    assert_true(nvml_process(fixture->samples, 101)->sm_ratio < 0);
    assert_true(fabsf(nvml_process(fixture->samples, 102)->sm_ratio - 0.60f) < 1e-6f);
}

/* The server's 60 % are its clients', by 100 and 300 MiB: 15 and 45 %. */
static void test_server_of_mps_works_for_its_clients(void **state)
{
    struct nvml_fixture *fixture = *state;

    nvml_probe(fixture, "fake_nvml",
               "server=50;gpu.procs=50:30:60,7:10:20;gpu.mps=101:100:-,102:300:-");
    (void)nvml_read_after_ms(fixture, 0);
    (void)nvml_read_after_ms(fixture, 1000);
    assert_int_equal(fixture->samples[0].process_count, 3);
    assert_null(nvml_process(&fixture->samples[0], 50));
    nvml_assert_near((double)nvml_process(&fixture->samples[0], 101)->sm_ratio, (double)0.15f);
    nvml_assert_near((double)nvml_process(&fixture->samples[0], 102)->sm_ratio, (double)0.45f);
    nvml_assert_near((double)nvml_process(&fixture->samples[0], 7)->sm_ratio, (double)0.2f);
    /* clients whose own time is told keep it; without clients nobody's name is asked for */
    nvml_probe(fixture, "fake_nvml", "server=50;gpu.procs=50:30:60,101:100:30;gpu.mps=101:100:-");
    (void)nvml_read_after_ms(fixture, 0);
    (void)nvml_read_after_ms(fixture, 1000);
    assert_int_equal(fixture->samples[0].process_count, 1);
    nvml_assert_near((double)nvml_process(&fixture->samples[0], 101)->sm_ratio, (double)0.3f);
    nvml_probe(fixture, "fake_nvml", "server=50;gpu.procs=50:30:60");
    (void)nvml_read_after_ms(fixture, 0);
    assert_int_equal(nvml_read_after_ms(fixture, 1000)->process_count, 1);
    assert_int_equal(nvml_calls(fixture, "process_name"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, nvml_set_up, nvml_tear_down)
        TEST(test_energy_field_stands_in_for_the_function),
        TEST(test_power_is_of_the_instant_where_the_driver_tells),
        TEST(test_power_of_a_ga100_is_of_the_instant),
        TEST(test_no_watts_is_no_reading),
        TEST(test_superchip_has_a_gpu_and_a_module_by_scope),
        TEST(test_superchip_whose_gpu_is_not_told_is_a_module),
        TEST(test_a_ring_that_is_not_read_takes_no_memory),
        TEST(test_module_of_two_gpus_counts_once),
        TEST(test_card_with_a_module_scope_is_no_superchip),
        TEST(test_integrated_gpu_that_tells_nothing_is_left_to_others),
        TEST(test_vgpu_is_no_meter),
        TEST(test_unified_memory_is_not_told),
        TEST(test_instances_have_sizes_and_processes),
        TEST(test_size_of_an_instance_without_attributes),
        TEST(test_list_of_the_gpu_tells_the_instances),
        TEST(test_instances_that_the_job_was_given),
        TEST(test_division_that_changes_is_noticed),
        TEST(test_processes_of_all_lists_are_merged),
        TEST(test_empty_list_is_an_answer_and_a_refused_one_is_not),
        TEST(test_more_processes_than_room),
        TEST(test_sm_percent_above_100_is_garbage),
        TEST(test_server_of_mps_works_for_its_clients),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

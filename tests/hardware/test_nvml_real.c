/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hardware/test_nvml_real.c - the NVML reader on the GPUs of this machine; skipped where
 * there are none */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "readers/nvml.h"

enum { SKIPPED = 77, GPUS = 64, ROUNDS = 30 };

static struct reader *reader;
static struct reader_status status;

static void wait_ms(long ms)
{
    struct timespec pause = { .tv_nsec = ms * 1000000 };

    while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
        ;
}

static void test_facts_make_sense(void **state)
{
    (void)state;
    assert_in_range(reader->device_count, 1, GPUS);
    for (size_t i = 0; i < reader->device_count; i++) {
        const struct device *device = &reader->devices[i];

        print_message("# %s: %s, %s, %.0f W (%s), %.1f GiB, fields %#x\n", device->id,
                      device->model, device->uuid, device->rated_watts, device->rated_source,
                      (double)device->memory_bytes / (1 << 30), device->fields);
        assert_true(device->model[0] != '\0');
        assert_true(isnan(device->rated_watts) ||
                    (device->rated_watts > 5 && device->rated_watts < 3000));
        assert_true(device->fields != 0);
    }
    print_message("# through %s\n", status.detail);
}

/* The counter never goes back, and its mean power over 3 s is one that such a card can draw. */
static void test_readings_make_sense(void **state)
{
    static struct sample first[GPUS];
    static struct sample samples[GPUS];
    int64_t start_ns = clock_mono_ns();
    double seconds;

    (void)state;
    reader_nvml.read(reader, first);
    for (int i = 0; i < ROUNDS; i++) {
        wait_ms(100);
        reader_nvml.read(reader, samples);
        for (size_t j = 0; j < reader->device_count; j++) {
            const struct sample *sample = &samples[j];

            assert_int_equal(sample->error, 0);
            assert_true((sample->valid & SAMPLE_UTILIZATION) == 0 ||
                        (sample->utilization_ratio >= 0 && sample->utilization_ratio <= 1));
            assert_true((sample->valid & SAMPLE_POWER) == 0 ||
                        (sample->power_watts >= 0 && sample->power_watts < 3000));
            assert_true((sample->valid & SAMPLE_ENERGY) == 0 ||
                        sample->energy_uj >= first[j].energy_uj);
        }
    }
    seconds = seconds_from_ns(clock_mono_ns() - start_ns);
    for (size_t j = 0; j < reader->device_count; j++) {
        double watts = (double)(samples[j].energy_uj - first[j].energy_uj) / 1e6 / seconds;

        if ((samples[j].valid & SAMPLE_ENERGY) == 0)
            continue;
        print_message("# %s: %.1f W by its counter\n", reader->devices[j].id, watts);
        assert_true(watts > 0.5 && watts < 3000);
    }
}

static void test_a_reading_is_quick(void **state)
{
    static struct sample samples[GPUS];
    int64_t start_ns = clock_process_cpu_ns();
    double microseconds;

    (void)state;
    for (int i = 0; i < 100; i++)
        reader_nvml.read(reader, samples);
    microseconds =
        (double)(clock_process_cpu_ns() - start_ns) / 1e3 / 100 / (double)reader->device_count;
    print_message("# %.0f us of CPU a reading and GPU\n", microseconds);
    assert_true(microseconds < 20000); /* not a benchmark: nothing absurd */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts_make_sense),
        cmocka_unit_test(test_readings_make_sense),
        cmocka_unit_test(test_a_reading_is_quick),
    };
    struct reader_env env = { .proc_fd = -1,
                              .sys_fd = -1,
                              .dev_fd = -1,
                              .etc_fd = -1,
                              .root_fd = -1,
                              .nvml_path = getenv("AICO2_NVML"),
                              .clock = &clock_system };
    struct aico2_error err = { 0 };
    int failed;

    if (reader_nvml.probe(&env, &reader, &status, &err) < 0 || reader == NULL) {
        (void)printf("skipped: %s\n", status.reason[0] != '\0' ? status.reason : err.message);
        return SKIPPED;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    reader_nvml.close(reader);
    return failed;
}

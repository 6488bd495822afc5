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
#include "gpu_load.h"
#include "readers/nvml.h"
#include "readers/nvml_meter.h"

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

/* --- the counter against power, on GPU 0 --- */

struct meters {
    struct nvml_library library;
    struct nvml_device *device;
    struct nvml_meter counter;
    struct nvml_meter power; /* the same GPU without its counter */
};

static bool open_meters(struct meters *meters)
{
    struct aico2_error err = { 0 };

    *meters = (struct meters){ .device = NULL };
    if (nvml_library_open(getenv("AICO2_NVML"), &meters->library, &err) < 0 ||
        meters->library.init() != NVML_SUCCESS)
        return false;
    meters->library.initialised = true;
    if (meters->library.handle_by_index(0, &meters->device) != NVML_SUCCESS)
        return false;
    nvml_meter_choose(&meters->library, meters->device, NVML_PART_CARD, NAN, &meters->counter);
    meters->power = meters->counter;
    meters->power.energy = NVML_ENERGY_NONE;
    return meters->counter.energy != NVML_ENERGY_NONE && meters->power.power != NVML_POWER_NONE;
}

static void close_meters(struct meters *meters)
{
    nvml_meter_deinit(&meters->power);
    nvml_library_close(&meters->library);
}

/* Joules by the counter and by the trapezoid over power, of the same readings. */
static void measure(struct meters *meters, double seconds, double *counter_out, double *power_out)
{
    struct sample before = { 0 };
    struct sample now = { 0 };
    uint64_t first_uj;
    int64_t start_ns;

    assert_int_equal(nvml_meter_read(&meters->library, meters->device, &meters->counter,
                                     &clock_system, &now),
                     NVML_SUCCESS);
    first_uj = now.energy_uj;
    start_ns = clock_mono_ns();
    *power_out = 0;
    while (seconds_from_ns(clock_mono_ns() - start_ns) < seconds) {
        struct sample sample = { 0 };

        if (nvml_meter_read(&meters->library, meters->device, &meters->power, &clock_system,
                            &sample) == NVML_SUCCESS &&
            (sample.valid & SAMPLE_POWER) != 0) {
            if (before.mono_ns != 0)
                *power_out += (before.power_watts + sample.power_watts) / 2 *
                              seconds_from_ns(sample.mono_ns - before.mono_ns);
            before = sample;
        }
        wait_ms(20);
    }
    assert_int_equal(nvml_meter_read(&meters->library, meters->device, &meters->counter,
                                     &clock_system, &now),
                     NVML_SUCCESS);
    *counter_out = (double)(now.energy_uj - first_uj) / 1e6;
}

static void compare(const char *what, pid_t load, double seconds, double tolerance)
{
    struct meters meters;
    double counter;
    double power;

    if (!open_meters(&meters)) {
        close_meters(&meters);
        if (load > 0)
            gpu_load_end(load);
        skip();
    }
    wait_ms(900);
    wait_ms(900); /* what lags has caught up */
    measure(&meters, seconds, &counter, &power);
    close_meters(&meters);
    if (load > 0)
        gpu_load_end(load);
    print_message("# %s: %.1f J by the counter, %.1f J by %d power readings a second: %+.1f %%\n",
                  what, counter, power, 50, 100 * (power / counter - 1));
    assert_true(counter > 0 && fabs(power / counter - 1) < tolerance);
}

static void test_counter_is_the_integral_of_power_when_idle(void **state)
{
    (void)state;
    compare("as it is", 0, 5, 0.15);
}

static void test_counter_is_the_integral_of_power_at_a_steady_load(void **state)
{
    pid_t load;

    (void)state;
    load = gpu_load_start(1, 0);
    if (load < 0)
        skip();
    compare("steady load", load, 10, 0.10);
}

/* Ten steps of half a second each way: what a lagging or a part-time sensor makes of them. */
static void test_counter_is_the_integral_of_power_at_a_stepped_load(void **state)
{
    pid_t load;

    (void)state;
    load = gpu_load_start(500, 500);
    if (load < 0)
        skip();
    compare("stepped load", load, 10, 0.20);
}

/* In a container the driver's pids are of another namespace: then nobody of ours is listed. */
static void test_several_processes_are_listed(void **state)
{
    static struct sample samples[GPUS];
    pid_t loads[2];
    int found = 0;

    (void)state;
    for (int i = 0; i < 2; i++)
        loads[i] = gpu_load_start(1, 0);
    for (int round = 0; round < 40 && found < 2 && loads[0] > 0 && loads[1] > 0; round++) {
        wait_ms(100);
        reader_nvml.read(reader, samples);
        found = 0;
        for (size_t i = 0;
             (samples[0].valid & SAMPLE_PROCESSES) != 0 && i < samples[0].process_count; i++) {
            const struct process_use *use = &samples[0].processes[i];

            if (use->pid != loads[0] && use->pid != loads[1])
                continue;
            print_message("# pid %d: %.0f MiB, SM %.2f\n", use->pid,
                          (double)use->memory_bytes / (1 << 20), (double)use->sm_ratio);
            found++;
            assert_true(use->memory_bytes > 0);
            assert_true(use->sm_ratio <= 1);
        }
    }
    for (int i = 0; i < 2; i++) {
        if (loads[i] > 0)
            gpu_load_end(loads[i]);
    }
    if (loads[0] < 0 || loads[1] < 0 || found == 0)
        skip();
    assert_int_equal(found, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts_make_sense),
        cmocka_unit_test(test_readings_make_sense),
        cmocka_unit_test(test_a_reading_is_quick),
        cmocka_unit_test(test_counter_is_the_integral_of_power_when_idle),
        cmocka_unit_test(test_counter_is_the_integral_of_power_at_a_steady_load),
        cmocka_unit_test(test_counter_is_the_integral_of_power_at_a_stepped_load),
        cmocka_unit_test(test_several_processes_are_listed),
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

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hardware/test_ipmi_real.c - the management controller of this machine; skipped where there
 * is none, or none that we may ask */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "readers/ipmi_dcmi.h"

enum { SKIPPED = 77, ROUNDS = 5 };

static struct reader *reader;
static struct reader_status status;

static void wait_a_second(void)
{
    struct timespec pause = { .tv_sec = 1 };

    while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
        ;
}

/* A machine that answers draws something, and an answer takes less than the patience for it. */
static void test_readings_make_sense(void **state)
{
    struct sample samples[16];
    int answers = 0;

    (void)state;
    assert_in_range(reader->device_count, 1, 8);
    for (int i = 0; i < ROUNDS; i++) {
        int64_t begin_ns = clock_mono_ns();

        reader_ipmi_dcmi.read(reader, samples);
        print_message("# %.0f W after %.1f ms (error %d) through %s\n", samples[0].power_watts,
                      (double)(clock_mono_ns() - begin_ns) / 1e6, samples[0].error, status.detail);
        assert_true(clock_mono_ns() - begin_ns < 3 * NSEC_PER_SEC);
        if (samples[0].valid == SAMPLE_POWER) {
            assert_true(samples[0].power_watts >= 5 && samples[0].power_watts < 20000);
            answers++;
        }
        wait_a_second();
    }
    assert_true(answers >= ROUNDS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_readings_make_sense) };
    const struct reader_env env = {
        .proc_fd = open("/proc", O_RDONLY | O_DIRECTORY),
        .sys_fd = open("/sys", O_RDONLY | O_DIRECTORY),
        .dev_fd = open("/dev", O_RDONLY | O_DIRECTORY),
        .etc_fd = -1,
        .clock = &clock_system,
    };
    struct aico2_error err = { 0 };
    int failed;

    if (reader_ipmi_dcmi.probe(&env, &reader, &status, &err) < 0 || reader == NULL) {
        (void)printf("# skipped: %s\n", status.reason);
        return SKIPPED;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    reader_ipmi_dcmi.close(reader);
    return failed;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hardware/test_rapl_real.c - RAPL on this machine: the kernel's own perf PMU `power`, and the
 * reader by whatever way there is; skipped where there is neither */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "readers/perf_event.h"
#include "readers/rapl.h"
#include "readers/rapl_event.h"
#include "readers/topology.h"

#define PMU "bus/event_source/devices/power/"

enum { SKIPPED = 77, DEVICES = 64 };

static int sys_fd;

static void wait_ms(long ms)
{
    struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

    while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
        ;
}

/* Every event that the kernel describes opens on the first CPU of its mask, begins at 0 and never
 * goes back; another config, or a CPU that is not there, does not open. */
static void test_the_pmu_is_what_it_says(void **state)
{
    static const char *const names[] = { "energy-pkg", "energy-ram", "energy-psys" };
    const struct perf_events *perf = &perf_events_system;
    struct cpu_mask cpus = { { 0 } };
    char text[4096];
    uint64_t type = 0;
    int cpu;
    size_t opened = 0;

    (void)state;
    if (fs_read_u64_at(sys_fd, PMU "type", &type, NULL) < 0)
        skip();
    assert_true(fs_read_text_at(sys_fd, PMU "cpumask", text, sizeof(text), NULL) > 0);
    assert_true(cpu_mask_parse(text, &cpus));
    cpu = cpu_mask_next(&cpus, 0);
    for (size_t i = 0; i < 3; i++) {
        struct rapl_event event;
        uint64_t first = 0;
        uint64_t second = 0;
        int fd;

        if (rapl_event_read(sys_fd, names[i], &event) < 0)
            continue;
        fd = perf->open(perf->payload, (uint32_t)type, event.config, cpu);
        if (fd == -EACCES || fd == -EPERM)
            skip();
        assert_true(fd >= 0);
        assert_int_equal(perf->read(perf->payload, fd, &first), 0);
        wait_ms(1000);
        assert_int_equal(perf->read(perf->payload, fd, &second), 0);
        perf->close(perf->payload, fd);
        print_message("# %s: config %llu, %.4g uJ a count: %.3f W\n", names[i],
                      (unsigned long long)event.config, event.unit_uj,
                      (double)(second - first) * event.unit_uj / 1e6);
        assert_true((double)first * event.unit_uj < 1e6); /* less than a joule: just opened */
        assert_true(second >= first);
        assert_true((double)(second - first) * event.unit_uj < 3000e6);
        opened++;
    }
    assert_true(opened > 0);
    assert_true(perf->open(perf->payload, (uint32_t)type, 0xff, cpu) < 0);
    assert_true(perf->open(perf->payload, (uint32_t)type, 2, TOPOLOGY_CPUS_MAX + 1) < 0);
}

/* 4 s, so that perf and powercap are compared where there are both: powers that a processor has. */
static void test_the_reader_says_what_a_processor_draws(void **state)
{
    struct reader_env env = { .etc_fd = -1, .clock = &clock_system, .explain = true };
    struct reader_status status = { .state = READER_USED };
    struct reader *reader = NULL;
    struct aico2_error err = { 0 };
    struct sample first[DEVICES];
    struct sample last[DEVICES];

    (void)state;
    env.sys_fd = sys_fd;
    env.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    env.dev_fd = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(reader_rapl.probe(&env, &reader, &status, &err), 0);
    for (size_t i = 0; i < status.door_count; i++)
        print_message("# %s: %s%s%s\n", status.doors[i].name,
                      reader_state_name(status.doors[i].state),
                      status.doors[i].reason[0] != '\0' ? ": " : "", status.doors[i].reason);
    if (reader == NULL || reader->device_count > DEVICES) {
        reader_rapl.close(reader);
        fd_closep(&env.proc_fd);
        fd_closep(&env.dev_fd);
        skip();
    }
    reader_rapl.read(reader, first);
    for (int i = 0; i < 40; i++) {
        wait_ms(100);
        reader_rapl.read(reader, last);
    }
    for (size_t i = 0; i < reader->device_count; i++) {
        double seconds = seconds_from_ns(last[i].mono_ns - first[i].mono_ns);
        double watts = (double)(last[i].energy_uj - first[i].energy_uj) / 1e6 / seconds;

        print_message("# %s (%s): %.2f W; %s\n", reader->devices[i].id, status.detail, watts,
                      last[i].note != NULL ? last[i].note : "no remark");
        assert_int_equal(last[i].error, 0);
        assert_true(last[i].energy_uj >= first[i].energy_uj ||
                    reader->devices[i].counter_range_uj > 0);
        if (last[i].energy_uj >= first[i].energy_uj)
            assert_true(watts < 3000);
        /* the two ways to one counter agree */
        assert_true(last[i].note == NULL || strstr(last[i].note, "where powercap") == NULL);
    }
    reader_rapl.close(reader);
    fd_closep(&env.proc_fd);
    fd_closep(&env.dev_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_pmu_is_what_it_says),
        cmocka_unit_test(test_the_reader_says_what_a_processor_draws),
    };
    int failed;

    sys_fd = open("/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (faccessat(sys_fd, "bus/event_source/devices/power", F_OK, 0) < 0 &&
        faccessat(sys_fd, "class/powercap/intel-rapl", F_OK, 0) < 0)
        return SKIPPED;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    fd_closep(&sys_fd);
    return failed;
}

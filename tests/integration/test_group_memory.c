/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_group_memory.c - memory that only our control group may use: whose it is */
#include "session_steps.h"

#include <stdio.h>
#include <unistd.h>

#include "../unit/support.h"
#include "session/report/build.h"

static void write_usage(int fd, int64_t usec)
{
    char text[64];
    int length = snprintf(text, sizeof(text), "usage_usec %lld\nuser_usec 1\n", (long long)usec);

    assert_int_equal(pwrite(fd, text, (size_t)length, 0), length);
}

static struct session *start_in_group(struct fake_machine *machine, int fd)
{
    struct session_options options = fake_options(machine);
    struct session *session;

    assert_int_equal(session_new(&session, &options, NULL), 0);
    cgroup_usage_close(&session->group);
    if (fd >= 0)
        session->group = (struct cgroup_usage){ .fd = dup(fd), .version2 = true };
    session_start(session);
    return session;
}

/* Ten seconds in which the job uses 3 CPUs, others of its group `others`, the machine 4 in all. */
static void run(FILE *file, double others, struct report *report_out)
{
    struct fake_machine machine;
    struct session *session;

    fake_machine_init(&machine);
    fake_add_package(&machine, 0, 4);
    fake_add_memory(&machine);
    if (file != NULL)
        write_usage(fileno(file), 7000000);
    session = start_in_group(&machine, file != NULL ? fileno(file) : -1);
    for (int i = 1; i <= 10; i++) {
        if (file != NULL)
            write_usage(fileno(file), 7000000 + (int64_t)(i * (3 + others) * 1e6));
        fake_pass(&machine, 1);
        fake_use(&machine, "cpu0", 110);
        fake_work(&machine, "cpu0", 4);
        fake_job_works(session, 3);
        fake_tick(session, &machine);
    }
    fake_finish(session, report_out);
}

static void check(struct report *report, double share)
{
    const struct report_device *memory = fake_report_device(report, "memory0");

    assert_true(memory->energy.value > 0);
    assert_near(memory->share_ratio, share);
    assert_near(memory->job_joules + memory->others_joules + memory->idle_joules,
                memory->energy.value);
    assert_near(fake_report_device(report, "cpu0")->share_ratio, 0.75); /* the machine's */
    report_deinit(report);
}

/* Others of the group use half a CPU: 3 / 3.5 of its memory is the job's, whatever the machine does. */
static void test_memory_of_our_group_is_used_by_our_group(void **state)
{
    struct report report;
    FILE *file = tmpfile();

    (void)state;
    assert_non_null(file);
    run(file, 0.5, &report);
    check(&report, 3 / 3.5);
    (void)fclose(file);
}

/* A counter that is behind the job's own clocks does not make the job more than all. */
static void test_the_job_is_never_more_than_its_group(void **state)
{
    struct report report;
    FILE *file = tmpfile();

    (void)state;
    assert_non_null(file);
    run(file, -1, &report);
    check(&report, 1);
    (void)fclose(file);
}

static void test_without_the_group_it_is_the_machines_time(void **state)
{
    struct report report;

    (void)state;
    run(NULL, 0, &report);
    check(&report, 0.75);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_of_our_group_is_used_by_our_group),
        cmocka_unit_test(test_the_job_is_never_more_than_its_group),
        cmocka_unit_test(test_without_the_group_it_is_the_machines_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

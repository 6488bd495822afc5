/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_followed.c - a session that follows another one's figures: both over one machine, step by step */
#include "../unit/support.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/pid_stat.h"
#include "session/ranks/follow.h"
#include "session/ranks/publish.h"
#include "session/report/build.h"
#include "session/report/task_figures.h"
#include "session_steps.h"

static const char NAME[] = "process-7-7";

struct fixture {
    char directory[64];
    int dir_fd;
    int proc_fd;
    struct rank_process self;
    struct fake_machine machine;
    struct session *leader;
    struct figures_publish publish;
    struct session *follower;
    struct figures_follow follow;
};

/* One who measures, in its second second: nothing ran in the first, so that 30 + 25 W and 3 W are known as idle. */
static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct session_options options;
    struct pid_stat stat;

    assert_non_null(fixture);
    fixture->dir_fd = temp_dir_open(fixture->directory);
    fixture->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(pid_stat_read(fixture->proc_fd, getpid(), &stat));
    fixture->self = (struct rank_process){ .pid = getpid(), .start_ticks = stat.start_ticks };
    two_packages(&fixture->machine);
    options = fake_options(&fixture->machine);
    fixture->leader = start(&fixture->machine, &options);
    assert_int_equal(figures_publish_open(&fixture->publish, fixture->dir_fd, fixture->proc_fd,
                                          NAME, true),
                     0);
    fixture->follow = FIGURES_FOLLOW_NULL;
    second(fixture->leader, &fixture->machine, 0, 0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    session_free(fixture->follower);
    session_free(fixture->leader);
    figures_follow_close(&fixture->follow);
    figures_publish_close(&fixture->publish);
    (void)close(fixture->proc_fd);
    (void)close(fixture->dir_fd);
    temp_dir_remove(fixture->directory);
    free(fixture);
    return 0;
}

static void turn(struct fixture *fixture)
{
    figures_publish_turn(&fixture->publish, fixture->proc_fd, fixture->leader, true);
}

/* The other session asks, and begins when it has the answer. */
static void begin_to_follow(struct fixture *fixture)
{
    static const struct reader_driver *const none[] = { NULL };
    struct session_options options = fake_options(&fixture->machine);

    options.drivers = none;
    options.self = true;
    assert_int_equal(figures_follow_open(&fixture->follow, fixture->dir_fd, NAME,
                                         session_run_id(fixture->leader), &fixture->self, 1),
                     0);
    figures_follow_ask(&fixture->follow, false, 0);
    turn(fixture);
    assert_int_equal(session_new(&fixture->follower, &options, NULL), 0);
    session_follow(fixture->follower, &fixture->follow);
    session_start(fixture->follower);
}

/* As second() for who measures; the other one then looks. */
static void pass(struct fixture *fixture, double job_cpu, double others_cpu)
{
    second(fixture->leader, &fixture->machine, job_cpu, others_cpu);
    turn(fixture);
    fake_tick(fixture->follower, &fixture->machine);
}

static void end_following(struct fixture *fixture, struct report *report)
{
    fake_finish(fixture->follower, report);
    fixture->follower = NULL;
}

static void end_leading(struct fixture *fixture, struct report *report)
{
    fake_finish(fixture->leader, report);
    fixture->leader = NULL;
}

/*
 * Two seconds, one CPU the job's and one others': of cpu0 30 W idle and 40 active, of cpu1 25 idle, of the memory 3
 * idle and 2.5 active. Job: 2 x (20 + 1.25); others the same; idle 2 x 58, of which half is the job's.
 */
static void test_figures_are_of_the_whole_job_from_the_start_on(void **state)
{
    struct fixture *fixture = *state;
    struct report report;

    second(fixture->leader, &fixture->machine, 2, 0); /* not the other one's */
    begin_to_follow(fixture);
    pass(fixture, 1, 1);
    pass(fixture, 1, 1);
    end_following(fixture, &report);
    assert_near(report.machine_joules, 201);
    assert_near(report.job_joules, 42.5);
    assert_near(report.others_joules, 42.5);
    assert_near(report.idle_joules, 116);
    assert_near(report.idle_joules + report.job_joules + report.others_joules,
                report.machine_joules);
    assert_near(report.total.value, 42.5 + 58);
    assert_near(report.operational_gco2e.value, 100.5 / 1e4);
    assert_near(fake_report_device(&report, "cpu0")->coverage_ratio, 1);
    assert_near(fake_report_device(&report, "cpu0")->idle_power_watts, 30);
    assert_near(fake_report_device(&report, "cpu0")->peak_power_watts, 70);
    assert_near(fake_report_device(&report, "cpu0")->energy.low, 140 * 0.9);
    assert_int_equal(fake_report_device(&report, "cpu0")->device.basis, BASIS_MEASURED);
    assert_int_equal(report.device_count, 3);
    if (report.warning_count > 0)
        fail_msg("%s", report.warnings[0]);
    report_deinit(&report);

    end_leading(fixture, &report);
    assert_near(report.machine_joules, 58 + (30 + 40 + 25 + 3 + 2.5) + 201);
    report_deinit(&report);
}

/* Half a second into an interval of 1.5 s in which cpu0 uses 70 J: two thirds are this session's. */
static void test_a_start_between_two_readings(void **state)
{
    struct fixture *fixture = *state;
    struct report report;

    fake_pass(&fixture->machine, 0.5);
    fixture->leader->read_mono_ns =
        fixture->machine.mono_ns; /* it has just been asked: no reading */
    begin_to_follow(fixture);
    pass(fixture, 1, 1);
    end_following(fixture, &report);
    assert_true(report.run.duration_ns == NSEC_PER_SEC);
    assert_near(fake_report_device(&report, "cpu0")->coverage_ratio, 1);
    assert_near(fake_report_device(&report, "cpu0")->energy.value, 70.0 * 2 / 3);
    report_deinit(&report);
}

/* The same, with the other one's very first interval: what its page says is of no interval yet. */
static void test_a_start_within_the_first_interval(void **state)
{
    struct fixture *fixture = *state;
    struct session_options options = fake_options(&fixture->machine);
    struct report report;

    figures_publish_close(&fixture->publish);
    session_free(fixture->leader);
    fixture->leader = start(&fixture->machine, &options);
    assert_int_equal(figures_publish_open(&fixture->publish, fixture->dir_fd, fixture->proc_fd,
                                          NAME, true),
                     0);
    fake_pass(&fixture->machine, 0.5);
    fixture->leader->read_mono_ns = fixture->machine.mono_ns;
    begin_to_follow(fixture);
    session_read_now(fixture->follower);
    assert_int_equal(fixture->leader->readings, 1);
    pass(fixture, 1, 1);
    pass(fixture, 1, 1);
    end_following(fixture, &report);
    assert_near(fake_report_device(&report, "cpu0")->energy.value, 70.0 * 2 / 3 + 70);
    assert_near(fake_report_device(&report, "cpu0")->coverage_ratio, 1);
    report_deinit(&report);
}

/* A question wants figures of this moment; a tenth of a second later it is another moment. */
static void test_a_question_is_a_reading(void **state)
{
    struct fixture *fixture = *state;

    begin_to_follow(fixture);
    assert_int_equal(fixture->leader->readings, 2);
    fake_pass(&fixture->machine, 0.05);
    figures_follow_ask(&fixture->follow, false, 0);
    turn(fixture);
    assert_int_equal(fixture->leader->readings, 2);
    fake_pass(&fixture->machine, 0.05);
    figures_follow_ask(&fixture->follow, false, 0);
    figures_follow_ask(&fixture->follow, false, 0);
    turn(fixture);
    assert_int_equal(fixture->leader->readings, 3);
    fake_pass(&fixture->machine, 0.006);
    figures_follow_ask(&fixture->follow, true, 0); /* the last one */
    turn(fixture);
    assert_int_equal(fixture->leader->readings, 4);
}

/* At the end an answer is waited for, but of nobody none: one that measured no more is no delay. */
static void test_nobody_is_not_waited_for(void **state)
{
    struct fixture *fixture = *state;
    int64_t begun_ns;

    begin_to_follow(fixture);
    begun_ns = clock_mono_ns();
    figures_follow_ask(&fixture->follow, true, NSEC_PER_SEC / 4);
    assert_true(clock_mono_ns() - begun_ns >= NSEC_PER_SEC / 4);
    figures_publish_close(&fixture->publish);
    begun_ns = clock_mono_ns();
    figures_follow_ask(&fixture->follow, true, 3600 * NSEC_PER_SEC);
    assert_true(clock_mono_ns() - begun_ns < 60 * NSEC_PER_SEC);
}

/* Parts lie where they were named, though they are told of later: 2 s of 70, 25 and 5.5 J in each. */
static void test_parts_are_named_in_the_run_that_is_measured(void **state)
{
    struct fixture *fixture = *state;
    struct figures_ask part = { .kind = ASK_PART, .name = "epoch 1" };
    struct figures_follow other = FIGURES_FOLLOW_NULL;
    struct report report;

    begin_to_follow(fixture);
    assert_int_equal(figures_follow_open(&other, fixture->dir_fd, NAME,
                                         session_run_id(fixture->leader), &fixture->self, 2),
                     0);
    part.mono_ns = fixture->machine.mono_ns;
    figures_follow_say(&fixture->follow, &part);
    turn(fixture);
    (void)snprintf(part.name, sizeof(part.name), "%s", "somebody else's");
    figures_follow_say(&other, &part);
    pass(fixture, 1, 1);
    pass(fixture, 1, 1);
    figures_follow_say(&fixture->follow,
                       &(struct figures_ask){ .kind = ASK_PART,
                                              .mono_ns = fixture->machine.mono_ns });
    figures_follow_say(&fixture->follow, &(struct figures_ask){ .kind = ASK_KIND,
                                                                .task_kind = TASK_EPOCH,
                                                                .mono_ns = part.mono_ns });
    figures_follow_say(&fixture->follow, &(struct figures_ask){ .kind = ASK_EPOCHS, .epochs = 10 });
    fixture->follow.said_ns = 0; /* a tenth of a second has passed */
    figures_follow_flush(&fixture->follow);
    figures_follow_close(&other);
    turn(fixture);
    second(fixture->leader, &fixture->machine, 0, 0);
    end_leading(fixture, &report);
    assert_int_equal(report.task_count, 3);
    assert_string_equal(report.tasks[0].name, "");
    assert_string_equal(report.tasks[1].name, "epoch 1");
    assert_int_equal(report.tasks[1].kind, TASK_EPOCH);
    assert_near(report.tasks[1].start_seconds, 1);
    assert_near(report.tasks[1].duration_seconds, 2);
    assert_near(report.tasks[0].energy_joules + report.tasks[1].energy_joules +
                    report.tasks[2].energy_joules,
                report.total.value);
    assert_near(report.training.epochs, 10);
    assert_int_equal(report.warning_count, 0);
    report_deinit(&report);
}

/* A task of the whole machine that nobody has read anything in. */
static double unread_joules(struct fixture *fixture, double seconds)
{
    const struct session *session = fixture->follower;
    struct task_figures figures;
    struct task_edge edge;

    assert_int_equal(task_edge_take(session, fixture->machine.mono_ns, &edge), 0);
    fake_pass(&fixture->machine, seconds);
    task_figures_between(session, &edge, fixture->machine.mono_ns, &figures);
    task_edge_deinit(&edge);
    assert_int_equal(figures.readings, 0);
    assert_true(figures.energy_joules.high > 3 * figures.energy_joules.value);
    return figures.energy_joules.value;
}

/*
 * Two readings a millisecond apart say little of the power, and nothing of how often there are some. 1 s of 70 + 25 + 5.5 W,
 * 1 ms of 30 + 25 + 3 W: of the last 50 ms the mean is (49 x 100.5 + 58) / 50 = 99.65 W. It is taken to go on for
 * 2.5 intervals of a second.
 */
static void test_a_short_interval_is_no_measure(void **state)
{
    struct fixture *fixture = *state;

    begin_to_follow(fixture);
    fixture->follower->record.run.scope = SCOPE_MACHINE;
    pass(fixture, 1, 1);
    fake_pass(&fixture->machine, 0.001);
    fake_use(&fixture->machine, "cpu0", 0.030);
    fake_use(&fixture->machine, "cpu1", 0.025);
    fake_use(&fixture->machine, "dram0", 0.003);
    session_read_between(fixture->leader);
    turn(fixture);
    session_read_now(fixture->follower);
    assert_near(unread_joules(fixture, 0.1), 9.965);
    assert_near(unread_joules(fixture, 2.9), 99.65 * 2.4);
}

/* Another run measures from now on: what lies between the last page of the one and the beginning of the other is a gap. */
static void test_a_change_of_who_measures_is_a_gap(void **state)
{
    struct fixture *fixture = *state;
    struct session_options options = fake_options(&fixture->machine);
    struct report report;

    begin_to_follow(fixture);
    pass(fixture, 1, 1);
    figures_publish_close(&fixture->publish);
    figures_follow_close(&fixture->follow);
    session_free(fixture->leader);
    fake_pass(&fixture->machine, 2);
    fake_use(&fixture->machine, "cpu0", 1000);
    fixture->leader = start(&fixture->machine, &options);
    assert_int_equal(figures_publish_open(&fixture->publish, fixture->dir_fd, fixture->proc_fd,
                                          NAME, true),
                     0);
    assert_int_equal(figures_follow_open(&fixture->follow, fixture->dir_fd, NAME,
                                         session_run_id(fixture->leader), &fixture->self, 1),
                     0);
    session_follow_anew(fixture->follower);
    figures_follow_ask(&fixture->follow, false, 0);
    pass(fixture, 1, 1);
    pass(fixture, 1, 1);
    end_following(fixture, &report);
    /* 1 s; then 2 s of nobody; 2 s, of the new one from its beginning on */
    assert_near(fake_report_device(&report, "cpu0")->energy.value, 210);
    assert_near(fake_report_device(&report, "cpu0")->gap_seconds, 2);
    assert_near(fake_report_device(&report, "cpu0")->coverage_ratio, 0.6);
    report_deinit(&report);
}

/* Its pages are another run's: nobody believes them. */
static void test_a_page_of_another_run_is_none(void **state)
{
    struct fixture *fixture = *state;
    struct figures_page page;

    assert_int_equal(figures_follow_open(&fixture->follow, fixture->dir_fd, NAME,
                                         "01K00000000000000000000009", &fixture->self, 1),
                     0);
    figures_follow_ask(&fixture->follow, false, 0);
    turn(fixture);
    assert_false(figures_follow_page(&fixture->follow, &page));
}

/* A file that others could write, a link, none at all. */
static void test_what_is_not_this_users_alone_is_not_opened(void **state)
{
    struct fixture *fixture = *state;
    struct figures_follow *follow = &fixture->follow;

    assert_int_equal(figures_follow_open(follow, fixture->dir_fd, "process-8-8", "", &fixture->self,
                                         1),
                     -ENOENT);
    assert_int_equal(fchmodat(fixture->dir_fd, "process-7-7.asks", 0620, 0), 0);
    assert_int_equal(figures_follow_open(follow, fixture->dir_fd, NAME, "", &fixture->self, 1),
                     -EPERM);
    assert_int_equal(unlinkat(fixture->dir_fd, "process-7-7.asks", 0), 0);
    tree_write(fixture->dir_fd, "process-7-7.asks", "");
    assert_int_equal(fchmodat(fixture->dir_fd, "process-7-7.asks", 0600, 0), 0);
    assert_int_equal(figures_follow_open(follow, fixture->dir_fd, NAME, "", &fixture->self, 1),
                     -EPERM);
}

/* Who does not listen costs what the pipe holds, and no more; that parts were lost is said. */
static void test_a_full_pipe_is_told_of(void **state)
{
    struct fixture *fixture = *state;
    struct figures_ask part = { .kind = ASK_PART, .name = "step" };
    struct report report;

    begin_to_follow(fixture);
    part.mono_ns = fixture->machine.mono_ns;
    figures_follow_say(&fixture->follow, &part);
    turn(fixture);
    for (int i = 0; i < 20000 && fixture->follow.lost == 0; i++)
        figures_follow_say(&fixture->follow, &part);
    assert_true(fixture->follow.lost > 0);
    for (int i = 0; i < 100; i++)
        turn(fixture);
    fixture->follow.said_ns = 0;
    figures_follow_say(&fixture->follow, &part);
    turn(fixture);
    end_leading(fixture, &report);
    assert_true(fake_has_warning(&report, "not all parts"));
    report_deinit(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_figures_are_of_the_whole_job_from_the_start_on, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_start_between_two_readings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_start_within_the_first_interval, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_question_is_a_reading, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_is_not_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parts_are_named_in_the_run_that_is_measured, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_short_interval_is_no_measure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_change_of_who_measures_is_a_gap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_page_of_another_run_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_this_users_alone_is_not_opened, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_pipe_is_told_of, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

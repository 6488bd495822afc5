/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/test_job_self.c - CPU time of a job that is this process: its threads, its children, who joins it
 *
 * Children do what a byte on a pipe tells them, so that nothing depends on how fast the machine is.
 */
#include "support.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attribution/job_cpu.h"
#include "base/clock.h"
#include "base/thread_clocks.h"

static const int64_t PART_NS = 100 * NSEC_PER_MSEC;
/* job_cpu_read() looks for new processes again after so long. */
static const int64_t LOOK_NS = 110 * NSEC_PER_MSEC;

static int64_t clock_ns(clockid_t clock)
{
    struct timespec used;

    (void)clock_gettime(clock, &used);
    return (int64_t)used.tv_sec * NSEC_PER_SEC + used.tv_nsec;
}

static void burn(clockid_t clock, int64_t cpu_ns)
{
    volatile uint64_t work = 0;
    int64_t end_ns = clock_ns(clock) + cpu_ns;

    while (clock_ns(clock) < end_ns) {
        for (int i = 0; i < 1000; i++)
            work += (uint64_t)i;
    }
}

static void *burn_there(void *payload)
{
    (void)payload;
    burn(CLOCK_THREAD_CPUTIME_ID, PART_NS);
    return NULL;
}

static int64_t process_ns(void *payload)
{
    (void)payload;
    return clock_process_cpu_ns();
}

static void say(int fd)
{
    if (write(fd, "x", 1) != 1)
        _exit(99);
}

static void hear(int fd)
{
    char byte;

    if (read(fd, &byte, 1) != 1)
        _exit(98);
}

struct fixture {
    int proc_fd;
    struct thread_clocks *own;
    struct job_cpu *job;
    int to_child[2];
    int from_child[2];
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fixture->own = thread_clocks_new();
    assert_int_equal(pipe(fixture->to_child), 0);
    assert_int_equal(pipe(fixture->from_child), 0);
    burn(CLOCK_PROCESS_CPUTIME_ID, PART_NS); /* before it begins: none of the job's */
    assert_int_equal(job_cpu_new_self(&fixture->job, fixture->proc_fd, process_ns, NULL,
                                      fixture->own, NULL),
                     0);
    job_cpu_begin(fixture->job);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    job_cpu_free(fixture->job);
    thread_clocks_free(fixture->own);
    (void)close(fixture->proc_fd);
    for (int i = 0; i < 2; i++) {
        (void)close(fixture->to_child[i]);
        (void)close(fixture->from_child[i]);
    }
    free(fixture);
    return 0;
}

/* After it has burned, until it is told to end. */
static pid_t start_burner(struct fixture *fixture)
{
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        burn(CLOCK_PROCESS_CPUTIME_ID, PART_NS);
        say(fixture->from_child[1]);
        hear(fixture->to_child[0]);
        _exit(0);
    }
    hear(fixture->from_child[0]);
    return child;
}

static int64_t read_job(struct fixture *fixture)
{
    clock_pause_ns(LOOK_NS);
    return job_cpu_read(fixture->job, 0, -1);
}

/* The same beside a machine that counts who is started. */
static int64_t read_at_count(struct fixture *fixture, uint64_t forks)
{
    clock_pause_ns(LOOK_NS);
    return job_cpu_read(fixture->job, forks, -1);
}

static void test_who_came_and_went_is_told_by_the_machines_count(void **state)
{
    struct fixture *fixture = *state;
    int64_t before_ns = read_at_count(fixture, 1000);
    pid_t child;

    assert_true(read_at_count(fixture, 1000) < before_ns + PART_NS / 2);
    child = start_burner(fixture);
    say(fixture->to_child[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(read_at_count(fixture, 1001) >= before_ns + PART_NS);
}

static void test_who_lives_is_read_while_nobody_is_started(void **state)
{
    struct fixture *fixture = *state;
    int64_t before_ns = read_at_count(fixture, 1000);
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) { /* works when it is told to */
            hear(fixture->to_child[0]);
            burn(CLOCK_PROCESS_CPUTIME_ID, PART_NS);
            say(fixture->from_child[1]);
        }
    }
    for (int i = 1; i <= 2; i++) {
        say(fixture->to_child[1]);
        hear(fixture->from_child[0]);
        assert_true(read_at_count(fixture, 1001) >= before_ns + i * PART_NS);
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void test_who_joins_is_read_while_nobody_is_started(void **state)
{
    struct fixture *fixture = *state;
    int64_t before_ns = read_at_count(fixture, 1000);
    pid_t child = start_burner(fixture);

    job_cpu_adopt(fixture->job, child, 0);
    assert_true(read_at_count(fixture, 1000) >= before_ns + PART_NS);
    say(fixture->to_child[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void test_threads_that_measure_are_none_of_it(void **state)
{
    struct fixture *fixture = *state;
    pthread_t thread;

    assert_true(read_job(fixture) < PART_NS / 2);
    assert_int_equal(thread_start_counted(&thread, 256 * 1024, burn_there, NULL, fixture->own), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(thread_clocks_ns(fixture->own) >= PART_NS);
    assert_true(read_job(fixture) < PART_NS / 2);
    thread_clocks_add(fixture->own, -PART_NS / 2);
    assert_true(read_job(fixture) >= PART_NS / 2);
    burn(CLOCK_PROCESS_CPUTIME_ID, PART_NS);
    assert_true(read_job(fixture) >= PART_NS * 3 / 2);
}

static void test_a_child_counts_once_living_and_waited_for(void **state)
{
    struct fixture *fixture = *state;
    pid_t child = start_burner(fixture);
    pid_t members[4];
    int64_t living_ns = read_job(fixture);

    assert_true(living_ns >= PART_NS);
    assert_true(job_cpu_contains(fixture->job, getpid()));
    assert_true(job_cpu_contains(fixture->job, child));
    assert_int_equal(job_cpu_members(fixture->job, members, 4), 2);
    assert_true(members[0] < members[1]);
    assert_int_equal(job_cpu_members(fixture->job, members, 1), 2);
    say(fixture->to_child[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_in_range(job_cpu_final(fixture->job) - living_ns, 0, PART_NS / 2);
}

static void test_a_child_that_nobody_saw_counts_when_it_was_waited_for(void **state)
{
    struct fixture *fixture = *state;
    pid_t child = start_burner(fixture);

    say(fixture->to_child[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_in_range(read_job(fixture), PART_NS, PART_NS * 3 / 2);
}

/* A rank is nobody's child here: what it had used when it came is not the job's. */
static void test_one_that_joins_counts_from_when_it_came(void **state)
{
    struct fixture *fixture = *state;
    pid_t middle = fork();
    pid_t rank;

    assert_true(middle >= 0);
    if (middle == 0) {
        rank = fork();
        if (rank == 0) {
            burn(CLOCK_PROCESS_CPUTIME_ID, 2 * PART_NS);
            rank = getpid();
            if (write(fixture->from_child[1], &rank, sizeof(rank)) != (ssize_t)sizeof(rank))
                _exit(1);
            hear(fixture->to_child[0]);
            burn(CLOCK_PROCESS_CPUTIME_ID, PART_NS);
            say(fixture->from_child[1]);
            hear(fixture->to_child[0]);
        }
        _exit(0);
    }
    assert_int_equal(waitpid(middle, NULL, 0), middle);
    assert_int_equal(read(fixture->from_child[0], &rank, sizeof(rank)), sizeof(rank));
    assert_true(read_job(fixture) < PART_NS / 2);
    assert_false(job_cpu_contains(fixture->job, rank));
    job_cpu_adopt(fixture->job, rank, PART_NS); /* it came after the first half */
    assert_true(job_cpu_contains(fixture->job, rank));
    assert_in_range(read_job(fixture), PART_NS, PART_NS * 3 / 2);
    job_cpu_adopt(fixture->job, rank, 0); /* it is in already */
    say(fixture->to_child[1]);
    hear(fixture->from_child[0]);
    assert_in_range(read_job(fixture), 2 * PART_NS, PART_NS * 5 / 2);
    say(fixture->to_child[1]);
    job_cpu_adopt(fixture->job, 4000000, 0); /* nobody */
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who_came_and_went_is_told_by_the_machines_count),
        TEST(test_who_lives_is_read_while_nobody_is_started),
        TEST(test_who_joins_is_read_while_nobody_is_started),
        TEST(test_threads_that_measure_are_none_of_it),
        TEST(test_a_child_counts_once_living_and_waited_for),
        TEST(test_a_child_that_nobody_saw_counts_when_it_was_waited_for),
        TEST(test_one_that_joins_counts_from_when_it_came),
    };

    return cmocka_run_group_tests_name("job_self", tests, NULL, NULL);
}

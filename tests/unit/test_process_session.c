/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/test_process_session.c - who belongs to a job where sessions are founded, left and joined
 *
 * Actors are children of the test that do what a letter on their pipe says; one of them is the root of the job.
 */
#include "support.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attribution/process_tree.h"

struct actor {
    pid_t pid;
    int order; /* the end that orders are written to */
    int answer;
};

struct stage {
    int proc_fd;
    struct actor root;
    struct actor stranger;
    struct process_tree *tree;
};

/* A child that ends with its parent. Return: as fork(). */
static pid_t start_child(void)
{
    pid_t pid = fork();

    if (pid == 0)
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid;
}

/* Its own pid to whom it answers; then it sleeps until it is killed. */
static void tell_and_sleep(int answer)
{
    pid_t pid = getpid();

    if (write(answer, &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
        _exit(1);
    for (;;)
        (void)pause();
}

/* Its own pid to whom it answers; then it starts a child for each order, until nobody can give any more. */
static void tell_and_breed(const int orders[2], int answer)
{
    char order;
    pid_t pid = getpid();

    (void)close(orders[1]);
    if (write(answer, &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
        _exit(1);
    while (read(orders[0], &order, 1) == 1) {
        if (start_child() == 0)
            tell_and_sleep(answer);
    }
    _exit(0);
}

/* 's': founds a session. 'c': starts a child. 'd': starts one that founds a session and starts a child there; 'e': ends
 * the founder. 'g': has that child, of either, start one. Each is answered by a pid. */
static void act(int orders, int answer)
{
    int child_orders[2];
    pid_t pid = getpid();
    pid_t child = -1;
    char order;

    if (pipe(child_orders) != 0)
        _exit(1);
    while (read(orders, &order, 1) == 1) {
        if (order == 's') {
            (void)setsid();
        } else if (order == 'c' || order == 'd') {
            child = start_child();
            if (child == 0 && order == 'c')
                tell_and_breed(child_orders, answer);
            if (child == 0) {
                (void)setsid();
                if (fork() == 0)
                    tell_and_breed(child_orders, answer);
                for (;;)
                    (void)pause();
            }
            continue;
        } else if (order == 'e') {
            (void)kill(child, SIGKILL);
            (void)waitpid(child, NULL, 0);
        } else {
            if (write(child_orders[1], &order, 1) != 1)
                _exit(1);
            continue;
        }
        if (write(answer, &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
            _exit(1);
    }
    _exit(0);
}

static struct actor start_actor(void)
{
    int orders[2];
    int answers[2];
    struct actor actor;

    assert_int_equal(pipe(orders), 0);
    assert_int_equal(pipe(answers), 0);
    actor.pid = start_child();
    assert_true(actor.pid >= 0);
    if (actor.pid == 0) {
        (void)close(orders[1]);
        (void)close(answers[0]);
        act(orders[0], answers[1]);
    }
    (void)close(orders[0]);
    (void)close(answers[1]);
    actor.order = orders[1];
    actor.answer = answers[0];
    return actor;
}

static void end_actor(const struct actor *actor)
{
    (void)kill(actor->pid, SIGKILL);
    assert_int_equal(waitpid(actor->pid, NULL, 0), actor->pid);
    (void)close(actor->order);
    (void)close(actor->answer);
}

/* Return: the pid that it answers with. */
static pid_t order(const struct actor *actor, char what)
{
    pid_t pid = 0;

    assert_int_equal(write(actor->order, &what, 1), 1);
    assert_int_equal(read(actor->answer, &pid, sizeof(pid)), sizeof(pid));
    return pid;
}

static int set_up(void **state)
{
    struct stage *stage = calloc(1, sizeof(*stage));

    assert_non_null(stage);
    stage->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    stage->root = start_actor();
    stage->stranger = start_actor();
    assert_int_equal(process_tree_new(&stage->tree, stage->root.pid, stage->proc_fd, NULL), 0);
    *state = stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *stage = *state;

    end_actor(&stage->root);
    end_actor(&stage->stranger);
    process_tree_free(stage->tree);
    (void)close(stage->proc_fd);
    free(stage);
    return 0;
}

/* What came before is no longer among the pids that are looked at again. */
static void let_pids_pass(void)
{
    for (int i = 0; i < 20; i++) {
        pid_t pid = fork();

        if (pid == 0)
            _exit(0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
    }
}

/* Whom a look finds; a whole scan would find them in any case. */
static bool finds(struct stage *stage, pid_t pid)
{
    process_tree_look(stage->tree);
    return process_tree_contains(stage->tree, pid);
}

static void test_who_is_born_into_a_strangers_session_is_known_and_not_the_jobs(void **state)
{
    struct stage *stage = *state;
    pid_t born;

    (void)order(&stage->stranger, 's');
    let_pids_pass();
    process_tree_scan(stage->tree);
    born = order(&stage->stranger, 'c');
    assert_false(finds(stage, born));
    assert_true(process_tree_knows(stage->tree, born));
}

/* Founder and child come with one look, before it is settled whose the founder is. */
static void test_a_session_that_one_of_the_job_founds_is_the_jobs(void **state)
{
    struct stage *stage = *state;
    pid_t born;

    process_tree_scan(stage->tree);
    born = order(&stage->root, 'd');
    assert_true(finds(stage, born));
    assert_int_equal(process_tree_living(stage->tree, NULL, 0), 2);
}

static void test_a_session_whose_founder_is_forgotten_may_be_the_jobs(void **state)
{
    struct stage *stage = *state;
    pid_t born;

    process_tree_scan(stage->tree);
    assert_true(finds(stage, order(&stage->root, 'd')));
    (void)order(&stage->root, 'e');
    (void)process_tree_update(stage->tree, true, -1);
    let_pids_pass();
    process_tree_scan(stage->tree);
    born = order(&stage->root, 'g');
    assert_true(finds(stage, born));
}

static void test_who_joins_from_another_session_brings_what_it_starts(void **state)
{
    struct stage *stage = *state;
    pid_t joins;
    pid_t born;

    (void)order(&stage->stranger, 's');
    joins = order(&stage->stranger, 'c');
    let_pids_pass();
    process_tree_scan(stage->tree);
    assert_false(process_tree_contains(stage->tree, joins));
    assert_true(process_tree_adopt(stage->tree, joins));
    born = order(&stage->stranger, 'g');
    assert_true(finds(stage, born));
    assert_false(process_tree_contains(stage->tree, stage->stranger.pid));
}

/* Its first child stays in a session whose founder is none of the job's, and has a child there. */
static void test_a_root_that_changes_its_session_keeps_its_descendants(void **state)
{
    struct stage *stage = *state;
    pid_t child;

    let_pids_pass();
    process_tree_scan(stage->tree);
    child = order(&stage->root, 'c');
    assert_true(finds(stage, child));
    (void)order(&stage->root, 's');
    assert_true(finds(stage, order(&stage->root, 'g')));
    assert_true(finds(stage, order(&stage->root, 'c')));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who_is_born_into_a_strangers_session_is_known_and_not_the_jobs),
        TEST(test_a_session_that_one_of_the_job_founds_is_the_jobs),
        TEST(test_a_session_whose_founder_is_forgotten_may_be_the_jobs),
        TEST(test_who_joins_from_another_session_brings_what_it_starts),
        TEST(test_a_root_that_changes_its_session_keeps_its_descendants),
    };

    /* a session of our own, so that its founder is somebody that a scan meets */
    (void)setsid();
    return cmocka_run_group_tests_name("process_session", tests, NULL, NULL);
}

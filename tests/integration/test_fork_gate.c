/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_fork_gate.c - children that are forked while the history is written, again and again, write their own */
#include "../unit/support.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ulid.h"
#include "history/fork_gate.h"
#include "history/history.h"
#include "session/recorder.h"

enum { FORKS = 500, PATIENCE_S = 120, SHUT = 3, FORK_WAITS_MS = 50 };

struct fixture {
    char directory[64];
    char path[96];
    int dir_fd;
    pthread_t thread;
    bool ends;      /* atomic */
    unsigned count; /* of commits; atomic */
};

static struct run a_run(void)
{
    struct run run = {
        .state = RUN_FINISHED, .exit_status = 0, .pue = 1, .interval_ns = NSEC_PER_SEC
    };

    ulid_make(run.id, clock_wall_ns());
    (void)snprintf(run.name, sizeof(run.name), "busy");
    run.started_wall_ns = run.ended_wall_ns = clock_wall_ns();
    return run;
}

/* A run after the other, without a pause: nearly all the time somebody is within SQLite. */
static void *record(void *payload)
{
    struct fixture *fixture = payload;
    struct recorder *recorder = NULL;
    struct aico2_error err = { 0 };
    bool stored = false;

    assert_int_equal(recorder_start(&recorder, fixture->path, NULL, NULL), 0);
    while (!__atomic_load_n(&fixture->ends, __ATOMIC_RELAXED)) {
        struct record_batch *batch = recorder_wait(recorder, NSEC_PER_SEC);
        const struct run run = a_run();

        if (batch == NULL)
            continue;
        assert_int_equal(record_batch_set_run(batch, &run), 0);
        batch->end = true;
        recorder_commit(recorder);
        __atomic_add_fetch(&fixture->count, 1, __ATOMIC_RELAXED);
    }
    recorder_stop(recorder, PATIENCE_S * NSEC_PER_SEC, &err, &stored);
    assert_true(stored);
    return NULL;
}

/* How long threads of this process were ready and had no processor: where it is so busy, who is within SQLite stays there. */
static int64_t waited_ns(void)
{
    DIR *directory = opendir("/proc/self/task");
    int64_t sum_ns = 0;
    struct dirent *entry;

    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        long long ran_ns;
        long long thread_ns;
        char path[320];
        FILE *file;

        (void)snprintf(path, sizeof(path), "/proc/self/task/%s/schedstat", entry->d_name);
        file = fopen(path, "re");
        if (file == NULL)
            continue; /* no thread, or a kernel that does not count */
        if (fscanf(file, "%lld %lld", &ran_ns, &thread_ns) == 2)
            sum_ns += thread_ns;
        (void)fclose(file);
    }
    (void)closedir(directory);
    return sum_ns;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (access("/dev/shm", W_OK) == 0)
        (void)setenv("TMPDIR", "/dev/shm", 0); /* a disk that is slow is no matter of the gate */
    assert_non_null(fixture);
    fixture->dir_fd = temp_dir_open(fixture->directory);
    (void)snprintf(fixture->path, sizeof(fixture->path), "%s/parent.db", fixture->directory);
    fork_gate_arm();
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    (void)close(fixture->dir_fd);
    temp_dir_remove(fixture->directory);
    free(fixture);
    return 0;
}

/* A child with a history of its own, as a session with `alone` has one. */
static void write_own(const struct fixture *fixture)
{
    struct history *history = NULL;
    const struct run run = a_run();
    char path[96];
    int r;

    (void)alarm(PATIENCE_S); /* who hangs is seen by its signal */
    (void)snprintf(path, sizeof(path), "%s/child.db", fixture->directory);
    r = history_open(path, HISTORY_WRITE, &history, NULL);
    if (r == 0)
        r = history_run_begin(history, &run, NULL, 0, NULL);
    history_close(history);
    _exit(r == 0 ? 0 : r == -EDEADLK ? SHUT : 1);
}

static void test_a_child_that_is_forked_amid_it_can_write(void **state)
{
    struct fixture *fixture = *state;
    unsigned may_be_shut;
    unsigned shut = 0;

    assert_int_equal(pthread_create(&fixture->thread, NULL, record, fixture), 0);
    while (__atomic_load_n(&fixture->count, __ATOMIC_RELAXED) < 3)
        clock_pause_ns(NSEC_PER_MSEC);
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        int status;

        if (child == 0)
            write_own(fixture);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (WIFSIGNALED(status))
            fail_msg("fork %d: the child hung in SQLite", i);
        if (WEXITSTATUS(status) == SHUT)
            shut++; /* somebody was within SQLite for longer than fork() waits */
        else
            assert_int_equal(WEXITSTATUS(status), 0);
    }
    may_be_shut = FORKS / 10 + (unsigned)(waited_ns() / (FORK_WAITS_MS * NSEC_PER_MSEC));
    __atomic_store_n(&fixture->ends, true, __ATOMIC_RELAXED);
    assert_int_equal(pthread_join(fixture->thread, NULL), 0);
    assert_true(fixture->count > 3);
    assert_true(shut < may_be_shut);
    print_message("%u commits, %u children that could not\n", fixture->count, shut);
}

/* Who is within SQLite for longer than fork() waits: the child knows, and says so at once. */
static void *stay(void *payload)
{
    struct fixture *fixture = payload;

    fork_gate_enter();
    __atomic_add_fetch(&fixture->count, 1, __ATOMIC_RELAXED);
    while (!__atomic_load_n(&fixture->ends, __ATOMIC_RELAXED))
        clock_pause_ns(NSEC_PER_MSEC);
    fork_gate_leave();
    return NULL;
}

static void test_a_child_that_was_forked_too_early_says_so(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_error err = { 0 };
    int64_t before_ns;
    int64_t took_ns;
    int status;
    pid_t child;

    assert_int_equal(pthread_create(&fixture->thread, NULL, stay, fixture), 0);
    while (__atomic_load_n(&fixture->count, __ATOMIC_RELAXED) == 0)
        clock_pause_ns(NSEC_PER_MSEC);
    before_ns = clock_mono_ns();
    child = fork();
    if (child == 0)
        write_own(fixture);
    took_ns = clock_mono_ns() - before_ns;
    assert_true(took_ns >= 45 * NSEC_PER_MSEC);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), SHUT);
    assert_int_equal(fork_gate_check(&err), 0);
    __atomic_store_n(&fixture->ends, true, __ATOMIC_RELAXED);
    assert_int_equal(pthread_join(fixture->thread, NULL), 0);
    child = fork(); /* nobody is there any more */
    if (child == 0)
        write_own(fixture);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void *fork_once(void *payload)
{
    pid_t child;
    int status;

    (void)pthread_barrier_wait(payload);
    child = fork();
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return NULL;
}

/* Both wait for who is within SQLite, and afterwards nobody has the lock any more. */
static void test_two_that_fork_at_once_leave_the_gate_open(void **state)
{
    struct fixture *fixture = *state;
    pthread_barrier_t barrier;
    pthread_t threads[2];

    (void)alarm(PATIENCE_S);
    assert_int_equal(pthread_barrier_init(&barrier, NULL, 2), 0);
    assert_int_equal(pthread_create(&fixture->thread, NULL, stay, fixture), 0);
    while (__atomic_load_n(&fixture->count, __ATOMIC_RELAXED) == 0)
        clock_pause_ns(NSEC_PER_MSEC);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, fork_once, &barrier), 0);
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    __atomic_store_n(&fixture->ends, true, __ATOMIC_RELAXED);
    assert_int_equal(pthread_join(fixture->thread, NULL), 0);
    fork_gate_enter();
    fork_gate_leave();
    assert_int_equal(pthread_barrier_destroy(&barrier), 0);
    (void)alarm(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_child_that_is_forked_amid_it_can_write, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_child_that_was_forked_too_early_says_so, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_two_that_fork_at_once_leave_the_gate_open, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

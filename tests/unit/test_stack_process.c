/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_stack_process.c - processes started to stay, ended by their identity; the stack's directory */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "stack/directory.h"
#include "stack/process.h"
#include "stack/spawn.h"

static const int64_t LONG_NS = 20 * NSEC_PER_SEC;

struct place {
    char path[64];
    int fd;
    int proc_fd;
};

static int set_up(void **state)
{
    static struct place place;

    place.fd = temp_dir_open(place.path);
    place.proc_fd = fs_open_dir_at(AT_FDCWD, "/proc", NULL);
    *state = &place;
    return place.fd >= 0 && place.proc_fd >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    fd_closep(&place->fd);
    fd_closep(&place->proc_fd);
    temp_dir_remove(place->path);
    return 0;
}

/* `/bin/sh -c SCRIPT`, its output in "out"; released. */
static pid_t start(const struct place *place, const char *script)
{
    char *words[] = { (char[]){ "sh" }, (char[]){ "-c" }, (char *)(uintptr_t)script, NULL };
    char *environment[] = { (char[]){ "PATH=/usr/bin:/bin" }, NULL };
    struct spawned spawned = SPAWNED_NULL;
    int log_fd = openat(place->fd, "out", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t pid;

    assert_int_equal(spawn_prepare(&(struct spawn){ .program = "/bin/sh",
                                                    .words = words,
                                                    .environment = environment,
                                                    .directory_fd = place->fd,
                                                    .log_fd = log_fd },
                                   &spawned, NULL),
                     0);
    pid = spawned.pid;
    assert_int_equal(spawn_release(&spawned, "/bin/sh", NULL), 0);
    (void)close(log_fd);
    return pid;
}

static void wait_for_text(const struct place *place, const char *text)
{
    char there[4096] = "";
    int64_t deadline_ns = clock_mono_ns() + LONG_NS;

    while (strstr(there, text) == NULL) {
        if (clock_mono_ns() >= deadline_ns)
            fail_msg("no '%s' in: %s", text, there);
        clock_pause_ns(5 * NSEC_PER_MSEC);
        (void)fs_read_text_at(place->fd, "out", there, sizeof(there), NULL);
    }
}

/* Those of the C library's own (32 and 33) are not for us to set: posix_spawn() of whoever started us ignores them. */
static void forget_signals_of_the_library(char *text)
{
    static const char WORD[] = "SigIgn:\t";
    char *at = strstr(text, WORD);
    char masked[17];

    assert_non_null(at);
    at += sizeof(WORD) - 1;
    (void)snprintf(masked, sizeof(masked), "%016llx", strtoull(at, NULL, 16) & ~(3ULL << 31));
    memcpy(at, masked, sizeof(masked) - 1);
}

static void test_a_service_has_a_session_and_nothing_of_ours(void **state)
{
    const struct place *place = *state;
    int ours = dup(place->fd); /* open and inherited, as a shell may leave one */
    char there[4096];
    pid_t pid;

    (void)fcntl(ours, F_SETFD, 0);
    (void)signal(SIGHUP, SIG_IGN); /* as under nohup: it must not be passed on */
    pid = start(place, "echo $HOME; umask; ls /proc/$$/fd; cut -d' ' -f6 /proc/$$/stat; "
                       "grep SigIgn /proc/$$/status; pwd; echo end; exec sleep 1000");
    (void)signal(SIGHUP, SIG_DFL);
    (void)close(ours);
    wait_for_text(place, "\nend");
    assert_true(fs_read_text_at(place->fd, "out", there, sizeof(there), NULL) > 0);
    forget_signals_of_the_library(there);
    {
        char expected[512];

        (void)snprintf(expected, sizeof(expected),
                       "\n0077\n0\n1\n2\n%d\nSigIgn:\t0000000000000000\n%s\nend", (int)pid,
                       place->path);
        assert_string_equal(there, expected);
    }
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_a_process_that_is_not_released_never_runs(void **state)
{
    const struct place *place = *state;
    char *words[] = { (char[]){ "sh" }, (char[]){ "-c" }, (char[]){ "echo ran" }, NULL };
    struct spawned spawned = SPAWNED_NULL;
    struct stat file;
    int log_fd = openat(place->fd, "quiet", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const struct spawn spawn = { .program = "/bin/sh",
                                 .words = words,
                                 .environment = words + 3,
                                 .directory_fd = place->fd,
                                 .log_fd = log_fd };

    assert_int_equal(spawn_prepare(&spawn, &spawned, NULL), 0);
    spawn_cancel(&spawned);
    assert_int_equal(fstat(log_fd, &file), 0);
    assert_int_equal(file.st_size, 0);
    (void)close(log_fd);
}

static void test_what_cannot_be_executed_says_why(void **state)
{
    const struct place *place = *state;
    char *words[] = { (char[]){ "x" }, NULL };
    struct spawned spawned = SPAWNED_NULL;
    struct aico2_error err = { 0 };
    const struct spawn spawn = { .program = "/no/such",
                                 .words = words,
                                 .environment = words + 1,
                                 .directory_fd = place->fd,
                                 .log_fd = STDERR_FILENO };

    assert_int_equal(spawn_prepare(&spawn, &spawned, NULL), 0);
    assert_int_equal(spawn_release(&spawned, spawn.program, &err), -ENOENT);
    assert_string_equal(err.message, "cannot execute '/no/such': No such file or directory");
    assert_int_equal(spawned.pid, 0);
}

static void test_a_process_is_known_by_when_it_began(void **state)
{
    const struct place *place = *state;
    pid_t pid = start(place, "exec sleep 1000");
    int64_t began = process_start_ticks(place->proc_fd, pid);

    assert_true(began > 0);
    assert_true(process_lives(place->proc_fd, pid, began));
    /* the same number, given to another: a reuse of the pid */
    assert_false(process_lives(place->proc_fd, pid, began - 1));
    assert_int_equal(process_signal(place->proc_fd, pid, began - 1, SIGKILL), -ESRCH);
    assert_int_equal(process_end(place->proc_fd, pid, began - 1, LONG_NS), PROCESS_GONE);
    assert_true(process_lives(place->proc_fd, pid, began));

    assert_int_equal(process_end(place->proc_fd, pid, began, LONG_NS), PROCESS_ENDED);
    assert_false(process_lives(place->proc_fd, pid, began));
    assert_int_equal(process_end(place->proc_fd, pid, began, LONG_NS), PROCESS_GONE);
    (void)waitpid(pid, NULL, WNOHANG);
}

static void test_who_does_not_end_is_killed(void **state)
{
    const struct place *place = *state;
    pid_t pid = start(place, "trap 'echo asked' TERM; echo set; while :; do sleep 0.02; done");
    int64_t began = process_start_ticks(place->proc_fd, pid);

    wait_for_text(place, "set");
    assert_int_equal(process_end(place->proc_fd, pid, began, 300 * NSEC_PER_MSEC), PROCESS_KILLED);
    wait_for_text(place, "asked");
    (void)waitpid(pid, NULL, WNOHANG);
}

static void test_a_zombie_has_ended(void **state)
{
    const struct place *place = *state;
    pid_t pid = fork();
    int64_t began;

    if (pid == 0)
        _exit(0);
    began = process_start_ticks(place->proc_fd, pid);
    for (int i = 0; i < 1000 && process_lives(place->proc_fd, pid, began); i++)
        clock_pause_ns(5 * NSEC_PER_MSEC);
    assert_false(process_lives(place->proc_fd, pid, began));
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int open_stack(const struct place *place, const char *name, struct stack_directory *out,
                      struct aico2_error *err)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", place->path, name);
    return stack_directory_open(path, true, 50 * NSEC_PER_MSEC, out, err);
}

static void test_two_calls_come_one_after_the_other(void **state)
{
    const struct place *place = *state;
    struct stack_directory first = STACK_DIRECTORY_NULL, second = STACK_DIRECTORY_NULL;
    struct aico2_error err = { 0 };

    assert_int_equal(open_stack(place, "a/b", &first, NULL), 0);
    assert_int_equal(open_stack(place, "a/b", &second, &err), -EBUSY);
    assert_non_null(strstr(err.message, "is at work"));
    stack_directory_close(&first);
    assert_int_equal(open_stack(place, "a/b", &second, NULL), 0);
    stack_directory_close(&second);
}

static void test_a_directory_that_others_may_write_is_refused(void **state)
{
    const struct place *place = *state;
    struct stack_directory directory = STACK_DIRECTORY_NULL;
    struct stat folder;

    assert_int_equal(open_stack(place, "mine", &directory, NULL), 0);
    assert_int_equal(fstat(directory.fd, &folder), 0);
    assert_int_equal(folder.st_mode & 0777, 0700);
    stack_directory_close(&directory);
    assert_int_equal(fchmodat(place->fd, "mine", 0770, 0), 0);
    assert_int_equal(open_stack(place, "mine", &directory, NULL), -EACCES);
    assert_int_equal(directory.fd, -1);
}

/* A machine of the test's own: only its boot is asked for. */
static int fake_proc(const struct place *place, const char *boot)
{
    tree_write(place->fd, "proc/sys/kernel/random/boot_id", boot);
    return fs_open_dir_at(place->fd, "proc", NULL);
}

static void test_a_record_lapses_with_its_boot(void **state)
{
    const struct place *place = *state;
    struct stack_directory directory = STACK_DIRECTORY_NULL;
    struct record record, lapsed;
    const struct record_entry entry = {
        .name = "node", .pid = 1, .start_ticks = 0, .port = 9100, .program = "/x"
    };
    int proc_fd = fake_proc(place, "first\n");
    struct stat file;

    assert_int_equal(open_stack(place, "s", &directory, NULL), 0);
    assert_int_equal(stack_record_read(&directory, proc_fd, &record, &lapsed, NULL), 0);
    assert_int_equal(record.count, 0);
    assert_int_equal(record_put(&record, &entry), 0);
    assert_int_equal(stack_record_write(&directory, &record, NULL), 0);
    assert_int_equal(fstatat(directory.fd, "services", &file, 0), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    assert_int_equal(stack_record_read(&directory, proc_fd, &record, &lapsed, NULL), 0);
    assert_int_equal(record.count, 1);
    (void)close(proc_fd);

    /* the same pid is somebody else's now */
    proc_fd = fake_proc(place, "second\n");
    assert_int_equal(stack_record_read(&directory, proc_fd, &record, &lapsed, NULL), 0);
    assert_int_equal(record.count, 0);
    assert_string_equal(record.boot, "second");
    assert_int_equal(lapsed.count, 1);
    assert_string_equal(lapsed.boot, "first");
    assert_int_equal(stack_record_write(&directory, &record, NULL), 0);
    assert_int_equal(fstatat(directory.fd, "services", &file, 0), -1);
    (void)close(proc_fd);
    stack_directory_close(&directory);
}

static void test_another_hosts_record_is_left_alone(void **state)
{
    const struct place *place = *state;
    struct stack_directory directory = STACK_DIRECTORY_NULL;
    struct aico2_error err = { 0 };
    struct record record;
    int proc_fd = fake_proc(place, "b\n");

    assert_int_equal(open_stack(place, "shared", &directory, NULL), 0);
    tree_write(directory.fd, "services",
               "aico2-stack 1\nhost elsewhere\nboot b\nservice node 1 2 3 /x\n");
    assert_int_equal(stack_record_read(&directory, proc_fd, &record, NULL, &err), -EXDEV);
    assert_non_null(strstr(err.message, "host 'elsewhere'"));
    tree_write(directory.fd, "services", "rubbish\n");
    assert_int_equal(stack_record_read(&directory, proc_fd, &record, NULL, &err), -EBADMSG);
    assert_non_null(strstr(err.message, "shared/services': line 1"));
    (void)close(proc_fd);
    stack_directory_close(&directory);
}

static void test_a_file_is_written_only_when_it_changes(void **state)
{
    const struct place *place = *state;
    struct stack_directory directory = STACK_DIRECTORY_NULL;
    struct strbuf text = { 0 };
    struct stat before, after;

    assert_int_equal(open_stack(place, "f", &directory, NULL), 0);
    strbuf_add(&text, "one\n");
    assert_int_equal(stack_file_write(&directory, "x", &text, NULL), 1);
    assert_int_equal(fstatat(directory.fd, "x", &before, 0), 0);
    assert_int_equal(stack_file_write(&directory, "x", &text, NULL), 0);
    assert_int_equal(fstatat(directory.fd, "x", &after, 0), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    strbuf_add(&text, "two\n");
    tree_write(directory.fd, ".x.tmp", "left by one who was killed");
    assert_int_equal(stack_file_write(&directory, "x", &text, NULL), 1);
    assert_int_equal(faccessat(directory.fd, ".x.tmp", F_OK, 0), -1);
    strbuf_deinit(&text);
    stack_directory_close(&directory);
}

#define AICO2_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AICO2_TEST(test_a_service_has_a_session_and_nothing_of_ours),
        AICO2_TEST(test_a_process_that_is_not_released_never_runs),
        AICO2_TEST(test_what_cannot_be_executed_says_why),
        AICO2_TEST(test_a_process_is_known_by_when_it_began),
        AICO2_TEST(test_who_does_not_end_is_killed),
        AICO2_TEST(test_a_zombie_has_ended),
        AICO2_TEST(test_two_calls_come_one_after_the_other),
        AICO2_TEST(test_a_directory_that_others_may_write_is_refused),
        AICO2_TEST(test_a_record_lapses_with_its_boot),
        AICO2_TEST(test_another_hosts_record_is_left_alone),
        AICO2_TEST(test_a_file_is_written_only_when_it_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

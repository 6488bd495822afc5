/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_history_damage.c - files that are not ours, broken, closed to us or on a full disk */
#include "test_history.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void test_a_text_file_is_refused(void **state)
{
    struct place place = place_new();
    char why[256];

    (void)state;
    tree_write(place.fd, "history.db", "time,device\n1,2\n");
    (void)snprintf(why, sizeof(why), "mv '%s' '%s.bad'", place.path, place.path);
    assert_refused_and_untouched(place.path, -EBADMSG, why);
    place_remove(&place);
}

static void write_a_run(const char *path)
{
    struct history *history = open_local(path, HISTORY_WRITE);
    struct run run = run_numbered(1);
    struct aico2_error err = { 0 };

    begin(history, &run);
    for (int i = 1; i <= 300; i++)
        assert_int_equal(append_one(history, &run, EPOCH_NS + i * SECOND_NS, 1, i, &err), 0);
    database_checkpoint_and_empty(&history->main, 0);
    history_close(history);
}

static void test_a_truncated_file_is_refused(void **state)
{
    static const off_t sizes[] = { 50, 100, 1000, 4096, 8192, 12288 };
    struct place place = place_new();

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
        char name[128];

        (void)snprintf(name, sizeof(name), "%s-wal", place.path);
        (void)unlink(place.path);
        (void)unlink(name);
        write_a_run(place.path);
        assert_int_equal(truncate(place.path, sizes[i]), 0);
        assert_refused_and_untouched(place.path, -EBADMSG, "move it away");
    }
    place_remove(&place);
}

static void test_scribbled_pages_are_an_error_and_no_crash(void **state)
{
    struct place place = place_new();
    size_t size;
    char *bytes;
    int fd;
    unsigned seed = 1;

    (void)state;
    write_a_run(place.path);
    bytes = read_whole(place.path, &size);
    fd = open(place.path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    for (int round = 0; round < 60; round++) {
        struct history *history = NULL;
        struct history_record record = { 0 };
        struct seen *seen = calloc(1, sizeof(*seen));
        struct aico2_error err = { 0 };
        char junk[64];
        int r;

        assert_non_null(seen);
        for (size_t i = 0; i < sizeof(junk); i++)
            junk[i] = (char)rand_r(&seed);
        assert_int_equal(pwrite(fd, bytes, size, 0), (ssize_t)size);
        assert_int_equal(pwrite(fd, junk, sizeof(junk),
                                (off_t)((unsigned)rand_r(&seed) % (size - 64))),
                         sizeof(junk));
        r = history_open_on(place.path, HISTORY_READ, false, &history, &err);
        if (r == 0)
            r = history_load(history, "last", &record, &err);
        if (r == 0)
            r = history_each_sample(history, NULL, INT64_MIN, INT64_MAX, see, seen, &err);
        if (r < 0)
            assert_true(r == -EBADMSG || r == -ENODATA || r == -ENOTSUP);
        history_record_deinit(&record);
        history_close(history);
        free(seen);
    }
    (void)close(fd);
    free(bytes);
    place_remove(&place);
}

static void test_a_word_that_means_nothing_is_named(void **state)
{
    static const struct {
        const char *sql;
        const char *why;
    } cases[] = {
        { "UPDATE runs SET state = 'sleeping'", "state is 'sleeping'" },
        { "UPDATE runs SET embodied = 'maybe'", "embodied is 'maybe'" },
        { "UPDATE runs SET id = '../../../../tmp/other'", "id is '../../../../tmp/other'" },
        { "UPDATE runs SET id = x'1B' || substr(id, 2)", "id is" },
        { "UPDATE runs SET currency = 'e' || x'1B'", "currency is" },
        { "UPDATE runs SET place_basis = x'00'", "place_basis" },
        { "UPDATE runs SET chassis = 'toaster'", "chassis is 'toaster'" },
        { "UPDATE runs SET spinning_drives = -1", "spinning_drives is '-1'" },
        { "UPDATE devices SET kind = 'toaster'", "kind is 'toaster'" },
        { "UPDATE devices SET device = 5", "no device 0" },
        { "UPDATE slices SET device = 5", "no device 5" },
        { "UPDATE slices SET joules = 'many'", "joules is 'many'" },
        { "UPDATE runs SET name = printf('%0200d', 1)", "name is '000" },
        { "DELETE FROM progress", "progress" },
        { "DROP TABLE slices", "no such table" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct place place = place_new();
        struct history *history;
        struct history_record record = { 0 };
        struct aico2_error err = { 0 };

        write_a_run(place.path);
        execute(place.path, cases[i].sql);
        history = open_local(place.path, HISTORY_READ);
        assert_int_equal(history_load(history, "last", &record, &err), -EBADMSG);
        assert_non_null(strstr(err.message, place.path));
        if (strstr(err.message, cases[i].why) == NULL)
            fail_msg("%s", err.message);
        history_close(history);
        place_remove(&place);
    }
}

static void test_another_programs_database_is_refused(void **state)
{
    struct place place = place_new();

    (void)state;
    execute(place.path, "CREATE TABLE runs(key INTEGER PRIMARY KEY, id TEXT)");
    assert_refused_and_untouched(place.path, -EBADMSG, "another program");
    place_remove(&place);
}

static void test_a_newer_schema_is_refused(void **state)
{
    struct place place = place_new();

    (void)state;
    write_a_run(place.path);
    execute(place.path, "PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)");
    assert_refused_and_untouched(place.path, -ENOTSUP, "newer");
    place_remove(&place);
}

static void test_an_empty_file_becomes_a_history(void **state)
{
    struct place place = place_new();
    struct history *history = NULL;
    struct run run = run_numbered(1);
    struct aico2_error err = { 0 };

    (void)state;
    tree_write(place.fd, "history.db", "");
    assert_int_equal(history_open_on(place.path, HISTORY_READ, false, &history, &err), -ENODATA);
    history = open_local(place.path, HISTORY_WRITE);
    begin(history, &run);
    history_close(history);
    place_remove(&place);
}

/* --- closed to us: in a child without privileges, since nothing is closed to root --- */

static void in_unprivileged_child(void (*check)(const struct place *place),
                                  const struct place *place)
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
            _exit(99);
        check(place);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 99)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* For the child: cmocka's assertions jump, which must not cross a fork. */
#define EXPECT(condition)                                                   \
    do {                                                                    \
        if (!(condition)) {                                                 \
            (void)fprintf(stderr, "# line %d: " #condition "\n", __LINE__); \
            _exit(1);                                                       \
        }                                                                   \
    } while (0)

static void check_read_only_place(const struct place *place)
{
    struct history *history = NULL;
    struct history_record record = { 0 };
    struct aico2_error err = { 0 };

    EXPECT(history_open_on(place->path, HISTORY_WRITE, false, &history, &err) == -EACCES);
    EXPECT(strstr(err.message, place->path) != NULL);
    EXPECT(history == NULL);
    EXPECT(history_open_on(place->path, HISTORY_READ, false, &history, &err) == 0);
    EXPECT(history_load(history, "last", &record, &err) == 0);
    EXPECT(record.totals[0].sums.joules == 300);
    history_record_deinit(&record);
    history_close(history);
}

static void test_another_users_history_can_be_read(void **state)
{
    struct place place = place_new();
    char name[128];

    (void)state;
    write_a_run(place.path);
    /* with the log's files there, and without */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(chmod(place.path, 0444), 0);
        assert_int_equal(chmod(place.directory, 0555), 0);
        in_unprivileged_child(check_read_only_place, &place);
        assert_int_equal(chmod(place.directory, 0755), 0);
        (void)snprintf(name, sizeof(name), "%s-wal", place.path);
        (void)unlink(name);
        (void)snprintf(name, sizeof(name), "%s-shm", place.path);
        (void)unlink(name);
    }
    place_remove(&place);
}

static void check_closed_directory(const struct place *place)
{
    struct history *history = NULL;
    struct aico2_error err = { 0 };

    EXPECT(history_open_on(place->path, HISTORY_WRITE, false, &history, &err) == -EACCES);
    EXPECT(strstr(err.message, place->path) != NULL);
    EXPECT(history_open_on(place->path, HISTORY_WRITE, true, &history, &err) == -EACCES);
}

static void test_a_directory_without_permission_is_named(void **state)
{
    struct place place = place_new();

    (void)state;
    assert_int_equal(chmod(place.directory, 0555), 0);
    in_unprivileged_child(check_closed_directory, &place);
    place_remove(&place);
}

/* --- no space --- */

static int count_samples(struct history *history)
{
    struct seen *seen = calloc(1, sizeof(*seen));
    struct aico2_error err = { 0 };
    int count;

    EXPECT(seen != NULL);
    EXPECT(history_each_sample(history, NULL, INT64_MIN, INT64_MAX, see, seen, &err) == 0);
    count = (int)seen->count;
    free(seen);
    return count;
}

/* Appends until space runs out. Return: how many were taken. */
static int append_until_full(struct history *history, struct run *run)
{
    struct aico2_error err = { 0 };
    int taken = 0;
    int r;

    while ((r = append_one(history, run, EPOCH_NS + (taken + 1) * SECOND_NS, 1, taken + 1, &err)) ==
           0) {
        taken++;
        EXPECT(taken < 100000);
    }
    EXPECT(r == -ENOSPC);
    EXPECT(strstr(err.message, history->path) != NULL);
    EXPECT(strstr(err.message, "no space") != NULL);
    /* and again: an error must not leave a transaction open */
    EXPECT(append_one(history, run, EPOCH_NS + (taken + 1) * SECOND_NS, 1, taken + 1, &err) ==
           -ENOSPC);
    return taken;
}

static void check_file_limit(const struct place *place)
{
    struct history *history = NULL;
    struct run run = run_numbered(1);
    struct aico2_error err = { 0 };
    struct rlimit limit;
    int taken;

    (void)signal(SIGXFSZ, SIG_IGN);
    EXPECT(history_open_on(place->path, HISTORY_WRITE, false, &history, &err) == 0);
    EXPECT(history_run_begin(history, &run, &(struct device){ .id = "cpu0" }, 1, &err) == 0);
    EXPECT(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    limit.rlim_cur = 200000;
    EXPECT(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    taken = append_until_full(history, &run);
    EXPECT(count_samples(history) == taken);
    limit.rlim_cur = limit.rlim_max;
    EXPECT(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    EXPECT(append_one(history, &run, EPOCH_NS + (taken + 1) * SECOND_NS, 1, taken + 1, &err) == 0);
    EXPECT(count_samples(history) == taken + 1);
    history_close(history);
}

static void test_after_a_file_limit_is_raised_writing_goes_on(void **state)
{
    struct place place = place_new();

    (void)state;
    assert_int_equal(chmod(place.directory, 0777), 0);
    in_unprivileged_child(check_file_limit, &place);
    place_remove(&place);
}

static void check_full_disk(const struct place *place)
{
    struct history *history = NULL;
    struct run run = run_numbered(1);
    struct aico2_error err = { 0 };
    char path[128];
    int taken;

    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("none", place->directory, "tmpfs", 0, "size=512k") < 0)
        _exit(99);
    EXPECT(history_open_on(place->path, HISTORY_WRITE, false, &history, &err) == 0);
    EXPECT(history_run_begin(history, &run, &(struct device){ .id = "cpu0" }, 1, &err) == 0);
    taken = append_until_full(history, &run);
    EXPECT(mount("none", place->directory, "tmpfs", MS_REMOUNT, "size=4m") == 0);
    EXPECT(append_one(history, &run, EPOCH_NS + (taken + 1) * SECOND_NS, 1, taken + 1, &err) == 0);
    EXPECT(count_samples(history) == taken + 1);
    history_close(history);

    EXPECT(mount("none", place->directory, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) == 0);
    EXPECT(history_open_on(place->path, HISTORY_WRITE, false, &history, &err) == -EROFS);
    EXPECT(history_open_on(place->path, HISTORY_READ, false, &history, &err) == 0);
    EXPECT(count_samples(history) == taken + 1);
    history_close(history);
    (void)snprintf(path, sizeof(path), "%s/new/history.db", place->directory);
    EXPECT(history_open_on(path, HISTORY_WRITE, false, &history, &err) == -EROFS);
}

static void test_a_full_and_a_read_only_disk_are_told_apart(void **state)
{
    struct place place = place_new();
    int status = 0;
    pid_t pid;

    (void)state;
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        check_full_disk(&place);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    place_remove(&place);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 99)
        skip(); /* no mounts allowed here; the file limit stands in for it */
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_file_is_refused),
        cmocka_unit_test(test_a_truncated_file_is_refused),
        cmocka_unit_test(test_scribbled_pages_are_an_error_and_no_crash),
        cmocka_unit_test(test_a_word_that_means_nothing_is_named),
        cmocka_unit_test(test_another_programs_database_is_refused),
        cmocka_unit_test(test_a_newer_schema_is_refused),
        cmocka_unit_test(test_an_empty_file_becomes_a_history),
        cmocka_unit_test(test_another_users_history_can_be_read),
        cmocka_unit_test(test_a_directory_without_permission_is_named),
        cmocka_unit_test(test_after_a_file_limit_is_raised_writing_goes_on),
        cmocka_unit_test(test_a_full_and_a_read_only_disk_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

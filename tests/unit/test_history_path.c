/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_history_path.c - where a history lies, what makes a file per run of it, and whose directories are made (uses --wrap) */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "history/history.h"
#include "history/path.h"

enum { ULID_LENGTH = ULID_SIZE - 1 };

static uid_t user;          /* that we are taken for */
static unsigned long magic; /* of every file system */
static bool is_out_of_memory;
static const char *only_there; /* statfs() knows this directory alone; NULL: all */

uid_t __wrap_geteuid(void);
int __wrap_statfs(const char *path, struct statfs *status_out);
int __wrap_statfs64(const char *path, struct statfs *status_out);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

uid_t __wrap_geteuid(void)
{
    return user;
}

int __wrap_statfs(const char *path, struct statfs *status_out)
{
    if (only_there != NULL && strcmp(path, only_there) != 0) {
        errno = ENOENT;
        return -1;
    }
    memset(status_out, 0, sizeof(*status_out));
    memcpy(&status_out->f_type, &magic, sizeof(status_out->f_type));
    return 0;
}

int __wrap_statfs64(const char *path, struct statfs *status_out)
{
    return __wrap_statfs(path, status_out);
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_out_of_memory ? NULL : __real_realloc(old, size);
}

static int folder_fd;
static char folder[64];

static int set_up(void **state)
{
    (void)state;
    user = 1000;
    magic = 0xEF53; /* ext4 */
    only_there = NULL;
    is_out_of_memory = false;
    folder_fd = temp_dir_open(folder);
    assert_int_equal(unsetenv("XDG_DATA_HOME"), 0);
    assert_int_equal(setenv("HOME", folder, 1), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)close(folder_fd);
    temp_dir_remove(folder);
    return 0;
}

static const char *in_folder(const char *name)
{
    static char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static unsigned mode_of(const char *name)
{
    struct stat status;

    assert_int_equal(fstatat(folder_fd, name, &status, 0), 0);
    return (unsigned)status.st_mode & 07777;
}

static void test_the_history_of_root_and_of_a_user(void **state)
{
    struct aico2_error err = { 0 };
    char path[PATH_MAX];
    char small[24];

    (void)state;
    assert_int_equal(history_default_path(path, sizeof(path), &err), 0);
    assert_string_equal(path, in_folder(".local/share/aico2/history.db"));
    assert_int_equal(setenv("XDG_DATA_HOME", "/data", 1), 0);
    assert_int_equal(history_default_path(path, sizeof(path), &err), 0);
    assert_string_equal(path, "/data/aico2/history.db");
    assert_int_equal(unsetenv("XDG_DATA_HOME"), 0);
    assert_int_equal(history_default_path(small, sizeof(small), &err), -ENAMETOOLONG);
    assert_int_equal(unsetenv("HOME"), 0);
    assert_int_equal(history_default_path(path, sizeof(path), &err), -ENOENT);
    assert_string_equal(err.message, "no place for the history: HOME is not set; use --db FILE");
    user = 0;
    assert_int_equal(history_default_path(path, sizeof(path), &err), 0);
    assert_string_equal(path, "/var/lib/aico2/history.db");
    assert_int_equal(history_default_path(small, 10, &err), -ENAMETOOLONG);
    assert_string_equal(err.message, "the path of the history is too long");
}

static void test_file_systems_of_others_are_known(void **state)
{
    static const unsigned long theirs[] = { 0x6969, 0xFF534D42, 0x0BD00BD0, 0x65735546,
                                            0x01021997 };
    static const unsigned long ours[] = { 0xEF53, 0x58465342, 0x01021994, 0x9123683E };
    char longest[PATH_MAX + 2];

    (void)state;
    for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
        magic = theirs[i];
        assert_true(path_is_on_network("/srv/history.db"));
        magic = ours[i % 4];
        assert_false(path_is_on_network("/srv/history.db"));
    }
    magic = 0x6969;
    assert_true(path_is_on_network("history.db")); /* of the directory we are in */
    assert_true(path_is_on_network("/history.db"));
    only_there = "/srv"; /* the nearest that exists */
    assert_true(path_is_on_network("/srv/a/b/c/history.db"));
    only_there = "/nothing";
    assert_false(path_is_on_network("/srv/a/history.db"));
    assert_false(path_is_on_network("a/history.db"));
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    only_there = NULL;
    assert_false(path_is_on_network(longest));
}

static void test_directories_are_made_for_user_and_group(void **state)
{
    struct aico2_error err = { 0 };
    char longest[PATH_MAX + 2];

    (void)state;
    (void)umask(0);
    assert_int_equal(path_make_parents(in_folder("a/b/c/history.db"), &err), 0);
    assert_int_equal(mode_of("a"), 0750);
    assert_int_equal(mode_of("a/b/c"), 0750);
    assert_int_equal(path_make_parents(in_folder("a/b/c/history.db"), &err), 0);
    assert_int_equal(path_make_parents("history.db", &err), 0); /* in the directory we are in */
    tree_write(folder_fd, "file", "");
    assert_int_equal(path_make_parents(in_folder("file/c/history.db"), &err), -ENOTDIR);
    assert_non_null(strstr(err.message, "cannot make directory"));
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(path_make_parents(longest, &err), -ENAMETOOLONG);
}

/* Where everybody may put a file in its place, the history of one's own is not kept; another's affair is another's. */
static void test_a_directory_that_everybody_may_write_in(void **state)
{
    struct aico2_error err = { 0 };

    (void)state;
    assert_int_equal(path_make_parents(in_folder(".local/share/aico2/history.db"), &err), 0);
    assert_int_equal(fchmodat(folder_fd, ".local/share/aico2", 0777, 0), 0);
    assert_int_equal(path_make_parents(in_folder(".local/share/aico2/history.db"), &err), -EACCES);
    assert_non_null(strstr(err.message, "everybody may write in"));
    assert_int_equal(path_make_parents(in_folder(".local/share/aico2/other.db"), &err), 0);
    assert_int_equal(fchmodat(folder_fd, ".local/share/aico2", 01777, 0), 0); /* as /tmp is */
    assert_int_equal(path_make_parents(in_folder(".local/share/aico2/history.db"), &err), 0);
    assert_int_equal(unsetenv("HOME"), 0);
    assert_int_equal(fchmodat(folder_fd, ".local/share/aico2", 0777, 0), 0);
    assert_int_equal(path_make_parents(in_folder(".local/share/aico2/history.db"), &err), 0);
}

static void test_the_folder_of_files_per_run(void **state)
{
    static const struct {
        const char *path;
        const char *directory;
    } cases[] = {
        { "/a/history.db", "/a/history.d" },
        { "runs", "runs.d" },
        { ".db", ".db.d" },
        { "x.dbx", "x.dbx.d" },
    };
    char directory[32];
    char longest[64];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(path_run_directory(directory, sizeof(directory), cases[i].path, NULL), 0);
        assert_string_equal(directory, cases[i].directory);
    }
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(path_run_directory(directory, sizeof(directory), longest, NULL),
                     -ENAMETOOLONG);
}

static void test_runs_with_a_file_of_their_own_newest_first(void **state)
{
    char(*ids)[ULID_SIZE] = NULL;
    struct aico2_error err = { 0 };
    size_t count = 7;

    (void)state;
    assert_int_equal(path_list_run_files(in_folder("none"), &ids, &count, &err), 0);
    assert_int_equal(count, 0);
    assert_null(ids);
    tree_write(folder_fd, "d/01KB0000000000000000000001.db", "");
    tree_write(folder_fd, "d/01KB0000000000000000000003.db", "");
    tree_write(folder_fd, "d/01KB0000000000000000000002.db", "");
    tree_write(folder_fd, "d/01KB0000000000000000000002.db-wal", "");
    tree_write(folder_fd, "d/01KB000000000000000000000.db", "");    /* a digit short */
    tree_write(folder_fd, "d/01KB00000000000000000000004U.db", ""); /* no letter of an identifier */
    tree_write(folder_fd, "d/notes.db", "");
    assert_int_equal(path_list_run_files(in_folder("d/notes.db"), &ids, &count, &err),
                     0); /* no directory */
    assert_int_equal(count, 0);
    assert_int_equal(path_list_run_files(in_folder("d"), &ids, &count, &err), 0);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(strlen(ids[i]), ULID_LENGTH);
        assert_int_equal(ids[i][ULID_LENGTH - 1], "321"[i]);
    }
    free(ids);
    ids = NULL;
    is_out_of_memory = true;
    assert_int_equal(path_list_run_files(in_folder("d"), &ids, &count, &err), -ENOMEM);
    assert_null(ids);
    is_out_of_memory = false;
    assert_int_equal(symlinkat("loop", folder_fd, "loop"), 0);
    assert_int_equal(path_list_run_files(in_folder("loop"), &ids, &count, &err), -ELOOP);
    assert_non_null(strstr(err.message, "cannot read directory"));
}

int main(void)
{
#define PATH_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        PATH_TEST(test_the_history_of_root_and_of_a_user),
        PATH_TEST(test_file_systems_of_others_are_known),
        PATH_TEST(test_directories_are_made_for_user_and_group),
        PATH_TEST(test_a_directory_that_everybody_may_write_in),
        PATH_TEST(test_the_folder_of_files_per_run),
        PATH_TEST(test_runs_with_a_file_of_their_own_newest_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

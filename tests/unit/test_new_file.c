/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_new_file.c - a file is put whole, once, inside its root, over nothing */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/new_file.h"
#include "support.h"

static const char content[] = "# a rule\nSUBSYSTEM==\"x\"\n";

struct place {
    char path[64];
    int fd;
    struct aico2_error err;
};

static int set_up(void **state)
{
    static struct place place;

    place.fd = temp_dir_open(place.path);
    place.err = (struct aico2_error){ 0 };
    *state = &place;
    return place.fd >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    fd_closep(&place->fd);
    temp_dir_remove(place->path);
    return 0;
}

static int entries(int dirfd, const char *path)
{
    DIR *stream = fs_list_at(dirfd, path);
    int count = 0;

    assert_non_null(stream);
    for (const struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(stream);
    return count;
}

static void assert_holds(int dirfd, const char *path, const char *text)
{
    char *there = NULL;

    assert_true(fs_read_all_at(dirfd, path, 4096, &there, NULL) >= 0);
    assert_string_equal(there, text);
    free(there);
}

static void test_file_and_folders_are_made_for_all_to_read(void **state)
{
    struct place *place = *state;
    mode_t umask_before = umask(077);
    struct stat file;

    assert_int_equal(new_file_write(place->fd, "udev/rules.d/70-x.rules", content, &place->err),
                     NEW_FILE_WRITTEN);
    (void)umask(umask_before);
    assert_holds(place->fd, "udev/rules.d/70-x.rules", content);
    assert_int_equal(fstatat(place->fd, "udev/rules.d/70-x.rules", &file, 0), 0);
    assert_int_equal(file.st_mode & 07777, 0644);
    assert_int_equal(file.st_nlink, 1);
    assert_int_equal(fstatat(place->fd, "udev/rules.d", &file, 0), 0);
    assert_int_equal(file.st_mode & 07777, 0755);
    assert_int_equal(entries(place->fd, "udev/rules.d"), 1); /* no temporary file is left */
}

static void test_second_time_changes_nothing(void **state)
{
    struct place *place = *state;
    struct stat before;
    struct stat after;

    assert_int_equal(new_file_write(place->fd, "a/x", content, &place->err), NEW_FILE_WRITTEN);
    assert_int_equal(fstatat(place->fd, "a/x", &before, 0), 0);
    assert_int_equal(new_file_write(place->fd, "a/x", content, &place->err), NEW_FILE_THERE);
    assert_int_equal(fstatat(place->fd, "a/x", &after, 0), 0);
    assert_true(before.st_ino == after.st_ino);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    assert_int_equal(entries(place->fd, "a"), 1);
}

/* Longer, shorter, empty, of the same length: none is ours. */
static void test_another_file_is_left_as_it_is(void **state)
{
    static const char *const others[] = { "", "# a rule\n", "# a rule\nSUBSYSTEM==\"y\"\n",
                                          "# a rule\nSUBSYSTEM==\"x\"\n# and more\n" };
    struct place *place = *state;

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        tree_write(place->fd, "a/x", others[i]);
        assert_int_equal(new_file_write(place->fd, "a/x", content, &place->err), -EEXIST);
        assert_non_null(strstr(place->err.message, "'a/x' holds something else"));
        assert_holds(place->fd, "a/x", others[i]);
        assert_int_equal(entries(place->fd, "a"), 1);
    }
}

static void test_folder_or_fifo_in_its_place_is_left(void **state)
{
    struct place *place = *state;

    tree_mkdir(place->fd, "a/x");
    assert_int_equal(new_file_write(place->fd, "a/x", content, &place->err), -EEXIST);
    assert_int_equal(mkfifoat(place->fd, "a/fifo", 0600), 0);
    assert_int_equal(new_file_write(place->fd, "a/fifo", content, &place->err), -EEXIST);
    tree_write(place->fd, "file", "");
    assert_int_equal(new_file_write(place->fd, "file/x", content, &place->err), -ENOTDIR);
    assert_non_null(strstr(place->err.message, "cannot write 'file/x'"));
}

static void test_no_link_is_followed(void **state)
{
    struct place *place = *state;

    tree_mkdir(place->fd, "outside");
    tree_mkdir(place->fd, "etc/tmpfiles.d");
    tree_link(place->fd, "etc/udev", "../outside");         /* a folder on the way */
    tree_link(place->fd, "etc/tmpfiles.d/x", "../../gone"); /* the file itself, dangling */
    tree_write(place->fd, "same", content);
    tree_link(place->fd, "etc/tmpfiles.d/y", "../../same"); /* even one that holds the same */
    tree_link(place->fd, "etc/loop", "loop");

    for (int i = 0; i < 4; i++) {
        static const char *const paths[] = { "etc/udev/rules.d/x", "etc/tmpfiles.d/x",
                                             "etc/tmpfiles.d/y", "etc/loop/x" };

        assert_int_equal(new_file_write(place->fd, paths[i], content, &place->err), -ELOOP);
        assert_non_null(strstr(place->err.message, paths[i]));
    }
    assert_int_equal(entries(place->fd, "outside"), 0);
    assert_int_equal(faccessat(place->fd, "gone", F_OK, 0), -1);
}

static void test_no_path_leads_out(void **state)
{
    static const char *const paths[] = {
        "../x", "a/../../x", "/etc/x", "a//x", "a/", "", ".", ".."
    };
    struct place *place = *state;
    int root_fd;

    tree_mkdir(place->fd, "root");
    root_fd = fs_open_dir_at(place->fd, "root", NULL);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        assert_int_equal(new_file_write(root_fd, paths[i], content, &place->err), -EINVAL);
    assert_int_equal(new_file_write(-1, "x", content, &place->err), -EBADF);
    assert_int_equal(entries(place->fd, "."), 1);
    fd_closep(&root_fd);
}

/* A limit on the size of files stands for a full disk: the write fails after a part. */
static void test_full_disk_leaves_nothing(void **state)
{
    struct place *place = *state;
    struct rlimit before;
    struct rlimit little;
    int r;

    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little = (struct rlimit){ .rlim_cur = 5, .rlim_max = before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    r = new_file_write(place->fd, "a/x", content, &place->err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(r, -EFBIG);
    assert_non_null(strstr(place->err.message, "cannot write 'a/x'"));
    assert_int_equal(entries(place->fd, "a"), 0);
}

/* Modes do not bind root; procfs takes no files from anybody. */
static void test_folder_that_takes_no_file_is_an_error(void **state)
{
    struct place *place = *state;
    int fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_true(new_file_write(fd, "x", content, &place->err) < 0);
    assert_non_null(strstr(place->err.message, "cannot write 'x'"));
    assert_true(new_file_write(fd, "folder/x", content, &place->err) < 0);
    fd_closep(&fd);

    if (geteuid() == 0)
        return;
    tree_mkdir(place->fd, "closed");
    assert_int_equal(fchmodat(place->fd, "closed", 0555, 0), 0);
    assert_int_equal(new_file_write(place->fd, "closed/x", content, &place->err), -EACCES);
    assert_int_equal(fchmodat(place->fd, "closed", 0755, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_file_and_folders_are_made_for_all_to_read, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_second_time_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_file_is_left_as_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folder_or_fifo_in_its_place_is_left, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_no_link_is_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_path_leads_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_disk_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folder_that_takes_no_file_is_an_error, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests_name("new_file", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_fs.c - small files below a directory, and files that are replaced */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"

static void test_an_open_file_is_followed_to_what_replaced_it(void **state)
{
    char path[64];
    int dir = temp_dir_open(path);
    uint64_t value = 0;
    int fd;

    (void)state;
    tree_write(dir, "a", "1\n");
    fd = fs_open_at(dir, "a", NULL);
    assert_int_equal(fs_follow_at(dir, "a", &fd), 0);
    tree_update(dir, "a", "2\n");
    assert_int_equal(fs_follow_at(dir, "a", &fd), 0); /* changed in place: the same file */
    tree_write(dir, "b", "3\n");
    assert_int_equal(renameat(dir, "b", dir, "a"), 0);
    assert_int_equal(fs_pread_u64(fd, &value, NULL), 0);
    assert_int_equal(value, 2);
    assert_int_equal(fs_follow_at(dir, "a", &fd), 1);
    assert_int_equal(fs_pread_u64(fd, &value, NULL), 0);
    assert_int_equal(value, 3);
    assert_int_equal(unlinkat(dir, "a", 0), 0);
    assert_int_equal(fs_follow_at(dir, "a", &fd), -ENOENT);
    assert_int_equal(fd, -1);
    assert_int_equal(fs_follow_at(dir, "a", &fd), -ENOENT);
    tree_write(dir, "a", "4\n");
    assert_int_equal(fs_follow_at(dir, "a", &fd), 1);
    fd_closep(&fd);
    fd_closep(&dir);
    temp_dir_remove(path);
}

static void test_numbers_below_zero(void **state)
{
    static const char *const garbage[] = { "", "-", "--8", "-8 mA", "-9223372036854775809" };
    char path[64];
    int dir = temp_dir_open(path);
    int64_t value = 0;
    int fd;

    (void)state;
    tree_write(dir, "a", "-8\n");
    fd = fs_open_at(dir, "a", NULL);
    assert_int_equal(fs_pread_i64(fd, &value, NULL), 0);
    assert_true(value == -8);
    for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
        struct aico2_error err = { 0 };

        tree_update(dir, "a", garbage[i]);
        assert_int_equal(fs_pread_i64(fd, &value, &err), -EBADMSG);
        assert_non_null(strstr(err.message, garbage[i]));
        assert_true(value == -8);
    }
    fd_closep(&fd);
    fd_closep(&dir);
    temp_dir_remove(path);
}

static void test_below_no_directory_nothing_is_found(void **state)
{
    struct aico2_error err = { 0 };
    char text[8];

    (void)state;
    assert_int_equal(fs_open_at(-1, "stat", &err), -ENOENT);
    assert_int_equal(fs_open_dir_at(-1, "x", &err), -ENOENT);
    assert_int_equal(fs_read_text_at(-1, "stat", text, sizeof(text), &err), -ENOENT);
}

static void test_what_cannot_be_read_leaves_an_empty_text(void **state)
{
    char path[64];
    int dir = temp_dir_open(path);
    char text[8];

    (void)state;
    tree_write(dir, "fits", "seven..");
    tree_write(dir, "does not", "eight...");
    assert_int_equal(fs_read_text_at(dir, "fits", text, sizeof(text), NULL), 7);
    assert_string_equal(text, "seven..");
    assert_int_equal(fs_read_text_at(dir, "does not", text, sizeof(text), NULL), -EMSGSIZE);
    assert_string_equal(text, "");
    (void)snprintf(text, sizeof(text), "before");
    assert_int_equal(fs_read_text_at(dir, "is not", text, sizeof(text), NULL), -ENOENT);
    assert_string_equal(text, "");
    (void)snprintf(text, sizeof(text), "before");
    assert_int_equal(fs_pread_text(-1, text, sizeof(text)), -EBADF);
    assert_string_equal(text, "");
    fd_closep(&dir);
    temp_dir_remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_open_file_is_followed_to_what_replaced_it),
        cmocka_unit_test(test_numbers_below_zero),
        cmocka_unit_test(test_below_no_directory_nothing_is_found),
        cmocka_unit_test(test_what_cannot_be_read_leaves_an_empty_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

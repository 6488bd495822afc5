/* SPDX-License-Identifier: Apache-2.0 */
/* test_folder_files.c - when a file of a watched folder is whole, and when it is a new one */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "server/folder_files.h"

static const struct stat text = { .st_dev = 1, .st_ino = 7, .st_size = 100, .st_mtim = { 5, 6 } };

static int64_t at(double seconds)
{
    return (int64_t)(seconds * 1e9);
}

static void scan(struct folder_files *files, const char *name, const struct stat *status,
                 double seconds)
{
    folder_files_begin(files);
    if (name != NULL)
        assert_int_equal(folder_files_see(files, name, status, at(seconds)), 0);
    folder_files_end(files);
}

static void test_a_closed_file_is_left_alone_for_a_second(void **state)
{
    struct folder_files files = { 0 };
    struct folder_file *file;

    (void)state;
    assert_int_equal(folder_files_wait_ns(&files, 0), INT64_MAX);
    scan(&files, "a.csv", &text, 10);
    assert_null(folder_files_next(&files, at(10.999)));
    assert_int_equal(folder_files_wait_ns(&files, at(10.25)), at(0.75));
    file = folder_files_next(&files, at(11));
    assert_non_null(file);
    assert_string_equal(file->name, "a.csv");
    file->state = FOLDER_DONE;
    scan(&files, "a.csv", &text, 20);
    assert_null(folder_files_next(&files, at(100)));
    folder_files_deinit(&files);
}

static void test_one_that_is_written_waits_for_its_writer(void **state)
{
    struct folder_files files = { 0 };

    (void)state;
    folder_files_written(&files, "a.csv", false, at(9.9)); /* told before the scan that finds it */
    scan(&files, "a.csv", &text, 10);
    assert_null(folder_files_next(&files, at(500)));
    folder_files_written(&files, "a.csv", true, at(500));
    assert_null(folder_files_next(&files, at(500.9)));
    assert_non_null(folder_files_next(&files, at(501)));
    /* one whose end nobody sees is not waited for without end */
    folder_files_written(&files, "a.csv", false, at(501));
    assert_null(folder_files_next(&files, at(1100)));
    assert_non_null(folder_files_next(&files, at(1101)));
    folder_files_deinit(&files);
}

static void test_a_change_makes_it_a_new_one(void **state)
{
    struct stat changed[4] = { text, text, text, text };

    (void)state;
    changed[0].st_ino++;
    changed[1].st_size++;
    changed[2].st_mtim.tv_nsec++;
    changed[3].st_dev++;
    for (size_t i = 0; i < ARRAY_LENGTH(changed); i++) {
        struct folder_files files = { 0 };
        struct folder_file *file;

        scan(&files, "a.csv", &text, 10);
        file = folder_files_next(&files, at(11));
        file->state = FOLDER_REFUSED;
        (void)snprintf(file->reason, sizeof(file->reason), "bad");
        scan(&files, "a.csv", &text, 12);
        assert_string_equal(files.items[0].reason, "bad");
        scan(&files, "a.csv", &changed[i], 13);
        assert_int_equal(files.count, 1);
        assert_string_equal(files.items[0].reason, "");
        assert_null(folder_files_next(&files, at(13.5)));
        assert_non_null(folder_files_next(&files, at(14)));
        folder_files_deinit(&files);
    }
}

static void test_those_that_are_gone_are_forgotten_and_empty_ones_wait(void **state)
{
    struct folder_files files = { 0 };
    struct stat empty = text;

    (void)state;
    empty.st_size = 0;
    scan(&files, "a.csv", &empty, 10);
    assert_int_equal(files.count, 1);
    assert_null(folder_files_next(&files, at(10000)));
    assert_int_equal(folder_files_wait_ns(&files, at(11)), INT64_MAX);
    scan(&files, NULL, NULL, 12);
    assert_int_equal(files.count, 0);
    folder_files_deinit(&files);
}

static void test_names_for_the_time_being(void **state)
{
    (void)state;
    assert_true(folder_name_is_passing("."));
    assert_true(folder_name_is_passing("..."));
    assert_true(folder_name_is_passing(".x.csv"));
    assert_true(folder_name_is_passing("x.csv~"));
    assert_true(folder_name_is_passing("x.tmp"));
    assert_true(folder_name_is_passing("x.csv.part"));
    assert_false(folder_name_is_passing("x.csv"));
    assert_false(folder_name_is_passing("tmp"));
    assert_false(folder_name_is_passing("x.part.csv"));
}

static void test_there_are_not_without_end(void **state)
{
    struct folder_files files = { 0 };
    char name[32];

    (void)state;
    for (int i = 0; i < FOLDER_FILES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "%d.csv", i);
        assert_int_equal(folder_files_see(&files, name, &text, 0), 0);
    }
    assert_int_equal(folder_files_see(&files, "one more", &text, 0), -EFBIG);
    assert_int_equal(folder_files_see(&files, "7.csv", &text, 0), 0);
    folder_files_written(&files, "one more", false, 0);
    assert_int_equal(files.count, FOLDER_FILES_MAX);
    folder_files_deinit(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_closed_file_is_left_alone_for_a_second),
        cmocka_unit_test(test_one_that_is_written_waits_for_its_writer),
        cmocka_unit_test(test_a_change_makes_it_a_new_one),
        cmocka_unit_test(test_those_that_are_gone_are_forgotten_and_empty_ones_wait),
        cmocka_unit_test(test_names_for_the_time_being),
        cmocka_unit_test(test_there_are_not_without_end),
    };

    return cmocka_run_group_tests_name("folder_files", tests, NULL, NULL);
}

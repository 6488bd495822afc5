/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_epoch_log.c - a log that comes late, is emptied, replaced, or is no file at all */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session/epoch/log.h"

struct fixture {
    char directory[64];
    char path[96];
    int dir_fd;
    struct epoch_log log;
    char seen[256]; /* the numbers, in order */
};

static void note(void *payload, const struct epoch_mark *mark)
{
    struct fixture *fixture = payload;
    size_t length = strlen(fixture->seen);

    (void)snprintf(fixture->seen + length, sizeof(fixture->seen) - length, "%g ", mark->number);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->dir_fd = temp_dir_open(fixture->directory);
    (void)snprintf(fixture->path, sizeof(fixture->path), "%s/train.log", fixture->directory);
    fixture->log = EPOCH_LOG_NULL;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    epoch_log_close(&fixture->log);
    (void)close(fixture->dir_fd);
    temp_dir_remove(fixture->directory);
    free(fixture);
    return 0;
}

static void open_log(struct fixture *fixture)
{
    assert_int_equal(epoch_log_open(&fixture->log, fixture->path, NULL, note, fixture, NULL), 0);
}

static void append(struct fixture *fixture, const char *text)
{
    int fd = open(fixture->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
}

static void test_what_stood_there_before_is_of_another_training(void **state)
{
    struct fixture *fixture = *state;

    append(fixture, "Epoch 1/2 old\nEpoch 2/2 old\n");
    open_log(fixture);
    epoch_log_tick(&fixture->log);
    assert_string_equal(fixture->seen, "");
    append(fixture, "Epoch 1/2 new\n");
    epoch_log_tick(&fixture->log);
    assert_string_equal(fixture->seen, "1 ");
}

static void test_a_log_that_comes_later(void **state)
{
    struct fixture *fixture = *state;

    open_log(fixture);
    epoch_log_tick(&fixture->log);
    assert_int_equal(fixture->log.fd, -1);
    append(fixture, "Epoch 1/2 a\n");
    epoch_log_wake(&fixture->log); /* its directory has told */
    assert_string_equal(fixture->seen, "1 ");
    append(fixture, "Epoch 2/2 b"); /* without an end */
    epoch_log_wake(&fixture->log);
    assert_string_equal(fixture->seen, "1 ");
    epoch_log_end(&fixture->log);
    assert_string_equal(fixture->seen, "1 2 ");
}

static void test_emptied_and_written_anew(void **state)
{
    struct fixture *fixture = *state;

    open_log(fixture);
    append(fixture, "Epoch 1/9 a\nEpoch 2/9 and a long line\nhalf a li");
    epoch_log_tick(&fixture->log);
    assert_int_equal(truncate(fixture->path, 0), 0);
    append(fixture, "Epoch 3/9\n");
    epoch_log_tick(&fixture->log);
    assert_string_equal(fixture->seen, "1 2 3 ");
}

static void test_put_aside_by_rotation(void **state)
{
    struct fixture *fixture = *state;
    char aside[128];

    (void)snprintf(aside, sizeof(aside), "%s.1", fixture->path);
    open_log(fixture);
    append(fixture, "Epoch 1/9 a\n");
    epoch_log_tick(&fixture->log);
    append(fixture, "Epoch 2/9 a\nEpoch 3/9 a"); /* its last words */
    assert_int_equal(rename(fixture->path, aside), 0);
    epoch_log_tick(&fixture->log);
    append(fixture, "Epoch 4/9 a\n");
    epoch_log_tick(&fixture->log);
    assert_string_equal(fixture->seen, "1 2 3 4 ");
    assert_int_equal(unlink(fixture->path), 0);
    epoch_log_tick(&fixture->log);
    append(fixture, "Epoch 5/9 a\n");
    epoch_log_tick(&fixture->log);
    assert_string_equal(fixture->seen, "1 2 3 4 5 ");
}

static void test_what_is_no_file(void **state)
{
    struct fixture *fixture = *state;
    struct aico2_error err = { 0 };

    assert_int_equal(mkfifo(fixture->path, 0600), 0);
    assert_int_equal(epoch_log_open(&fixture->log, fixture->path, NULL, note, fixture, &err),
                     -EINVAL);
    assert_non_null(strstr(err.message, "a FIFO"));
    assert_non_null(strstr(err.message, fixture->path));
    epoch_log_close(&fixture->log);
    assert_int_equal(epoch_log_open(&fixture->log, fixture->directory, NULL, note, fixture, &err),
                     -EINVAL);
    assert_non_null(strstr(err.message, "a directory"));
    epoch_log_close(&fixture->log);
    assert_int_equal(epoch_log_open(&fixture->log, "/dev/null", NULL, note, fixture, &err),
                     -EINVAL);
    assert_non_null(strstr(err.message, "a device"));
    epoch_log_close(&fixture->log);
}

/* What comes later may be one too: nobody is kept waiting, and nothing is read away. */
static void test_a_fifo_that_comes_later(void **state)
{
    struct fixture *fixture = *state;

    open_log(fixture);
    assert_int_equal(mkfifo(fixture->path, 0600), 0);
    epoch_log_tick(&fixture->log);
    assert_int_equal(fixture->log.fd, -1);
    assert_non_null(strstr(fixture->log.trouble, "a FIFO"));
    /* nobody has opened it for reading */
    assert_int_equal(open(fixture->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC), -1);
    assert_int_equal(errno, ENXIO);
}

static void test_written_without_end_it_is_read_in_parts(void **state)
{
    struct fixture *fixture = *state;
    size_t size = 1 << 20;
    char *text = malloc(size + 1);

    assert_non_null(text);
    memset(text, 'x', size);
    for (size_t i = 80; i < size; i += 80)
        text[i] = '\n';
    text[size] = '\0';
    open_log(fixture);
    append(fixture, text);
    append(fixture, "\nEpoch 1/2 a\n");
    epoch_log_tick(&fixture->log);
    assert_string_equal(fixture->seen, ""); /* a quarter of it */
    for (int i = 0; i < 4; i++)
        epoch_log_tick(&fixture->log);
    assert_string_equal(fixture->seen, "1 ");
    /* what is too far behind is passed over, and said */
    for (int i = 0; i < 12; i++)
        append(fixture, text);
    append(fixture, "\nEpoch 2/2 b\n");
    epoch_log_end(&fixture->log);
    assert_true(fixture->log.skipped);
    assert_string_equal(fixture->seen, "1 2 ");
    free(text);
}

/* Woken too often, it waits for the next tick. */
static void test_a_chatty_log_wakes_us_so_often(void **state)
{
    struct fixture *fixture = *state;

    open_log(fixture);
    append(fixture, "hello\n");
    for (int i = 0; i < 100; i++)
        epoch_log_wake(&fixture->log);
    assert_int_equal(fixture->log.watch, -1);
    append(fixture, "Epoch 1/2 a\n");
    epoch_log_tick(&fixture->log);
    assert_string_equal(fixture->seen, "1 ");
    assert_true(fixture->log.watch >= 0);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(test_what_stood_there_before_is_of_another_training),
        LOG_TEST(test_a_log_that_comes_later),
        LOG_TEST(test_emptied_and_written_anew),
        LOG_TEST(test_put_aside_by_rotation),
        LOG_TEST(test_what_is_no_file),
        LOG_TEST(test_a_fifo_that_comes_later),
        LOG_TEST(test_written_without_end_it_is_read_in_parts),
        LOG_TEST(test_a_chatty_log_wakes_us_so_often),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

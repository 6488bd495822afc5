/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_epoch_lines.c - what trainings print, and what must not be taken for an epoch */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "session/epoch/lines.h"

enum { MARKS_MAX = 64 };

struct found {
    struct epoch_mark marks[MARKS_MAX];
    size_t count;
};

static void note(void *payload, const struct epoch_mark *mark)
{
    struct found *found = payload;

    assert_true(found->count < MARKS_MAX);
    found->marks[found->count++] = *mark;
}

static struct found read_text(const char *regex, const char *text, size_t length)
{
    struct found found = { 0 };
    struct epoch_lines *lines = malloc(sizeof(*lines));

    assert_non_null(lines);
    assert_int_equal(epoch_lines_init(lines, regex, note, &found, NULL), 0);
    epoch_lines_add(lines, text, length);
    epoch_lines_end(lines);
    epoch_lines_deinit(lines);
    free(lines);
    return found;
}

static struct found read_line(const char *line)
{
    return read_text(NULL, line, strlen(line));
}

static void test_what_frameworks_print(void **state)
{
    static const struct {
        const char *line;
        double number;
        double of; /* 0: not told */
        bool is_header;
        bool fraction;
    } cases[] = {
        { "Epoch 3/10", 3, 10, true, false },               /* Keras */
        { "Epoch 3/10\r\n", 3, 10, true, false },           /* with Windows' ends of line */
        { "\033[1mEpoch 7/50\033[0m", 7, 50, true, false }, /* in bold */
        { "Epoch [4/20], Loss: 0.3121", 4, 20, false, false },
        { "epoch  3/14  loss 0.0214  train  99.31 %  0.52 s", 3, 14, false, false },
        { "Train Epoch: 2 [0/60000 (0%)]\tLoss: 2.30", 2, 0, true, false },
        { "Train Epoch: 2 [640/60000 (1%)]\tLoss: 2.29", 2, 0, false, false },
        { "Epoch: [3][ 10/500]\tTime 0.3", 3, 0, false, false }, /* imagenet/main.py */
        { "Epoch 0:   0%|          | 0/938 [00:00<?, ?it/s]", 0, 0, true, false }, /* Lightning */
        { "Epoch 5: 100%|##########| 938/938", 5, 0, false, false },
        { "{'loss': 0.41, 'learning_rate': 1e-05, 'epoch': 2.0}", 2, 0, false, true },
        { "{\"loss\": 0.41, \"epoch\": 0.25}", 0.25, 0, false, true },
        { "[2026-11-26 10:00:00,123][INFO] - epoch 12 of 90 | loss 1.2", 12, 90, false, false },
        { "EPOCH=8 acc=0.5", 8, 0, false, false },
        { "---- epoch: 9 ----", 9, 0, true, false },
        { "[2026-11-26 10:00:00][INFO] Epoch 2/5", 2, 5, true, false },
        { "INFO: Starting epoch 4", 4, 0, true, false },
        { "saved the weights of epoch 6", 6, 0, false, false },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct found found = read_line(cases[i].line);

        if (found.count != 1)
            fail_msg("'%s': %zu marks", cases[i].line, found.count);
        if (found.marks[0].number != cases[i].number)
            fail_msg("'%s': epoch %g", cases[i].line, found.marks[0].number);
        if (cases[i].of > 0 ? found.marks[0].of != cases[i].of : isfinite(found.marks[0].of))
            fail_msg("'%s': of %g", cases[i].line, found.marks[0].of);
        if (found.marks[0].is_header != cases[i].is_header)
            fail_msg("'%s': header %d", cases[i].line, found.marks[0].is_header);
        if (found.marks[0].fraction != cases[i].fraction)
            fail_msg("'%s': fraction %d", cases[i].line, found.marks[0].fraction);
    }
}

static void test_what_is_no_epoch(void **state)
{
    static const char *const lines[] = {
        "epochs: 10",
        "Training for 10 epochs",
        "num_epochs=10 batch=32",
        "max_epoch 90",
        "steps/epoch 1875",
        "epoch_time 12.3",
        "epoch time 12",
        "lr per epoch 1e-3",
        "",
        "\n\n\r\r",
        "epoch",
        "epoch ninety",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(lines); i++) {
        if (read_line(lines[i]).count != 0)
            fail_msg("'%s' is taken for an epoch", lines[i]);
    }
}

static void test_own_regex(void **state)
{
    struct found found;

    (void)state;
    found = read_text("^done ([0-9]+)$", "done 4\ndone\nis done 5\ndone 6", 28);
    assert_int_equal(found.count, 2);
    assert_true(found.marks[0].number == 4 && found.marks[1].number == 6);
    /* without a group every line that fits is one more */
    found = read_text("saved", "saved a\nsaved b\n", 16);
    assert_int_equal(found.count, 2);
    assert_true(isnan(found.marks[0].number));
    /* a group that is no number: the same */
    found = read_text("saved ([a-z])", "saved a\n", 8);
    assert_int_equal(found.count, 1);
    assert_true(isnan(found.marks[0].number));
    /* an epoch that is a letter's case away */
    assert_int_equal(read_text("EPOCH ([0-9]+)", "epoch 3", 7).count, 0);
}

static void test_bad_regex_is_quoted(void **state)
{
    struct epoch_lines *lines = malloc(sizeof(*lines));
    struct aico2_error err = { 0 };

    (void)state;
    assert_non_null(lines);
    assert_int_equal(epoch_lines_init(lines, "epoch ([0-9]+", note, NULL, &err), -EINVAL);
    assert_non_null(strstr(err.message, "'epoch ([0-9]+'"));
    epoch_lines_deinit(lines);
    assert_int_equal(epoch_lines_init(lines, "", note, NULL, &err), -EINVAL);
    epoch_lines_deinit(lines);
    free(lines);
}

static void test_validation(void **state)
{
    struct epoch_lines *lines = malloc(sizeof(*lines));
    struct found found = { 0 };
    struct aico2_error err = { 0 };

    (void)state;
    assert_non_null(lines);
    assert_int_equal(epoch_lines_init(lines, NULL, note, &found, NULL), 0);
    assert_int_equal(epoch_lines_set_validation(lines, "val(", &err), -EINVAL);
    assert_non_null(strstr(err.message, "'val('"));
    assert_int_equal(epoch_lines_set_validation(lines, "", &err), -EINVAL);
    assert_int_equal(epoch_lines_set_validation(lines, "^Validation|val_", &err), 0);
    epoch_lines_add(lines, "hello\nEpoch 1/3\nValidation: 3\nEpoch 1/3 val_loss 3\n", 51);
    assert_int_equal(found.count, 3);
    assert_false(found.marks[0].validates || found.marks[0].no_epoch);
    assert_true(found.marks[1].validates && found.marks[1].no_epoch);
    assert_true(isnan(found.marks[1].number));
    assert_true(found.marks[2].validates && !found.marks[2].no_epoch);
    assert_true(found.marks[2].number == 1);
    epoch_lines_deinit(lines);
    free(lines);
}

static void test_bytes_come_as_they_like(void **state)
{
    static const char text[] = "Epoch 1/3 a\nEpoch 2/3 b\nEpoch 3/3 c";
    struct found found = { 0 };
    struct epoch_lines *lines = malloc(sizeof(*lines));

    (void)state;
    assert_non_null(lines);
    assert_int_equal(epoch_lines_init(lines, NULL, note, &found, NULL), 0);
    for (size_t i = 0; i < sizeof(text) - 1; i++)
        epoch_lines_add(lines, text + i, 1);
    assert_int_equal(found.count, 2); /* the third line has no end yet */
    epoch_lines_end(lines);
    assert_int_equal(found.count, 3);
    epoch_lines_end(lines);
    assert_int_equal(found.count, 3);
    /* half a line of a log that was emptied is none */
    epoch_lines_add(lines, "Epoch 9/", 8);
    epoch_lines_restart(lines);
    epoch_lines_add(lines, "10\n", 3);
    assert_int_equal(found.count, 3);
    epoch_lines_deinit(lines);
    free(lines);
}

static void test_rubbish_and_endless_lines(void **state)
{
    size_t size = 1 << 20;
    char *text = malloc(size);
    struct found found;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)(i * 2654435761u >> 13);
    memcpy(text + size - 12, "\nEpoch 5/9\nx", 12);
    found = read_text(NULL, text, size);
    assert_true(found.count >= 1);
    assert_true(found.marks[found.count - 1].number == 5);

    /* a line of a mebibyte: what stands at its front is seen, the rest is not kept */
    memset(text, 'x', size);
    memcpy(text, "Epoch 2: ", 9);
    memcpy(text + size - 9, " Epoch 7\n", 9);
    found = read_text(NULL, text, size);
    assert_int_equal(found.count, 1);
    assert_true(found.marks[0].number == 2);

    /* NULs between, as a log that was truncated under its writer has them */
    memset(text, 0, 100);
    memcpy(text + 100, "Epoch 3/4 x\n", 12);
    found = read_text(NULL, text, 112);
    assert_int_equal(found.count, 1);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_frameworks_print),
        cmocka_unit_test(test_what_is_no_epoch),
        cmocka_unit_test(test_own_regex),
        cmocka_unit_test(test_bad_regex_is_quoted),
        cmocka_unit_test(test_validation),
        cmocka_unit_test(test_bytes_come_as_they_like),
        cmocka_unit_test(test_rubbish_and_endless_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

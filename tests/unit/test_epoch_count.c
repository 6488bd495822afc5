/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_epoch_count.c - marks of a log become the stretches of a run */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "session/epoch/count.h"

struct fixture {
    struct epoch_count count;
    struct task_list tasks;
};

static void begin(struct fixture *fixture, enum epoch_at at, double planned)
{
    fixture->tasks = (struct task_list){ 0 };
    assert_int_equal(epoch_count_init(&fixture->count, &fixture->tasks, at, planned), 0);
}

static int take(struct fixture *fixture, double second, double number, bool is_header)
{
    const struct epoch_mark mark = { .number = number, .of = NAN, .is_header = is_header };

    return epoch_count_take(&fixture->count, &mark, (int64_t)(second * 1e9));
}

static int take_part(struct fixture *fixture, double second, double number)
{
    const struct epoch_mark mark = { .number = number, .of = NAN, .fraction = true };

    return epoch_count_take(&fixture->count, &mark, (int64_t)(second * 1e9));
}

/* "name start length" of each stretch; "-" for the rest, "*" behind what goes on with the last. */
static void check(struct fixture *fixture, double end, bool succeeded, const char *expected)
{
    char text[1024] = "";
    int64_t at_ns = 0;

    epoch_count_end(&fixture->count, (int64_t)(end * 1e9), succeeded);
    for (size_t i = 0; i < fixture->tasks.count; i++) {
        const struct task *task = &fixture->tasks.items[i];
        size_t length = strlen(text);

        assert_true(task->start_ns == at_ns); /* without a gap */
        at_ns += task->duration_ns;
        assert_true(task->kind != TASK_REST || task->epochs <= 0);
        (void)snprintf(text + length, sizeof(text) - length, "%s%s%s %g %g", i > 0 ? ", " : "",
                       task->kind != TASK_REST ? task->name : "-",
                       task->kind != TASK_REST && task->epochs <= 0 ? "*" : "",
                       seconds_from_ns(task->start_ns), seconds_from_ns(task->duration_ns));
    }
    assert_string_equal(text, expected);
    free(fixture->tasks.items);
}

static void test_marks_at_the_end(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, EPOCH_AT_AUTO, 0);
    assert_int_equal(take(&fixture, 5, 1, false), 1);
    assert_int_equal(take(&fixture, 8, 2, false), 1);
    assert_int_equal(take(&fixture, 8.5, 2, false), 0); /* its validation, say */
    assert_int_equal(take(&fixture, 11, 3, false), 1);
    check(&fixture, 12, true, "epoch 1 0 5, epoch 2 5 3, epoch 3 8 3, - 11 1");
}

static void test_headers_stand_at_the_start(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, EPOCH_AT_AUTO, 0);
    assert_int_equal(take(&fixture, 5, 1, true), 0);
    assert_int_equal(take(&fixture, 8, 2, true), 1);
    assert_int_equal(take(&fixture, 11, 3, true), 1);
    check(&fixture, 14, true, "- 0 5, epoch 1 5 3, epoch 2 8 3, epoch 3 11 3");
    /* one that was killed has not come to the end of its third epoch */
    begin(&fixture, EPOCH_AT_AUTO, 0);
    (void)take(&fixture, 5, 1, true);
    (void)take(&fixture, 8, 2, true);
    check(&fixture, 9, false, "- 0 5, epoch 1 5 3, - 8 1");
}

static void test_a_number_told_at_every_step_came_first_at_the_start(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, EPOCH_AT_AUTO, 0);
    (void)take(&fixture, 2, 0, false);
    (void)take(&fixture, 3, 0, false);
    (void)take(&fixture, 4, 0, false);
    (void)take(&fixture, 5, 1, false);
    (void)take(&fixture, 6, 1, false);
    (void)take(&fixture, 8, 2, false);
    check(&fixture, 11, true, "- 0 2, epoch 0 2 3, epoch 1 5 3, epoch 2 8 3");
}

static void test_parts_of_epochs(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, EPOCH_AT_AUTO, 0);
    assert_int_equal(take_part(&fixture, 1, 0.5), 0);
    assert_int_equal(take_part(&fixture, 2, 0.99), 0);
    assert_int_equal(take_part(&fixture, 3, 1.0), 1);
    assert_int_equal(take_part(&fixture, 4, 1.5), 0);
    assert_int_equal(take_part(&fixture, 5, 2.02), 1); /* the end was not told by itself */
    check(&fixture, 6, true, "epoch 1 0 3, epoch 2 3 2, - 5 1");
}

/* A log written by the block tells of several at once: they are one stretch, and none has no length. */
static void test_several_at_one_moment(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, EPOCH_AT_AUTO, 0);
    for (int i = 1; i <= 4; i++)
        (void)take(&fixture, 10, i, false);
    for (int i = 5; i <= 6; i++)
        (void)take(&fixture, 15, i, false);
    check(&fixture, 16, true, "epochs 1-4 0 10, epochs 5-6 10 5, - 15 1");
    begin(&fixture, EPOCH_AT_START, 0);
    for (int i = 1; i <= 3; i++)
        (void)take(&fixture, 10, i, true);
    (void)take(&fixture, 15, 4, true);
    check(&fixture, 16, false, "epochs 1-2 0 10, epoch 3 10 5, - 15 1");
}

static void test_every_tenth_epoch_is_told(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, EPOCH_AT_AUTO, 0);
    (void)take(&fixture, 12, 10, false);
    (void)take(&fixture, 22, 20, false);
    (void)take(&fixture, 32, 30, false);
    check(&fixture, 33, true, "epochs 1-10 0 12, epochs 11-20 12 10, epochs 21-30 22 10, - 32 1");
    /* from 0: the first is one epoch */
    begin(&fixture, EPOCH_AT_AUTO, 0);
    (void)take(&fixture, 2, 0, false);
    (void)take(&fixture, 12, 10, false);
    check(&fixture, 13, true, "epoch 0 0 2, epochs 1-10 2 10, - 12 1");
}

static void test_no_number_and_one_that_goes_back(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, EPOCH_AT_AUTO, 0);
    (void)take(&fixture, 2, NAN, false);
    (void)take(&fixture, 4, NAN, false);
    check(&fixture, 5, true, "epoch 1 0 2, epoch 2 2 2, - 4 1");
    begin(&fixture, EPOCH_AT_AUTO, 0); /* the next fold */
    (void)take(&fixture, 2, 1, false);
    (void)take(&fixture, 4, 2, false);
    (void)take(&fixture, 6, 1, false);
    check(&fixture, 7, true, "epoch 1 0 2, epoch 2 2 2, epoch 1 4 2, - 6 1");
    begin(&fixture, EPOCH_AT_AUTO, 0);
    (void)take(&fixture, 2, 1e300, false);
    (void)take(&fixture, 2, -4, false);
    check(&fixture, 3, true, "- 0 3");
}

static void test_how_many_are_planned(void **state)
{
    const struct epoch_mark mark = { .number = 1, .of = 14 };
    struct fixture fixture;

    (void)state;
    begin(&fixture, EPOCH_AT_AUTO, 0);
    assert_true(epoch_count_planned(&fixture.count) == 0);
    (void)epoch_count_take(&fixture.count, &mark, 1000);
    assert_true(epoch_count_planned(&fixture.count) == 14); /* the log says so */
    check(&fixture, 1, true, "epoch 1 0 1e-06, - 1e-06 0.999999");
    begin(&fixture, EPOCH_AT_AUTO, 100); /* who says so himself is right */
    (void)epoch_count_take(&fixture.count, &mark, 1000);
    assert_true(epoch_count_planned(&fixture.count) == 100);
    free(fixture.tasks.items);
    /* one that goes on from its 58th epoch has 43 */
    begin(&fixture, EPOCH_AT_AUTO, 100);
    (void)take(&fixture, 1, 58, false);
    (void)take(&fixture, 2, 59, false);
    assert_true(epoch_count_planned(&fixture.count) == 43);
    free(fixture.tasks.items);
}

static void test_there_is_an_end_to_what_is_kept(void **state)
{
    struct fixture fixture;
    double epochs = 0;

    (void)state;
    begin(&fixture, EPOCH_AT_END, 0);
    for (int i = 1; i <= 20000; i++)
        (void)take(&fixture, i, i, false);
    epoch_count_end(&fixture.count, (int64_t)20001e9, true);
    assert_true(fixture.tasks.count <= 10000);
    for (size_t i = 0; i < fixture.tasks.count; i++)
        epochs += fixture.tasks.items[i].epochs;
    assert_true(epochs == 20000);
    free(fixture.tasks.items);
}

/* A line of validation; number: of the epoch that it names, too, or NAN. */
static int validate(struct fixture *fixture, double second, double number)
{
    const struct epoch_mark mark = {
        .number = number, .of = NAN, .validates = true, .no_epoch = !isfinite(number)
    };

    return epoch_count_take(&fixture->count, &mark, (int64_t)(second * 1e9));
}

/* "epoch 1: loss", "validation: accuracy": each line stands at the end of what it tells. */
static void test_validation_after_its_epoch(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, EPOCH_AT_AUTO, 0);
    (void)take(&fixture, 5, 1, false);
    assert_int_equal(validate(&fixture, 6, NAN), 0);
    assert_int_equal(take(&fixture, 8, 2, false), 1);
    assert_int_equal(validate(&fixture, 9.5, 2), 0); /* "epoch 2: accuracy" */
    (void)validate(&fixture, 10, NAN);               /* a second line of it */
    (void)take(&fixture, 12, 3, false);
    (void)take(&fixture, 14, 4, false); /* not in every epoch */
    check(&fixture, 15, true,
          "epoch 1 0 5, validation 1 5 1, epoch 2 6 2, validation 2 8 1.5, validation 2* 9.5 0.5, "
          "epoch 3 10 2, epoch 4 12 2, - 14 1");
}

/* "Epoch 1/3", "validating", "Epoch 2/3": each stands at the start. */
static void test_validation_before_the_next_header(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, EPOCH_AT_AUTO, 0);
    (void)take(&fixture, 2, 1, true);
    (void)validate(&fixture, 5, NAN);
    (void)validate(&fixture, 5.5, NAN); /* its bar */
    (void)take(&fixture, 6, 2, true);
    (void)validate(&fixture, 9, NAN);
    check(&fixture, 10, true,
          "- 0 2, epoch 1 2 3, validation 1 5 1, epoch 2 6 3, validation 2 9 1");
    /* one that was killed in its validation */
    begin(&fixture, EPOCH_AT_START, 0);
    (void)take(&fixture, 2, 1, true);
    (void)validate(&fixture, 5, NAN);
    check(&fixture, 6, false, "- 0 2, epoch 1 2 3, - 5 1");
}

/* Four times an epoch: a line of the epoch that is no validation's says that it goes on. */
static void test_an_epoch_that_is_interrupted(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, EPOCH_AT_START, 0);
    (void)take(&fixture, 0, 1, true);
    (void)validate(&fixture, 3, NAN);
    (void)take(&fixture, 4, 1, false); /* the bar of the epoch again */
    (void)take(&fixture, 5, 1, false);
    (void)validate(&fixture, 7, NAN);
    (void)take(&fixture, 8, 2, true);
    check(&fixture, 9, true,
          "- 0 0, epoch 1 0 3, validation 1 3 1, epoch 1* 4 3, validation 1 7 1, epoch 2 8 1");
}

/* "validating", "epoch 1: loss, accuracy": it begins with its line, and the epoch's line ends both. */
static void test_validation_before_the_line_of_its_epoch(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, EPOCH_AT_AUTO, 0);
    (void)validate(&fixture, 4, NAN);
    assert_int_equal(validate(&fixture, 5, 1), 1); /* the epoch's line has the word, too */
    (void)validate(&fixture, 8, NAN);
    (void)take(&fixture, 9, 2, false);
    (void)validate(&fixture, 12, NAN);
    check(&fixture, 13, true,
          "epoch 1 0 4, validation 1 4 1, epoch 2 5 3, validation 2 8 1, - 9 3, - 12 1");
    /* only in the second epoch: where its line stands has to be said */
    begin(&fixture, EPOCH_AT_END, 0);
    fixture.count.validation_at = EPOCH_AT_START;
    (void)take(&fixture, 5, 1, false);
    (void)validate(&fixture, 9, NAN);
    (void)take(&fixture, 10, 2, false);
    check(&fixture, 10, true, "epoch 1 0 5, epoch 2 5 4, validation 2 9 1, - 10 0");
}

/* A log that comes by the block says nothing of how long validation took: it is the epochs'. */
static void test_validation_at_one_moment(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, EPOCH_AT_AUTO, 0);
    for (int i = 1; i <= 3; i++) {
        (void)take(&fixture, 10, i, false);
        (void)validate(&fixture, 10, NAN);
    }
    check(&fixture, 11, true, "epochs 1-3 0 10, - 10 1");
    begin(&fixture, EPOCH_AT_START, 0);
    for (int i = 1; i <= 3; i++) {
        (void)take(&fixture, 10, i, true);
        (void)validate(&fixture, 10, NAN);
    }
    (void)take(&fixture, 12, 4, true);
    check(&fixture, 15, true, "epochs 1-3 0 10, validation 3 10 2, epoch 4 12 3");
}

static void test_validation_without_an_epoch(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, EPOCH_AT_END, 0);
    (void)validate(&fixture, 4, NAN);
    check(&fixture, 5, true, "- 0 4, - 4 1");
    begin(&fixture, EPOCH_AT_END, 0);
    fixture.count.validation_at = EPOCH_AT_END;
    (void)validate(&fixture, 4, NAN);
    check(&fixture, 5, true, "- 0 5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks_at_the_end),
        cmocka_unit_test(test_headers_stand_at_the_start),
        cmocka_unit_test(test_a_number_told_at_every_step_came_first_at_the_start),
        cmocka_unit_test(test_parts_of_epochs),
        cmocka_unit_test(test_several_at_one_moment),
        cmocka_unit_test(test_every_tenth_epoch_is_told),
        cmocka_unit_test(test_no_number_and_one_that_goes_back),
        cmocka_unit_test(test_how_many_are_planned),
        cmocka_unit_test(test_there_is_an_end_to_what_is_kept),
        cmocka_unit_test(test_validation_after_its_epoch),
        cmocka_unit_test(test_validation_before_the_next_header),
        cmocka_unit_test(test_an_epoch_that_is_interrupted),
        cmocka_unit_test(test_validation_before_the_line_of_its_epoch),
        cmocka_unit_test(test_validation_at_one_moment),
        cmocka_unit_test(test_validation_without_an_epoch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

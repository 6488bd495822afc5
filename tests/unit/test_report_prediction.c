/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_report_prediction.c - training and validation are foretold each by its own mean, by hand */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "session/report/prediction.h"

enum { TASKS_MAX = 16 };

struct fixture {
    struct report report;
    struct report_task tasks[TASKS_MAX];
};

static void near(double got, double expected)
{
    if (!(fabs(got - expected) <= 2e-4 * fabs(expected)))
        fail_msg("%.9g is not %.9g", got, expected);
}

/* A second for every joule. */
static void add(struct fixture *fixture, enum task_kind kind, double epochs, double joules)
{
    fixture->tasks[fixture->report.task_count++] = (struct report_task){
        .kind = kind,
        .epochs = epochs,
        .duration_seconds = joules,
        .energy_joules = joules,
        .total_gco2e = 2 * joules,
    };
    fixture->report.total.value += joules;
    fixture->report.total.low = fixture->report.total.high = fixture->report.total.value;
}

static const struct report_prediction *foretell(struct fixture *fixture, double epochs)
{
    const struct carbon_basis basis = { .pue = 1 };

    fixture->report.tasks = fixture->tasks;
    fixture->report.training.epochs = epochs;
    fixture->report.total_gco2e = BAND_NONE;
    assert_int_equal(report_add_prediction(&fixture->report, &basis), 0);
    return &fixture->report.prediction;
}

/*
 * Training of 100, 10 and 10 with two left: 20, give or take 10.3072 (test_epoch_forecast.c). Validation of 4, 2
 * and 2 is the same in fifths: 4, give or take 2.06144. Start-up of 30, and 128 until now.
 */
static void test_each_by_its_own_mean(void **state)
{
    const struct report_prediction *prediction;
    struct fixture fixture = { 0 };

    (void)state;
    add(&fixture, TASK_REST, 0, 30);
    add(&fixture, TASK_EPOCH, 1, 100);
    add(&fixture, TASK_VALIDATION, 1, 4);
    add(&fixture, TASK_EPOCH, 1, 10);
    add(&fixture, TASK_VALIDATION, 1, 2);
    add(&fixture, TASK_EPOCH, 1, 10);
    add(&fixture, TASK_VALIDATION, 1, 2);
    add(&fixture, TASK_REST, 0, 1); /* since the last of them: of the next epoch */
    prediction = foretell(&fixture, 5);
    assert_true(prediction->basis == PREDICTION_STEADY_EPOCHS);
    near(prediction->epochs_done, 3);
    near(prediction->at_seconds, 158);
    near(prediction->validations, 5);
    near(prediction->validations_done, 3);
    assert_int_equal(prediction->steady_tasks, 2);
    near(prediction->energy_joules.value, 158 + 24);
    near(prediction->energy_joules.low, 158 + 24 - 12.36864);
    near(prediction->energy_joules.high, 158 + 24 + 12.36864);
    near(prediction->validation_joules.value, 8 + 4);
    near(prediction->validation_joules.low, 8 + 4 - 2.06144);
    near(prediction->duration_seconds.value, 158 + 24);
    near(prediction->validation_seconds.high, 8 + 4 + 2.06144);
}

/* What interrupts an epoch twice are two validations, and the epoch is one, of all its pieces. */
static void test_pieces_of_an_epoch(void **state)
{
    const struct report_prediction *prediction;
    struct fixture fixture = { 0 };

    (void)state;
    add(&fixture, TASK_EPOCH, 1, 60);
    add(&fixture, TASK_VALIDATION, 1, 4);
    add(&fixture, TASK_EPOCH, 0, 40);
    add(&fixture, TASK_EPOCH, 1, 6);
    add(&fixture, TASK_VALIDATION, 1, 1);
    add(&fixture, TASK_VALIDATION, 0, 1);
    add(&fixture, TASK_EPOCH, 0, 4);
    add(&fixture, TASK_EPOCH, 1, 10);
    add(&fixture, TASK_VALIDATION, 1, 2);
    prediction = foretell(&fixture, 5);
    near(prediction->validations, 5);
    near(prediction->energy_joules.value, 128 + 24);
    near(prediction->energy_joules.high, 128 + 24 + 12.36864);
}

static double validations_foretold(const char *history, double epochs)
{
    struct fixture fixture = { 0 };

    for (; *history != '\0'; history++)
        add(&fixture, *history == 'e' ? TASK_EPOCH : TASK_VALIDATION, 1, 5);
    return foretell(&fixture, epochs)->validations;
}

static void test_how_often_validation_comes(void **state)
{
    (void)state;
    near(validations_foretold("evev", 10), 10);
    near(validations_foretold("evevev"
                              "e",
                              10),
         10);                                /* the one after it is still to come */
    near(validations_foretold("eev", 5), 2); /* in the second and fourth */
    near(validations_foretold("eev", 6), 3);
    near(validations_foretold("eeveev", 7), 3);
    near(validations_foretold("ev", 3), 3);
    near(validations_foretold("evee", 12), 6); /* not every epoch, as it turns out: 1, 3, 5 ... */
    near(validations_foretold("eveeeeev"
                              "eeee",
                              12),
         3);                                           /* in 1, 6 and 11 */
    assert_true(validations_foretold("eee", 10) == 0); /* nobody knows of any */
}

static void test_in_the_end_it_is_what_was_measured(void **state)
{
    const struct report_prediction *prediction;
    struct fixture fixture = { 0 };

    (void)state;
    add(&fixture, TASK_EPOCH, 1, 7);
    add(&fixture, TASK_VALIDATION, 1, 3);
    add(&fixture, TASK_EPOCH, 1, 7);
    add(&fixture, TASK_VALIDATION, 1, 2);
    prediction = foretell(&fixture, 2);
    assert_true(prediction->basis == PREDICTION_MEASURED);
    assert_true(prediction->energy_joules.high == 19);
    assert_true(prediction->validation_joules.low == 5 && prediction->validation_joules.high == 5);
    assert_true(prediction->validations == 2 && prediction->validations_done == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_by_its_own_mean),
        cmocka_unit_test(test_pieces_of_an_epoch),
        cmocka_unit_test(test_how_often_validation_comes),
        cmocka_unit_test(test_in_the_end_it_is_what_was_measured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

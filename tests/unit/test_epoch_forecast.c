/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_epoch_forecast.c - the forecast by hand, and against trainings that there were */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/epoch/forecast.h"

enum { EPOCHS_MAX = 100 };

static void near(double got, double expected)
{
    if (!(fabs(got - expected) <= 2e-4 * fabs(expected)))
        fail_msg("%.9g is not %.9g", got, expected);
}

static void test_quantiles(void **state)
{
    (void)state;
    near(student_t_95(1), 12.706);
    near(student_t_95(4), 2.776);
    near(student_t_95(20), 2.086);
    near(student_t_95(30), 2.0423);
    near(student_t_95(60), 2.0003);
    near(student_t_95(1e6), 1.96);
    for (int i = 1; i < 200; i++)
        assert_true(student_t_95(i + 1) < student_t_95(i));
}

static void test_nothing_and_everything(void **state)
{
    const struct epoch_used one = { 7, 1 };
    size_t steady = 9;
    struct band rest;

    (void)state;
    assert_false(band_is_known(epoch_forecast(NULL, 0, 3, NULL)));
    rest = epoch_forecast(&one, 1, 0, &steady);
    assert_true(rest.value == 0 && rest.low == 0 && rest.high == 0);
    /* one epoch tells how much, and nothing of how it spreads */
    rest = epoch_forecast(&one, 1, 3, &steady);
    near(rest.value, 21);
    assert_true(rest.low == 0);
    near(rest.high, 42);
}

/*
 * A first epoch of 100 is left out; 10 and 10 stand. Noise: 3 degrees of freedom of (10 / 5)^2, nothing seen: 12
 * over 4 degrees is 3. Two epochs left, in units of it:
 *   level still: 4 * 1/2 + 2 = 4; walking by 0.05: 4 * 1.05/2.05 + 0.05 * 2*3*5/6 + 2 = 4.29878; by 0.3:
 *   4 * 1.3/2.3 + 0.3 * 5 + 2 = 5.76087
 * weighed with 0.4/sqrt(2), 0.3/sqrt(2.05), 0.3/sqrt(2.3): 13.7862 = 3.71297^2; t of 4: 2.776
 */
static void test_by_hand(void **state)
{
    const struct epoch_used tasks[] = { { 100, 1 }, { 10, 1 }, { 10, 1 } };
    /* the same told by fives: one stretch of five has the noise of one */
    const struct epoch_used fives[] = { { 100, 5 }, { 10, 5 }, { 10, 5 } };
    size_t steady;
    struct band rest = epoch_forecast(tasks, 3, 2, &steady);

    (void)state;
    assert_int_equal(steady, 2);
    near(rest.value, 20);
    near(rest.low, 20 - 10.3072);
    near(rest.high, 20 + 10.3072);
    rest = epoch_forecast(fives, 3, 10, &steady);
    near(rest.value, 20);
    near(rest.high, 20 + 10.3072);
}

static void test_a_first_epoch_like_the_others_counts(void **state)
{
    const struct epoch_used alike[] = { { 10, 1 }, { 11, 1 }, { 9, 1 }, { 10, 1 }, { 10, 1 } };
    const struct epoch_used slow[] = { { 15, 1 }, { 11, 1 }, { 9, 1 }, { 10, 1 }, { 10, 1 } };
    size_t steady;

    (void)state;
    (void)epoch_forecast(alike, 5, 5, &steady);
    assert_int_equal(steady, 5);
    (void)epoch_forecast(slow, 5, 5, &steady);
    assert_int_equal(steady, 4);
    (void)epoch_forecast(alike, 4, 5, &steady); /* too few to know */
    assert_int_equal(steady, 3);
}

/* Validation in every second epoch: the mean of both kinds, not one of them. */
static void test_epochs_that_alternate(void **state)
{
    struct epoch_used tasks[13] = { { 30, 1 } };
    struct band rest;

    (void)state;
    for (size_t i = 1; i < 13; i++)
        tasks[i] = (struct epoch_used){ i % 2 == 0 ? 14 : 10, 1 };
    rest = epoch_forecast(tasks, 13, 40, NULL);
    assert_true(fabs(rest.value - 480) < 0.03 * 480);
    assert_true(rest.low < 480 && rest.high > 480);
}

static void test_a_level_that_rises_is_followed(void **state)
{
    struct epoch_used tasks[20];
    struct band rest;

    (void)state;
    for (size_t i = 0; i < 20; i++)
        tasks[i] = (struct epoch_used){ i < 10 ? 10 : 20, 1 };
    rest = epoch_forecast(tasks, 20, 10, NULL);
    assert_true(rest.value > 185 && rest.value < 201); /* the mean would say 150 */
    assert_true(rest.high > 200);
}

static void test_the_interval_shrinks(void **state)
{
    struct epoch_used tasks[40];
    double last = INFINITY;

    (void)state;
    for (size_t i = 0; i < 40; i++)
        tasks[i] = (struct epoch_used){ 10 + (double)(i * 7 % 5) / 10, 1 };
    for (size_t k = 2; k < 40; k++) {
        struct band rest = epoch_forecast(tasks, k, (double)(40 - k), NULL);

        assert_true(rest.low >= 0 && rest.low <= rest.value && rest.value <= rest.high);
        /* when the first epoch comes back the fit changes once */
        assert_true(rest.high - rest.low < last || k == 5);
        last = rest.high - rest.low;
    }
    assert_true(last < 10);
}

static void test_zeros_and_the_extreme(void **state)
{
    const struct epoch_used zeros[] = { { 0, 1 }, { 0, 1 }, { 0, 1 } };
    const struct epoch_used wild[] = { { 1e-9, 1 }, { 1e12, 1 }, { 1e-9, 1 }, { 3, 0.5 } };
    struct band rest = epoch_forecast(zeros, 3, 5, NULL);

    (void)state;
    assert_true(rest.value == 0 && rest.high == 0);
    rest = epoch_forecast(wild, 4, 1e9, NULL);
    assert_true(isfinite(rest.value) && isfinite(rest.high) && rest.low >= 0);
}

/* --- trainings that there were: tests/logs/trainings.csv --- */

struct training_log {
    char name[64];
    double used[2][EPOCHS_MAX]; /* seconds, joules */
    size_t count;
};

struct score {
    double error;
    double error_of_mean;
    double covered;
    double half_width;
    double count;
};

static void judge(const struct training_log *log, int what, size_t least, struct score *score)
{
    struct epoch_used tasks[EPOCHS_MAX];
    double truth = 0;
    double done = 0;

    for (size_t i = 0; i < log->count; i++) {
        truth += log->used[what][i];
        tasks[i] = (struct epoch_used){ log->used[what][i], 1 };
    }
    for (size_t k = 1; k < log->count; k++) {
        struct band rest = epoch_forecast(tasks, k, (double)(log->count - k), NULL);

        done += log->used[what][k - 1];
        if (k < least)
            continue;
        score->error += fabs(done + rest.value - truth) / truth;
        /* the mean of what was measured, times the number: as carbontracker has it */
        score->error_of_mean += fabs(done / (double)k * (double)log->count - truth) / truth;
        score->covered += done + rest.low <= truth && truth <= done + rest.high;
        score->half_width += (rest.high - rest.low) / 2 / truth;
        score->count++;
    }
}

static struct score judge_all(int what, size_t least, size_t *runs_out)
{
    struct training_log log = { .count = 0 };
    struct score score = { 0 };
    char path[512];
    char line[256];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/tests/logs/trainings.csv",
                   getenv("AICO2_TEST_SOURCE_ROOT"));
    file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof(line), file));
    *runs_out = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        char name[64];
        int epoch;
        double seconds;
        double joules;

        assert_int_equal(sscanf(line, "%63[^,],%d,%lf,%lf", name, &epoch, &seconds, &joules), 4);
        if (strcmp(name, log.name) != 0) {
            judge(&log, what, least, &score);
            log.count = 0;
            (void)snprintf(log.name, sizeof(log.name), "%s", name);
            ++*runs_out;
        }
        assert_true(log.count < EPOCHS_MAX && epoch == (int)log.count + 1);
        log.used[0][log.count] = seconds;
        log.used[1][log.count++] = joules;
    }
    judge(&log, what, least, &score);
    (void)fclose(file);
    return score;
}

static void test_against_trainings_that_there_were(void **state)
{
    static const char *const names[] = { "time", "energy" };

    (void)state;
    for (int what = 0; what < 2; what++) {
        for (size_t least = 1; least <= 5; least++) {
            size_t runs;
            struct score score = judge_all(what, least, &runs);

            print_message("%-6s %zu runs, %.0f predictions from epoch %zu on: error %.1f %%, of "
                          "mean x N %.1f %%, %.1f %% inside, +-%.0f %%\n",
                          names[what], runs, score.count, least, 100 * score.error / score.count,
                          100 * score.error_of_mean / score.count,
                          100 * score.covered / score.count, 100 * score.half_width / score.count);
            assert_true(runs >= 20);
            assert_true(score.error <= score.error_of_mean);
            if (least >= 2) /* one epoch is no sample */
                assert_true(score.covered >= 0.9 * score.count);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles),
        cmocka_unit_test(test_nothing_and_everything),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_a_first_epoch_like_the_others_counts),
        cmocka_unit_test(test_epochs_that_alternate),
        cmocka_unit_test(test_a_level_that_rises_is_followed),
        cmocka_unit_test(test_the_interval_shrinks),
        cmocka_unit_test(test_zeros_and_the_extreme),
        cmocka_unit_test(test_against_trainings_that_there_were),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

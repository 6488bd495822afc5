/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_history_thin.c - old samples are put together and their sums stay */
#include "test_history.h"

/* A sample a second, 1 J each, from `start` on. */
static void store_seconds(struct history *history, struct run *run, int64_t start_wall_ns, int count)
{
    struct aico2_error err = { 0 };

    for (int i = 1; i <= count; i++)
        assert_int_equal(append_one(history, run, start_wall_ns + i * SECOND_NS, 1, i, &err), 0);
}

static int64_t thin(struct history *history, int64_t now_wall_ns)
{
    struct aico2_error err = { 0 };
    bool finished = false;
    int64_t removed = history_thin(history, now_wall_ns, 100, &finished, &err);

    assert_true(removed < 0 || finished);
    return removed;
}

static struct seen *walk(struct history *history)
{
    struct seen *seen = calloc(1, sizeof(*seen));
    struct aico2_error err = { 0 };

    assert_non_null(seen);
    assert_int_equal(history_each_sample(history, NULL, 0, INT64_MAX, see, seen, &err), 0);
    return seen;
}

static void test_samples_of_the_last_day_stay(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct run run = run_numbered(1);
    struct seen *seen;

    (void)state;
    begin(history, &run);
    store_seconds(history, &run, EPOCH_NS, 150);
    assert_int_equal(thin(history, EPOCH_NS + DAY_NS), 0);
    seen = walk(history);
    assert_int_equal(seen->count, 150);
    free(seen);
    history_close(history);
    place_remove(&place);
}

/* 150 s are two whole minutes and a half: 60 + 60 + 30 samples become 3. */
static void test_after_a_day_a_minute_is_one_sample(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct run run = run_numbered(1);
    struct seen *seen;

    (void)state;
    begin(history, &run);
    store_seconds(history, &run, EPOCH_NS, 150);
    assert_int_equal(thin(history, EPOCH_NS + DAY_NS + HOUR_NS), 147);
    seen = walk(history);
    assert_int_equal(seen->count, 3);
    assert_true(seen->joules == 150);
    assert_true(seen->samples[0].sums.joules == 60 && seen->samples[2].sums.joules == 30);
    assert_true(seen->samples[0].interval_seconds == 60);
    assert_true(seen->samples[0].power_watts == 1);
    assert_int_equal(seen->samples[1].end_wall_ns, EPOCH_NS + 2 * MINUTE_NS);
    assert_int_equal(seen->samples[0].sums.samples, 60);
    free(seen);
    assert_int_equal(thin(history, EPOCH_NS + DAY_NS + HOUR_NS), 0); /* and nothing twice */
    history_close(history);
    place_remove(&place);
}

/* Two hours and a second of minutes: 2 + 1 samples. */
static void test_after_a_month_an_hour_is_one_sample(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct run run = run_numbered(1);
    struct seen *seen;

    (void)state;
    begin(history, &run);
    store_seconds(history, &run, EPOCH_NS, 7201);
    assert_int_equal(thin(history, EPOCH_NS + 2 * DAY_NS), 7201 - 121);
    assert_int_equal(thin(history, EPOCH_NS + 31 * DAY_NS), 121 - 3);
    seen = walk(history);
    assert_int_equal(seen->count, 3);
    assert_true(seen->joules == 7201 && seen->samples[0].sums.joules == 3600);
    free(seen);
    history_close(history);
    place_remove(&place);
}

static void test_a_little_at_a_time_ends_the_same(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct aico2_error err = { 0 };
    struct seen *seen;
    bool finished = false;
    int64_t removed = 0;
    int calls = 0;

    (void)state;
    for (int number = 1; number <= 3; number++) {
        struct run run = run_numbered(number);

        begin(history, &run);
        store_seconds(history, &run, EPOCH_NS + number * HOUR_NS, 120);
    }
    while (!finished && calls++ < 20) {
        int64_t r = history_thin(history, EPOCH_NS + 2 * DAY_NS, 1, &finished, &err);

        assert_true(r >= 0 && r <= 118);
        removed += r;
    }
    assert_true(finished && calls >= 3);
    assert_int_equal(removed, 3 * 118);
    seen = walk(history);
    assert_true(seen->count == 6 && seen->joules == 360);
    free(seen);
    history_close(history);
    place_remove(&place);
}

static void test_a_clock_that_is_not_set_thins_nothing(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct run run = run_numbered(1);

    (void)state;
    begin(history, &run);
    store_seconds(history, &run, EPOCH_NS, 2);
    assert_int_equal(thin(history, DAY_NS), -EINVAL);
    history_close(history);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_of_the_last_day_stay),
        cmocka_unit_test(test_after_a_day_a_minute_is_one_sample),
        cmocka_unit_test(test_after_a_month_an_hour_is_one_sample),
        cmocka_unit_test(test_a_little_at_a_time_ends_the_same),
        cmocka_unit_test(test_a_clock_that_is_not_set_thins_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

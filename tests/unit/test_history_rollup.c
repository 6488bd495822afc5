/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_history_rollup.c - samples put together while they are stored: which, their sums, and what undoes them */
#include "test_history.h"

/* What a walk saw: what came put together, and what came one by one. */
struct drawn {
    size_t together;
    size_t single;
    double joules;
    double seconds;
    double least_watts;
    double most_watts;
    int64_t last_ns;
    struct history_power first; /* of those put together */
};

static int draw(void *payload, const struct history_power *power)
{
    struct drawn *drawn = payload;
    double watts = power->joules / power->covered_seconds;

    assert_true(power->end_wall_ns >= drawn->last_ns);
    drawn->last_ns = power->end_wall_ns;
    if (power->together && drawn->together == 0)
        drawn->first = *power;
    drawn->together += power->together;
    drawn->single += !power->together;
    drawn->joules += power->joules;
    drawn->seconds += power->covered_seconds;
    drawn->least_watts = fmin(drawn->least_watts, power->together ? power->least_watts : watts);
    drawn->most_watts = fmax(drawn->most_watts, power->together ? power->most_watts : watts);
    return 0;
}

static struct drawn walk(struct history *history, const struct run *run, size_t devices,
                         bool together)
{
    struct drawn drawn = { .least_watts = INFINITY };
    struct aico2_error err = { 0 };

    if (history_each_power(history, run->id, devices, together, draw, &drawn, &err) != 0)
        fail_msg("%s", err.message);
    return drawn;
}

/* One sample of device 0, its interval as long as the run's. */
static void append(struct history *history, struct run *run, int64_t end_wall_ns, double joules)
{
    struct history_sample sample = sample_at(0, end_wall_ns, joules);
    struct aico2_error err = { 0 };

    sample.interval_seconds = sample.sums.covered_seconds = seconds_from_ns(run->interval_ns);
    run->ended_wall_ns = end_wall_ns;
    if (history_append(history, run, &sample, 1, NULL, 0, NULL, 0, &err) < 0)
        fail_msg("%s", err.message);
}

static void append_seconds(struct history *history, struct run *run, int first, int last)
{
    for (int i = first; i <= last; i++)
        append(history, run, EPOCH_NS + i * SECOND_NS, i);
}

/* sixty samples at least, in the next width that the minute is a multiple of */
static void test_widths(void **state)
{
    (void)state;
    assert_int_equal(history_rollup_width_ns(NSEC_PER_SEC), 60 * NSEC_PER_SEC);
    assert_int_equal(history_rollup_width_ns(NSEC_PER_SEC + 1), 0);
    assert_int_equal(history_rollup_width_ns(NSEC_PER_SEC / 10), 10 * NSEC_PER_SEC);
    assert_int_equal(history_rollup_width_ns(NSEC_PER_SEC / 100), NSEC_PER_SEC);
    assert_int_equal(history_rollup_width_ns(NSEC_PER_MSEC), 100 * NSEC_PER_MSEC);
    assert_int_equal(history_rollup_width_ns(1), 10 * NSEC_PER_MSEC);
    assert_int_equal(history_rollup_width_ns(0), 0);
    assert_int_equal(history_rollup_width_ns(-1), 0);
    assert_int_equal(history_rollup_width_ns(INT64_MAX), 0);
}

/* The second that ends on the edge belongs to the minute before it. Minute 1 is put together once minute 3 has begun,
 * that is with the sample that ends at 121 s: 1 + 2 + ... + 60 = 1830 J, from 1 W to 60 W. */
static void test_a_minute_is_put_together_once_the_one_after_it_is_over(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct run run = run_numbered(1);
    struct drawn drawn;

    (void)state;
    begin(history, &run);
    append_seconds(history, &run, 1, 120);
    drawn = walk(history, &run, 1, true);
    assert_true(drawn.together == 0 && drawn.single == 120);
    append_seconds(history, &run, 121, 150);
    drawn = walk(history, &run, 1, true);
    assert_true(drawn.together == 1 && drawn.single == 90);
    assert_true(drawn.first.joules == 1830 && drawn.first.covered_seconds == 60);
    assert_true(drawn.first.least_watts == 1 && drawn.first.most_watts == 60);
    assert_true(drawn.first.interval_seconds == 60);
    assert_int_equal(drawn.first.end_wall_ns, EPOCH_NS + MINUTE_NS);
    assert_true(drawn.joules == 150.0 * 151 / 2 && drawn.seconds == 150);
    assert_true(drawn.least_watts == 1 && drawn.most_watts == 150);
    drawn = walk(history, &run, 1, false);
    assert_true(drawn.together == 0 && drawn.single == 150 && drawn.joules == 150.0 * 151 / 2);
    history_close(history);
    place_remove(&place);
}

/* Ticks that come early and late, two devices, one of which is not always measured: nothing is lost or twice. */
static void test_sums_and_extremes_are_those_of_the_samples(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct run run = run_numbered(1);
    struct device devices[2] = { device_named("cpu0"), device_named("gpu0") };
    struct aico2_error err = { 0 };
    struct drawn rolled;
    struct drawn single;
    int64_t before_ns = EPOCH_NS;
    uint32_t seed = 7;

    (void)state;
    run.interval_ns = NSEC_PER_SEC / 10;
    assert_int_equal(history_run_begin(history, &run, devices, 2, &err), 0);
    for (int i = 1; i <= 3000; i++) {
        int64_t end_ns = EPOCH_NS + i * run.interval_ns + (int64_t)(seed % 5000000);
        struct history_sample samples[2];

        for (int device = 0; device < 2; device++) {
            seed = seed * 1664525 + 1013904223;
            samples[device] = sample_at(device, end_ns, (double)(seed >> 16) / 16);
            samples[device].interval_seconds = seconds_from_ns(end_ns - before_ns);
            samples[device].sums.covered_seconds =
                device == 1 && i % 7 == 0 ? 0 : samples[device].interval_seconds;
        }
        before_ns = end_ns;
        assert_int_equal(history_append(history, &run, samples, 2, NULL, 0, NULL, 0, &err), 0);
    }
    rolled = walk(history, &run, 2, true);
    single = walk(history, &run, 2, false);
    /* the last tick comes at 300 s and a little: 29 tens are over and not the newest */
    assert_int_equal(rolled.together, 2 * 29);
    assert_int_equal(single.single, 6000);
    assert_true(rolled.single < 2 * 201);
    assert_true(fabs(rolled.seconds - single.seconds) < 1e-6);
    assert_true(rolled.least_watts == single.least_watts);
    assert_true(rolled.most_watts == single.most_watts);
    history_close(history);
    place_remove(&place);
}

/* At 200 s minutes 1 and 2 are together. A clock set back to 70 s opens the second again; what is stored there, and
 * the rest of it, is put together again in its time. */
static void test_a_clock_that_is_set_back_loses_nothing(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct run run = run_numbered(1);
    struct drawn drawn;

    (void)state;
    begin(history, &run);
    append_seconds(history, &run, 1, 200);
    assert_int_equal(walk(history, &run, 1, true).together, 2);
    append(history, &run, EPOCH_NS + 70 * SECOND_NS + 1, 1000);
    drawn = walk(history, &run, 1, true);
    assert_true(drawn.together == 1 && drawn.single == 141);
    assert_true(drawn.joules == 200.0 * 201 / 2 + 1000 && drawn.most_watts == 1000);
    append_seconds(history, &run, 201, 201);
    drawn = walk(history, &run, 1, true);
    assert_true(drawn.together == 2 && drawn.single == 81);
    assert_true(drawn.joules == 201.0 * 202 / 2 + 1000 && drawn.most_watts == 1000);
    history_close(history);
    place_remove(&place);
}

/* A writer that goes on after a crash knows from the file where to go on. */
static void test_another_writer_goes_on_where_the_last_was(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct run run = run_numbered(1);
    struct drawn drawn;

    (void)state;
    begin(history, &run);
    append_seconds(history, &run, 1, 150);
    history_close(history);
    history = open_local(place.path, HISTORY_WRITE);
    append_seconds(history, &run, 151, 250);
    drawn = walk(history, &run, 1, true);
    assert_true(drawn.together == 3 && drawn.single == 70);
    assert_true(drawn.joules == 250.0 * 251 / 2);
    history_close(history);
    place_remove(&place);
}

static int count_rollups(struct history *history)
{
    sqlite3_stmt *statement = NULL;
    int count;

    assert_int_equal(sqlite3_prepare_v2(history->main.connection, "SELECT count(*) FROM rollups",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    count = sqlite3_column_int(statement, 0);
    (void)sqlite3_finalize(statement);
    return count;
}

/* What cannot be stored leaves no rows put together either, and is not taken to have been. */
static void test_a_commit_that_fails_rolls_nothing_up(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct run run = run_numbered(1);
    struct history_sample sample = sample_at(0, EPOCH_NS + 121 * SECOND_NS, 121);
    struct aico2_error err = { 0 };
    struct drawn drawn;

    (void)state;
    begin(history, &run);
    append_seconds(history, &run, 1, 120);
    assert_int_equal(sqlite3_exec(history->main.connection,
                                  "CREATE TRIGGER full BEFORE UPDATE OF rolled_wall_ns ON progress"
                                  " BEGIN SELECT raise(ABORT, 'full'); END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_true(history_append(history, &run, &sample, 1, NULL, 0, NULL, 0, &err) < 0);
    drawn = walk(history, &run, 1, true);
    assert_true(drawn.together == 0 && drawn.single == 120);
    assert_int_equal(count_rollups(history), 0);
    assert_int_equal(sqlite3_exec(history->main.connection, "DROP TRIGGER full", NULL, NULL, NULL),
                     SQLITE_OK);
    append_seconds(history, &run, 121, 121);
    drawn = walk(history, &run, 1, true);
    assert_true(drawn.together == 1 && drawn.single == 61 && drawn.joules == 121.0 * 122 / 2);
    history_close(history);
    place_remove(&place);
}

/* After a day a minute is one sample: what was put together of it is gone, and the mean is all that is left. */
static void test_thinned_samples_are_drawn_as_they_are(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct run run = run_numbered(1);
    struct aico2_error err = { 0 };
    struct drawn drawn;
    bool finished = false;

    (void)state;
    begin(history, &run);
    append_seconds(history, &run, 1, 600);
    assert_int_equal(walk(history, &run, 1, true).together, 8);
    /* at 00:05 of the next day the first five minutes are a day old */
    assert_int_equal(history_thin(history, EPOCH_NS + DAY_NS + 5 * MINUTE_NS, 100, &finished, &err),
                     5 * 59);
    assert_int_equal(count_rollups(history), 3);
    drawn = walk(history, &run, 1, true);
    assert_true(drawn.together == 3 && drawn.single == 5 + 120);
    assert_true(drawn.joules == 600.0 * 601 / 2 && drawn.seconds == 600);
    assert_true(drawn.least_watts == 30.5); /* the mean of 1 to 60 */
    history_close(history);
    place_remove(&place);
}

/* Imported: all of it at once, and more than a commit makes up for. */
static void test_a_run_that_is_stored_whole_is_rolled_up_whole(void **state)
{
    enum { COUNT = 50000 };
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct history_sample *samples = calloc(COUNT, sizeof(*samples));
    struct device device = device_named("cpu0");
    struct device_totals totals = DEVICE_TOTALS_NULL;
    struct history_record record = {
        .run = run_numbered(1), .devices = &device, .totals = &totals, .device_count = 1
    };
    struct aico2_error err = { 0 };
    struct drawn drawn;

    (void)state;
    assert_non_null(samples);
    record.run.interval_ns = NSEC_PER_SEC / 100;
    for (int i = 0; i < COUNT; i++) {
        samples[i] = sample_at(0, EPOCH_NS + (i + 1) * record.run.interval_ns, i % 100);
        samples[i].interval_seconds = samples[i].sums.covered_seconds = 0.01;
    }
    assert_int_equal(history_store_samples(history, &record, samples, COUNT, 1, 1, &err), 0);
    drawn = walk(history, &record.run, 1, true);
    assert_int_equal(drawn.together, 500);
    assert_int_equal(drawn.single, 0);
    assert_true(drawn.joules == 500 * 4950);
    assert_true(drawn.least_watts == 0 && drawn.most_watts == 9900);
    free(samples);
    history_close(history);
    place_remove(&place);
}

/* An hour that could not be written comes at once: a commit makes up for 20,000 samples, and the next goes on. */
static void test_what_piled_up_is_made_up_for_bit_by_bit(void **state)
{
    enum { COUNT = 50000 };
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct history_sample *samples = calloc(COUNT, sizeof(*samples));
    struct run run = run_numbered(1);
    struct aico2_error err = { 0 };

    (void)state;
    assert_non_null(samples);
    run.interval_ns = NSEC_PER_SEC / 100;
    begin(history, &run);
    for (int i = 0; i < COUNT; i++) {
        samples[i] = sample_at(0, EPOCH_NS + (i + 1) * run.interval_ns, 1);
        samples[i].interval_seconds = samples[i].sums.covered_seconds = 0.01;
    }
    assert_int_equal(history_append(history, &run, samples, COUNT, NULL, 0, NULL, 0, &err), 0);
    assert_int_equal(walk(history, &run, 1, true).together, 200);
    for (int i = COUNT + 1; i <= COUNT + 3; i++)
        append(history, &run, EPOCH_NS + i * run.interval_ns, 1);
    assert_int_equal(walk(history, &run, 1, true).together, 499);
    assert_true(walk(history, &run, 1, true).joules == COUNT + 3);
    free(samples);
    history_close(history);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_a_minute_is_put_together_once_the_one_after_it_is_over),
        cmocka_unit_test(test_sums_and_extremes_are_those_of_the_samples),
        cmocka_unit_test(test_a_clock_that_is_set_back_loses_nothing),
        cmocka_unit_test(test_another_writer_goes_on_where_the_last_was),
        cmocka_unit_test(test_a_commit_that_fails_rolls_nothing_up),
        cmocka_unit_test(test_thinned_samples_are_drawn_as_they_are),
        cmocka_unit_test(test_a_run_that_is_stored_whole_is_rolled_up_whole),
        cmocka_unit_test(test_what_piled_up_is_made_up_for_bit_by_bit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/faults/test_power_cut.c - R2: the power goes at any write of a history; it opens, and a minute is lost at most
 *
 * A second's samples are committed as the recorder does it, for some minutes by a clock of the test's own. Then the power goes
 * at AICO2_TEST_CUTS (1000) of the writes and syncs that this took, each time with other sectors lost (AICO2_TEST_SEED, printed).
 */
#include "../unit/test_history.h"

#include <inttypes.h>
#include <time.h>

#include "power_cut.h"

enum { SECONDS = 400, LOST_SECONDS_MAX = 60 };

static int64_t now_ns;
static size_t committed_at[SECONDS + 1]; /* writes there had been when this second was committed */

int64_t __wrap_clock_mono_ns(void);
int64_t __wrap_clock_mono_ns(void)
{
    return now_ns;
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

/* A run of so many seconds, whose every second is a commit. */
static void measure(const char *path, struct run *run)
{
    struct history *history = open_local(path, HISTORY_WRITE);
    struct aico2_error err = { 0 };

    history_close(history); /* an empty one is synced before it gets its name */
    power_cut_begin(path);
    history = open_local(path, HISTORY_WRITE);
    begin(history, run);
    committed_at[0] = power_cut_points();
    for (int i = 1; i <= SECONDS; i++) {
        now_ns += SECOND_NS;
        if (append_one(history, run, EPOCH_NS + i * SECOND_NS, 1, i, &err) < 0)
            fail_msg("%s", err.message);
        committed_at[i] = power_cut_points();
    }
    history_close(history);
}

static int seconds_committed(size_t point)
{
    int second = 0;

    while (second < SECONDS && committed_at[second + 1] <= point)
        second++;
    return second;
}

static void assert_whole(struct history *history)
{
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_prepare_v2(history->main.connection, "PRAGMA integrity_check", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
    (void)sqlite3_finalize(statement);
}

/* What is there is the beginning of the run, without a hole, and its sums are those of its samples. Return: its seconds, -1 no run. */
static int seconds_kept(struct history *history, const struct run *run)
{
    struct history_record record = { 0 };
    struct aico2_error err = { 0 };
    struct seen seen = { 0 };
    int r = history_load(history, run->id, &record, &err);

    if (r == -ENODATA)
        return -1;
    if (r < 0)
        fail_msg("%s", err.message);
    assert_int_equal(history_each_sample(history, run->id, INT64_MIN, INT64_MAX, see, &seen, &err),
                     0);
    assert_int_equal(record.run.duration_ns, (int64_t)seen.count * SECOND_NS);
    assert_int_equal(record.run.ended_wall_ns, EPOCH_NS + (int64_t)seen.count * SECOND_NS);
    if (seen.count > 0)
        assert_true(record.totals[0].sums.joules == (double)seen.count &&
                    seen.joules == (double)seen.count);
    history_record_deinit(&record);
    return (int)seen.count;
}

static void test_a_power_cut_costs_a_minute_at_most(void **state)
{
    uint64_t cuts = number_of("AICO2_TEST_CUTS", 1000);
    uint64_t seed = number_of("AICO2_TEST_SEED", (uint64_t)time(NULL));
    struct place before = place_new();
    struct place after = place_new();
    struct run run = run_numbered(1);
    int most_lost = 0;
    int torn = 0;

    (void)state;
    print_message("AICO2_TEST_SEED=%" PRIu64 "\n", seed);
    measure(before.path, &run);
    assert_true(power_cut_points() > 1000);
    for (uint64_t cut = 0; cut < cuts; cut++) {
        size_t point = (size_t)(cut * 7919 + seed) % (power_cut_points() + 1);
        int committed = seconds_committed(point);
        struct history *history = NULL;
        struct aico2_error err = { 0 };
        struct run copy = run;
        char name[128];
        int kept;

        (void)snprintf(name, sizeof(name), "%s-shm", after.path);
        (void)unlink(name); /* memory: gone with the power */
        power_cut_write_back(point, seed + cut, after.path);
        if (history_open_on(after.path, HISTORY_WRITE, false, &history, &err) < 0)
            fail_msg("cut %" PRIu64 " at write %zu: %s", cut, point, err.message);
        assert_whole(history);
        kept = seconds_kept(history, &run);
        if (committed - kept > LOST_SECONDS_MAX)
            fail_msg("cut %" PRIu64 " at write %zu: %d seconds of %d are there", cut, point, kept,
                     committed);
        most_lost = committed - kept > most_lost ? committed - kept : most_lost;
        torn += kept < committed;
        /* and it can be gone on with */
        if (kept < 0) {
            begin(history, &run);
            kept = 0;
        }
        copy.duration_ns = kept * SECOND_NS;
        assert_int_equal(append_one(history, &copy, EPOCH_NS + (kept + 1) * SECOND_NS, 1, kept + 1,
                                    &err),
                         0);
        assert_int_equal(seconds_kept(history, &run), kept + 1);
        history_close(history);
    }
    print_message("%" PRIu64 " power cuts at %zu writes: %d lost something, %d s at the most\n",
                  cuts, power_cut_points(), torn, most_lost);
    assert_true(torn > 0); /* else nothing was cut */
    place_remove(&after);
    place_remove(&before);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_a_power_cut_costs_a_minute_at_most) };

    power_cut_install();
    return cmocka_run_group_tests_name("power_cut", tests, NULL, NULL);
}

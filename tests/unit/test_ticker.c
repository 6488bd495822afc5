/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_ticker.c - absolute deadlines, late ones skipped and counted, jitter within
 * bounds */
#include "support.h"

#include <poll.h>
#include <sys/timerfd.h>

#include "base/clock.h"
#include "sampler/ticker.h"

static void wait_for(const struct ticker *ticker)
{
    struct pollfd wait = { .fd = ticker->fd, .events = POLLIN };

    assert_int_equal(poll(&wait, 1, 10000), 1);
}

/* Deadlines in the past fire at once: the time handed in is the test's. */
static struct ticker ticker_in_the_past(int64_t interval_ns)
{
    struct ticker ticker;

    assert_int_equal(ticker_open(&ticker, interval_ns, 1, NULL), 0);
    return ticker;
}

static void test_fires_no_earlier_than_a_twentieth_before_its_time(void **state)
{
    int64_t start_ns = clock_mono_ns();
    struct ticker ticker;

    (void)state;
    assert_int_equal(ticker_open(&ticker, 50 * NSEC_PER_MSEC, start_ns, NULL), 0);
    assert_false(ticker_take(&ticker, start_ns));
    wait_for(&ticker);
    assert_true(clock_mono_ns() - start_ns >= 47 * NSEC_PER_MSEC);
    assert_true(ticker_take(&ticker, start_ns + 50 * NSEC_PER_MSEC));
    assert_int_equal(ticker.index, 2);
    ticker_close(&ticker);
    ticker_close(&ticker);
}

static void test_late_ticks_are_skipped_and_counted(void **state)
{
    struct ticker ticker = ticker_in_the_past(NSEC_PER_MSEC);

    (void)state;
    wait_for(&ticker);
    assert_true(ticker_take(&ticker, 1 + NSEC_PER_MSEC)); /* in time */
    assert_int_equal(ticker.late_ticks, 0);
    assert_int_equal(ticker.index, 2);
    wait_for(&ticker);
    /* 7.5 ms: deadline 2 is taken, 3 to 7 have passed unseen, 8 is next */
    assert_true(ticker_take(&ticker, 1 + 7 * NSEC_PER_MSEC + NSEC_PER_MSEC / 2));
    assert_int_equal(ticker.late_ticks, 5);
    assert_int_equal(ticker.index, 8);
    ticker_close(&ticker);
}

static void test_one_that_has_fired_is_armed_without_being_read(void **state)
{
    int64_t start_ns = clock_mono_ns();
    struct ticker ticker;
    struct pollfd look;

    (void)state;
    assert_int_equal(ticker_open(&ticker, NSEC_PER_MSEC, start_ns, NULL), 0);
    wait_for(&ticker);
    ticker_fired(&ticker, start_ns + 1000 * NSEC_PER_SEC);
    assert_int_equal(ticker.index, 1000 * 1000 + 1);
    look = (struct pollfd){ .fd = ticker.fd, .events = POLLIN };
    assert_int_equal(poll(&look, 1, 0), 0);
    ticker_close(&ticker);
}

static void test_deadline_moved_forward_does_not_fire_twice(void **state)
{
    struct ticker ticker = ticker_in_the_past(NSEC_PER_MSEC);

    (void)state;
    wait_for(&ticker);
    /* a twentieth before its place on the grid */
    assert_true(ticker_take(&ticker, 1 + NSEC_PER_MSEC - NSEC_PER_MSEC / 20));
    assert_int_equal(ticker.index, 2);
    assert_int_equal(ticker.late_ticks, 0);
    ticker_close(&ticker);
}

/* The armed deadline, read back from the kernel, against its place on the grid. */
static int64_t moved_by(const struct ticker *ticker)
{
    struct itimerspec left;
    int64_t now_ns;

    do { /* until nothing came between the two looks */
        now_ns = clock_mono_ns();
        assert_int_equal(timerfd_gettime(ticker->fd, &left), 0);
    } while (clock_mono_ns() - now_ns > NSEC_PER_MSEC / 10);
    return now_ns + left.it_value.tv_sec * NSEC_PER_SEC + left.it_value.tv_nsec -
           (ticker->start_mono_ns + ticker->index * ticker->interval_ns);
}

static void test_jitter_fills_a_twentieth_either_way(void **state)
{
    /* far away, so that the armed deadline can be read back */
    const int64_t interval_ns = 100 * NSEC_PER_SEC;
    int64_t least = INT64_MAX;
    int64_t most = INT64_MIN;
    int64_t sum = 0;

    (void)state;
    for (int i = 0; i < 200; i++) {
        struct ticker ticker;
        int64_t moved;

        assert_int_equal(ticker_open(&ticker, interval_ns, clock_mono_ns() + i * 7919, NULL), 0);
        moved = moved_by(&ticker);
        least = moved < least ? moved : least;
        most = moved > most ? moved : most;
        sum += moved;
        ticker_close(&ticker);
    }
    assert_true(least >= -interval_ns / 20 - NSEC_PER_SEC / 10);
    assert_true(most <= interval_ns / 20 + NSEC_PER_SEC / 10);
    /* and is spread: both ends are met, the middle is 0 (200 draws: sigma 0.2 s) */
    assert_true(least < -interval_ns / 30);
    assert_true(most > interval_ns / 30);
    assert_true(sum / 200 < interval_ns / 60 && sum / 200 > -interval_ns / 60);
}

static void test_no_drift_over_many_ticks(void **state)
{
    struct ticker ticker = ticker_in_the_past(NSEC_PER_MSEC);

    (void)state;
    for (int64_t i = 1; i <= 1000; i++) {
        wait_for(&ticker);
        /* each is seen 0.3 of an interval late: the grid stays where it was */
        assert_true(ticker_take(&ticker, 1 + i * NSEC_PER_MSEC + 300000));
        assert_int_equal(ticker.index, i + 1);
    }
    assert_int_equal(ticker.late_ticks, 0);
    ticker_close(&ticker);
}

/* The place of each deadline of `seconds` is taken as if it came `late_ns` late. */
static void check_seconds(int64_t interval_ns, int64_t late_ns)
{
    /* far away, so that the armed deadline can be read back */
    const int64_t second_ns = clock_mono_ns() + 1000 * NSEC_PER_SEC;
    const int64_t now_ns = second_ns + 123456789;
    int64_t told_ns = 0;
    int told = 0;
    struct ticker ticker;

    assert_int_equal(ticker_open(&ticker, interval_ns, now_ns, NULL), 0);
    ticker_keep_seconds(&ticker, second_ns, now_ns);
    for (int64_t at_ns = now_ns; at_ns < second_ns + 40 * NSEC_PER_SEC;) {
        int64_t since_ns;

        at_ns = ticker.start_mono_ns + ticker.index * interval_ns + moved_by(&ticker) + late_ns;
        since_ns = at_ns - second_ns;
        if ((since_ns - 1 + interval_ns) / NSEC_PER_SEC != (since_ns - 1) / NSEC_PER_SEC) {
            if (told > 0)
                assert_in_range(at_ns - told_ns, 960 * NSEC_PER_MSEC, 1040 * NSEC_PER_MSEC);
            else
                assert_in_range(at_ns - now_ns, 1, 1050 * NSEC_PER_MSEC + late_ns);
            told_ns = at_ns;
            told++;
        }
        ticker_fired(&ticker, at_ns);
    }
    assert_in_range(told, 39, 41);
    ticker_close(&ticker);
}

static void test_each_second_of_a_clock_ends_with_a_deadline(void **state)
{
    static const int64_t intervals_ms[] = { 10, 20, 50, 200, 500, 1000 };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(intervals_ms); i++) {
        check_seconds(intervals_ms[i] * NSEC_PER_MSEC, 0);
        check_seconds(intervals_ms[i] * NSEC_PER_MSEC, intervals_ms[i] * NSEC_PER_MSEC * 8 / 10);
    }
}

static void test_what_is_longer_than_a_second_is_never_much_shorter(void **state)
{
    const int64_t interval_ns = 1020 * NSEC_PER_MSEC;
    const int64_t now_ns = clock_mono_ns() + 1000 * NSEC_PER_SEC;
    struct ticker ticker;

    (void)state;
    assert_int_equal(ticker_open(&ticker, interval_ns, now_ns, NULL), 0);
    ticker_keep_seconds(&ticker, now_ns - 7, now_ns);
    assert_int_equal(ticker.start_mono_ns, now_ns); /* no second of a clock's is met */
    for (int i = 0; i < 100; i++) {
        ticker_fired(&ticker, ticker.start_mono_ns + ticker.index * interval_ns);
        assert_in_range(moved_by(&ticker) + NSEC_PER_SEC, 974 * NSEC_PER_MSEC,
                        1026 * NSEC_PER_MSEC);
    }
    ticker_close(&ticker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fires_no_earlier_than_a_twentieth_before_its_time),
        cmocka_unit_test(test_late_ticks_are_skipped_and_counted),
        cmocka_unit_test(test_one_that_has_fired_is_armed_without_being_read),
        cmocka_unit_test(test_deadline_moved_forward_does_not_fire_twice),
        cmocka_unit_test(test_each_second_of_a_clock_ends_with_a_deadline),
        cmocka_unit_test(test_what_is_longer_than_a_second_is_never_much_shorter),
        cmocka_unit_test(test_jitter_fills_a_twentieth_either_way),
        cmocka_unit_test(test_no_drift_over_many_ticks),
    };

    return cmocka_run_group_tests_name("ticker", tests, NULL, NULL);
}

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
    int64_t now_ns = clock_mono_ns();

    assert_int_equal(timerfd_gettime(ticker->fd, &left), 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fires_no_earlier_than_a_twentieth_before_its_time),
        cmocka_unit_test(test_late_ticks_are_skipped_and_counted),
        cmocka_unit_test(test_one_that_has_fired_is_armed_without_being_read),
        cmocka_unit_test(test_deadline_moved_forward_does_not_fire_twice),
        cmocka_unit_test(test_jitter_fills_a_twentieth_either_way),
        cmocka_unit_test(test_no_drift_over_many_ticks),
    };

    return cmocka_run_group_tests_name("ticker", tests, NULL, NULL);
}

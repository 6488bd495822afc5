/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_fetch_wire.c - what of a fetcher's question or answer is not believed */
#include "support.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "model/fetch.h"

static struct fetch_answer good_answer(void)
{
    return (struct fetch_answer){
        .magic = FETCH_MAGIC,
        .version = FETCH_VERSION,
        .point_count = 2,
        .origin = { .provider = "gb", .zone = "GB", .kind = "direct-average", .band_ratio = 0.15 },
        .step_count = 1,
        .steps = { { .provider = "gb", .outcome = FETCH_USED, .reason = "" } },
    };
}

static struct fetch_question good_question(void)
{
    return (struct fetch_question){
        .magic = FETCH_MAGIC,
        .version = FETCH_VERSION,
        .what = FETCH_WINDOW,
        .place = { .country = "GB" },
        .from_wall_ns = 1,
        .to_wall_ns = 2,
        .deadline_ms = 3000,
        .choice_count = 1,
        .choices = { { .provider = "gb" } },
    };
}

#define REFUSED(answer, change)                 \
    do {                                        \
        struct fetch_answer bad = (answer);     \
        change;                                 \
        assert_false(fetch_answer_check(&bad)); \
    } while (0)

static void test_answers(void **state)
{
    const struct fetch_answer good = good_answer();

    (void)state;
    assert_true(fetch_answer_check(&good));
    REFUSED(good, bad.magic++);
    REFUSED(good, bad.version++);
    REFUSED(good, bad.status = 1);
    REFUSED(good, bad.status = -5); /* a failure with points */
    REFUSED(good, bad.point_count = FETCH_POINTS_MAX + 1);
    REFUSED(good, bad.step_count = FETCH_CHAIN_MAX + 1);
    REFUSED(good, bad.steps[0].outcome = (enum fetch_outcome)99);
    REFUSED(good, memset(bad.origin.source, 'x', sizeof(bad.origin.source))); /* without an end */
    REFUSED(good, bad.steps[0].reason[0] = '\033'; bad.steps[0].reason[1] = '[');
    REFUSED(good, bad.origin.band_ratio = NAN);
    REFUSED(good, bad.origin.band_ratio = -0.1);
}

#define QUESTION_REFUSED(question, change)        \
    do {                                          \
        struct fetch_question bad = (question);   \
        change;                                   \
        assert_false(fetch_question_check(&bad)); \
    } while (0)

static void test_questions(void **state)
{
    const struct fetch_question good = good_question();

    (void)state;
    assert_true(fetch_question_check(&good));
    QUESTION_REFUSED(good, bad.magic = 0);
    QUESTION_REFUSED(good, bad.version = 0);
    QUESTION_REFUSED(good, bad.what = (enum fetch_what)7);
    QUESTION_REFUSED(good, bad.to_wall_ns = bad.from_wall_ns);
    QUESTION_REFUSED(good, bad.deadline_ms = 0);
    QUESTION_REFUSED(good, bad.choice_count = FETCH_CHAIN_MAX + 1);
    QUESTION_REFUSED(good, bad.choices[0].provider[0] = '\0');
    /* a header is made of it: a line end would begin another */
    QUESTION_REFUSED(good, memcpy(bad.choices[0].secret, "token\r\nHost: elsewhere", 23));
    QUESTION_REFUSED(good, memset(bad.place.zone, 'Z', sizeof(bad.place.zone)));
}

static bool points_hold(double value, int64_t second_ns, int quality)
{
    const struct intensity_point points[] = {
        { .wall_ns = 10, .gco2e_per_kwh = 44.5 },
        { .wall_ns = second_ns,
          .gco2e_per_kwh = value,
          .quality = (enum intensity_point_quality)quality },
    };

    return fetch_points_check(points, 2);
}

static void test_points(void **state)
{
    (void)state;
    assert_true(points_hold(0, 11, POINT_FORECAST));
    assert_true(points_hold(NAN, 11, POINT_MEASURED)); /* nothing is known from there on */
    assert_true(points_hold(5000, 11, POINT_ESTIMATED));
    assert_false(points_hold(5000.5, 11, POINT_MEASURED));
    assert_false(points_hold(-1, 11, POINT_MEASURED));
    assert_false(points_hold(INFINITY, 11, POINT_MEASURED));
    assert_false(points_hold(44, 10, POINT_MEASURED));
    assert_false(points_hold(44, 9, POINT_MEASURED));
    assert_false(points_hold(44, 11, 3));
    assert_false(points_hold(44, 11, -1));
}

static void test_words(void **state)
{
    (void)state;
    for (int i = FETCH_USED; i <= FETCH_TOO_LATE; i++)
        assert_non_null(fetch_outcome_name((enum fetch_outcome)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

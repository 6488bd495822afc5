/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_place_text.c - what a run keeps of its place and figure */
#include "support.h"

#include <math.h>
#include <string.h>

#include "model/run.h"
#include "session/place/text.h"

static void test_fields_stand_behind_the_place(void **state)
{
    char option[RUN_PLACE_SIZE] = "cloud:aws:eu-west-3";
    char value[RUN_PLACE_SIZE];

    (void)state;
    assert_false(place_text_get(option, "kind", value, sizeof(value)));
    place_text_set(option, sizeof(option), "kind", "direct-average");
    place_text_set(option, sizeof(option), "year", "2023");
    place_text_set(option, sizeof(option), "", "61.5,60,63");
    assert_string_equal(option, "cloud:aws:eu-west-3|kind=direct-average|year=2023|61.5,60,63");
    assert_true(place_text_get(option, "year", value, sizeof(value)));
    assert_string_equal(value, "2023");
    assert_true(place_text_get(option, "", value, sizeof(value)));
    assert_string_equal(value, "61.5,60,63");
    place_text_place(option, value, sizeof(value));
    assert_string_equal(value, "cloud:aws:eu-west-3");

    place_text_set(option, sizeof(option), "kind", "direct-marginal"); /* replaced */
    assert_string_equal(option, "cloud:aws:eu-west-3|year=2023|61.5,60,63|kind=direct-marginal");
    place_text_set(option, sizeof(option), "", NULL);
    place_text_set(option, sizeof(option), "none", NULL);
    place_text_set_place(option, sizeof(option), "country:FR");
    assert_string_equal(option, "country:FR|year=2023|kind=direct-marginal");
    place_text_set_place(option, sizeof(option), "");
    assert_string_equal(option, "|year=2023|kind=direct-marginal");
    place_text_place(option, value, sizeof(value));
    assert_string_equal(value, "");
}

/* What version 1 wrote: a match and nothing else. */
static void test_a_match_alone(void **state)
{
    char option[RUN_PLACE_SIZE] = "|1,2,3";
    char value[8];

    (void)state;
    assert_true(place_text_get(option, "", value, sizeof(value)));
    assert_string_equal(value, "1,2,3");
    place_text_set(option, sizeof(option), "", NULL);
    assert_string_equal(option, "");
}

static void test_what_does_not_fit_is_left_out(void **state)
{
    char option[16] = "country:FR";

    (void)state;
    place_text_set(option, sizeof(option), "kind", "direct");
    assert_string_equal(option, "country:FR");
    place_text_set(option, sizeof(option), "a", "23"); /* 10 + 5 and the end */
    assert_string_equal(option, "country:FR|a=23");
    place_text_set_place(option, sizeof(option), "country:FRA");
    assert_string_equal(option, "country:FR|a=23");
}

static void test_a_wait_as_it_is_kept(void **state)
{
    static const char *const none[] = { "country:FR", "country:FR|waited=", "|waited=soon,0.5,0.5",
                                        "|waited=-5,0.5,0.5", "|waited=0,0.5,0.5" };
    char option[RUN_PLACE_SIZE] = "country:FR";
    struct run_wait wait = { .asked_wall_ns = 1795687200123456789,
                             .expected_ratio = 0.6,
                             .saving_ratio = NAN };

    (void)state;
    place_text_set_wait(option, sizeof(option), &wait);
    assert_string_equal(option, "country:FR|waited=1795687200123456789,0.6,");
    wait.asked_wall_ns = 0;
    place_text_wait(option, &wait);
    assert_true(wait.asked_wall_ns == 1795687200123456789 && wait.expected_ratio == 0.6);
    assert_true(isnan(wait.saving_ratio));
    wait.saving_ratio = -0.25;
    wait.expected_ratio = NAN;
    place_text_set_wait(option, sizeof(option), &wait);
    assert_string_equal(option, "country:FR|waited=1795687200123456789,,-0.25");
    place_text_wait(option, &wait);
    assert_true(isnan(wait.expected_ratio) && wait.saving_ratio == -0.25);
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        place_text_wait(none[i], &wait);
        assert_true(wait.asked_wall_ns == 0);
        assert_true(isnan(wait.expected_ratio) && isnan(wait.saving_ratio));
    }
    place_text_set_wait(option, sizeof(option), &wait);
    assert_string_equal(option, "country:FR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_stand_behind_the_place),
        cmocka_unit_test(test_a_match_alone),
        cmocka_unit_test(test_what_does_not_fit_is_left_out),
        cmocka_unit_test(test_a_wait_as_it_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

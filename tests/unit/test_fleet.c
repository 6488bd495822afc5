/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_fleet.c - many machines by the hour: sums, places and bands by hand */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "carbon/place.h"
#include "session/remote/fleet.h"
#include "writers/writer.h"

static const int64_t HOUR_NS = 3600 * NSEC_PER_SEC;
/* 2026-11-26T00:00:00Z */
static const int64_t MIDNIGHT_NS = 1795651200 * NSEC_PER_SEC;
static const double KWH = 3.6e6;

static struct fleet_window window_of(enum fleet_by by, int64_t ns)
{
    struct fleet_window window = { .by = by,
                                   .from_wall_ns = MIDNIGHT_NS,
                                   .to_wall_ns = MIDNIGHT_NS + ns,
                                   .pue = 1.25,
                                   .elsewhere = { .name = "a place by hand",
                                                  .gco2e_per_kwh = { 400, 200, 800 } } };

    return window;
}

static struct fleet_sum *begin(enum fleet_by by, int64_t ns)
{
    const struct fleet_window window = window_of(by, ns);
    struct fleet_sum *sum = NULL;

    assert_int_equal(fleet_sum_new(&sum, &window, NULL), 0);
    return sum;
}

static void put(struct fleet_sum *sum, const char *name, const char *place, const double *kwh,
                size_t count)
{
    assert_int_equal(fleet_sum_series(sum, name, place, NULL), 0);
    for (size_t i = 0; i < count; i++)
        fleet_sum_energy(sum, MIDNIGHT_NS + (int64_t)(i + 1) * HOUR_NS, kwh[i] * KWH);
}

static struct fleet finish(struct fleet_sum *sum)
{
    struct fleet fleet;

    assert_int_equal(fleet_sum_finish(sum, &fleet, NULL), 0);
    fleet_sum_free(sum);
    return fleet;
}

static struct band yearly(const char *place)
{
    const struct place_query query = { .any = place, .gco2e_per_kwh = NAN };
    struct intensity intensity;

    assert_int_equal(place_resolve(&query, &intensity, NULL), 0);
    return intensity.gco2e_per_kwh;
}

static void assert_near(double a, double b)
{
    assert_true(fabs(a - b) <= 1e-9 * fmax(1, fabs(b)));
}

/* 1 kWh at 100 and 2 kWh at 50 g/kWh, PUE 1.25: 125 + 125 g; the width is that of the yearly figure */
static void test_each_hour_by_its_own_intensity(void **state)
{
    static const double used[] = { 1, 2 };
    struct fleet_sum *sum = begin(FLEET_NODE, 2 * HOUR_NS);
    struct band france = yearly("FR");
    struct fleet fleet;

    (void)state;
    assert_int_equal(fleet_sum_intensity(sum, "FR", MIDNIGHT_NS + HOUR_NS, 100, NULL), 0);
    assert_int_equal(fleet_sum_intensity(sum, "FR", MIDNIGHT_NS + 2 * HOUR_NS, 50, NULL), 0);
    put(sum, "n1", "FR", used, 2);
    fleet = finish(sum);
    assert_int_equal(fleet.row_count, 1);
    assert_near(fleet.rows[0].joules, 3 * KWH);
    assert_near(fleet.rows[0].gco2e.value, 250);
    assert_near(fleet.rows[0].gco2e.low, 250 * france.low / france.value);
    assert_near(fleet.rows[0].gco2e.high, 250 * france.high / france.value);
    assert_near(fleet.rows[0].hours, 2);
    assert_near(fleet.places[0].matched_ratio, 1);
    assert_near(fleet.total.gco2e.value, 250);
    assert_int_equal(fleet.note_count, 0);
    fleet_deinit(&fleet);
}

static void test_an_hour_without_one_takes_the_yearly_figure(void **state)
{
    static const double used[] = { 1, 3 };
    struct fleet_sum *sum = begin(FLEET_NODE, 2 * HOUR_NS);
    struct band france = yearly("FR");
    struct fleet fleet;

    (void)state;
    assert_int_equal(fleet_sum_intensity(sum, "FR", MIDNIGHT_NS + HOUR_NS, 100, NULL), 0);
    assert_int_equal(fleet_sum_intensity(sum, "FR", MIDNIGHT_NS + 2 * HOUR_NS, NAN, NULL), 0);
    assert_int_equal(fleet_sum_intensity(sum, "FR", MIDNIGHT_NS + 2 * HOUR_NS, -1, NULL), 0);
    assert_int_equal(fleet_sum_intensity(sum, "FR", MIDNIGHT_NS + 3 * HOUR_NS, 9, NULL), 0);
    put(sum, "n1", "FR", used, 2);
    fleet = finish(sum);
    assert_near(fleet.rows[0].gco2e.value, 1.25 * (100 + 3 * france.value));
    assert_near(fleet.places[0].matched_ratio, 0.25);
    fleet_deinit(&fleet);
}

/* One job on machines in two places; another that no label claims; the sum is the sum of the rows. */
static void test_rows_of_a_name_are_one(void **state)
{
    static const double one[] = { 1 };
    static const double two[] = { 2 };
    static const double five[] = { 5 };
    struct fleet_sum *sum = begin(FLEET_JOB, HOUR_NS);
    struct band france = yearly("FR");
    struct band sweden = yearly("SE");
    struct fleet fleet;

    (void)state;
    put(sum, "4711", "FR", one, 1);
    put(sum, "", "FR", five, 1);
    put(sum, "4711", "SE", two, 1);
    put(sum, "idle", "SE", NULL, 0);
    fleet = finish(sum);
    assert_int_equal(fleet.row_count, 2);
    assert_string_equal(fleet.rows[0].name, "");
    assert_string_equal(fleet.rows[1].name, "4711");
    assert_near(fleet.rows[1].joules, 3 * KWH);
    assert_near(fleet.rows[1].gco2e.value, 1.25 * (france.value + 2 * sweden.value));
    assert_near(fleet.rows[1].gco2e.high, 1.25 * (france.high + 2 * sweden.high));
    assert_true(isnan(fleet.rows[1].hours));
    assert_near(fleet.total.joules, 8 * KWH);
    assert_near(fleet.total.gco2e.value, fleet.rows[0].gco2e.value + fleet.rows[1].gco2e.value);
    assert_int_equal(fleet.place_count, 2);
    assert_string_equal(fleet.places[0].name, "FR");
    assert_near(fleet.places[0].joules, 6 * KWH);
    fleet_deinit(&fleet);
}

static void test_a_place_that_is_unknown_is_named(void **state)
{
    static const double one[] = { 1 };
    struct fleet_sum *sum = begin(FLEET_NODE, HOUR_NS);
    struct fleet fleet;

    (void)state;
    assert_int_equal(fleet_sum_intensity(sum, "lab:cellar", MIDNIGHT_NS + HOUR_NS, 100, NULL), 0);
    put(sum, "n1", "lab:cellar", one, 1);
    put(sum, "n2", "", one, 1);
    put(sum, "n3", "bad\nplace", one, 1);
    fleet = finish(sum);
    assert_int_equal(fleet.row_count, 3);
    /* its own value with the width of the figure that stands in: half to twice */
    assert_string_equal(fleet.rows[0].name, "n1");
    for (size_t i = 0; i < 3; i++) {
        double value = strcmp(fleet.rows[i].name, "n1") == 0 ? 125 : 500;

        assert_near(fleet.rows[i].gco2e.value, value);
        assert_near(fleet.rows[i].gco2e.low, value / 2);
        assert_near(fleet.rows[i].gco2e.high, value * 2);
    }
    assert_int_equal(fleet.note_count, 2);
    assert_non_null(strstr(fleet.notes[0], "'lab:cellar'"));
    assert_non_null(strstr(fleet.notes[1], "a place by hand"));
    fleet_deinit(&fleet);
}

/* Half an hour at the end is a step of its own; what is outside or no energy is not taken. */
static void test_the_last_hour_need_not_be_whole(void **state)
{
    const struct fleet_window window = window_of(FLEET_NODE, 3 * HOUR_NS / 2);
    struct fleet_sum *sum = begin(FLEET_NODE, 3 * HOUR_NS / 2);
    struct fleet fleet;

    (void)state;
    assert_int_equal(fleet_steps(&window), 2);
    assert_true(fleet_step_end_ns(&window, 0) == MIDNIGHT_NS + HOUR_NS);
    assert_true(fleet_step_end_ns(&window, 1) == MIDNIGHT_NS + 3 * HOUR_NS / 2);
    assert_int_equal(fleet_sum_series(sum, "n1", "FR", NULL), 0);
    fleet_sum_energy(sum, MIDNIGHT_NS + HOUR_NS, KWH);
    fleet_sum_energy(sum, MIDNIGHT_NS + 3 * HOUR_NS / 2, KWH);
    fleet_sum_energy(sum, MIDNIGHT_NS, KWH);
    fleet_sum_energy(sum, MIDNIGHT_NS + 2 * HOUR_NS, KWH);
    fleet_sum_energy(sum, MIDNIGHT_NS + HOUR_NS, -1);
    fleet_sum_energy(sum, MIDNIGHT_NS + HOUR_NS, NAN);
    fleet_sum_energy(sum, MIDNIGHT_NS + HOUR_NS, INFINITY);
    fleet = finish(sum);
    assert_near(fleet.total.joules, 2 * KWH);
    assert_near(fleet.rows[0].hours, 2);
    fleet_deinit(&fleet);
}

static void test_nothing_told_is_no_answer(void **state)
{
    struct fleet_window window = window_of(FLEET_USER, HOUR_NS);
    struct fleet_sum *sum = begin(FLEET_USER, HOUR_NS);
    struct aico2_error err = { 0 };
    struct fleet fleet;

    (void)state;
    put(sum, "ada", "FR", NULL, 0);
    assert_int_equal(fleet_sum_finish(sum, &fleet, &err), -ENODATA);
    fleet_sum_free(sum);
    window.to_wall_ns = window.from_wall_ns + (FLEET_STEPS_MAX + 1) * HOUR_NS;
    assert_int_equal(fleet_sum_new(&sum, &window, &err), -EINVAL);
}

static void test_places_are_bounded(void **state)
{
    struct fleet_sum *sum = begin(FLEET_NODE, HOUR_NS);
    char name[32];

    (void)state;
    for (int i = 0; i < FLEET_PLACES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "x:%d", i);
        assert_int_equal(fleet_sum_intensity(sum, name, MIDNIGHT_NS + HOUR_NS, 1, NULL), 0);
    }
    assert_int_equal(fleet_sum_series(sum, "n", "one:more", NULL), -E2BIG);
    fleet_sum_free(sum);
}

static void test_the_text_adds_up_and_fits(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct fleet_sum *sum = begin(FLEET_NODE, HOUR_NS);
    struct fleet fleet;
    const double used[] = { 1 };
    char name[64];

    (void)state;
    for (int i = 0; i < 30; i++) {
        (void)snprintf(name, sizeof(name), "a-long-name-of-a-node-%02d.example.org:9100", i);
        put(sum, name, "FR", used, 1);
    }
    fleet = finish(sum);
    write_fleet_text(&text, &fleet, 5, (struct text_style){ .unicode = true, .columns = 200 });
    assert_non_null(strstr(text.text, "25 more"));
    assert_non_null(strstr(text.text, "total"));
    for (const char *line = text.text; *line != '\0'; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 80 + 12); /* "…" and "±" are three bytes */
    fleet_deinit(&fleet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_hour_by_its_own_intensity),
        cmocka_unit_test(test_an_hour_without_one_takes_the_yearly_figure),
        cmocka_unit_test(test_rows_of_a_name_are_one),
        cmocka_unit_test(test_a_place_that_is_unknown_is_named),
        cmocka_unit_test(test_the_last_hour_need_not_be_whole),
        cmocka_unit_test(test_nothing_told_is_no_answer),
        cmocka_unit_test(test_places_are_bounded),
        cmocka_unit_test(test_the_text_adds_up_and_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

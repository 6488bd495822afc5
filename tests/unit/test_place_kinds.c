/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_place_kinds.c - the figures of a place of every kind and year, and looking for places */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "carbon/place.h"
#include "config/options.h"

static struct place_query query_of(const char *place, const char *kind, int year)
{
    return (struct place_query){
        .any = place, .gco2e_per_kwh = NAN, .basis = PLACE_OPTION, .kind = kind, .year = year
    };
}

static struct intensity figure(const char *place, const char *kind, int year)
{
    struct place_query query = query_of(place, kind, year);
    struct intensity intensity = { 0 };
    struct aico2_error err = { 0 };

    if (place_resolve(&query, &intensity, &err) != 0)
        fail_msg("%s", err.message);
    return intensity;
}

static void assert_band(struct band band, double low, double value, double high)
{
    assert_true(fabs(band.low - low) < 1e-9);
    assert_true(fabs(band.value - value) < 1e-9);
    assert_true(fabs(band.high - high) < 1e-9);
}

static void assert_refused(const char *place, const char *kind, int year, const char *message)
{
    struct place_query query = query_of(place, kind, year);
    struct intensity intensity = { .year = 77 };
    struct aico2_error err = { 0 };

    assert_int_equal(place_resolve(&query, &intensity, &err), -EINVAL);
    assert_string_equal(err.message, message);
    assert_int_equal(intensity.year, 77);
}

/* data/carbon_intensity_alt.csv: FR 36 (EEA, 2024: grade A, 15 %) and 158 (IFI, 2021, marginal: 50 %). */
static void test_a_kind_is_had_by_name_only(void **state)
{
    struct intensity direct = figure("FR", "direct-average", 0);
    struct intensity marginal = figure("France", "marginal", 0);

    (void)state;
    assert_string_equal(figure("FR", NULL, 0).kind, "lifecycle-average");
    assert_band(direct.gco2e_per_kwh, 30.6, 36, 41.4);
    assert_string_equal(direct.kind, "direct-average");
    assert_string_equal(direct.place, "FR");
    assert_string_equal(direct.name, "France");
    assert_string_equal(direct.source_short, "EEA");
    assert_string_equal(direct.quality, "A");
    assert_int_equal(direct.year, 2024);
    assert_band(marginal.gco2e_per_kwh, 79, 158, 237);
    assert_string_equal(marginal.kind, "direct-marginal");
    assert_string_equal(marginal.quality, "C");
    /* "direct" is an average: never the marginal figure of the same basis. Kosovo has no other. */
    assert_true(figure("FR", "direct", 0).gco2e_per_kwh.value == 36);
    assert_refused("XK", "direct", 0,
                   "no direct figure for 'XK' (Kosovo): there is lifecycle-average 2024, "
                   "direct-marginal 2021");
}

/* The newest of the kind: 130.96 of 2024; 207.05 of 2022 is a grade worse: 30 % is 62.115. */
static void test_years(void **state)
{
    (void)state;
    assert_true(figure("GB", "direct", 0).gco2e_per_kwh.value == 130.96);
    assert_true(figure("GB", "direct", 2023).gco2e_per_kwh.value == 177);
    assert_band(figure("GB", "direct", 2022).gco2e_per_kwh, 144.935, 207.05, 269.165);
    assert_string_equal(figure("GB", "direct", 2022).quality, "B");
    /* a year alone changes no kind: another source's life-cycle figure, or none */
    assert_true(figure("AE", NULL, 2023).gco2e_per_kwh.value == 492.7);
    assert_string_equal(figure("AE", NULL, 2023).kind, "lifecycle-average");
    assert_refused("GB", NULL, 2022,
                   "no lifecycle-average figure of 2022 for 'GB' (United Kingdom): there is "
                   "lifecycle-average 2024, direct-average 2024, direct-average 2023, "
                   "direct-average 2022, direct-marginal 2021");
    assert_refused("world", "direct", 0,
                   "no direct figure for 'world' (World): there is lifecycle-average 2024");
    assert_refused("FR", "direct", 2019,
                   "no direct figure of 2019 for 'FR' (France): there is lifecycle-average 2024, "
                   "direct-average 2024, direct-marginal 2021");
}

/* NZ 78.66 and AU 590 are of what is consumed; the states of Australia were published that way too. */
static void test_production_and_consumption_are_two_kinds(void **state)
{
    (void)state;
    assert_true(figure("NZ", "consumption", 0).gco2e_per_kwh.value == 78.66);
    assert_string_equal(figure("NZ", "direct", 0).kind, "direct-consumption");
    assert_string_equal(figure("AU-NSW", NULL, 0).kind, "lifecycle-consumption");
    assert_string_equal(figure("AU-NSW", "direct", 0).kind, "direct-consumption");
    assert_refused("NZ", "direct-average", 0,
                   "no direct-average figure for 'NZ' (New Zealand): there is lifecycle-average "
                   "2024, direct-consumption 2025, direct-consumption 2024, direct-consumption "
                   "2023, direct-marginal 2021");
}

/* California was published as 179.1 direct; a region has nothing of its country's. */
static void test_what_was_published_for_a_region_is_there_unscaled(void **state)
{
    struct intensity california = figure("US-CA", "direct", 0);

    (void)state;
    assert_band(california.gco2e_per_kwh, 0.7 * 179.1, 179.1, 1.3 * 179.1);
    assert_string_equal(california.kind, "direct-average");
    assert_string_equal(california.place, "US-CA");
    assert_refused("US-CA", "marginal", 0,
                   "no marginal figure for 'US-CA' (California, United States): there is "
                   "lifecycle-average 2023, direct-average 2023");
}

/* Google's own figure is direct; of life-cycle figures there is the country's, and it is said. */
static void test_a_cloud_region_has_those_of_where_it_stands(void **state)
{
    struct intensity paris = figure("gcp:europe-west9", "lifecycle-average", 0);

    (void)state;
    assert_true(figure("gcp:europe-west9", NULL, 0).gco2e_per_kwh.value == 16.3);
    assert_true(paris.gco2e_per_kwh.value == 44.18);
    assert_string_equal(paris.place, "gcp:europe-west9");
    assert_string_equal(paris.note, "figure of FR");
    assert_true(figure("aws:eu-west-3", "direct", 0).gco2e_per_kwh.value == 36);
    assert_true(figure("aws:us-west-1", "direct", 0).gco2e_per_kwh.value == 179.1);
}

static void test_all_figures_of_a_place(void **state)
{
    struct place_query query = query_of("FR", "marginal", 0);
    struct intensity *list = NULL;
    struct aico2_error err = { 0 };
    size_t count = 0;

    (void)state;
    assert_int_equal(place_figures(&query, &list, &count, &err), 0);
    assert_int_equal(count, 3);
    assert_string_equal(list[0].kind, "direct-marginal"); /* the one asked for first */
    assert_string_equal(list[1].kind, "lifecycle-average");
    assert_string_equal(list[2].kind, "direct-average");
    free(list);
    query = query_of("aws:eu-west-3", NULL, 0); /* France's own is not there twice */
    assert_int_equal(place_figures(&query, &list, &count, &err), 0);
    assert_int_equal(count, 3);
    free(list);
    query.any = "Atlantis";
    assert_int_equal(place_figures(&query, &list, &count, &err), -EINVAL);
}

static size_t found(struct place_filter filter, const char *first)
{
    struct intensity *list = NULL;
    size_t count = 0;

    assert_int_equal(place_search(&filter, &list, &count, NULL), 0);
    if (first != NULL) {
        assert_true(count > 0);
        assert_string_equal(list[0].place, first);
    }
    free(list);
    return count;
}

/* By hand from data/: two Koreas and two regions of Azure's in the southern one. */
static void test_places_are_found_by_a_part_of_their_names(void **state)
{
    (void)state;
    assert_int_equal(found((struct place_filter){ .text = "korea" }, "KP"), 4);
    assert_int_equal(found((struct place_filter){ .text = "ivory" }, "CI"), 1); /* another name */
    assert_int_equal(found((struct place_filter){ .text = "CÔTE D" }, "CI"), 1);
    assert_true(found((struct place_filter){ .text = "paris" }, "aws:eu-west-3") >= 3);
    assert_int_equal(found((struct place_filter){ .text = "korea", .country = "KR" }, "KR"), 3);
    assert_int_equal(found((struct place_filter){ .text = "zzqq" }, NULL), 0);
    assert_int_equal(found((struct place_filter){ .text = "..." }, NULL), 0);
    assert_int_equal(found((struct place_filter){ .pattern = "us-c?" }, "US-CA"), 3);
    assert_int_equal(found((struct place_filter){ .pattern = "AU-*" }, "AU-ACT"), 8);
    assert_int_equal(found((struct place_filter){ 0 }, "AF"), place_count());
}

/* All 228 rows of operating margins but those of places that have none here: countries only, with their
 * cloud regions; the median of grades A to D is not empty. */
static void test_lists_by_kind_and_grade(void **state)
{
    size_t all = place_count();
    size_t sum = 0;

    (void)state;
    assert_int_equal(found((struct place_filter){ .kind = "marginal", .pattern = "??" }, "AF"),
                     228);
    for (const char *grade = "ABCD"; *grade != '\0'; grade++) {
        char one[2] = { *grade, '\0' };

        sum += found((struct place_filter){ .grades = one }, NULL);
    }
    assert_int_equal(sum, all);
    assert_int_equal(found((struct place_filter){ .grades = "AD", .pattern = "AQ" }, "AQ"), 1);
    assert_int_equal(found((struct place_filter){ .grades = "AB", .pattern = "AQ" }, NULL), 0);
}

/* The option's words are those of model/intensity.h, which config/ cannot see. */
static void test_the_option_knows_the_kinds(void **state)
{
    (void)state;
    assert_string_equal(option_rows[OPT_KIND].choices, INTENSITY_KINDS);
    assert_true(intensity_kind_is("direct-average", "direct"));
    assert_false(intensity_kind_is("direct-marginal", "direct"));
    assert_true(intensity_kind_is("direct-marginal", "direct-marginal"));
    assert_false(intensity_kind_is("lifecycle-average", "life"));
    assert_false(intensity_kind_is("user", "direct"));
    assert_false(intensity_kind_is("", "marginal"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_kind_is_had_by_name_only),
        cmocka_unit_test(test_years),
        cmocka_unit_test(test_production_and_consumption_are_two_kinds),
        cmocka_unit_test(test_what_was_published_for_a_region_is_there_unscaled),
        cmocka_unit_test(test_a_cloud_region_has_those_of_where_it_stands),
        cmocka_unit_test(test_all_figures_of_a_place),
        cmocka_unit_test(test_places_are_found_by_a_part_of_their_names),
        cmocka_unit_test(test_lists_by_kind_and_grade),
        cmocka_unit_test(test_the_option_knows_the_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

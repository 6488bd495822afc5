/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_place.c - places, their figures and bands, and what is said of unknown ones */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "carbon/place.h"

static const struct place_query empty_query = { .gco2e_per_kwh = NAN, .basis = PLACE_OPTION };

static struct intensity resolved(struct place_query query)
{
    struct intensity intensity = { 0 };
    struct aico2_error err = { 0 };
    int r = place_resolve(&query, &intensity, &err);

    if (r != 0)
        fail_msg("%s", err.message);
    return intensity;
}

static struct intensity country(const char *text)
{
    struct place_query query = empty_query;

    query.country = text;
    return resolved(query);
}

static struct intensity any(const char *text)
{
    struct place_query query = empty_query;

    query.any = text;
    return resolved(query);
}

static void assert_band(struct band band, double low, double value, double high)
{
    assert_true(fabs(band.low - low) < 1e-9);
    assert_true(fabs(band.value - value) < 1e-9);
    assert_true(fabs(band.high - high) < 1e-9);
}

static void assert_refused(struct place_query query, const char *message)
{
    struct intensity intensity = { .year = 77 };
    struct aico2_error err = { 0 };

    assert_int_equal(place_resolve(&query, &intensity, &err), -EINVAL);
    assert_string_equal(err.message, message);
    assert_int_equal(err.code, -EINVAL);
    assert_int_equal(intensity.year, 77);
    assert_int_equal(place_resolve(&query, &intensity, NULL), -EINVAL);
}

static void assert_no_country(const char *text, const char *message)
{
    struct place_query query = empty_query;

    query.country = text;
    assert_refused(query, message);
}

/* 44.18 of grade A: 0.85 * 44.18 = 37.553, 1.15 * 44.18 = 50.807. Its rows in the table of
 * alternatives are direct (36) and marginal: another kind, so they widen nothing. */
static void test_france_has_its_figure_and_where_it_is_from(void **state)
{
    struct intensity france = country("FR");

    (void)state;
    assert_band(france.gco2e_per_kwh, 37.553, 44.18, 50.807);
    assert_string_equal(france.place, "FR");
    assert_string_equal(france.name, "France");
    assert_string_equal(france.country, "FR");
    assert_string_equal(france.country3, "FRA");
    assert_string_equal(france.kind, "lifecycle-average");
    assert_string_equal(france.source_short, "Ember");
    assert_string_equal(france.source,
                        "Ember, Yearly electricity data, carbon intensity by country, edition of "
                        "2025-08-03");
    assert_int_equal(france.year, 2024);
    assert_string_equal(france.quality, "A");
    assert_string_equal(france.note, "");
    assert_int_equal(france.place_basis, PLACE_OPTION);
}

/* 98.7 of grade A reaches 113.505; Our World in Data, same kind, has 115.88 for the same year. */
static void test_a_second_source_of_the_same_kind_widens_the_band(void **state)
{
    (void)state;
    assert_band(country("TJ").gco2e_per_kwh, 83.895, 98.7, 115.88);
}

/* Grade C: 24 ± 50 %; Montserrat, grade B: 1000 ± 30 %, Antarctica, grade D: 650 ± 50 %. */
static void test_low_grades_have_wide_bands(void **state)
{
    (void)state;
    assert_band(country("Central African Republic").gco2e_per_kwh, 12, 24, 36);
    assert_band(country("MS").gco2e_per_kwh, 700, 1000, 1300);
    assert_band(country("ATA").gco2e_per_kwh, 325, 650, 975);
    assert_int_equal(country("ATA").year, 0);
}

/* 248 countries by figure: rank 0.05 * 247 = 12.35 lies between 35.89 (SE) and 36.72 (CH), so
 * 35.89 + 0.35 * 0.83 = 36.1805; rank 234.65 between 713.9 (ZA) and 750 (NR): 737.365. */
static void test_nothing_asked_is_the_world(void **state)
{
    struct intensity world = resolved(empty_query);

    (void)state;
    assert_band(world.gco2e_per_kwh, 36.1805, 472.94, 737.365);
    assert_string_equal(world.place, "world");
    assert_string_equal(world.name, "World");
    assert_string_equal(world.country, "");
    assert_int_equal(world.place_basis, PLACE_WORLD);
    assert_int_equal(country(" World ").place_basis, PLACE_OPTION);
    assert_string_equal(country("WORLD").place, "world");
    assert_band(any("eu").gco2e_per_kwh, 36.1805, 213.02, 737.365);
    assert_string_equal(any("European Union").place, "EU");
}

static void test_a_country_has_many_names(void **state)
{
    static const struct {
        const char *text;
        const char *place;
    } names[] = {
        { "fr", "FR" }, { "fra", "FR" }, { "FRANCE", "FR" }, { "  France\n", "FR" },
        { "UK", "GB" }, { "Great Britain", "GB" }, { "EL", "GR" }, { "US", "US" }, { "USA", "US" },
        { "U.S.A.", "US" }, { "United States of America", "US" }, { "united_states", "US" },
        { "Türkiye", "TR" }, { "TÜRKIYE", "TR" }, { "Turkiye", "TR" }, { "Turkey", "TR" },
        { "Tu\xcc\x88rkiye", "TR" }, { "Côte d'Ivoire", "CI" }, { "Cote d\xe2\x80\x99Ivoire", "CI" },
        { "COTE D'IVOIRE", "CI" }, { "Ivory Coast", "CI" }, { "South Korea", "KR" },
        { "Korea, Republic of", "KR" }, { "North Korea", "KP" }, { "Trinidad & Tobago", "TT" },
        { "Guinea Bissau", "GW" }, { "St Lucia", "LC" }, { "St. Lucia", "LC" },
        { "The Gambia", "GM" }, { "Congo", "CG" }, { "DR Congo", "CD" }, { "Kosovo", "XK" },
        { "São Tomé and Príncipe", "ST" }, { "Åland Islands", "AX" }, { "Viet Nam", "VN" },
        { "Georgia", "GE" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_string_equal(country(names[i].text).place, names[i].place);
        assert_string_equal(any(names[i].text).place, names[i].place);
    }
}

static void test_an_unknown_country_names_the_nearest(void **state)
{
    (void)state;
    assert_no_country("Frnace", "unknown country 'Frnace': nearest is 'France' (FR)");
    assert_no_country("Untied Kingdom",
                      "unknown country 'Untied Kingdom': nearest is 'United Kingdom' (GB)");
    assert_no_country("Nigera",
                      "unknown country 'Nigera': nearest are 'Niger' (NE) and 'Nigeria' (NG)");
    assert_no_country("Chian", "unknown country 'Chian': nearest is 'China' (CN)");
    assert_no_country("QAX", "unknown country 'QAX': nearest is 'Qatar' (QA)");
    assert_no_country("Chixx",
                      "unknown country 'Chixx': nearest are 'Chile' (CL) and 'China' (CN)");
    assert_no_country("BRX", "unknown country 'BRX': an ISO 3166-1 code such as 'FR' or 'FRA', an "
                             "English name or 'world' is needed");
    assert_no_country("XX", "unknown country 'XX': an ISO 3166-1 code such as 'FR' or 'FRA', an "
                            "English name or 'world' is needed");
    assert_no_country("", "unknown country '': an ISO 3166-1 code such as 'FR' or 'FRA', an "
                          "English name or 'world' is needed");
    assert_no_country("\xff\x1b[2J", "unknown country '? [2J': an ISO 3166-1 code such as 'FR' or "
                                     "'FRA', an English name or 'world' is needed");
    assert_no_country("US-CA", "unknown country 'US-CA': that is a region, for --region");
    assert_no_country("BV", "no figure for 'BV' (Bouvet Island): no figure is published for it; "
                            "give one with --intensity");
}

/* US: 383.55 / 349.67, direct average of the same eGRID edition; AU: 1.1; CN: 557.5 / 530.6. */
static void test_direct_figures_of_regions_are_scaled_and_it_is_said(void **state)
{
    struct intensity california = any("us-ca");
    double value = 179.1 * 383.55 / 349.67; /* 196.453... */

    (void)state;
    assert_band(california.gco2e_per_kwh, 0.7 * value, value, 1.3 * value);
    assert_true(fabs(value - 196.45) < 0.01);
    assert_string_equal(california.place, "US-CA");
    assert_string_equal(california.name, "California, United States");
    assert_string_equal(california.country, "US");
    assert_string_equal(california.kind, "lifecycle-average");
    assert_string_equal(california.quality, "B");
    assert_string_equal(california.source_short, "US EPA eGRID");
    assert_int_equal(california.year, 2023);
    assert_string_equal(california.note, "direct figure 179.1 scaled by 1.10 (United States, "
                                         "life-cycle 383.55 / direct 349.67)");
    assert_true(fabs(any("AU-NSW").gco2e_per_kwh.value - 660) < 1e-9);
    assert_true(fabs(any("CN-BJ").gco2e_per_kwh.value - 558 * 557.5 / 530.6) < 1e-9);
    assert_non_null(strstr(any("CN-BJ").note, "CO2 only"));
    assert_string_equal(any("California").place, "US-CA");
    assert_string_equal(any("CAMX").country, "US");
}

/* Nothing says what Canada's direct average is: the figure stays direct, and its kind says so. */
static void test_a_direct_figure_without_a_ratio_stays_direct(void **state)
{
    struct intensity quebec = any("CA-QC");
    struct intensity karelia = any("RU-KR");

    (void)state;
    assert_band(quebec.gco2e_per_kwh, 1.82, 2.6, 3.38);
    assert_string_equal(quebec.kind, "direct-consumption"); /* what is used there, imports in it */
    assert_string_equal(quebec.note, "direct figure, not scaled to life-cycle: no national direct "
                                     "figure known");
    assert_band(karelia.gco2e_per_kwh, 112.225, 224.45, 336.675);
    assert_string_equal(karelia.quality, "D");
}

static void test_a_region_without_a_figure_is_never_its_country(void **state)
{
    struct place_query query = empty_query;

    (void)state;
    query.region = "FR-IDF";
    assert_refused(query, "no figure for region 'FR-IDF': there is one for its country 'FR' "
                          "(France)");
    query.region = "US-ZZ";
    assert_refused(query, "no figure for region 'US-ZZ': there are figures for its country 'US' "
                          "(United States) and regions such as 'US-AK'");
    query.region = "CAMXX";
    assert_refused(query, "unknown region 'CAMXX': nearest is 'CAMX' (WECC California, United "
                          "States)");
    query.region = "FR";
    assert_refused(query, "unknown region 'FR': that is a country, for --country");
    query.region = "US-PR"; /* one place with two codes is no fallback */
    assert_string_equal(resolved(query).place, "PR");
    query.region = "Georgia";
    assert_string_equal(resolved(query).place, "US-GA");
}

static void test_places_that_are_given_together_must_agree(void **state)
{
    struct place_query query = empty_query;

    (void)state;
    query.country = "usa";
    query.region = "US-CA";
    assert_string_equal(resolved(query).place, "US-CA");
    query.cloud = "aws:us-west-1"; /* in California */
    assert_string_equal(resolved(query).place, "aws:us-west-1");
    query.zone = "US-CAL-CISO"; /* and in its grid */
    assert_string_equal(resolved(query).place, "aws:us-west-1");
    query.zone = NULL;
    query.cloud = "aws:us-east-1";
    assert_refused(query, "cloud region 'aws:us-east-1' is not in region 'US-CA': give only one of "
                          "them");
    query.cloud = NULL;
    query.country = "France";
    assert_refused(query, "region 'US-CA' is not in country 'France': give only one of them");
}

static void test_cloud_regions_have_the_figure_of_where_they_are(void **state)
{
    struct place_query query = empty_query;
    struct intensity paris;
    double virginia = 244.8 * 383.55 / 349.67;

    (void)state;
    query.cloud = "AWS/EU-West-3";
    query.basis = PLACE_CLOUD;
    paris = resolved(query);
    assert_band(paris.gco2e_per_kwh, 37.553, 44.18, 50.807);
    assert_string_equal(paris.place, "aws:eu-west-3");
    assert_string_equal(paris.country3, "FRA");
    assert_string_equal(paris.note, "figure of FR");
    assert_int_equal(paris.place_basis, PLACE_CLOUD);

    query.cloud = "aws:us-east-1";
    assert_band(resolved(query).gco2e_per_kwh, 0.7 * virginia, virginia, 1.3 * virginia);
    query.cloud = "gcp:europe-west9"; /* Google's own, operational: 16.3 ± 30 % */
    assert_band(resolved(query).gco2e_per_kwh, 11.41, 16.3, 21.19);
    assert_string_equal(resolved(query).kind, "direct-average");
    assert_string_equal(resolved(query).source_short, "Google");
    query.cloud = "google:europe-west9";
    assert_string_equal(resolved(query).place, "gcp:europe-west9");
}

static void test_unknown_cloud_regions(void **state)
{
    struct place_query query = empty_query;

    (void)state;
    query.cloud = "aws:eu-west-33";
    assert_refused(query, "unknown cloud region 'aws:eu-west-33': nearest is "
                          "'aws:eu-west-3'");
    query.cloud = "eu-west-3";
    assert_refused(query, "unknown cloud region 'eu-west-3': write its provider too, as in "
                          "'aws:eu-west-3'");
    query.cloud = NULL;
    query.any = "EU-west-3";
    assert_refused(query, "unknown place 'EU-west-3': write its provider too, as in "
                          "'aws:eu-west-3'");
    query.any = NULL;
    query.cloud = "awz:eu-west-3";
    assert_refused(query, "unknown cloud provider in 'awz:eu-west-3': known are alibaba, aws, "
                          "azure, digitalocean, gcp, hetzner, hlrs, ibm, itenos, oci, ovh, "
                          "scaleway");
    query.cloud = "aws:";
    assert_int_equal(place_resolve(&query, &(struct intensity){ 0 }, NULL), -EINVAL);
    query.cloud = ":";
    assert_int_equal(place_resolve(&query, &(struct intensity){ 0 }, NULL), -EINVAL);
}

static void assert_mean(const char *cloud, double pue, const char *source)
{
    struct place_site site;

    assert_true(place_cloud_site(cloud, &site));
    assert_true(site.pue == pue && isnan(site.wue_l_per_kwh));
    assert_string_equal(site.pue_source, source);
    assert_string_equal(site.wue_source, "");
}

/* The newest rows of data/pue.csv that are an operator's own. */
static void test_a_region_without_a_figure_has_its_operators_mean(void **state)
{
    struct place_site site;

    (void)state;
    assert_mean("gcp:europe-west3", 1.09, "Google, 2025, mean of all its sites");
    assert_mean("azure:australiacentral", 1.17, "Microsoft, 2025, mean of all its sites");
    assert_mean("ovh:ca-toronto", 1.29, "OVHcloud, 2022, mean of all its sites");
    /* "as low as" is no mean, and what is remembered no disclosure */
    assert_false(place_cloud_site("oci:eu-frankfurt-1", &site));
    assert_false(place_cloud_site("hetzner:fsn1", &site));
    /* run by others than the provider */
    assert_false(place_cloud_site("azure:chinaeast", &site));
    assert_true(place_cloud_site("aws:cn-north-1", &site));
    assert_true(isnan(site.pue) && site.wue_l_per_kwh == 0.18);
    assert_true(place_cloud_site("aws:cn-northwest-1", &site));
    assert_true(site.pue == 1.25); /* its own */
}

/* As data/cloud_regions.csv has them: Cape Town both, Hong Kong its water only, Beijing neither. */
static void test_a_building_is_what_its_operator_disclosed(void **state)
{
    struct place_site site;

    (void)state;
    assert_true(place_cloud_site("aws:af-south-1", &site));
    assert_true(site.pue == 1.24 && site.wue_l_per_kwh == 0.18);
    assert_string_equal(site.pue_source, "AWS, 2024, in the Green Software Foundation's table");
    assert_string_equal(site.wue_source, "AWS, 2024, in the Green Software Foundation's table");
    assert_true(place_cloud_site("AWS:AP-East-1", &site));
    assert_true(site.pue == 1.14 && site.wue_l_per_kwh == 0.18);
    assert_string_equal(site.pue_source, "AWS, 2025, mean of all its sites");
    assert_string_equal(site.wue_source, "AWS, in the Green Software Foundation's table");
    /* 0 litres are a disclosure, too */
    assert_true(place_cloud_site("azure:newzealandnorth", &site));
    assert_true(site.wue_l_per_kwh == 0);
    assert_false(place_cloud_site("alibaba:cn-beijing", &site));
    assert_true(isnan(site.pue) && isnan(site.wue_l_per_kwh));
    assert_false(place_cloud_site("aws:nowhere", &site));
    assert_false(place_cloud_site("FR", &site));
    assert_false(place_cloud_site(NULL, &site));
}

/* The figure that Google publishes for its region in the zone; zones where two differ have none. */
static void test_grid_zones(void **state)
{
    struct place_query query = empty_query;

    (void)state;
    query.zone = "fr";
    assert_string_equal(resolved(query).place, "FR");
    query.zone = "CA-QC";
    assert_string_equal(resolved(query).place, "CA-QC");
    query.zone = "US-CAL-CISO";
    assert_true(resolved(query).gco2e_per_kwh.value == 169.28);
    assert_string_equal(resolved(query).country, "US");
    query.zone = "US-CENT-SWPP";
    assert_refused(query, "no figure for 'US-CENT-SWPP' (grid zone US-CENT-SWPP, United States): "
                          "use 'gcp:us-central1' or 'US', which have figures");
    query.zone = "US-CAL-CIS";
    assert_refused(query, "unknown grid zone 'US-CAL-CIS': nearest is 'US-CAL-CISO'");
    query.zone = "France";
    assert_refused(query, "unknown grid zone 'France': that is a country, for --country");
}

static void test_a_given_intensity_has_no_band(void **state)
{
    struct place_query query = empty_query;
    struct intensity given;

    (void)state;
    query.gco2e_per_kwh = 50;
    given = resolved(query);
    assert_band(given.gco2e_per_kwh, 50, 50, 50);
    assert_string_equal(given.place, "");
    assert_string_equal(given.kind, "user");
    assert_string_equal(given.source, "given by --intensity");
    assert_int_equal(given.year, 0);
    query.country = "BV"; /* a label needs no figure */
    given = resolved(query);
    assert_string_equal(given.place, "BV");
    assert_string_equal(given.country3, "BVT");
    assert_true(given.gco2e_per_kwh.value == 50);

    query.gco2e_per_kwh = -0.0;
    assert_false(signbit(resolved(query).gco2e_per_kwh.value));
    query.gco2e_per_kwh = -5;
    assert_refused(query, "intensity '-5' is not within 0 and 5000 gCO2e/kWh");
    query.gco2e_per_kwh = 5000.5;
    assert_refused(query, "intensity '5000.5' is not within 0 and 5000 gCO2e/kWh");
    query.gco2e_per_kwh = INFINITY;
    assert_refused(query, "intensity 'infinite' is not within 0 and 5000 gCO2e/kWh");
    query.gco2e_per_kwh = 5000;
    query.country = "Frnace";
    assert_refused(query, "unknown country 'Frnace': nearest is 'France' (FR)");
}

static int by_place(const void *a, const void *b)
{
    const struct intensity *left = a;
    const struct intensity *right = b;

    return strcmp(left->place, right->place);
}

/* 248 countries, the world, 12 parts of it, 213 regions, 264 cloud regions, and zones. */
static void test_every_listed_place_is_sound_and_found_again(void **state)
{
    size_t count = place_count();
    struct intensity *all = calloc(count, sizeof(*all));

    (void)state;
    assert_non_null(all);
    assert_true(count > 248 + 1 + 12 + 213 + 264);
    for (size_t i = 0; i < count; i++) {
        struct band band;
        struct intensity again;

        place_at(i, &all[i]);
        band = all[i].gco2e_per_kwh;
        assert_true(band.low >= 0 && band.low < band.value && band.value < band.high);
        assert_true(isfinite(band.high));
        assert_true(all[i].source[0] != '\0' && all[i].kind[0] != '\0');
        again = any(all[i].place);
        assert_string_equal(again.place, all[i].place);
        if (i < 248)
            assert_string_equal(country(all[i].name).place, all[i].place);
    }
    assert_string_equal(all[0].place, "AF");
    assert_string_equal(all[248].place, "world");
    qsort(all, count, sizeof(*all), by_place);
    for (size_t i = 1; i < count; i++)
        assert_string_not_equal(all[i - 1].place, all[i].place);
    free(all);
}

static void assert_suggests(int etc, const char *tz, const char *expected)
{
    char code[3] = "--";

    assert_int_equal(place_suggest_country(etc, tz, code), expected != NULL);
    assert_string_equal(code, expected != NULL ? expected : "--");
}

static void test_the_time_zone_suggests_a_country(void **state)
{
    char path[64];
    int etc = temp_dir_open(path);

    (void)state;
    assert_suggests(etc, NULL, NULL);
    assert_suggests(etc, "Europe/Paris", "FR");
    assert_suggests(etc, ":Europe/Paris", "FR");
    assert_suggests(etc, ":/usr/share/zoneinfo/Asia/Kolkata", "IN");
    assert_suggests(etc, "Asia/Calcutta", "IN");
    tree_link(etc, "localtime", "../usr/share/zoneinfo/America/Toronto");
    assert_suggests(etc, NULL, "CA");
    tree_write(etc, "timezone", "Europe/Berlin\n");
    assert_suggests(etc, NULL, "DE");
    assert_suggests(etc, "Asia/Tokyo", "JP");
    assert_suggests(etc, "", NULL); /* POSIX: UTC, so not the file's */
    (void)close(etc);
    temp_dir_remove(path);
}

/* Africa/Abidjan stands for a dozen countries; Coral Harbour is Canadian on Panama's clock. */
static void test_a_zone_that_says_nothing_suggests_nothing(void **state)
{
    static const char *const zones[] = {
        "UTC", "Etc/UTC", "GMT", "posix/Europe/Paris", "CET-1CEST", "EST5EDT", "Mars/Base",
        "Africa/Abidjan", "Africa/Lagos", "America/Coral_Harbour", "europe/paris", "Europe",
    };
    char path[64];
    int etc = temp_dir_open(path);

    (void)state;
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
        assert_suggests(etc, zones[i], NULL);
    tree_link(etc, "localtime", "/usr/share/zoneinfo/Europe/Paris");
    tree_write(etc, "timezone", "Etc/UTC\n");
    assert_suggests(etc, NULL, NULL);
    (void)close(etc);
    temp_dir_remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_france_has_its_figure_and_where_it_is_from),
        cmocka_unit_test(test_a_second_source_of_the_same_kind_widens_the_band),
        cmocka_unit_test(test_low_grades_have_wide_bands),
        cmocka_unit_test(test_nothing_asked_is_the_world),
        cmocka_unit_test(test_a_country_has_many_names),
        cmocka_unit_test(test_an_unknown_country_names_the_nearest),
        cmocka_unit_test(test_direct_figures_of_regions_are_scaled_and_it_is_said),
        cmocka_unit_test(test_a_direct_figure_without_a_ratio_stays_direct),
        cmocka_unit_test(test_a_region_without_a_figure_is_never_its_country),
        cmocka_unit_test(test_places_that_are_given_together_must_agree),
        cmocka_unit_test(test_cloud_regions_have_the_figure_of_where_they_are),
        cmocka_unit_test(test_unknown_cloud_regions),
        cmocka_unit_test(test_a_building_is_what_its_operator_disclosed),
        cmocka_unit_test(test_a_region_without_a_figure_has_its_operators_mean),
        cmocka_unit_test(test_grid_zones),
        cmocka_unit_test(test_a_given_intensity_has_no_band),
        cmocka_unit_test(test_every_listed_place_is_sound_and_found_again),
        cmocka_unit_test(test_the_time_zone_suggests_a_country),
        cmocka_unit_test(test_a_zone_that_says_nothing_suggests_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

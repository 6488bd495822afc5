/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_estimate_cite.c - an estimate as a paragraph says what the figures are and what they are of */
#include "support.h"

#include <string.h>

#include "base/attributes.h"
#include "estimate_tests.h"
#include "writers/version.h"
#include "writers/writer.h"

enum { PARAGRAPH_SIZE = 2048 };

/* The paragraph on one line: its breaks are those of a terminal. */
static void cite(struct estimate_query query, char paragraph[PARAGRAPH_SIZE])
{
    const struct text_style style = { .columns = 80 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    struct aico2_error err = { 0 };
    struct estimate estimate;
    size_t line = 0;

    if (estimate_make(&query, &estimate, &err) != 0)
        fail_msg("%s", err.message);
    write_estimate_cite(&out, &estimate, style);
    estimate_deinit(&estimate);
    assert_false(out.failed);
    (void)snprintf(paragraph, PARAGRAPH_SIZE, "%s", strbuf_text(&out));
    for (char *at = paragraph; *at != '\0'; at++) {
        line = *at == '\n' ? 0 : line + 1;
        assert_true(line <= 80);
        if (*at == '\n' && at[1] != '\0')
            *at = ' ';
    }
}

/* 82 432 h x 400 W x 1.1 = 36.27 MWh, 13.96 t at 385 g/kWh; power and intensity as given have no band. */
static void test_a_model_card(void **state)
{
    struct estimate_query query = empty_query;
    char paragraph[PARAGRAPH_SIZE];

    (void)state;
    query.gpu = "A100-SXM4-80GB";
    query.count = 0;
    query.gpu_hours = 82432;
    query.power_watts = 400;
    query.pue = 1.1;
    query.intensity.gco2e_per_kwh = (struct band){ 385, 385, 385 };
    cite(query, paragraph);
    assert_string_equal(
        paragraph,
        "The computation took 82432 GPU-hours on NVIDIA A100-SXM4-80GB (400 W as given). Its "
        "energy is "
        "estimated at 36.3 MWh, a power usage effectiveness of 1.1 included. At 385 gCO2e/kWh (as "
        "given) that is 14.0 tCO2e; the making of the hardware is not counted. These figures are "
        "computed, not measured, and what is not named is not counted. They were computed with "
        "AI_Co2_Calculator (aico2 " AICO2_VERSION ").\n");
}

/* 4 T4 of 70 W at 50 % and a CPU of 100 W for 10 h: 1.4 + 1 = 2.4 kWh. The T4s are good to 70 %, the CPU's power
 * was given: 2.4 -+ 0.98. 2.4 kWh x 44.2 g = 106.08 g; with the band of France 15 % in quadrature. */
static void test_several_devices_with_bands(void **state)
{
    const struct estimate_device devices[] = {
        { DEVICE_GPU, "Tesla T4", 4, NAN, 0.5 },
        { DEVICE_CPU, "mine", 1, 100, NAN },
    };
    struct estimate_query query = empty_query;
    char paragraph[PARAGRAPH_SIZE];

    (void)state;
    query.count = 0;
    query.devices = devices;
    query.device_count = 2;
    query.hours = 10;
    query.intensity = (struct intensity){ .name = "France",
                                          .place = "FR",
                                          .kind = "lifecycle-average",
                                          .source = "Ember, yearly data",
                                          .year = 2024,
                                          .gco2e_per_kwh = { 44.2, 37.6, 50.8 } };
    cite(query, paragraph);
    assert_non_null(
        strstr(paragraph,
               "took 40 GPU-hours on 4 Tesla T4 (70.0 W each at full load, used at 50 %) and "
               "10 CPU-hours on a CPU (100 W as given). "));
    assert_non_null(strstr(paragraph,
                           "estimated at 2.40 kWh (1.42 to 3.38), nothing being added for "
                           "cooling and distribution. "));
    assert_non_null(strstr(paragraph,
                           "At 44.2 gCO2e/kWh (37.6 to 50.8; France, 2024, lifecycle-average; "
                           "Ember, yearly data) that is 106 gCO2e ("));
    assert_non_null(
        strstr(paragraph, "; ranges are meant to hold the true value in 95 % of cases. "));
}

static void test_making_memory_and_known_energy(void **state)
{
    struct estimate_query query = empty_query;
    char paragraph[PARAGRAPH_SIZE];

    (void)state;
    query.memory_gib = 64;
    query.hours = 2;
    query.embodied = true;
    cite(query, paragraph);
    assert_non_null(strstr(paragraph, "took 2 hours of memory of 23.9 W. "));
    assert_non_null(strstr(paragraph, ". Making the hardware adds "));
    assert_non_null(strstr(paragraph, " for these hours of its life, "));
    assert_null(strstr(paragraph, "is not counted. These"));
    query = empty_query;
    query.count = 0;
    query.energy_kwh = 433196;
    cite(query, paragraph);
    assert_non_null(
        strstr(paragraph, "took electricity of known amount. Its energy is 433 MWh, nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_model_card),
        cmocka_unit_test(test_several_devices_with_bands),
        cmocka_unit_test(test_making_memory_and_known_energy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

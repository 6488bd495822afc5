/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_methodology.c - the worked examples of METHODOLOGY.md, computed by the code of the reports */
#include "support.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribution/split.h"
#include "attribution/stolen_time.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/number.h"
#include "carbon/equivalents.h"
#include "carbon/footprint.h"
#include "carbon/greenest.h"
#include "carbon/market.h"
#include "catalog/cpu_table.h"
#include "energy/meter.h"
#include "session/epoch/forecast.h"

enum { LINES_MAX = 16, KEY_SIZE = 48, EXAMPLES_MAX = 64 };

struct line {
    char key[KEY_SIZE];
    double value; /* NAN: "unknown" */
};

struct example {
    char name[KEY_SIZE];
    struct line given[LINES_MAX];
    struct line gives[LINES_MAX];
    size_t given_count;
    size_t gives_count;
};

/* What the code makes of an example; the order is free. */
struct results {
    struct line items[LINES_MAX];
    size_t count;
};

/* Curves are kept to six decimals. */
static const double TOLERANCE_RATIO = 1e-6;

static struct example examples[EXAMPLES_MAX];
static size_t example_count;

static double given_or(const struct example *example, const char *key, double other)
{
    for (size_t i = 0; i < example->given_count; i++)
        if (strcmp(example->given[i].key, key) == 0)
            return example->given[i].value;
    return other;
}

static double given(const struct example *example, const char *key)
{
    double value = given_or(example, key, NAN);

    if (isnan(value))
        fail_msg("example %s does not give %s", example->name, key);
    return value;
}

static void gives(struct results *results, const char *key, double value)
{
    struct line *line = &results->items[results->count++];

    assert_true(results->count <= LINES_MAX);
    (void)snprintf(line->key, sizeof(line->key), "%s", key);
    line->value = value;
}

static void compute_counter(const struct example *example, struct results *results)
{
    struct energy_counter counter = { .range_uj = (uint64_t)given(example, "range_uj"),
                                      .rated_watts = given(example, "rated_watts") };
    int64_t then_ns = (int64_t)(given(example, "seconds") * NSEC_PER_SEC);
    uint64_t delta_uj = 0;
    int64_t since_ns = 0;
    enum counter_step step;

    (void)energy_counter_advance(&counter, (uint64_t)given(example, "before_uj"), 0, &delta_uj,
                                 &since_ns);
    step = energy_counter_advance(&counter, (uint64_t)given(example, "now_uj"), then_ns, &delta_uj,
                                  &since_ns);
    gives(results, "energy_joules", step == COUNTER_ENERGY ? (double)delta_uj / 1e6 : NAN);
}

static void compute_trapezoid(const struct example *example, struct results *results)
{
    const struct device device = { .kind = DEVICE_GPU };
    const struct power_model unused = { 0 };
    int64_t then_ns = (int64_t)(given(example, "seconds") * NSEC_PER_SEC);
    struct sample sample = { .valid = SAMPLE_POWER, .power_watts = given(example, "before_watts") };
    struct interval interval;
    struct meter meter;

    meter_init(&meter, &device, METER_POWER, &unused, then_ns);
    meter_advance(&meter, &sample, -1, &interval);
    sample.mono_ns = then_ns;
    sample.power_watts = given(example, "now_watts");
    meter_advance(&meter, &sample, -1, &interval);
    gives(results, "energy_joules", interval.joules);
}

static void compute_cpu_model(const struct example *example, struct results *results)
{
    const struct cpu_curve_row *row = cpu_curve_of(NULL);
    double tdp_watts = given(example, "tdp_watts");
    double seconds = given(example, "seconds");
    double load = given(example, "busy_cpu_seconds") / (given(example, "threads") * seconds);
    struct power_model model = { .idle_watts = row->idle_ratio * tdp_watts,
                                 .full_watts = row->full_ratio * tdp_watts,
                                 .count = row->curve.count };

    memcpy(model.load_ratio, row->curve.load_ratio, sizeof(row->curve.load_ratio));
    memcpy(model.shape, row->curve.shape, sizeof(row->curve.shape));
    gives(results, "energy_joules", power_model_watts(&model, load) * seconds);
}

static void compute_steal(const struct example *example, struct results *results)
{
    struct stolen_time stolen = { 0 };
    double clock = given(example, "job_perf_seconds");
    double busy = given(example, "busy_cpu_seconds");

    stolen_time_see(&stolen, (int64_t)(busy * 1e9),
                    (int64_t)(given(example, "stolen_cpu_seconds") * 1e9));
    clock -= seconds_from_ns(stolen_time_within(&stolen, (int64_t)(clock * 1e9)));
    gives(results, "job_cpu_seconds", clock);
    gives(results, "share", attribution_interval(1, 1, clock, busy).job_gross_joules);
}

static void compute_own(const struct example *example, struct results *results)
{
    struct band own = band_relative(attribution_of_other(given(example, "job_joules"),
                                                         given(example, "others_joules"),
                                                         given(example, "own_cpu_seconds"),
                                                         given(example, "all_cpu_seconds")),
                                    given(example, "half_width"));

    gives(results, "own_joules", own.value);
    gives(results, "low_joules", own.low);
    gives(results, "high_joules", own.high);
}

static void compute_whose(const struct example *example, struct results *results)
{
    struct energy_sums sums =
        attribution_interval(given(example, "first_joules"), given(example, "first_seconds"),
                             given(example, "first_job_cpu_seconds"),
                             given(example, "first_all_cpu_seconds"));
    struct energy_sums second =
        attribution_interval(given(example, "second_joules"), given(example, "second_seconds"),
                             given(example, "second_job_cpu_seconds"),
                             given(example, "second_all_cpu_seconds"));
    struct attribution split;

    energy_sums_add(&sums, &second);
    split = attribution_split(&sums, given(example, "idle_watts"));
    gives(results, "job_joules", split.job_joules);
    gives(results, "others_joules", split.others_joules);
    gives(results, "idle_joules", split.idle_joules);
    gives(results, "share", split.job_share);
    gives(results, "total_joules", split.job_joules + split.job_share * split.idle_joules);
}

static void compute_band(const struct example *example, struct results *results)
{
    struct class_part parts[LINES_MAX];
    size_t gpus = (size_t)given(example, "gpus");
    struct band total;

    assert_true(gpus < LINES_MAX);
    for (size_t i = 0; i < gpus; i++)
        parts[i] =
            (struct class_part){ DEVICE_GPU, band_relative(given(example, "gpu_joules"),
                                                           given(example, "gpu_half_width")) };
    parts[gpus] =
        (struct class_part){ DEVICE_CPU, band_relative(given(example, "cpu_joules"),
                                                       given(example, "cpu_half_width")) };
    total = footprint_add_bands(parts, gpus + 1);
    gives(results, "total_joules", total.value);
    gives(results, "low_joules", total.low);
    gives(results, "high_joules", total.high);
}

static void compute_grams(const struct example *example, struct results *results)
{
    struct band grams = footprint_operational(
        band_relative(given(example, "energy_joules"), given(example, "energy_half_width")),
        given(example, "pue"),
        band_relative(given(example, "gco2e_per_kwh"), given(example, "intensity_half_width")));

    gives(results, "gco2e", grams.value);
    gives(results, "low_gco2e", grams.low);
    gives(results, "high_gco2e", grams.high);
}

static void compute_embodied(const struct example *example, struct results *results)
{
    struct band grams = footprint_embodied(band_relative(given(example, "manufacture_kgco2e"), 0),
                                           given(example, "lifetime_years"),
                                           given(example, "hours") * 3600, given(example, "share"));

    gives(results, "gco2e", grams.value);
}

static void compute_market(const struct example *example, struct results *results)
{
    const struct market_terms terms = { true, given(example, "factor_gco2e_per_kwh"),
                                        given(example, "share"), NAN };
    struct market_based market =
        market_based_make(&terms, band_relative(given(example, "kwh"), 0),
                          band_relative(given(example, "place_gco2e_per_kwh"), 0),
                          band_relative(given(example, "embodied_gco2e"), 0));

    gives(results, "gco2e_per_kwh", market.gco2e_per_kwh.value);
    gives(results, "total_gco2e", market.total_gco2e.value);
}

static void compute_water(const struct example *example, struct results *results)
{
    struct band litres = footprint_water(band_relative(given(example, "energy_joules"), 0),
                                         given(example, "wue_l_per_kwh"));

    gives(results, "litres", litres.value);
}

static void compute_greenest(const struct example *example, struct results *results)
{
    static const int64_t HOUR_NS = 3600 * NSEC_PER_SEC;
    struct intensity_point points[LINES_MAX] = { 0 };
    struct intensity_series series = { .points = points };
    struct when_stretch best = { 0 };
    char key[KEY_SIZE];
    double value;

    for (;;) {
        (void)snprintf(key, sizeof(key), "hour_%zu", series.count + 1);
        value = given_or(example, key, NAN);
        if (isnan(value))
            break;
        points[series.count] = (struct intensity_point){ .wall_ns = (int64_t)series.count * HOUR_NS,
                                                         .gco2e_per_kwh = value };
        series.count++;
    }
    assert_true(greenest_find(&series, 0, (int64_t)series.count * HOUR_NS,
                              (int64_t)(given(example, "hours") * (double)HOUR_NS), &best));
    gives(results, "begins_after_hours", (double)best.start_ns / (double)HOUR_NS);
    gives(results, "gco2e_per_kwh", best.gco2e_per_kwh);
}

static void compute_forecast(const struct example *example, struct results *results)
{
    struct epoch_used tasks[LINES_MAX];
    size_t count = 0;
    struct band rest;
    char key[KEY_SIZE];
    double value;

    for (;;) {
        (void)snprintf(key, sizeof(key), "epoch_%zu_joules", count + 1);
        value = given_or(example, key, NAN);
        if (isnan(value))
            break;
        tasks[count++] = (struct epoch_used){ value, 1 };
    }
    rest = epoch_forecast(tasks, count, given(example, "epochs") - (double)count, NULL);
    gives(results, "rest_joules", rest.value);
    gives(results, "low_joules", rest.low);
    gives(results, "high_joules", rest.high);
}

static void compute_equivalents(const struct example *example, struct results *results)
{
    gives(results, "car_km", equivalent_car_km(given(example, "gco2e")));
    gives(results, "tree_seedling_months",
          equivalent_tree_seedling_months(given(example, "gco2e")));
}

static const struct {
    const char *name;
    void (*compute)(const struct example *example, struct results *results);
} kinds[] = {
    { "counter", compute_counter },     { "trapezoid", compute_trapezoid },
    { "cpu-model", compute_cpu_model }, { "whose", compute_whose },
    { "steal", compute_steal },         { "own", compute_own },
    { "band", compute_band },           { "grams", compute_grams },
    { "embodied", compute_embodied },   { "market", compute_market },
    { "water", compute_water },         { "greenest", compute_greenest },
    { "forecast", compute_forecast },   { "equivalents", compute_equivalents },
};

static void add_line(struct example *example, const char *text)
{
    char word[8];
    char key[KEY_SIZE];
    char value[KEY_SIZE];
    struct line *line;

    if (sscanf(text, "%7s %47s = %47s", word, key, value) != 3)
        fail_msg("example %s: not \"given|gives KEY = VALUE\": %s", example->name, text);
    assert_true(example->given_count < LINES_MAX && example->gives_count < LINES_MAX);
    line = strcmp(word, "given") == 0 ? &example->given[example->given_count++]
                                      : &example->gives[example->gives_count++];
    memcpy(line->key, key, sizeof(key));
    line->value = NAN;
    if (strcmp(value, "unknown") != 0 && !number_parse_double(value, &line->value))
        fail_msg("example %s: %s is no number: %s", example->name, key, value);
}

/* All but "run", which is a whole command (tests/e2e/test_methodology.py). */
static int read_examples(void **state)
{
    static const char FENCE[] = "```example ";
    const char *root = getenv("AICO2_TEST_SOURCE_ROOT");
    struct example *open = NULL;
    char *text = NULL;
    int dir;

    (void)state;
    assert_non_null(root);
    dir = fs_open_dir_at(AT_FDCWD, root, NULL);
    assert_true(dir >= 0);
    assert_true(fs_read_all_at(dir, "METHODOLOGY.md", 1 << 20, &text, NULL) >= 0);
    fd_closep(&dir);
    for (char *save = NULL, *line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        if (strncmp(line, FENCE, sizeof(FENCE) - 1) == 0 &&
            strcmp(line + sizeof(FENCE) - 1, "run") != 0) {
            assert_true(example_count < EXAMPLES_MAX);
            open = &examples[example_count++];
            (void)snprintf(open->name, sizeof(open->name), "%s", line + sizeof(FENCE) - 1);
        } else if (strcmp(line, "```") == 0) {
            open = NULL;
        } else if (open != NULL) {
            add_line(open, line);
        }
    }
    free(text);
    return 0;
}

static void check(const struct example *example, const struct results *results)
{
    assert_true(example->gives_count > 0);
    for (size_t i = 0; i < example->gives_count; i++) {
        const struct line *told = &example->gives[i];
        size_t at = 0;
        double made;

        while (at < results->count && strcmp(results->items[at].key, told->key) != 0)
            at++;
        if (at == results->count)
            fail_msg("example %s tells a figure that is not computed: %s", example->name,
                     told->key);
        made = results->items[at].value;
        if (isnan(made) != isnan(told->value) ||
            fabs(made - told->value) > TOLERANCE_RATIO * fabs(told->value) + 1e-12)
            fail_msg("example %s: %s is %.12g, not %.12g", example->name, told->key, made,
                     told->value);
    }
}

static void test_every_example_is_what_the_program_computes(void **state)
{
    (void)state;
    for (size_t i = 0; i < example_count; i++) {
        struct results results = { .count = 0 };
        size_t kind = 0;

        while (kind < sizeof(kinds) / sizeof(kinds[0]) &&
               strcmp(kinds[kind].name, examples[i].name) != 0)
            kind++;
        if (kind == sizeof(kinds) / sizeof(kinds[0]))
            fail_msg("nothing computes the example %s", examples[i].name);
        kinds[kind].compute(&examples[i], &results);
        check(&examples[i], &results);
    }
}

/* A formula without an example would go unnoticed. */
static void test_every_kind_has_an_example(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
        size_t i = 0;

        while (i < example_count && strcmp(kinds[kind].name, examples[i].name) != 0)
            i++;
        if (i == example_count)
            fail_msg("METHODOLOGY.md has no example of %s", kinds[kind].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_example_is_what_the_program_computes),
        cmocka_unit_test(test_every_kind_has_an_example),
    };

    return cmocka_run_group_tests(tests, read_examples, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/api/use_library.c - a program that knows libaico2 only as installed */
#include <aico2/aico2.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

static void check(int holds, const char *what)
{
    printf("%s - %s\n", holds ? "ok" : "not ok", what);
    failures += !holds;
}

static int is_near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fabs(b);
}

static void use_intensity(void)
{
    struct aico2_intensity *untouched = (struct aico2_intensity *)&failures;
    struct aico2_intensity *intensity = NULL;
    struct aico2_error err = { 0, "" };
    struct aico2_band band;

    check(aico2_intensity_new(&intensity, "France", &err) == 0, "France is known");
    if (intensity == NULL)
        return;
    band = aico2_intensity_gco2e_per_kwh(intensity);
    /* data/carbon_intensity.csv: FR, 44.18, 2024, grade A: 15 % */
    check(is_near(band.value, 44.18), "its figure is the table's");
    check(is_near(band.high, 44.18 * 1.15) && band.low <= 44.18 * 0.85 * (1 + 1e-9),
          "its band is grade A's");
    check(strcmp(aico2_intensity_place(intensity), "FR") == 0, "its code");
    check(strcmp(aico2_intensity_name(intensity), "France") == 0, "its name");
    check(strcmp(aico2_intensity_kind(intensity), "lifecycle-average") == 0, "its kind");
    check(aico2_intensity_year(intensity) == 2024, "its year");
    check(aico2_intensity_source(intensity)[0] != '\0', "its source");
    check(strstr(aico2_intensity_json(intensity), "\"aico2.intensity/1\"") != NULL, "its document");
    aico2_intensity_free(intensity);
    aico2_intensity_free(NULL);

    intensity = untouched;
    check(aico2_intensity_new(&intensity, "Frnace", &err) == -EINVAL, "a slip is refused");
    check(intensity == untouched, "a refusal leaves the output alone");
    check(err.code == -EINVAL && strstr(err.message, "Frnace") != NULL &&
              strstr(err.message, "France") != NULL,
          "the message quotes the slip and names the nearest");
    check(aico2_intensity_new(&intensity, "Frnace", NULL) == -EINVAL, "no error struct is fine");

    check(aico2_intensity_new(&intensity, NULL, &err) == 0 &&
              strcmp(aico2_intensity_place(intensity), "world") == 0,
          "no place is the world");
    aico2_intensity_free(intensity);
}

static void use_gauges(void)
{
    struct aico2_gauge gauge = { .size = sizeof(gauge) };
    struct aico2_gauges *gauges = NULL;
    struct aico2_error err = { 0, "" };
    size_t count = 0;
    int memory = 0;

    check(aico2_gauges_new(&gauges, "/nonexistent", &err) == -ENOENT && gauges == NULL &&
              strstr(err.message, "/nonexistent") != NULL,
          "a sysroot that is not there is quoted");
    check(aico2_gauges_new(&gauges, NULL, &err) == 0, "this machine has gauges");
    if (gauges == NULL)
        return;
    check(aico2_gauges_get(gauges, 0, &gauge) == -ENODATA, "none before the first reading");
    check(aico2_gauges_read(gauges, &err) == 0, "they are read");
    for (; aico2_gauges_get(gauges, count, &gauge) == 0; count++) {
        if (strcmp(gauge.name, "memory.used") == 0)
            memory = strcmp(gauge.unit, "B") == 0 && gauge.value > 0 && gauge.value < gauge.limit;
        if (strcmp(gauge.unit, "text") != 0 && !(gauge.value == gauge.value) &&
            gauge.reason[0] == '\0')
            check(0, gauge.name); /* unavailable, and nobody says why */
    }
    check(count > 0, "there are some");
    check(memory, "less memory is used than there is");
    check(aico2_gauges_jetson(gauges) != NULL, "whether it is a Jetson");
    gauge.size = 1;
    check(aico2_gauges_get(gauges, 0, &gauge) == -EINVAL, "a struct of another size is refused");
    aico2_gauges_free(gauges);
    aico2_gauges_free(NULL);
}

static void refuse(struct aico2_estimate_options options, const char *quoted)
{
    struct aico2_estimate *estimate = NULL;
    struct aico2_error err = { 0, "" };

    check(aico2_estimate_new(&estimate, &options, &err) == -EINVAL && estimate == NULL &&
              strstr(err.message, quoted) != NULL,
          quoted);
}

static void use_estimate(void)
{
    /* 2 x 300 W x 10 h x 0.5 = 3 kWh, with PUE 1.2: 3.6 kWh; at 50 g/kWh: 180 g */
    struct aico2_estimate_options options = {
        .size = sizeof(options),
        .power_watts = 300,
        .count = 2,
        .hours = 10,
        .utilization_ratio = 0.5,
        .pue = 1.2,
        .gco2e_per_kwh = 50,
        .without_embodied = 1,
    };
    struct aico2_estimate_options bad = options;
    struct aico2_estimate *estimate = NULL;
    struct aico2_error err = { 0, "" };
    struct {
        struct aico2_estimate_options known;
        double later;
    } newer;

    check(aico2_estimate_new(&estimate, &options, &err) == 0, "an estimate is made");
    if (estimate == NULL)
        return;
    check(is_near(aico2_estimate_energy_kwh(estimate).value, 3.6), "3.6 kWh");
    check(is_near(aico2_estimate_operational_gco2e(estimate).value, 180), "180 g");
    check(is_near(aico2_estimate_operational_gco2e(estimate).low, 180),
          "what was given has no band");
    check(isnan(aico2_estimate_embodied_gco2e(estimate).value), "left out is NaN, not 0");
    check(is_near(aico2_estimate_total_gco2e(estimate).high, 180), "nothing is added to it");
    check(strstr(aico2_estimate_json(estimate), "\"aico2.estimate/1\"") != NULL, "the document");
    check(aico2_estimate_warning(estimate, 0) == NULL, "nothing to warn of");
    aico2_estimate_free(estimate);
    aico2_estimate_free(NULL);

    estimate = NULL;
    options = (struct aico2_estimate_options){ .size = sizeof(options),
                                               .gpu = "Imaginary 9000",
                                               .hours = 1 };
    check(aico2_estimate_new(&estimate, &options, &err) == 0, "an unknown GPU is no error");
    if (estimate != NULL) {
        struct aico2_band kwh = aico2_estimate_energy_kwh(estimate);

        check(kwh.value > 0 && kwh.low < kwh.value && kwh.high > kwh.value, "it has a band");
        check(aico2_estimate_warning(estimate, 0) != NULL &&
                  strstr(aico2_estimate_warning(estimate, 0), "Imaginary 9000") != NULL,
              "it is warned of by name");
        aico2_estimate_free(estimate);
    }

    refuse((struct aico2_estimate_options){ .size = sizeof(options), .hours = 1 }, "no device");
    refuse((struct aico2_estimate_options){ .size = sizeof(options), .power_watts = 1 }, "no time");
    refuse((struct aico2_estimate_options){ .power_watts = 1, .hours = 1 }, "size is 0");
    bad.utilization_ratio = 1.5;
    refuse(bad, "utilization_ratio is 1.5");
    bad.utilization_ratio = NAN;
    refuse(bad, "utilization_ratio is nan");
    bad.utilization_ratio = 1;
    bad.pue = 0.9;
    refuse(bad, "pue is 0.9");
    bad.pue = 1;
    bad.hours = -1;
    refuse(bad, "hours is -1");
    bad.hours = 1;
    bad.gco2e_per_kwh = 0;
    bad.place = "Atlantis";
    refuse(bad, "Atlantis");

    /* a program built against a later header, which has a field more */
    memset(&newer, 0, sizeof(newer));
    newer.known = options;
    newer.known.size = sizeof(newer);
    check(aico2_estimate_new(&estimate, &newer.known, &err) == 0,
          "a longer struct, all zero past our end");
    aico2_estimate_free(estimate);
    newer.later = 1;
    check(aico2_estimate_new(&estimate, &newer.known, &err) == -EINVAL,
          "an option that we do not know is refused");
}

int main(void)
{
    printf("version %s\n", aico2_version());
    use_intensity();
    use_gauges();
    use_estimate();
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

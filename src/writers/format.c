/* SPDX-License-Identifier: Apache-2.0 */
/* writers/format.c - figures as people read them: three significant digits and a fitting unit */
#include "writers/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/number.h"

struct unit {
    const char *name;
    const char *ascii; /* NULL: the same */
    double size;       /* in the base unit of its quantity */
};

struct scale {
    const struct unit *units; /* by rising size */
    size_t count;
    size_t base; /* the unit a zero is shown in */
};

static const struct unit energy_units[] = {
    { "µWh", "uWh", 3.6e-3 }, { "mWh", NULL, 3.6 },   { "Wh", NULL, 3.6e3 },
    { "kWh", NULL, 3.6e6 },   { "MWh", NULL, 3.6e9 }, { "GWh", NULL, 3.6e12 },
    { "TWh", NULL, 3.6e15 },
};
static const struct unit power_units[] = {
    { "mW", NULL, 1e-3 }, { "W", NULL, 1 },    { "kW", NULL, 1e3 },
    { "MW", NULL, 1e6 },  { "GW", NULL, 1e9 },
};
static const struct unit carbon_units[] = {
    { "µgCO2e", "ugCO2e", 1e-6 }, { "mgCO2e", NULL, 1e-3 }, { "gCO2e", NULL, 1 },
    { "kgCO2e", NULL, 1e3 },      { "tCO2e", NULL, 1e6 },   { "ktCO2e", NULL, 1e9 },
    { "MtCO2e", NULL, 1e12 },
};
static const struct unit length_units[] = {
    { "mm", NULL, 1e-3 },
    { "cm", NULL, 1e-2 },
    { "m", NULL, 1 },
    { "km", NULL, 1e3 },
};
/* a month as in the factor of the seedling: a twelfth of a year of 365.25 days */
static const struct unit time_units[] = {
    { "ms", NULL, 1e-3 },        { "seconds", NULL, 1 },  { "minutes", NULL, 60 },
    { "hours", NULL, 3600 },     { "days", NULL, 86400 }, { "months", NULL, 2629800 },
    { "years", NULL, 31557600 },
};

static const struct scale scales[] = {
    [QUANTITY_JOULES] = { energy_units, ARRAY_LENGTH(energy_units), 2 },
    [QUANTITY_WATTS] = { power_units, ARRAY_LENGTH(power_units), 1 },
    [QUANTITY_GCO2E] = { carbon_units, ARRAY_LENGTH(carbon_units), 2 },
    [QUANTITY_METRES] = { length_units, ARRAY_LENGTH(length_units), 2 },
    [QUANTITY_SECONDS] = { time_units, ARRAY_LENGTH(time_units), 1 },
};

const struct symbols *symbols_for(bool unicode)
{
    static const struct symbols rich = { "…", "–", "±", "×" };
    static const struct symbols plain = { "...", "-", "+/-", "x" };

    return unicode ? &rich : &plain;
}

static void set_dash(char *out, bool unicode)
{
    (void)snprintf(out, FIGURE_SIZE, "%s", symbols_for(unicode)->dash);
}

static const struct unit *unit_for(const struct scale *scale, double magnitude)
{
    const struct unit *unit = &scale->units[scale->base];

    if (!(magnitude > 0) || !isfinite(magnitude))
        return unit;

    unit = &scale->units[0];
    for (size_t i = 1; i < scale->count; i++) {
        /* 999.6 of a unit would be printed as 1000 */
        if (magnitude / scale->units[i].size >= 0.9995)
            unit = &scale->units[i];
    }
    return unit;
}

/* Three significant digits of a number >= 0, all digits left of the point, exponents past 10^6. */
static void digits_format(char *out, size_t size, double value)
{
    int exponent;

    if (value < 999999.5) {
        (void)number_format_fixed(out, size, value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
        return;
    }
    exponent = (int)floor(log10(value));
    value /= pow(10, exponent);
    if (value >= 9.995) {
        value /= 10;
        exponent++;
    }
    (void)number_format_fixed(out, size, value, 2);
    (void)snprintf(out + strlen(out), size - strlen(out), "e%d", exponent);
}

static void put_figure(char out[FIGURE_SIZE], double value, const struct unit *unit, bool with_unit,
                       bool unicode)
{
    const char *name = !unicode && unit->ascii != NULL ? unit->ascii : unit->name;
    double scaled = fabs(value) / unit->size;
    char digits[32];

    if (value == 0)
        (void)snprintf(digits, sizeof(digits), "0");
    else if (scaled < 0.005)
        (void)snprintf(digits, sizeof(digits), "<0.01");
    else
        digits_format(digits, sizeof(digits), scaled);
    (void)snprintf(out, FIGURE_SIZE, "%s%s%s%s", value < 0 ? "-" : "", digits, with_unit ? " " : "",
                   with_unit ? name : "");
}

void figure_format(char out[FIGURE_SIZE], enum quantity quantity, double value, bool unicode)
{
    figure_format_like(out, quantity, value, value, true, unicode);
}

void figure_format_like(char out[FIGURE_SIZE], enum quantity quantity, double value, double like,
                        bool with_unit, bool unicode)
{
    const struct scale *scale = &scales[quantity];
    const struct unit *unit = unit_for(scale, fabs(like));
    double scaled = fabs(value) / unit->size;

    if (!isfinite(value)) {
        set_dash(out, unicode);
        return;
    }
    /* without its name a unit cannot be another one */
    if (with_unit && value != 0 && (scaled < 0.0995 || scaled >= 9999.5))
        unit = unit_for(scale, fabs(value));
    put_figure(out, value, unit, with_unit, unicode);
}

double figure_like_beside(enum quantity quantity, double value, double beside)
{
    double scaled = fabs(value) / unit_for(&scales[quantity], fabs(beside))->size;

    return scaled >= 0.0995 && scaled < 999.5 ? beside : value;
}

void range_format(char out[RANGE_SIZE], enum quantity quantity, struct band band, double like,
                  bool unicode)
{
    char low[FIGURE_SIZE];
    char high[FIGURE_SIZE];

    figure_format_like(low, quantity, band.low, like, false, unicode);
    figure_format_like(high, quantity, band.high, like, false, unicode);
    (void)snprintf(out, RANGE_SIZE, "%s %s %s", low, symbols_for(unicode)->dots, high);
}

void plain_format(char out[FIGURE_SIZE], double value, bool unicode)
{
    char digits[32];
    double magnitude = fabs(value);

    if (!isfinite(value)) {
        set_dash(out, unicode);
        return;
    }
    if (value == 0) {
        (void)snprintf(digits, sizeof(digits), "0");
    } else if (magnitude < 1) {
        /* 0.0000123: as many decimals as three significant digits take */
        int decimals = 2 - (int)floor(log10(magnitude));

        (void)number_format_fixed(digits, sizeof(digits), magnitude, decimals < 12 ? decimals : 12);
        if (strspn(digits, "0.") == strlen(digits))
            (void)snprintf(digits, sizeof(digits), "<1e-12");
    } else {
        digits_format(digits, sizeof(digits), magnitude);
    }
    (void)snprintf(out, FIGURE_SIZE, "%s%s", value < 0 ? "-" : "", digits);
}

void plain_range_format(char out[RANGE_SIZE], struct band band, bool unicode)
{
    char low[FIGURE_SIZE];
    char high[FIGURE_SIZE];

    plain_format(low, band.low, unicode);
    plain_format(high, band.high, unicode);
    (void)snprintf(out, RANGE_SIZE, "%s %s %s", low, symbols_for(unicode)->dots, high);
}

static void put_percent(char *out, size_t size, double percent)
{
    if (percent >= 999.5)
        (void)snprintf(out, size, ">999");
    else if (percent > 0 && percent < 0.05)
        (void)snprintf(out, size, "<0.1");
    else
        (void)number_format_fixed(out, size, percent, percent > 0 && percent < 0.95 ? 1 : 0);
}

void band_format(char out[FIGURE_SIZE], struct band band, bool unicode)
{
    double below = (band.value - band.low) / band.value * 100;
    double above = (band.high - band.value) / band.value * 100;
    char first[16];
    char second[16];

    if (!band_is_known(band) || !isfinite(band.low) || !isfinite(band.high) || !isfinite(below) ||
        !isfinite(above) || below < 0 || above < 0) {
        set_dash(out, unicode);
        return;
    }
    put_percent(first, sizeof(first), below);
    put_percent(second, sizeof(second), above);
    if (fabs(above - below) < 1 || strcmp(first, second) == 0)
        (void)snprintf(out, FIGURE_SIZE, "%s%s %%", symbols_for(unicode)->plus_minus, second);
    else
        (void)snprintf(out, FIGURE_SIZE, "-%s/+%s %%", first, second);
}

void percent_format(char out[FIGURE_SIZE], double ratio, bool unicode)
{
    char digits[32];

    if (!isfinite(ratio) || ratio < 0) {
        set_dash(out, unicode);
        return;
    }
    if (ratio < 1 && ratio >= 0.995)
        ratio = floor(ratio * 1000) / 1000; /* 99.9, not 100 */
    if (ratio >= 0.995 && ratio < 1)
        (void)number_format_fixed(digits, sizeof(digits), ratio * 100, 1);
    else
        put_percent(digits, sizeof(digits), ratio * 100);
    (void)snprintf(out, FIGURE_SIZE, "%s %%", digits);
}

void seconds_format(char out[FIGURE_SIZE], double seconds, bool unicode)
{
    char digits[32];
    long long whole;

    if (!isfinite(seconds) || seconds < 0) {
        set_dash(out, unicode);
        return;
    }
    if (seconds < 99.95) {
        bool small = seconds > 0 && seconds < 0.9995;

        if (seconds == 0 || seconds < 5e-6)
            (void)snprintf(digits, sizeof(digits), seconds == 0 ? "0" : "<0.01");
        else
            digits_format(digits, sizeof(digits), small ? seconds * 1e3 : seconds);
        (void)snprintf(out, FIGURE_SIZE, "%s %s", digits, small ? "ms" : "s");
        return;
    }
    if (seconds >= 86400 * 1e6) {
        digits_format(digits, sizeof(digits), seconds / 86400);
        (void)snprintf(out, FIGURE_SIZE, "%s d", digits);
        return;
    }
    whole = llround(seconds);
    if (whole < 3600)
        (void)snprintf(out, FIGURE_SIZE, "%lld min %02lld s", whole / 60, whole % 60);
    else if (whole < 86400)
        (void)snprintf(out, FIGURE_SIZE, "%lld h %02lld min", whole / 3600, whole % 3600 / 60);
    else
        (void)snprintf(out, FIGURE_SIZE, "%lld d %lld h", whole / 86400, whole % 86400 / 3600);
}

void pue_format(char out[FIGURE_SIZE], double pue, bool unicode)
{
    size_t length;

    if (!isfinite(pue) || pue >= 1e6) {
        plain_format(out, pue, unicode);
        return;
    }
    length = number_format_fixed(out, FIGURE_SIZE, pue, 2);
    if (out[length - 1] == '0')
        out[length - 1] = '\0';
}

double figure_not_negative(double value)
{
    if (value >= 0 || isnan(value))
        return value;
    return value > -1e-6 ? 0 : NAN;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/price.c - prices of electricity as a person writes them, fixed or over time */
#include "carbon/price.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/number.h"
#include "base/text.h"
#include "carbon/series.h"
#include "carbon/time_csv.h"

static const double MAX_PER_KWH = 1e6; /* a kilowatt-hour is some thousand VND, IRR or LBP */

/* Codes of ISO 4217 for money in use (not for metals, funds and tests), as of January 2026. */
static const char currencies[] = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND "
                                 "BOB BRL BSD BTN BWP BYN BZD CAD "
                                 "CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN "
                                 "ETB EUR FJD FKP GBP GEL GHS GIP "
                                 "GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD "
                                 "JPY KES KGS KHR KMF KPW KRW KWD "
                                 "KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU "
                                 "MUR MVR MWK MXN MYR MZN NAD NGN "
                                 "NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB "
                                 "RWF SAR SBD SCR SDG SEK SGD SHP "
                                 "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD "
                                 "TZS UAH UGX USD UYU UZS VED VES "
                                 "VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/* The first three letters of text as a code in capitals. */
static bool take_currency(const char *text, char code_out[CURRENCY_SIZE])
{
    char code[CURRENCY_SIZE] = "";
    const char *found;

    for (size_t i = 0; i < CURRENCY_SIZE - 1; i++) {
        if (!isascii(text[i]) || !isalpha((unsigned char)text[i]))
            return false;
        code[i] = (char)toupper((unsigned char)text[i]);
    }
    found = strstr(currencies, code);
    if (found == NULL || (found - currencies) % CURRENCY_SIZE != 0)
        return false;
    memcpy(code_out, code, CURRENCY_SIZE);
    return true;
}

static int refuse(const char *text, const char *why, struct aico2_error *err)
{
    char shown[48];

    text_copy_clean(shown, sizeof(shown), text);
    return aico2_error_set(err, -EINVAL, "price '%s': %s", shown, why);
}

int price_parse(const char *text, struct price *price_out, struct aico2_error *err)
{
    size_t digits = strspn(text, " 0123456789.+-eE");
    struct price price;
    const char *after;
    char number[40];

    /* the E of EUR is none of the number's */
    while (digits > 0 && isalpha((unsigned char)text[digits - 1]))
        digits--;
    if (digits >= sizeof(number))
        return refuse(text, "too long", err);
    memcpy(number, text, digits);
    number[digits] = '\0';
    if (!number_parse_double(number, &price.per_kwh))
        return refuse(text, "not a number and a currency, such as 0.25EUR", err);
    if (!(price.per_kwh >= 0 && price.per_kwh <= MAX_PER_KWH))
        return refuse(text, "not within 0 and 1000000 a kWh", err);
    after = text + digits;
    if (*after == '\0')
        return refuse(text, "in which currency? as in 0.25EUR", err);
    if (!take_currency(after, price.currency))
        return refuse(text, "not a currency's code of ISO 4217, such as EUR", err);
    after += CURRENCY_SIZE - 1;
    if (*after != '\0' && !text_equal_nocase(after, "/kWh"))
        return refuse(text, "only a price per kWh is known, as in 0.25EUR/kWh", err);

    price.per_kwh += 0.0; /* "-0" is a zero too */
    *price_out = price;
    return 0;
}

void price_series_deinit(struct price_series *series)
{
    if (series == NULL)
        return;
    free(series->points);
    *series = (struct price_series){ 0 };
}

struct reading {
    struct price_series series;
    char named[CURRENCY_SIZE]; /* by the header; "" by none */
};

static bool is_column(void *payload, const char *cell)
{
    struct reading *reading = payload;

    if (strcmp(cell, "price_per_kwh") == 0)
        return true;
    return strlen(cell) == strlen("eur_per_kwh") && strcmp(cell + 3, "_per_kwh") == 0 &&
           take_currency(cell, reading->named);
}

static int add_point(void *payload, int64_t wall_ns, double value)
{
    struct price_series *series = &((struct reading *)payload)->series;

    if (array_reserve(&series->points, &series->capacity, series->count + 1,
                      sizeof(*series->points)) < 0)
        return -ENOMEM;
    series->points[series->count++] = (struct price_point){ wall_ns, value };
    return 0;
}

static const struct time_csv_form form = {
    .header = "time,eur_per_kwh",
    .unit = "a kWh",
    .low = -1e6, /* a market's price falls below 0 where the wind blows at night */
    .high = 1e6,
    .is_column = is_column,
    .add = add_point,
};

static int settle_currency(const struct reading *reading, const char *name,
                           char currency[CURRENCY_SIZE], struct aico2_error *err)
{
    char shown[96];

    text_copy_clean(shown, sizeof(shown), name);
    if (reading->named[0] == '\0' && currency[0] == '\0')
        return aico2_error_set(err, -EINVAL,
                               "%s: the currency is not told: name the column as in eur_per_kwh, "
                               "or give --price 0.25EUR for the time before the first value",
                               shown);
    if (reading->named[0] == '\0')
        return 0;
    if (currency[0] != '\0' && strcmp(currency, reading->named) != 0)
        return aico2_error_set(err, -EINVAL, "%s: prices are in %s there and in %s with --price",
                               shown, reading->named, currency);
    memcpy(currency, reading->named, CURRENCY_SIZE);
    return 0;
}

/* Takes what was read, or frees it. */
static int finish(struct reading *reading, int r, const char *name, char currency[CURRENCY_SIZE],
                  struct price_series *series_out, struct aico2_error *err)
{
    if (r == 0)
        r = settle_currency(reading, name, currency, err);
    if (r < 0)
        price_series_deinit(&reading->series);
    else
        *series_out = reading->series;
    return r;
}

int price_series_parse(char *text, size_t length, const char *name, char currency[CURRENCY_SIZE],
                       struct price_series *series_out, struct aico2_error *err)
{
    struct reading reading = { 0 };
    int r = time_csv_parse(text, length, name, &form, &reading, err);

    return finish(&reading, r, name, currency, series_out, err);
}

int price_series_read(const char *path, char currency[CURRENCY_SIZE],
                      struct price_series *series_out, struct aico2_error *err)
{
    struct reading reading = { 0 };
    int r = time_csv_read(path, &form, &reading, err);

    return finish(&reading, r, path, currency, series_out, err);
}

double price_series_at(const struct price_series *series, int64_t wall_ns)
{
    size_t low = 0;
    size_t high = series->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (series->points[middle].wall_ns <= wall_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? NAN : series->points[low - 1].per_kwh;
}

int price_series_cuts(const struct price_series *prices, const struct intensity_series *intensities,
                      struct intensity_series *cuts_out)
{
    struct intensity_series cuts = { 0 };
    size_t price = 0;
    size_t intensity = 0;

    if (array_reserve(&cuts.points, &cuts.capacity, prices->count + intensities->count + 1,
                      sizeof(*cuts.points)) < 0)
        return -ENOMEM;
    while (price < prices->count || intensity < intensities->count) {
        int64_t next_price_ns = price < prices->count ? prices->points[price].wall_ns : INT64_MAX;
        int64_t next_ns =
            intensity < intensities->count ? intensities->points[intensity].wall_ns : INT64_MAX;
        int64_t at_ns = next_price_ns < next_ns ? next_price_ns : next_ns;

        /* both at once are one cut */
        if (price < prices->count && next_price_ns == at_ns)
            price++;
        if (intensity < intensities->count && next_ns == at_ns)
            intensity++;
        cuts.points[cuts.count++] =
            (struct intensity_point){ at_ns, intensity_series_at(intensities, at_ns) };
    }
    *cuts_out = cuts;
    return 0;
}

struct band price_of(struct band kwh, double per_kwh)
{
    struct band amount = band_scaled(kwh, per_kwh);

    if (per_kwh < 0) /* the more is used the more is earned */
        return (struct band){ amount.value, amount.high, amount.low };
    return amount;
}

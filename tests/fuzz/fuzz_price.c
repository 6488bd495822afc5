/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_price.c - any bytes as a price and as a file of prices */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "carbon/price.h"

static void check_message(const struct aico2_error *err)
{
    if (err->code >= 0 || err->message[0] == '\0' || strchr(err->message, '\n') != NULL)
        abort();
}

static void check_series(const struct price_series *series, const char *currency)
{
    if (series->count == 0 || strlen(currency) != CURRENCY_SIZE - 1)
        abort();
    for (size_t i = 0; i < series->count; i++) {
        const struct price_point *point = &series->points[i];

        if (!(fabs(point->per_kwh) <= 1e6))
            abort();
        if (i > 0 && point->wall_ns <= point[-1].wall_ns)
            abort();
        if (price_series_at(series, point->wall_ns) != point->per_kwh)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct price_series series = { 0 };
    struct aico2_error err = { 0 };
    struct price price = { 0 };
    char currency[CURRENCY_SIZE] = "";
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (price_parse(text, &price, &err) < 0)
        check_message(&err);
    else if (!(price.per_kwh >= 0 && price.per_kwh <= 1e6) ||
             strlen(price.currency) != CURRENCY_SIZE - 1)
        abort();
    if (price_series_parse(text, size, "prices.csv", currency, &series, &err) == 0)
        check_series(&series, currency);
    else
        check_message(&err);
    price_series_deinit(&series);
    free(text);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* session/place/text.c - what is kept of the place and the figure that a run was asked to be reported under */
#include "session/place/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "carbon/place.h"

static const char BAR = '|';

/* The value of a field's text if it has that key, else NULL; length: up to the next bar. */
static const char *value_of(const char *field, size_t length, const char *key)
{
    const char *equals = memchr(field, '=', length);
    size_t key_length = strlen(key);

    if (equals == NULL)
        return key_length == 0 ? field : NULL;
    if ((size_t)(equals - field) != key_length || memcmp(field, key, key_length) != 0)
        return NULL;
    return equals + 1;
}

/* Where the field of a key begins (at its bar), and where the next one does; NULL: it is not there. */
static const char *find_field(const char *option, const char *key, const char **value_out,
                              const char **end_out)
{
    const char *bar = strchr(option, BAR);

    while (bar != NULL) {
        size_t length = strcspn(bar + 1, "|");

        *end_out = bar + 1 + length;
        *value_out = value_of(bar + 1, length, key);
        if (*value_out != NULL)
            return bar;
        bar = **end_out == BAR ? *end_out : NULL;
    }
    return NULL;
}

void place_text_place(const char *option, char *place_out, size_t size)
{
    (void)snprintf(place_out, size, "%.*s", (int)strcspn(option, "|"), option);
}

void place_text_set_place(char *option, size_t size, const char *place)
{
    size_t fields = strcspn(option, "|");
    size_t fields_size = strlen(option + fields) + 1;
    size_t length = strlen(place);

    if (length + fields_size > size)
        return;
    memmove(option + length, option + fields, fields_size);
    memcpy(option, place, length);
}

bool place_text_get(const char *option, const char *key, char *value_out, size_t size)
{
    const char *value;
    const char *end;

    value_out[0] = '\0';
    if (find_field(option, key, &value, &end) == NULL)
        return false;
    (void)snprintf(value_out, size, "%.*s", (int)(end - value), value);
    return true;
}

void place_text_set(char *option, size_t size, const char *key, const char *value)
{
    const char *old_value;
    const char *end;
    const char *field = find_field(option, key, &old_value, &end);

    if (field != NULL)
        memmove(option + (field - option), end, strlen(end) + 1);
    if (value == NULL || strlen(option) + strlen(key) + strlen(value) + 3 > size)
        return;
    text_append(option, size, "%c%s%s%s", BAR, key, key[0] != '\0' ? "=" : "", value);
}

/* Cuts the text at the next comma. Return: what stands after it, or NULL. */
static char *cut_at_comma(char *text)
{
    char *comma = strchr(text, ',');

    if (comma != NULL)
        *comma++ = '\0';
    return comma;
}

void place_text_market(const char *option, struct market_terms *terms_out)
{
    struct market_terms terms = { .given = true, .residual_gco2e_per_kwh = NAN };
    char text[128];
    char *share;
    char *residual;

    *terms_out = (struct market_terms){ 0 };
    if (!place_text_get(option, "market", text, sizeof(text)))
        return;
    share = cut_at_comma(text);
    if (share == NULL)
        return;
    residual = cut_at_comma(share);
    if (number_parse_double(text, &terms.factor_gco2e_per_kwh) &&
        number_parse_double(share, &terms.share) &&
        (residual == NULL || number_parse_double(residual, &terms.residual_gco2e_per_kwh)))
        *terms_out = terms;
}

void place_text_set_market(char *option, size_t size, const struct market_terms *terms)
{
    char text[128];
    char number[40];

    if (!terms->given) {
        place_text_set(option, size, "market", NULL);
        return;
    }
    (void)number_format_double(text, 40, terms->factor_gco2e_per_kwh);
    (void)number_format_double(number, sizeof(number), terms->share);
    text_append(text, sizeof(text), ",%s", number);
    if (isfinite(terms->residual_gco2e_per_kwh)) {
        (void)number_format_double(number, sizeof(number), terms->residual_gco2e_per_kwh);
        text_append(text, sizeof(text), ",%s", number);
    }
    place_text_set(option, size, "market", text);
}

void place_text_wait(const char *option, struct run_wait *wait_out)
{
    struct run_wait wait = { .expected_ratio = NAN, .saving_ratio = NAN };
    char text[128];
    char *expected;
    char *saving;

    *wait_out = wait;
    if (!place_text_get(option, "waited", text, sizeof(text)))
        return;
    expected = cut_at_comma(text);
    saving = expected != NULL ? cut_at_comma(expected) : NULL;
    if (!number_parse_i64(text, &wait.asked_wall_ns) || wait.asked_wall_ns <= 0)
        return;
    if (expected == NULL || !number_parse_double(expected, &wait.expected_ratio))
        wait.expected_ratio = NAN;
    if (saving == NULL || !number_parse_double(saving, &wait.saving_ratio))
        wait.saving_ratio = NAN;
    *wait_out = wait;
}

void place_text_set_wait(char *option, size_t size, const struct run_wait *wait)
{
    char expected[40] = "";
    char saving[40] = "";
    char text[128];

    if (wait->asked_wall_ns <= 0) {
        place_text_set(option, size, "waited", NULL);
        return;
    }
    if (isfinite(wait->expected_ratio))
        (void)number_format_double(expected, sizeof(expected), wait->expected_ratio);
    if (isfinite(wait->saving_ratio))
        (void)number_format_double(saving, sizeof(saving), wait->saving_ratio);
    (void)snprintf(text, sizeof(text), "%lld,%s,%s", (long long)wait->asked_wall_ns, expected,
                   saving);
    place_text_set(option, size, "waited", text);
}

void place_text_name(const struct place_query *query, char *text, size_t size)
{
    char figure[40];

    if (isfinite(query->gco2e_per_kwh)) {
        (void)number_format_double(figure, sizeof(figure), query->gco2e_per_kwh); /* exact */
        (void)snprintf(text, size, "intensity:%s", figure);
    } else if (query->cloud != NULL) {
        (void)snprintf(text, size, "cloud:%s", query->cloud);
    } else if (query->zone != NULL) {
        (void)snprintf(text, size, "zone:%s", query->zone);
    } else if (query->region != NULL) {
        (void)snprintf(text, size, "region:%s", query->region);
    } else if (query->country != NULL) {
        (void)snprintf(text, size, "country:%s", query->country);
    } else {
        text[0] = '\0';
    }
    if (isfinite(query->gco2e_per_kwh))
        return;
    place_text_set(text, size, "kind", query->kind);
    if (query->year > 0) {
        (void)snprintf(figure, sizeof(figure), "%d", query->year);
        place_text_set(text, size, "year", figure);
    }
}

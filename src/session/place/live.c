/* SPDX-License-Identifier: Apache-2.0 */
/* session/place/live.c - how a stored run keeps whose live values it met */
#include "session/place/live.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "base/text.h"

/* A field of place/text.h holds no bar. */
static const char SEPARATOR = '~';

static void clean(char *field)
{
    for (; *field != '\0'; field++)
        *field = *field == SEPARATOR || *field == '|' ? '/' : *field;
}

static void add_text(char *text, size_t size, const char *field)
{
    char cleaned[192];

    (void)snprintf(cleaned, sizeof(cleaned), "%s", field);
    clean(cleaned);
    text_append(text, size, "%c%s", SEPARATOR, cleaned);
}

static void add_number(char *text, size_t size, double value)
{
    char figure[40] = "";

    if (isfinite(value))
        (void)number_format_double(figure, sizeof(figure), value);
    text_append(text, size, "%c%s", SEPARATOR, figure);
}

void place_live_write(char *text, size_t size, const struct live *live)
{
    const struct intensity_origin *origin = &live->origin;

    (void)snprintf(text, size, "%s", origin->provider);
    clean(text);
    add_text(text, size, origin->zone);
    add_text(text, size, origin->kind);
    add_text(text, size, origin->source_short);
    add_text(text, size, origin->source);
    add_text(text, size, origin->licence);
    text_append(text, size, "%c%lld", SEPARATOR, (long long)origin->fetched_wall_ns);
    add_number(text, size, origin->band_ratio);
    add_number(text, size, live->known_ratio);
    add_number(text, size, live->estimated_ratio);
    add_number(text, size, live->forecast_ratio);
    for (uint32_t i = 0; i < live->step_count; i++) {
        const struct fetch_step *step = &live->steps[i];
        size_t length = strlen(text);

        if (size - length <= sizeof(*step) + 16)
            return;
        add_text(text, size, step->provider);
        text_append(text, size, "%c%d", SEPARATOR, (int)step->outcome);
        add_text(text, size, step->reason);
    }
}

/* The next field; the last one is followed by NULL. */
static const char *next_field(char **at)
{
    char *field = *at;
    char *end;

    if (field == NULL)
        return NULL;
    end = strchr(field, SEPARATOR);
    *at = end == NULL ? NULL : end + 1;
    if (end != NULL)
        *end = '\0';
    return field;
}

static bool read_text(char **at, char *text_out, size_t size)
{
    const char *field = next_field(at);

    if (field == NULL)
        return false;
    text_copy_clean(text_out, size, field);
    return true;
}

static bool read_number(char **at, double *value_out)
{
    const char *field = next_field(at);

    *value_out = NAN;
    return field != NULL && (field[0] == '\0' || number_parse_double(field, value_out));
}

static bool read_steps(char **at, struct live *live)
{
    while (*at != NULL && live->step_count < FETCH_CHAIN_MAX) {
        struct fetch_step *step = &live->steps[live->step_count];
        const char *outcome;
        int64_t number;

        if (!read_text(at, step->provider, sizeof(step->provider)))
            return false;
        outcome = next_field(at);
        if (outcome == NULL || !number_parse_i64(outcome, &number) || number < 0 ||
            number > FETCH_TOO_LATE || !read_text(at, step->reason, sizeof(step->reason)))
            return false;
        step->outcome = (enum fetch_outcome)number;
        live->step_count++;
    }
    return *at == NULL;
}

#define READ_TEXT(at, field) read_text(at, field, sizeof(field))

bool place_live_read(char *fields, struct live *live_out)
{
    struct live live = LIVE_NONE;
    struct intensity_origin *origin = &live.origin;
    const char *fetched;
    char *at = fields;

    live.asked = true;
    if (!READ_TEXT(&at, origin->provider) || !READ_TEXT(&at, origin->zone) ||
        !READ_TEXT(&at, origin->kind) || !READ_TEXT(&at, origin->source_short) ||
        !READ_TEXT(&at, origin->source) || !READ_TEXT(&at, origin->licence))
        return false;
    fetched = next_field(&at);
    if (fetched == NULL || !number_parse_i64(fetched, &origin->fetched_wall_ns))
        return false;
    if (!read_number(&at, &origin->band_ratio) || !read_number(&at, &live.known_ratio) ||
        !read_number(&at, &live.estimated_ratio) || !read_number(&at, &live.forecast_ratio) ||
        !read_steps(&at, &live))
        return false;
    *live_out = live;
    return true;
}

void place_marginal_write(char *text, size_t size, const struct live_marginal *marginal)
{
    const struct band *band = &marginal->gco2e_per_kwh;
    bool known = marginal->known_ratio > 0;

    text[0] = '\0';
    add_number(text, size, known ? band->value : (double)NAN);
    add_number(text, size, known ? band->low : (double)NAN);
    add_number(text, size, known ? band->high : (double)NAN);
    add_number(text, size, marginal->known_ratio);
    add_text(text, size, marginal->provider);
    add_text(text, size, marginal->zone);
    add_text(text, size, marginal->kind);
    add_text(text, size, marginal->source);
    add_text(text, size, marginal->reason);
}

static bool is_within(double value)
{
    return isnan(value) || (value >= 0 && value <= 5000);
}

bool place_marginal_read(char *fields, struct live_marginal *marginal_out)
{
    struct live_marginal marginal = { .asked = true };
    struct band *band = &marginal.gco2e_per_kwh;
    char *at = fields;

    if (fields[0] != SEPARATOR) /* the first field is empty: each stands behind its own */
        return false;
    at++;
    if (!read_number(&at, &band->value) || !read_number(&at, &band->low) ||
        !read_number(&at, &band->high) || !read_number(&at, &marginal.known_ratio) ||
        !READ_TEXT(&at, marginal.provider) || !READ_TEXT(&at, marginal.zone) ||
        !READ_TEXT(&at, marginal.kind) || !READ_TEXT(&at, marginal.source) ||
        !READ_TEXT(&at, marginal.reason) || at != NULL)
        return false;
    if (!(marginal.known_ratio >= 0 && marginal.known_ratio <= 1) || !is_within(band->value) ||
        !is_within(band->low) || !is_within(band->high) ||
        (marginal.known_ratio > 0 && !(band->low <= band->value && band->value <= band->high)))
        return false;
    *marginal_out = marginal;
    return true;
}

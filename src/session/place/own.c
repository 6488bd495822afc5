/* SPDX-License-Identifier: Apache-2.0 */
/* session/place/own.c - how a stored run keeps the user's own figure of its place */
#include "session/place/own.h"

#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "carbon/own_table.h"

enum { FIELD_COUNT = 7 };

static void add_text(char *text, size_t size, const char *field)
{
    size_t begin = strlen(text) + 1;

    text_append(text, size, "~%s", field);
    /* a field of place/text.h holds no bar, and these no tilde */
    for (size_t i = begin; i < strlen(text); i++) {
        if (text[i] == '~' || text[i] == '|')
            text[i] = '/';
    }
}

void place_own_write(char *text, size_t size, const struct intensity *intensity)
{
    const struct band band = intensity->gco2e_per_kwh;
    char value[40];
    char low[40];
    char high[40];

    (void)number_format_double(value, sizeof(value), band.value);
    (void)number_format_double(low, sizeof(low), band.low);
    (void)number_format_double(high, sizeof(high), band.high);
    (void)snprintf(text, size, "%s~%s~%s~%d", value, low, high, intensity->year);
    add_text(text, size, intensity->kind);
    add_text(text, size, intensity->source_short);
    add_text(text, size, intensity->source);
}

bool place_own_read(char *fields, struct intensity *intensity)
{
    char *parts[FIELD_COUNT];
    struct band band;
    double year;

    for (int i = 0; i < FIELD_COUNT; i++) {
        parts[i] = strsep(&fields, "~");
        if (parts[i] == NULL)
            return false;
    }
    if (fields != NULL || !number_parse_double(parts[0], &band.value) ||
        !number_parse_double(parts[1], &band.low) || !number_parse_double(parts[2], &band.high) ||
        !number_parse_double(parts[3], &year) || !(band.low >= 0 && band.low <= band.value) ||
        !(band.high >= band.value && band.high <= 5000) || !(year >= 0 && year <= 9999))
        return false;
    intensity->gco2e_per_kwh = band;
    intensity->year = (int)year;
    text_copy_clean(intensity->kind, sizeof(intensity->kind), parts[4]);
    text_copy_clean(intensity->source_short, sizeof(intensity->source_short), parts[5]);
    text_copy_clean(intensity->source, sizeof(intensity->source), parts[6]);
    intensity->quality[0] = '\0';
    (void)snprintf(intensity->note, sizeof(intensity->note), "your own figure%s",
                   own_table_is_new(intensity->place) ? "" : ", in place of the table's");
    return true;
}

void place_own_name(const char *name, struct intensity *intensity_out)
{
    *intensity_out = (struct intensity){ 0 };
    text_copy_clean(intensity_out->place, sizeof(intensity_out->place), name);
    text_copy_clean(intensity_out->name, sizeof(intensity_out->name), name);
}

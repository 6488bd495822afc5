/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/place_search.c - the places that fit a text, a pattern, a country, a kind or a grade */
#include "carbon/place.h"

#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "carbon/place_figures.h"

struct wanted {
    const struct place_filter *filter;
    char text[PLACE_KEY_SIZE];
    char pattern[PLACE_KEY_SIZE];
    bool *named; /* rows that the text is part of another name of */
};

static bool is_given(const char *text)
{
    return text != NULL && *text != '\0';
}

/* A name is longer than a key may be: the words of a cloud region's place. */
static bool name_holds(const char *name, const char *text)
{
    char piece[PLACE_KEY_SIZE];
    char key[PLACE_KEY_SIZE];

    for (const char *at = name; *at != '\0'; at += strcspn(at, "(,"), at += *at != '\0') {
        size_t length = strcspn(at, "(,");

        if (length >= sizeof(piece))
            continue;
        memcpy(piece, at, length);
        piece[length] = '\0';
        if (place_fold(key, piece) && strstr(key, text) != NULL)
            return true;
    }
    return false;
}

/* Codes of two letters are in half of all names: those are found where they begin one. */
static void mark_named(struct wanted *wanted, size_t rows)
{
    for (size_t i = 0; i < place_key_count(); i++) {
        const struct place_key *key = place_key_at(i);
        const char *found = strstr(place_text(key->text), wanted->text);

        if (key->row < rows && found != NULL &&
            (strlen(wanted->text) > 2 || found == place_text(key->text)))
            wanted->named[key->row] = true;
    }
}

static bool is_wanted(const struct wanted *wanted, size_t index)
{
    const struct place_row *row = place_row_at(index);
    const struct place_filter *filter = wanted->filter;
    char key[PLACE_KEY_SIZE];

    if (is_given(filter->country) && strcmp(row->country, filter->country) != 0)
        return false;
    if (wanted->pattern[0] != '\0' &&
        (!place_fold(key, place_text(row->place)) || fnmatch(wanted->pattern, key, 0) != 0))
        return false;
    return wanted->text[0] == '\0' || wanted->named[index] ||
           (strlen(wanted->text) > 2 && name_holds(place_text(row->name), wanted->text));
}

static bool has_grade(const struct intensity *figure, const char *grades)
{
    return !is_given(grades) ||
           (figure->quality[0] != '\0' && strchr(grades, figure->quality[0]) != NULL);
}

static int collect(const struct wanted *wanted, struct intensity *list)
{
    const struct place_query query = {
        .gco2e_per_kwh = NAN,
        .basis = PLACE_OPTION,
        .kind = wanted->filter->kind,
        .year = wanted->filter->year,
    };
    size_t count = 0;

    for (size_t i = 0; i < place_rows_with_figure(); i++) {
        struct intensity figure = { .place_basis = PLACE_OPTION };

        if (!is_wanted(wanted, i))
            continue;
        place_fill(place_row_at(i), &figure);
        if (place_figure_choose(i, &query, &figure, NULL) == 0 &&
            has_grade(&figure, wanted->filter->grades))
            list[count++] = figure;
    }
    return (int)count;
}

int place_search(const struct place_filter *filter, struct intensity **list_out, size_t *count_out,
                 struct aico2_error *err)
{
    size_t rows = place_rows_with_figure();
    AICO2_CLEANUP(freep) bool *named = calloc(rows, sizeof(*named));
    struct intensity *list = calloc(rows, sizeof(*list));
    struct wanted wanted = { .filter = filter, .named = named };
    bool nothing = false;

    if (named == NULL || list == NULL) {
        free(list);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    /* what is too long for a key is in none */
    if (is_given(filter->text))
        nothing = !place_fold(wanted.text, filter->text);
    if (is_given(filter->pattern))
        nothing = !place_fold(wanted.pattern, filter->pattern) || nothing;
    if (wanted.text[0] != '\0')
        mark_named(&wanted, rows);
    *count_out = nothing ? 0 : (size_t)collect(&wanted, list);
    *list_out = list;
    return 0;
}

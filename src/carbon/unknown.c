/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/unknown.c - what to tell somebody whose place is in no table */
#include "carbon/unknown.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "carbon/tables.h"

enum { SHOWN_SIZE = 64 };

const struct place_question *place_question_at(int ask)
{
    static const struct place_question questions[] = {
        [ASK_COUNTRY] = { "country", "--country", 1u << PLACE_COUNTRY,
                          "an ISO 3166-1 code such as 'FR' or 'FRA', an English name or 'world'" },
        [ASK_REGION] = { "region", "--region", 1u << PLACE_REGION,
                         "an ISO 3166-2 code such as 'US-CA' or an eGRID code such as 'CAMX'" },
        [ASK_CLOUD] = { "cloud region", "--cloud", 1u << PLACE_CLOUD_REGION,
                        "provider:region such as 'aws:eu-west-3'" },
        [ASK_ZONE] = { "grid zone", "--zone", 1u << PLACE_GRID_ZONE,
                       "a zone such as 'FR', 'CA-QC' or 'US-CAL-CISO'" },
        [ASK_ANY] = { "place", NULL,
                      1u << PLACE_COUNTRY | 1u << PLACE_REGION | 1u << PLACE_CLOUD_REGION |
                          1u << PLACE_GRID_ZONE,
                      "a country, a region such as 'US-CA', a cloud region such as "
                      "'aws:eu-west-3' or a grid zone" },
    };

    return &questions[ask];
}

/* The best candidates, two at most: with more of them the word tells too little. */
struct nearest {
    unsigned distance;
    size_t count; /* distinct rows at this distance, counted up to 3 */
    uint16_t rows[2];
};

static void nearest_add(struct nearest *nearest, uint16_t row, unsigned distance)
{
    if (distance > nearest->distance)
        return;
    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->count = 0;
    }
    for (size_t i = 0; i < nearest->count && i < 2; i++) {
        if (nearest->rows[i] == row)
            return;
    }
    if (nearest->count < 2)
        nearest->rows[nearest->count] = row;
    if (nearest->count < 3)
        nearest->count++;
}

/* prefix: only keys that start so, "" for all. Codes of two letters are near to everything. */
static struct nearest find_nearest(const char *key, unsigned scopes, const char *prefix,
                                   unsigned limit)
{
    struct nearest nearest = { .distance = limit };

    for (size_t i = 0; i < place_key_count(); i++) {
        const struct place_key *candidate = place_key_at(i);
        const char *text = place_text(candidate->text);

        if (!(scopes & 1u << candidate->scope) || strlen(text) < 3 ||
            strncmp(text, prefix, strlen(prefix)) != 0)
            continue;
        nearest_add(&nearest, candidate->row, text_distance_within(key, text, nearest.distance));
    }
    return nearest;
}

/* Two neighbours swapped, the commonest slip, are two edits: looked for on their own. -1: none. */
static int find_swapped(const char *key, unsigned scopes)
{
    char swapped[PLACE_KEY_SIZE];
    size_t length = strlen(key);

    memcpy(swapped, key, length + 1);
    for (size_t i = 0; length >= 4 && i + 1 < length; i++) {
        int row;

        swapped[i] = key[i + 1];
        swapped[i + 1] = key[i];
        row = place_find(swapped, scopes);
        if (row >= 0)
            return row;
        swapped[i] = key[i];
        swapped[i + 1] = key[i + 1];
    }
    return -1;
}

static unsigned distance_worth_naming(const char *key)
{
    size_t length = strlen(key);

    if (length < 3)
        return 0;
    return length < 5 ? 1 : length < 9 ? 2 : 3;
}

static void describe(char *out, size_t size, uint16_t index)
{
    const struct place_row *row = place_row_at(index);
    const char *place = place_text(row->place);
    const char *name = place_text(row->name);

    if (row->scope == PLACE_COUNTRY)
        (void)snprintf(out, size, "'%s' (%s)", name, place);
    else if (row->scope == PLACE_REGION)
        (void)snprintf(out, size, "'%s' (%s)", place, name);
    else
        (void)snprintf(out, size, "'%s'", place);
}

static int say_nearest(const struct place_question *question, const char *shown,
                       const struct nearest *nearest, struct aico2_error *err)
{
    char first[160];
    char second[160];

    describe(first, sizeof(first), nearest->rows[0]);
    if (nearest->count != 2)
        return aico2_error_set(err, -EINVAL, "unknown %s '%s': nearest is %s", question->what,
                               shown, first);
    describe(second, sizeof(second), nearest->rows[1]);
    return aico2_error_set(err, -EINVAL, "unknown %s '%s': nearest are %s and %s", question->what,
                           shown, first, second);
}

static int unknown_provider(const char *shown, struct aico2_error *err)
{
    char providers[160] = "";
    const char *last = "";
    size_t used = 0;

    for (size_t i = 0; i < place_rows_with_figure(); i++) {
        const struct place_row *row = place_row_at(i);
        const char *place = place_text(row->place);
        size_t length = strcspn(place, ":");

        if (row->scope != PLACE_CLOUD_REGION || strncmp(place, last, length + 1) == 0 ||
            used + length + 3 > sizeof(providers))
            continue;
        used += (size_t)snprintf(providers + used, sizeof(providers) - used, "%s%.*s",
                                 used > 0 ? ", " : "", (int)length, place);
        last = place;
    }
    return aico2_error_set(err, -EINVAL, "unknown cloud provider in '%s': known are %s", shown,
                           providers);
}

/* "eu-west-3": the place that has it after its provider, or NULL. */
static const char *with_provider(const char *key)
{
    for (size_t i = 0; i < place_rows_with_figure(); i++) {
        const char *place = place_text(place_row_at(i)->place);
        const char *colon = strchr(place, ':');

        if (colon != NULL && text_equal_nocase(colon + 1, key))
            return place;
    }
    return NULL;
}

/* "aws:eu-west-33": the nearest of that provider, however far. */
static int unknown_cloud(const char *key, const char *shown, struct aico2_error *err)
{
    const struct place_question *question = place_question_at(ASK_CLOUD);
    char provider[PLACE_KEY_SIZE];
    struct nearest nearest;

    (void)snprintf(provider, sizeof(provider), "%.*s:", (int)strcspn(key, ":"), key);
    nearest = find_nearest(key, question->scopes, provider, UINT_MAX);
    if (nearest.count == 0)
        return unknown_provider(shown, err);
    nearest.count = 1;
    return say_nearest(question, shown, &nearest, err);
}

/* The row of the country "xx" that a text like "xx-abc" names, or -1. */
static int country_of_code(const char *key)
{
    char country[3];
    size_t length = strlen(key);

    if (length < 4 || length > 6 || key[2] != '-')
        return -1;
    for (size_t i = 3; i < length; i++) {
        if (!isalnum((unsigned char)key[i]))
            return -1;
    }
    memcpy(country, key, 2);
    country[2] = '\0';
    return place_find(country, 1u << PLACE_COUNTRY);
}

/* A code of ISO 3166-2 without a figure here. Its country's is another: named, never taken. */
static int code_without_figure(int ask, const char *shown, int country, struct aico2_error *err)
{
    const struct place_row *row = place_row_at((size_t)country);
    const char *what = place_question_at(ask)->what;

    for (size_t i = 0; i < place_rows_with_figure(); i++) {
        const struct place_row *region = place_row_at(i);

        if (region->scope == PLACE_REGION && region->parent == country)
            return aico2_error_set(err, -EINVAL,
                                   "no figure for %s '%s': there are figures for its country "
                                   "'%s' (%s) and regions such as '%s'",
                                   what, shown, place_text(row->place), place_text(row->name),
                                   place_text(region->place));
    }
    return aico2_error_set(err, -EINVAL,
                           "no figure for %s '%s': there is one for its country '%s' (%s)", what,
                           shown, place_text(row->place), place_text(row->name));
}

/* A country given as a region and the like. */
static int asked_elsewhere(int ask, const char *key, const char *shown, struct aico2_error *err)
{
    for (int other = 0; other < ASK_ANY; other++) {
        const struct place_question *question = place_question_at(other);

        if (other != ask && place_find(key, question->scopes) >= 0)
            return aico2_error_set(err, -EINVAL, "unknown %s '%s': that is a %s, for %s",
                                   place_question_at(ask)->what, shown, question->what,
                                   question->option);
    }
    return 0;
}

/* What is near in spelling, else how to write one. */
static int near_or_unknown(const struct place_question *question, const char *key,
                           const char *shown, struct aico2_error *err)
{
    int swapped = find_swapped(key, question->scopes);
    struct nearest nearest;

    if (swapped >= 0)
        nearest = (struct nearest){ .count = 1, .rows = { (uint16_t)swapped } };
    else
        nearest = find_nearest(key, question->scopes, "", distance_worth_naming(key));
    if (nearest.count == 1 || nearest.count == 2)
        return say_nearest(question, shown, &nearest, err);
    return aico2_error_set(err, -EINVAL, "unknown %s '%s': %s is needed", question->what, shown,
                           question->wanted);
}

int place_unknown(int ask, const char *text, struct aico2_error *err)
{
    const struct place_question *question = place_question_at(ask);
    bool may_be_cloud = ask == ASK_CLOUD || ask == ASK_ANY;
    char shown[SHOWN_SIZE];
    char key[PLACE_KEY_SIZE];
    const char *full;
    int country;

    text_copy_clean(shown, sizeof(shown), text);
    if (!place_fold(key, text))
        return aico2_error_set(err, -EINVAL, "unknown %s '%s': %s is needed", question->what, shown,
                               question->wanted);
    if (ask != ASK_ANY && asked_elsewhere(ask, key, shown, err) < 0)
        return -EINVAL;
    if (may_be_cloud && strchr(key, ':') != NULL)
        return unknown_cloud(key, shown, err);
    full = may_be_cloud ? with_provider(key) : NULL;
    if (full != NULL)
        return aico2_error_set(err, -EINVAL, "unknown %s '%s': write its provider too, as in '%s'",
                               question->what, shown, full);
    country = country_of_code(key);
    if (country >= 0)
        return code_without_figure(ask, shown, country, err);
    return near_or_unknown(question, key, shown, err);
}

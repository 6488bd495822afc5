/* SPDX-License-Identifier: Apache-2.0 */
/* config/option_value.c - setting one option from text, whichever source the text comes from */
#include "config/option_value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "base/time_text.h"

void option_quote(char quote_out[QUOTE_SIZE], const char *text)
{
    size_t length;

    text_copy_clean(quote_out, QUOTE_SIZE - 3, text);
    length = strlen(quote_out);
    /* text_copy_clean never makes a text longer: what did not fit was cut */
    if (strlen(text) >= QUOTE_SIZE - 3 && length + 4 <= QUOTE_SIZE)
        memcpy(quote_out + length, "...", 4);
}

static bool flag_has_negation(const struct option_row *row)
{
    return row->type == OPTION_FLAG && row->id != OPT_NO_DB && row->id != OPT_JSON;
}

const struct option_row *option_find(const char *name, bool *negated_out)
{
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        const struct option_row *row = &option_rows[i];

        if (strcmp(row->name, name) == 0) {
            *negated_out = false;
            return row;
        }
        if (flag_has_negation(row) && strncmp(name, "no-", 3) == 0 &&
            strcmp(row->name, name + 3) == 0) {
            *negated_out = true;
            return row;
        }
    }
    return NULL;
}

const char *option_nearest(const char *name, uint32_t commands, bool local_only)
{
    const char *names[OPT_COUNT_OF_OPTIONS];
    size_t count = 0;
    int nearest;

    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        const struct option_row *row = &option_rows[i];

        if ((row->commands & commands) != 0 && (!local_only || row->local_file))
            names[count++] = row->name;
    }
    nearest = text_nearest(name, names, count);
    return nearest < 0 ? NULL : names[nearest];
}

bool option_choice(const struct option_row *row, int64_t index, char *name_out, size_t size)
{
    const char *at = row->choices;

    for (; at != NULL && index > 0; index--) {
        at = strchr(at, '|');
        if (at != NULL)
            at++;
    }
    if (at == NULL || index < 0)
        return false;
    (void)snprintf(name_out, size, "%.*s", (int)strcspn(at, "|"), at);
    return true;
}

/* "90s" as it would be typed: the largest unit that divides it. */
static void format_duration(char *text_out, size_t size, double ns)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = { { "d", 86400e9 }, { "h", 3600e9 }, { "m", 60e9 }, { "s", 1e9 }, { "ms", 1e6 } };
    size_t i = 0;

    while (i + 1 < ARRAY_LENGTH(units) && ns / units[i].ns != (double)(int64_t)(ns / units[i].ns))
        i++;
    (void)snprintf(text_out, size, "%.0f%s", ns / units[i].ns, units[i].unit);
}

static void format_limit(const struct option_row *row, double limit, char *text_out, size_t size)
{
    if (row->type == OPTION_DURATION)
        format_duration(text_out, size, limit);
    else
        (void)number_format_double(text_out, size, limit);
}

void option_range(const struct option_row *row, char *text_out, size_t size)
{
    char least[32];
    char most[32];

    text_out[0] = '\0';
    if (row->type != OPTION_NUMBER && row->type != OPTION_INTEGER && row->type != OPTION_DURATION)
        return;
    format_limit(row, row->minimum, least, sizeof(least));
    format_limit(row, row->maximum, most, sizeof(most));
    (void)snprintf(text_out, size, "%s to %s", least, most);
}

static int bad_value(struct aico2_error *err, const char *shown, const char *text, const char *why)
{
    char quote[QUOTE_SIZE];

    option_quote(quote, text);
    return aico2_error_set(err, -EINVAL, "%s '%s': %s", shown, quote, why);
}

static int check_range(const struct option_row *row, double value, const char *text,
                       const char *shown, struct aico2_error *err)
{
    char range[80];
    char why[112];

    if (value >= row->minimum && value <= row->maximum)
        return 0;
    option_range(row, range, sizeof(range));
    (void)snprintf(why, sizeof(why), "out of range, %s", range);
    return bad_value(err, shown, text, why);
}

static int parse_choice(const struct option_row *row, const char *text, int64_t *index_out,
                        const char *shown, struct aico2_error *err)
{
    enum { CHOICES_MAX = 12 };
    char names[CHOICES_MAX][24];
    const char *candidates[CHOICES_MAX];
    char why[224] = "not one of ";
    size_t count = 0;
    int nearest;

    while (count < CHOICES_MAX &&
           option_choice(row, (int64_t)count, names[count], sizeof(names[count]))) {
        if (strcmp(names[count], text) == 0) {
            *index_out = (int64_t)count;
            return 0;
        }
        candidates[count] = names[count];
        count++;
    }
    for (size_t i = 0; i < count; i++)
        text_append(why, sizeof(why), "%s%s", i == 0 ? "" : ", ", names[i]);
    nearest = text_nearest(text, candidates, count);
    if (nearest >= 0 && count > 1)
        text_append(why, sizeof(why), "; nearest is '%s'", names[nearest]);
    return bad_value(err, shown, text, why);
}

static bool parse_truth(const char *text, bool *truth_out)
{
    static const char *const yes[] = { "true", "yes", "on", "1" };
    static const char *const no[] = { "false", "no", "off", "0" };

    for (size_t i = 0; i < ARRAY_LENGTH(yes); i++) {
        if (text_equal_nocase(text, yes[i]) || text_equal_nocase(text, no[i])) {
            *truth_out = text_equal_nocase(text, yes[i]);
            return true;
        }
    }
    return false;
}

static int parse_value(struct option_value *value, const struct option_row *row, bool negated,
                       const char *text, const char *shown, struct aico2_error *err)
{
    bool truth;

    switch (row->type) {
    case OPTION_TEXT:
        if (text[0] == '\0' && !row->may_be_empty)
            return aico2_error_set(err, -EINVAL, "%s '': the value is empty", shown);
        return 0;
    case OPTION_FLAG:
        if (!parse_truth(text, &truth))
            return bad_value(err, shown, text, "not true or false");
        value->as.integer = truth != negated;
        return 0;
    case OPTION_NUMBER:
        if (!number_parse_double(text, &value->as.number))
            return bad_value(err, shown, text, "not a number");
        return check_range(row, value->as.number, text, shown, err);
    case OPTION_INTEGER:
        if (!number_parse_i64(text, &value->as.integer))
            return bad_value(err, shown, text, "not a whole number");
        return check_range(row, (double)value->as.integer, text, shown, err);
    case OPTION_DURATION:
        if (!duration_parse(text, &value->as.integer))
            return bad_value(err, shown, text, "not a duration (examples: 500ms, 10s, 5m, 8h)");
        return check_range(row, (double)value->as.integer, text, shown, err);
    case OPTION_TIME:
        if (!wall_time_parse(text, &value->as.integer))
            return bad_value(err, shown, text,
                             "not a time (examples: 2026-11-24T02:28:48Z, 1795487328)");
        return 0;
    case OPTION_CHOICE:
        return parse_choice(row, text, &value->as.integer, shown, err);
    }
    return aico2_error_set(err, -EINVAL, "%s: no such type", shown);
}

void option_value_clear(struct option_value *value)
{
    for (size_t i = 0; i < value->earlier_count; i++)
        free(value->earlier[i]);
    free(value->earlier);
    free(value->text);
    *value = (struct option_value){ 0 };
}

static void clear_places(struct options *options)
{
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        if (option_rows[i].place)
            option_value_clear(&options->values[i]);
    }
}

/* The old value becomes one of the earlier ones of the new. */
static int keep_earlier(struct option_value *old, struct option_value *value,
                        struct aico2_error *err)
{
    char **earlier = realloc(old->earlier, (old->earlier_count + 1) * sizeof(*earlier));

    if (earlier == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    earlier[old->earlier_count] = old->text;
    value->earlier = earlier;
    value->earlier_count = old->earlier_count + 1;
    *old = (struct option_value){ 0 };
    return 0;
}

static int store(struct options *options, struct option_value value, enum option_id id,
                 const char *text, struct aico2_error *err)
{
    value.text = strdup(text);
    if (value.text == NULL) {
        option_value_clear(&value);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    option_value_clear(&options->values[id]);
    options->values[id] = value;
    return 0;
}

/* --json is --format json, and --db ends a --no-db from below, as the other way round. */
static int settle_twins(struct options *options, const struct option_row *row,
                        struct option_value value, struct aico2_error *err)
{
    if (row->id == OPT_FORMAT) {
        option_value_clear(&options->values[OPT_JSON]);
    } else if (row->id == OPT_JSON && value.as.integer != 0) {
        value.as.integer = 1; /* "json" is the second of text|json|csv */
        return store(options, value, OPT_FORMAT, "json", err);
    } else if (row->id == OPT_DB) {
        option_value_clear(&options->values[OPT_NO_DB]);
    } else if (row->id == OPT_NO_DB && value.as.integer != 0) {
        option_value_clear(&options->values[OPT_DB]);
    }
    return 0;
}

int option_set(struct options *options, struct option_source *source, const struct option_row *row,
               bool negated, const char *text, const char *where, const char *shown,
               struct aico2_error *err)
{
    struct option_value value = { .origin = source->origin };
    int r = parse_value(&value, row, negated, text, shown, err);

    if (r < 0)
        return r;

    (void)snprintf(value.where, sizeof(value.where), "%s", where);
    if (row->type == OPTION_FLAG)
        text = value.as.integer != 0 ? "true" : "false";
    if (row->place && !source->place_seen) {
        clear_places(options);
        source->place_seen = true;
    }
    if (row->repeats && source->given[row->id] && options->values[row->id].text != NULL)
        r = keep_earlier(&options->values[row->id], &value, err);
    if (r == 0)
        r = store(options, value, row->id, text, err);
    if (r < 0)
        return r;
    source->given[row->id] = true;
    return settle_twins(options, row, value, err);
}

void options_overlay(struct options *options, struct options *above)
{
    bool place = false;

    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++)
        place = place || (option_rows[i].place && above->values[i].text != NULL);
    if (place)
        clear_places(options);
    if (above->values[OPT_DB].text != NULL)
        option_value_clear(&options->values[OPT_NO_DB]);
    if (options_flag(above, OPT_NO_DB))
        option_value_clear(&options->values[OPT_DB]);
    if (above->values[OPT_FORMAT].text != NULL)
        option_value_clear(&options->values[OPT_JSON]);
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        if (above->values[i].text == NULL)
            continue;
        option_value_clear(&options->values[i]);
        options->values[i] = above->values[i];
        above->values[i] = (struct option_value){ 0 };
    }
}

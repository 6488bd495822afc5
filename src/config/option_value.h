/* SPDX-License-Identifier: Apache-2.0 */
/* config/option_value.h - setting one option from text, whichever source the text comes from */
#pragma once

#include "config/options.h"

/* One layer of values: a file, the environment, the command line. Later layers win. */
struct option_source {
    enum option_origin origin;
    bool place_seen;                  /* the place options of the layers below are gone */
    bool given[OPT_COUNT_OF_OPTIONS]; /* by this source: a row that repeats takes one more */
};

enum { QUOTE_SIZE = 72, SHOWN_SIZE = 160 };

/* Text from outside made fit for an error line: no control characters, cut with "...". */
void option_quote(char quote_out[QUOTE_SIZE], const char *text);

/* Frees what a value holds; it is none afterwards. */
void option_value_clear(struct option_value *value);

/**
 * option_find() - the row of a long name
 * @negated_out: true for "no-" before the name of a flag
 * Return: NULL when there is none
 */
const struct option_row *option_find(const char *name, bool *negated_out);

/* The nearest option among those of a command's bits (and in a local file); NULL when none is near. */
const char *option_nearest(const char *name, uint32_t commands, bool local_only);

/**
 * option_set() - check a text against a row and keep it
 * @text:  as given; for a flag a truth value
 * @where: kept for `aico2 config`
 * @shown: names the option in the error: "--pue", "AICO2_PUE", "aico2.yml:3: pue"
 * Return: 0; -EINVAL, the options as they were; -ENOMEM
 */
int option_set(struct options *options, struct option_source *source, const struct option_row *row,
               bool negated, const char *text, const char *where, const char *shown,
               struct aico2_error *err);

/* Moves what `above` holds over what `options` holds; `above` is empty afterwards. */
void options_overlay(struct options *options, struct options *above);

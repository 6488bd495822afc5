/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/tables.h - the generated table of places and the keys that lead into it */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/band.h"

enum { PLACE_KEY_SIZE = 64, PLACE_ROW_NONE = 0xffff };

enum place_scope {
    PLACE_COUNTRY, /* as the scope of a key: the world and its parts too */
    PLACE_WHOLE_WORLD,
    PLACE_AGGREGATE,
    PLACE_REGION,
    PLACE_CLOUD_REGION,
    PLACE_GRID_ZONE,
};

/* Texts are offsets for place_text(): a table without pointers needs no relocation at start. */
struct place_row {
    struct band gco2e_per_kwh; /* BAND_NONE: the place is known, a figure is not */
    uint16_t place;
    uint16_t name;
    uint16_t kind;
    uint16_t source;
    uint16_t source_short;
    uint16_t note;   /* without a figure: what to use instead */
    uint16_t parent; /* the row this place lies in, PLACE_ROW_NONE for a country */
    uint16_t zone;   /* of a cloud region: its grid zone's row, or PLACE_ROW_NONE */
    uint16_t year;
    char country[3];
    char country3[4];
    char quality[2];
    uint8_t scope; /* enum place_scope */
};

/* Another figure of a row: of another kind, year or source. */
struct place_alternative {
    struct band gco2e_per_kwh;
    uint16_t row;
    uint16_t kind;
    uint16_t source;
    uint16_t source_short;
    uint16_t note;
    uint16_t year;
    char quality[2];
};

struct place_key {
    uint16_t text; /* folded */
    uint16_t row;
    uint8_t scope; /* the kind of question it answers */
};

/* Rows with a figure come first. */
size_t place_rows_with_figure(void);
const struct place_row *place_row_at(size_t index);
size_t place_row_world(void);
const char *place_text(uint16_t offset);

/* The other figures of a row, newest first; they stand together. */
const struct place_alternative *place_alternatives_of(size_t row, size_t *count_out);

size_t place_key_count(void);
const struct place_key *place_key_at(size_t index);

/**
 * place_fold() - what is the same to a reader becomes the same key
 * Case, accents, punctuation and the kind of blank do not count; "/" is ":", "&" is "and",
 * "google:" is "gcp:".
 * Return: false when nothing is left or the key does not fit
 */
bool place_fold(char key_out[PLACE_KEY_SIZE], const char *text);

/* The row of a folded key; scopes: bits 1 << enum place_scope, the lower scope first. -1: none. */
int place_find(const char *key, unsigned scopes);

/* What was disclosed of the building that a cloud region's row stands for, or of all its operator's. */
struct place_site_row {
    double pue;           /* NAN: not disclosed */
    double wue_l_per_kwh; /* NAN: not disclosed */
    uint16_t row;
    uint16_t pue_source; /* texts */
    uint16_t wue_source;
};

/* NULL: nothing was. */
const struct place_site_row *place_site_of(size_t row);

/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/place.h - from what a person writes to a carbon intensity and where it comes from */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/intensity.h"

/* What the user asked for; NULL or NAN: not given. One of the first five is used: giving two
 * that disagree is -EINVAL (a region inside the given country agrees). */
struct place_query {
    const char *country;    /* ISO 3166-1 alpha-2 or -3, English name, alias, "world" */
    const char *region;     /* ISO 3166-2 "US-CA", eGRID "CAMX" */
    const char *cloud;      /* "aws:eu-west-3" */
    const char *zone;       /* grid zone "FR", "US-CAL-CISO" */
    const char *any;        /* `aico2 intensity PLACE`: any of the above */
    double gco2e_per_kwh;   /* --intensity; no band */
    enum place_basis basis; /* where the query came from */
    const char *kind;       /* NULL: the place's own; a word of INTENSITY_KINDS */
    int year;               /* 0: the newest there is of that kind */
};

/**
 * place_resolve() - the yearly figure of a place
 * Without kind and year the place's own; a figure of another kind only when that is asked for by name.
 * With an empty query: the world average, place_basis PLACE_WORLD, band from the 5th to the 95th
 * percentile of countries. Never a guess.
 * Return: 0; -EINVAL for an unknown place (the value quoted, the nearest named) or one without a
 * figure, or without one of that kind and year (what there is is named).
 */
int place_resolve(const struct place_query *query, struct intensity *intensity_out,
                  struct aico2_error *err);

/**
 * place_figures() - the figure that place_resolve() gives, and after it every other one of the place: of
 * other kinds, years and sources. The caller frees.
 */
int place_figures(const struct place_query *query, struct intensity **list_out, size_t *count_out,
                  struct aico2_error *err);

/* NULL, "", 0: any. */
struct place_filter {
    const char *text;    /* part of a code, a name or a common other name */
    const char *pattern; /* of a whole code, * and ? standing for any: "US-*" */
    const char *country; /* alpha-2 */
    const char *kind;
    int year;
    const char *grades; /* "AB" */
};

/**
 * place_search() - the places with a figure that fit, in the order of place_at(), each with that figure
 * Of several that fit the kind and year, the one that place_resolve() would take. The caller frees.
 * Return: 0 or -ENOMEM
 */
int place_search(const struct place_filter *filter, struct intensity **list_out, size_t *count_out,
                 struct aico2_error *err);

/* Every place that has a figure, countries first; `aico2 intensity` without an argument. */
size_t place_count(void);
void place_at(size_t index, struct intensity *intensity_out);

/* The building of a cloud region, as its operator has disclosed it: means of a year. A PUE that is not known of the
 * region is the operator's mean over all its sites, where it tells one: pue_source says which. */
struct place_site {
    double pue;           /* NAN: not disclosed */
    double wue_l_per_kwh; /* litres of water on site per kWh of its computers; NAN: not disclosed */
    char pue_source[96];
    char wue_source[96];
};

/* Of "aws:eu-west-3", NULL allowed; false, both NAN, when nothing was disclosed. */
bool place_cloud_site(const char *cloud, struct place_site *site_out);

/**
 * place_suggest_country() - the country of the machine's time zone, only ever shown as a suggestion
 * @etc_fd: <sysroot>/etc; @tz: value of TZ, NULL
 * Return: false for UTC, unknown or ambiguous zones.
 */
bool place_suggest_country(int etc_fd, const char *tz, char country_out[3]);

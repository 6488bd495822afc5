/* SPDX-License-Identifier: Apache-2.0 */
/* cli/when_places.c - `aico2 when --place A,B=FILE`: the places a job may run in, each with its figures */
#include "cli/when_places.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "carbon/place.h"
#include "carbon/series.h"
#include "cli/live/options.h"
#include "cli/options/own_figures.h"
#include "cli/when_ask.h"
#include "model/run.h"

void when_places_deinit(struct when_places *places)
{
    free(places->items);
    *places = (struct when_places){ 0 };
}

/* Where nobody has a value of the hours, the year's figure stands, after a word on it. */
static int make(const struct cli *cli, const struct live_plan *plan, const struct when_query *query,
                struct when *when_out, struct aico2_error *err)
{
    int r = plan == NULL || query->series != NULL ? when_make(query, when_out, err)
                                                  : when_ask(plan, query, when_out, err);

    if (r != -ENODATA || query->series != NULL)
        return r;
    cli_warning(cli, "%s: its yearly figure stands in", err->message);
    *err = (struct aico2_error){ 0 };
    return when_make(query, when_out, err);
}

static int add(const struct cli *cli, struct when_places *places, const struct live_plan *plan,
               const struct when_query *query, struct aico2_error *err)
{
    struct when when;
    int r;

    if (places->count == WHEN_PLACES_MAX)
        return aico2_error_set(err, -EINVAL, "--place: more than %d places", WHEN_PLACES_MAX);
    for (size_t i = 0; i < places->count; i++) {
        if (strcmp(places->items[i].place.place, query->place.place) == 0)
            return aico2_error_set(err, -EINVAL, "--place: '%s' stands twice", query->place.place);
    }
    r = make(cli, plan, query, &when, err);
    if (r < 0)
        return r;
    if (array_reserve(&places->items, &places->capacity, places->count + 1,
                      sizeof(*places->items)) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    places->items[places->count++] = when;
    return 0;
}

/* One entry: "FR", or "FR=fr.csv". The text is taken apart. */
static int add_entry(const struct cli *cli, struct when_places *places,
                     const struct when_query *job, char *entry, struct aico2_error *err)
{
    AICO2_CLEANUP(intensity_series_deinit) struct intensity_series series = { 0 };
    struct place_query place = { .any = entry, .gco2e_per_kwh = NAN, .basis = PLACE_OPTION };
    struct when_query query = *job;
    char *file = strchr(entry, '=');
    struct live_plan *plan = NULL;
    char option[RUN_PLACE_SIZE];
    int r;

    if (file != NULL)
        *file++ = '\0';
    if (entry[0] == '\0' || (file != NULL && file[0] == '\0'))
        return aico2_error_set(err, -EINVAL,
                               "--place: '%s%s' names no %s; a place, or PLACE=FILE, is right",
                               entry, file != NULL ? "=" : "", entry[0] == '\0' ? "place" : "file");
    r = own_figures_resolve(&cli->options, &place, &query.place, NULL, err);
    if (r == 0 && file != NULL)
        r = intensity_series_read(file, &series, err);
    if (r == 0 && file == NULL) {
        live_name_place(&place, &query.place, option, sizeof(option));
        r = live_plan_from_options(cli, &query.place, option, &plan, err);
    }
    if (r < 0)
        return r;
    query.series = file != NULL ? &series : NULL;
    query.source = file;
    r = add(cli, places, plan, &query, err);
    live_plan_free(plan);
    return r;
}

int when_places_make(const struct cli *cli, const struct when_query *query,
                     const struct figures *here, struct when_places *places_out,
                     struct aico2_error *err)
{
    const struct options *options = &cli->options;
    AICO2_CLEANUP(when_places_deinit) struct when_places places = { 0 };
    int r = here != NULL ? add(cli, &places, here->live, query, err) : 0;

    for (size_t i = 0; i < options_value_count(options, OPT_PLACE) && r == 0; i++) {
        AICO2_CLEANUP(freep) char *entries = strdup(options_text_at(options, OPT_PLACE, i));
        char *rest = entries;
        char *entry;

        if (entries == NULL)
            return aico2_error_set(err, -ENOMEM, "out of memory");
        while (r == 0 && (entry = strsep(&rest, ",")) != NULL)
            r = add_entry(cli, &places, query, entry, err);
    }
    if (r < 0)
        return r;
    *places_out = places;
    places = (struct when_places){ 0 };
    return 0;
}

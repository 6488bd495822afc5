/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options/own_figures.c - places with the user's own figures over the program's: --intensity-table */
#include "cli/options/own_figures.h"

#include <errno.h>
#include <limits.h>
#include <math.h>

#include "base/attributes.h"
#include "base/user_path.h"

/* Return: 1 there is one. */
static int load_usual(const char *path, struct own_table *table_out, struct aico2_error *err)
{
    struct aico2_error failed = { 0 };
    int r = own_table_read(path, table_out, &failed);

    if (r == -ENOENT || r == -ENOTDIR || r == -EACCES)
        return 0;
    if (r < 0 && err != NULL)
        *err = failed;
    return r < 0 ? r : 1;
}

int own_figures_load(const struct options *options, struct own_table *table_out,
                     struct aico2_error *err)
{
    const char *named = options_text(options, OPT_INTENSITY_TABLE);
    char path[PATH_MAX];
    int r = 0;

    *table_out = (struct own_table){ 0 };
    if (named != NULL)
        return own_table_read(named, table_out, err);
    if (user_path("XDG_CONFIG_HOME", ".config", "aico2/intensity.csv", path, sizeof(path)) == 0)
        r = load_usual(path, table_out, err);
    if (r == 0)
        r = load_usual("/etc/aico2/intensity.csv", table_out, err);
    return r < 0 ? r : 0;
}

/* A name that only the table can know. Return: NULL for every other query. */
static const char *new_name(const struct place_query *query)
{
    const char *name = query->zone != NULL ? query->zone : query->any;

    if (name == NULL || query->country != NULL || query->region != NULL || query->cloud != NULL ||
        !own_table_is_new(name))
        return NULL;
    return name;
}

int own_figures_resolve_in(const struct own_table *table, const struct place_query *query,
                           struct intensity *intensity_out, bool *own_out, struct aico2_error *err)
{
    const char *name = isnan(query->gco2e_per_kwh) ? new_name(query) : NULL;
    bool own = name != NULL;
    int r = own ? own_table_find(table, name, query->kind, query->year, intensity_out, err)
                : place_resolve(query, intensity_out, err);

    if (r == 0 && own)
        intensity_out->place_basis = query->basis;
    if (r == 0 && !own && isnan(query->gco2e_per_kwh))
        own = own_table_apply(table, query->kind, query->year, intensity_out);
    if (own_out != NULL)
        *own_out = r == 0 && own;
    return r;
}

int own_figures_resolve(const struct options *options, const struct place_query *query,
                        struct intensity *intensity_out, bool *own_out, struct aico2_error *err)
{
    AICO2_CLEANUP(own_table_deinit) struct own_table table = { 0 };
    int r = isnan(query->gco2e_per_kwh) ? own_figures_load(options, &table, err) : 0;

    return r < 0 ? r : own_figures_resolve_in(&table, query, intensity_out, own_out, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* cli/own_figures.c - places with the user's own figures over the program's: --intensity-table */
#include "cli/own_figures.h"

#include <errno.h>
#include <limits.h>
#include <math.h>

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

int own_figures_resolve(const struct options *options, const struct place_query *query,
                        struct intensity *intensity_out, bool *own_out, struct aico2_error *err)
{
    struct own_table table;
    bool own;
    int r = place_resolve(query, intensity_out, err);

    if (own_out != NULL)
        *own_out = false;
    if (r < 0 || !isnan(query->gco2e_per_kwh))
        return r;
    r = own_figures_load(options, &table, err);
    if (r < 0)
        return r;
    own = own_table_apply(&table, query->kind, query->year, intensity_out);
    own_table_deinit(&table);
    if (own_out != NULL)
        *own_out = own;
    return 0;
}

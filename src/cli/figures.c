/* SPDX-License-Identifier: Apache-2.0 */
/* cli/figures.c - the options that turn joules into grams, and the ways a report leaves */
#include "cli/figures.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "carbon/price.h"
#include "carbon/series.h"
#include "cli/cloud_auto.h"
#include "cli/live/options.h"
#include "cli/options/own_figures.h"
#include "cli/options/place.h"
#include "session/place/own.h"
#include "session/place/text.h"

enum { OWN_SIZE = 384 };

void figures_deinit(struct figures *figures)
{
    live_answer_deinit(&figures->marginal);
    live_plan_free(figures->live);
    figures->live = NULL;
    intensity_series_deinit(&figures->series);
    price_series_deinit(&figures->prices);
    intensity_series_deinit(&figures->cuts);
}

const struct intensity_series *figures_series(const struct figures *figures)
{
    return figures->series.count > 0 ? &figures->series : NULL;
}

const struct price_series *figures_prices(const struct figures *figures)
{
    return figures->prices.count > 0 ? &figures->prices : NULL;
}

const struct intensity_series *figures_cuts(const struct figures *figures)
{
    return figures->cuts.count > 0 ? &figures->cuts : figures_series(figures);
}

bool figures_place_given(const struct options *options)
{
    return options_given(options, OPT_COUNTRY) || options_given(options, OPT_REGION) ||
           options_given(options, OPT_CLOUD) || options_given(options, OPT_ZONE) ||
           options_given(options, OPT_INTENSITY);
}

static int read_price(const struct options *options, struct figures *figures,
                      struct aico2_error *err)
{
    const char *path = options_text(options, OPT_PRICE_FILE);
    int r = price_from_options(options, &figures->price, err);

    if (r < 0 || path == NULL)
        return r;
    r = price_series_read(path, figures->price.currency, &figures->prices, err);
    if (r == 0 && price_series_cuts(&figures->prices, &figures->series, &figures->cuts) < 0)
        r = aico2_error_set(err, -ENOMEM, "out of memory");
    return r;
}

/* `run` asks once its command runs. The region found is used as if it had been given. */
static void find_cloud(const struct cli *cli, struct place_query *query, struct figures *figures)
{
    struct aico2_error err = { 0 };

    figures->cloud_later = cli->command != NULL && cli->command->bit == COMMAND_RUN;
    if (figures->cloud_later)
        return;
    if (cloud_auto_find(cli, figures->cloud, &figures->intensity, &err) < 0) {
        cli_warning(cli, "%s: the world average is used", err.message);
        return;
    }
    query->cloud = figures->cloud;
    figures->site = site_of_cloud(&cli->options, figures->cloud);
}

/* stored: of a run of the history, whose own place may be the one that providers are to be asked of. */
static int take_options(const struct cli *cli, bool stored, struct figures *figures_out,
                        struct aico2_error *err)
{
    const struct options *options = &cli->options;
    struct place_query query = place_query_from_options(options);
    const char *series_path = options_text(options, OPT_INTENSITY_FILE);
    struct figures figures = { .site = site_from_options(options) };
    bool place_needed = !stored || figures_place_given(options);
    bool own = false;
    char text[OWN_SIZE];
    int r = place_options_check(options, err);

    if (r == 0 && place_needed)
        r = own_figures_resolve(options, &query, &figures.intensity, &own, err);
    if (r == 0 && cloud_auto_asked(options))
        find_cloud(cli, &query, &figures);
    figures.pue = figures.site.pue;
    if (r == 0)
        r = market_from_options(options, &figures.market, err);
    if (r < 0)
        return r;
    if (series_path != NULL)
        r = intensity_series_read(series_path, &figures.series, err);
    if (r == 0)
        r = read_price(options, &figures, err);
    if (r < 0) {
        figures_deinit(&figures);
        return r;
    }
    place_text_name(&query, figures.place_option, sizeof(figures.place_option));
    if (own) {
        place_own_write(text, sizeof(text), &figures.intensity);
        place_text_set(figures.place_option, sizeof(figures.place_option), "own", text);
    }
    place_text_set_market(figures.place_option, sizeof(figures.place_option), &figures.market);
    if (!stored && !figures.cloud_later)
        r = live_plan_from_options(cli, &figures.intensity, figures.place_option, &figures.live,
                                   err);
    if (r < 0) {
        figures_deinit(&figures);
        return r;
    }
    *figures_out = figures;
    return 0;
}

int figures_from_options(const struct cli *cli, struct figures *figures_out,
                         struct aico2_error *err)
{
    return take_options(cli, false, figures_out, err);
}

int figures_ask(struct figures *figures, int64_t from_wall_ns, int64_t to_wall_ns,
                struct live *live_out, struct aico2_error *err)
{
    struct live_answer answer;

    *live_out = LIVE_NONE;
    if (figures->live == NULL)
        return 0;
    live_ask(figures->live, from_wall_ns, to_wall_ns, &answer);
    return figures_take_answer(figures, &answer, live_out, err);
}

bool figures_ask_marginal(struct figures *figures, int64_t from_wall_ns, int64_t to_wall_ns,
                          struct live_marginal *met_out)
{
    struct live_plan *plan = figures->live != NULL ? live_plan_marginal(figures->live) : NULL;

    if (plan == NULL)
        return false;
    live_ask(plan, from_wall_ns, to_wall_ns, &figures->marginal);
    *met_out = live_marginal_of(plan, &figures->marginal);
    live_plan_free(plan);
    return true;
}

int figures_take_answer(struct figures *figures, struct live_answer *answer, struct live *live_out,
                        struct aico2_error *err)
{
    *live_out = answer->live;
    intensity_series_deinit(&figures->series);
    figures->series = answer->series;
    answer->series = (struct intensity_series){ 0 };
    intensity_series_deinit(&figures->cuts);
    if (figures->prices.count > 0 &&
        price_series_cuts(&figures->prices, &figures->series, &figures->cuts) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return 0;
}

int figures_for_stored(const struct cli *cli, struct figures *figures_out, struct aico2_error *err)
{
    return take_options(cli, true, figures_out, err);
}

void figures_format(const struct cli *cli, const struct report *report, struct text_style style,
                    struct strbuf *text)
{
    switch (cli_format(cli)) {
    case CLI_TEXT:
        write_report_text(text, report, style);
        break;
    case CLI_JSON:
        write_report_json(text, report);
        break;
    case CLI_CSV:
        write_report_csv(text, report);
        break;
    }
}

/* A file that is made, or replaced by renaming a new one over it, needs its directory open to us. */
static int check_directory(const char *option, const char *path, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *directory = strdup(path);
    char *slash;

    if (directory == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    slash = strrchr(directory, '/');
    if (slash != NULL)
        slash[slash == directory ? 1 : 0] = '\0';
    if (faccessat(AT_FDCWD, slash == NULL ? "." : directory, W_OK | X_OK, AT_EACCESS) == 0)
        return 0;
    return aico2_error_set_errno(err, errno, "--%s: cannot write '%s'", option, path);
}

static int check_output(const char *option, const char *path, bool renamed, struct aico2_error *err)
{
    struct stat status;

    if (strcmp(path, "-") == 0)
        return 0;
    if (stat(path, &status) < 0)
        return errno == ENOENT
                   ? check_directory(option, path, err)
                   : aico2_error_set_errno(err, errno, "--%s: cannot write '%s'", option, path);
    if (S_ISDIR(status.st_mode))
        return aico2_error_set(err, -EISDIR, "--%s: '%s' is a directory", option, path);
    if (renamed && S_ISREG(status.st_mode))
        return check_directory(option, path, err);
    if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0)
        return aico2_error_set_errno(err, errno, "--%s: cannot write '%s'", option, path);
    return 0;
}

int figures_check_outputs(const struct cli *cli, struct aico2_error *err)
{
    static const struct {
        enum option_id id;
        bool renamed;
    } outputs[] = {
        { OPT_OUTPUT, true },
        { OPT_CSV, false },
        { OPT_SEED_CSV, true },
        { OPT_SAMPLES, false },
    };
    const char *csv = options_text(&cli->options, OPT_CSV);

    for (size_t i = 0; i < ARRAY_LENGTH(outputs); i++) {
        const char *path = options_text(&cli->options, outputs[i].id);
        int r = path == NULL
                    ? 0
                    : check_output(option_rows[outputs[i].id].name, path, outputs[i].renamed, err);

        if (r < 0)
            return r;
    }
    return csv == NULL ? 0 : check_codecarbon_csv(csv, err);
}

int figures_write(const struct cli *cli, const struct report *report, struct aico2_error *err)
{
    const struct options *options = &cli->options;
    AICO2_CLEANUP(strbuf_deinit) struct strbuf json = { 0 };
    const char *path = options_text(options, OPT_OUTPUT);
    int first = 0;
    int r;

    if (path != NULL) {
        write_report_json(&json, report);
        r = strcmp(path, "-") == 0 ? cli_write(STDOUT_FILENO, &json, err)
                                   : write_file_atomic(path, &json, err);
        first = r;
    }
    path = options_text(options, OPT_CSV);
    if (path != NULL) {
        r = append_codecarbon_csv(path, report, first == 0 ? err : NULL);
        first = first == 0 ? r : first;
    }
    path = options_text(options, OPT_SEED_CSV);
    if (path != NULL) {
        r = write_seed_csv(path, report, first == 0 ? err : NULL);
        first = first == 0 ? r : first;
    }
    return first;
}

int figures_db_path(const struct cli *cli, char *path_out, size_t size, struct aico2_error *err)
{
    const char *path = options_text(&cli->options, OPT_DB);

    if (path == NULL) {
        int r = history_default_path(path_out, size, err);

        /* -ENOENT is a history that nothing was written to yet; here there is no place for one */
        if (r == -ENOENT)
            r = err->code = -ENODATA;
        return r;
    }
    if (strlen(path) >= size)
        return aico2_error_set(err, -ENAMETOOLONG, "--db: the path is too long: '%.60s...'", path);

    (void)snprintf(path_out, size, "%s", path);
    return 0;
}

int figures_open_history(const struct cli *cli, int mode, struct history **history_out,
                         struct aico2_error *err)
{
    char path[PATH_MAX];
    int r = figures_db_path(cli, path, sizeof(path), err);

    if (r < 0)
        return r;
    return history_open(path, mode, history_out, err);
}

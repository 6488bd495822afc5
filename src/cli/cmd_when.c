/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_when.c - `aico2 when --duration D`: the greenest stretch of time ahead */
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/figures.h"
#include "cli/when_ask.h"
#include "cli/when_places.h"

static int print(const struct cli *cli, const struct when *when)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (options_given(&cli->options, OPT_STARTER)) {
        write_when_starter(&text, when,
                           (enum when_starter)options_integer(&cli->options, OPT_STARTER));
        strbuf_add(&text, "\n");
    } else if (cli_format(cli) == CLI_JSON) {
        write_when_json(&text, when);
    } else if (cli_format(cli) == CLI_CSV) {
        write_when_csv(&text, when);
    } else {
        write_when_text(&text, when, cli->out_style);
    }
    return cli_print(cli, &text);
}

static int print_places(const struct cli *cli, const struct when_choice *choice)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (options_given(&cli->options, OPT_STARTER))
        return print(cli, &choice->places[choice->best]);
    if (cli_format(cli) == CLI_JSON)
        write_when_places_json(&text, choice);
    else if (cli_format(cli) == CLI_CSV)
        write_when_places_csv(&text, choice);
    else
        write_when_places_text(&text, choice, cli->out_style);
    return cli_print(cli, &text);
}

static int several(const struct cli *cli, const struct when_query *query,
                   const struct figures *figures)
{
    AICO2_CLEANUP(when_places_deinit) struct when_places places = { 0 };
    struct aico2_error err = { 0 };
    struct when_choice choice;
    /* without a place or a file of its own the world is not one of those it may run in */
    bool here = query->series != NULL || figures->intensity.place_basis != PLACE_WORLD;

    if (when_places_make(cli, query, here ? figures : NULL, &places, &err) < 0)
        return cli_fail(cli, &err);
    choice = when_choose(places.items, places.count);
    return print_places(cli, &choice);
}

int cmd_when(struct cli *cli)
{
    const struct options *options = &cli->options;
    AICO2_CLEANUP(figures_deinit) struct figures figures = { 0 };
    struct aico2_error err = { 0 };
    struct when when;
    struct when_query query = {
        .from_ns = options_given(options, OPT_START) ? options_integer(options, OPT_START)
                                                     : clock_wall_ns(),
        .within_ns = options_integer(options, OPT_WITHIN),
        .duration_ns = options_integer(options, OPT_DURATION),
        .source = options_text(options, OPT_INTENSITY_FILE),
    };
    bool places = options_given(options, OPT_PLACE);
    int r;

    if (!options_given(options, OPT_DURATION)) {
        cli_error(cli, "how long does the job take? give it by --duration, as in --duration 8h");
        return 2;
    }
    if (figures_from_options(cli, &figures, &err) < 0)
        return cli_fail(cli, &err);
    if (query.source == NULL && figures.live == NULL && !places) {
        cli_error(cli, "by which figures? give a forecast, or days gone by, by --intensity-file "
                       "FILE, or a --provider to ask");
        return 2;
    }
    query.series = query.source != NULL ? &figures.series : NULL;
    query.place = figures.intensity;
    if (places)
        return several(cli, &query, &figures);
    r = figures.live != NULL ? when_ask(figures.live, &query, &when, &err)
                             : when_make(&query, &when, &err);
    return r < 0 ? cli_fail(cli, &err) : print(cli, &when);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_fleet.c - `aico2 fleet`: what many machines used, added up by the engine that has their series */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/lines.h"
#include "cli/commands.h"
#include "cli/fetch_process.h"
#include "cli/options/place.h"
#include "cli/options/window.h"
#include "cli/remote/options.h"
#include "cli/remote/points.h"
#include "session/remote/fleet.h"
#include "session/remote/fleet_query.h"

#define HOUR_NS (3600 * NSEC_PER_SEC)

/* An answer under way. */
struct asking {
    const struct cli *cli;
    char program[PATH_MAX];
    struct fleet_window window;
    struct fleet_sum *sum;
    struct remote_server server;
    bool partial;
    char **notes;
    size_t note_count;
};

/* One stretch of the window, in hours or less. */
struct stretch {
    int64_t first_end_ns;
    int64_t last_end_ns;
    int64_t range_ns;
    bool recorded;
};

static const char *label_value(const void *labels, const char *name)
{
    return remote_label(labels, name);
}

static int take_energy(void *payload, const struct remote_labels *labels,
                       const struct remote_point *points, size_t count, struct aico2_error *err)
{
    struct asking *asking = payload;
    char name[FLEET_NAME_SIZE];
    int r;

    fleet_row_name(asking->window.by, label_value, labels, name, sizeof(name));
    r = fleet_sum_series(asking->sum, name, remote_label(labels, "place"), err);
    for (size_t i = 0; r == 0 && i < count; i++)
        fleet_sum_energy(asking->sum, points[i].wall_ns, points[i].value);
    return r;
}

static int take_intensity(void *payload, const struct remote_labels *labels,
                          const struct remote_point *points, size_t count, struct aico2_error *err)
{
    struct asking *asking = payload;
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++)
        r = fleet_sum_intensity(asking->sum, remote_label(labels, "place"), points[i].wall_ns,
                                points[i].value, err);
    return r;
}

static int ask(struct asking *asking, const struct stretch *stretch, const struct strbuf *query,
               remote_points_fn take, struct aico2_error *err)
{
    struct remote_question question;
    int r = remote_question_from_options(&asking->cli->options, stretch->first_end_ns,
                                         stretch->last_end_ns, &question, err);

    if (r < 0)
        return r;
    if (query->failed || query->length >= sizeof(question.query))
        return aico2_error_set(err, -ENOMEM, "out of memory");
    question.what = REMOTE_QUERY;
    memcpy(question.query, query->text, query->length + 1);
    question.step_ms = HOUR_NS / NSEC_PER_MSEC;
    return remote_points_read(asking->program, &question, take, asking, &asking->server,
                              &asking->partial, &asking->notes, &asking->note_count, err);
}

/* The intensities first: each joule is costed as it comes. None of them is no failure. */
static int ask_stretch(struct asking *asking, const struct stretch *stretch,
                       struct aico2_error *err)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf intensity = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf energy = { 0 };
    int r;

    fleet_query_intensity(&intensity, stretch->recorded, stretch->range_ns);
    fleet_query_energy(&energy, asking->window.by, stretch->recorded, stretch->range_ns);
    r = ask(asking, stretch, &intensity, take_intensity, err);
    return r == 0 || r == -ENODATA ? ask(asking, stretch, &energy, take_energy, err) : r;
}

/* Whole hours are what the rules record; without the rules the engine adds up itself. */
static int ask_hours(struct asking *asking, struct aico2_error *err)
{
    const struct fleet_window *window = &asking->window;
    int64_t hours = (window->to_wall_ns - window->from_wall_ns) / HOUR_NS;
    struct stretch stretch = {
        .first_end_ns = window->from_wall_ns + HOUR_NS,
        .last_end_ns = window->from_wall_ns + hours * HOUR_NS,
        .range_ns = HOUR_NS,
        .recorded = true,
    };
    int r;

    if (hours == 0)
        return 0;
    r = ask_stretch(asking, &stretch, err);
    if (r != -ENODATA)
        return r;
    stretch.recorded = false;
    r = ask_stretch(asking, &stretch, err);
    if (r == 0 && lines_add(&asking->notes, &asking->note_count,
                            "the server has no recorded sums (contrib/prometheus/aico2.rules.yml): "
                            "it added up each machine's own series, which takes it longer") < 0)
        r = aico2_error_set(err, -ENOMEM, "out of memory");
    return r;
}

static int ask_rest(struct asking *asking, struct aico2_error *err)
{
    const struct fleet_window *window = &asking->window;
    int64_t rest_ns = (window->to_wall_ns - window->from_wall_ns) % HOUR_NS;
    const struct stretch stretch = {
        .first_end_ns = window->to_wall_ns,
        .last_end_ns = window->to_wall_ns,
        .range_ns = rest_ns,
    };

    return rest_ns < NSEC_PER_SEC ? 0 : ask_stretch(asking, &stretch, err);
}

/* One of the two may have nothing: a fleet that began this hour, or has ended. */
static int ask_all(struct asking *asking, struct aico2_error *err)
{
    struct aico2_error none = { 0 };
    int hours = ask_hours(asking, &none);
    int rest;

    if (hours < 0 && hours != -ENODATA)
        return aico2_error_set(err, hours, "%s", none.message);
    rest = ask_rest(asking, err);
    if (rest == -ENODATA && hours == 0 &&
        asking->window.to_wall_ns - asking->window.from_wall_ns >= HOUR_NS)
        return 0;
    if (rest == 0 && hours == -ENODATA &&
        (asking->window.to_wall_ns - asking->window.from_wall_ns) % HOUR_NS < NSEC_PER_SEC)
        return aico2_error_set(err, hours, "%s", none.message);
    return rest;
}

static int read_window(const struct cli *cli, struct fleet_window *window, struct aico2_error *err)
{
    const struct options *options = &cli->options;
    struct place_query query = place_query_from_options(options);
    int r = window_from_options(options, &window->from_wall_ns, &window->to_wall_ns, err);

    if (r < 0)
        return r;
    window->by = (enum fleet_by)options_integer(options, OPT_BY);
    window->pue = options_number(options, OPT_PUE);
    r = place_options_check(options, err);
    return r < 0 ? r : place_resolve(&query, &window->elsewhere, err);
}

static int print(const struct cli *cli, const struct fleet *fleet)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (cli_format(cli) == CLI_JSON)
        write_fleet_json(&text, fleet);
    else if (cli_format(cli) == CLI_CSV)
        write_fleet_csv(&text, fleet);
    else
        write_fleet_text(&text, fleet, (size_t)options_integer(&cli->options, OPT_LIMIT),
                         cli->out_style);
    return cli_print(cli, &text);
}

/* What the server and the fetcher had to say stands first. */
static int add_notes(struct asking *asking, struct fleet *fleet, struct aico2_error *err)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < fleet->note_count; i++)
        r = lines_add(&asking->notes, &asking->note_count, "%s", fleet->notes[i]);
    if (r < 0)
        return aico2_error_set(err, r, "out of memory");
    lines_free(fleet->notes, fleet->note_count);
    fleet->notes = asking->notes;
    fleet->note_count = asking->note_count;
    asking->notes = NULL;
    asking->note_count = 0;
    (void)snprintf(fleet->server, sizeof(fleet->server), "%s", asking->server.name);
    return 0;
}

int cmd_fleet(struct cli *cli)
{
    struct asking asking = { .cli = cli };
    struct fleet fleet = { 0 };
    struct aico2_error err = { 0 };
    int status = 0;
    int r = read_window(cli, &asking.window, &err);

    if (r == 0)
        r = fleet_sum_new(&asking.sum, &asking.window, &err);
    if (r == 0)
        r = fetch_find_program(asking.program, sizeof(asking.program), &err);
    if (r == 0)
        r = ask_all(&asking, &err);
    if (r == 0)
        r = fleet_sum_finish(asking.sum, &fleet, &err);
    if (r == 0)
        r = add_notes(&asking, &fleet, &err);
    if (r == 0) {
        status = print(cli, &fleet);
        if (asking.partial)
            cli_warning(cli, "the figures are not whole: see the notes");
    } else {
        status = cli_fail(cli, &err);
    }
    lines_free(asking.notes, asking.note_count);
    fleet_deinit(&fleet);
    fleet_sum_free(asking.sum);
    return status;
}

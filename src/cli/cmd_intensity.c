/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_intensity.c - `aico2 intensity [PLACE]` */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "carbon/series.h"
#include "cli/cloud_auto.h"
#include "cli/commands.h"
#include "cli/live/options.h"
#include "cli/options/own_figures.h"
#include "cli/options/place.h"
#include "model/run.h"

static const int64_t BEFORE_NS = 6 * 3600 * NSEC_PER_SEC;
static const int64_t AHEAD_NS = 48 * 3600 * NSEC_PER_SEC;

static int print_list(const struct cli *cli, const struct intensity *list, size_t count)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (cli_format(cli) == CLI_JSON)
        write_intensity_list_json(&text, list, count);
    else if (cli_format(cli) == CLI_CSV)
        write_intensity_list_csv(&text, list, count);
    else
        write_intensity_list_text(&text, list, count, cli->out_style);
    return cli_print(cli, &text);
}

/* A search that finds nothing: what is near in spelling may be what was meant. */
static int nothing_found(const struct cli *cli, const struct place_filter *filter)
{
    const struct place_query query = { .any = filter->text,
                                       .gco2e_per_kwh = NAN,
                                       .basis = PLACE_OPTION };
    struct intensity intensity;
    struct aico2_error err = { 0 };

    if (filter->text != NULL && place_resolve(&query, &intensity, &err) < 0)
        cli_error(cli, "no place that has it in a name or code and fits the rest: %s", err.message);
    else
        cli_error(cli, "no place fits all of that");
    return 1;
}

static int check_grades(const char *grades, struct aico2_error *err)
{
    if (grades == NULL || strspn(grades, "ABCD") == strlen(grades))
        return 0;
    return aico2_error_set(err, -EINVAL, "--grade '%.40s': letters A to D are needed, as in AB",
                           grades);
}

/* Those that only the user's table knows, behind the others. */
static int add_new_places(const struct own_table *own, const struct place_filter *filter,
                          struct intensity **list, size_t *count)
{
    size_t capacity = *count;

    for (size_t i = 0; i < own->count; i++) {
        const char *name = own->rows[i].place;
        struct intensity found;

        if (!own_table_is_new(name) ||
            (filter->text != NULL && strcasestr(name, filter->text) == NULL) ||
            (filter->pattern != NULL && fnmatch(filter->pattern, name, FNM_CASEFOLD) != 0) ||
            own_table_find(own, name, filter->kind, filter->year, &found, NULL) < 0)
            continue;
        if (array_reserve(list, &capacity, *count + 1, sizeof(found)) < 0)
            return -ENOMEM;
        (*list)[(*count)++] = found;
    }
    return 0;
}

static int search(const struct cli *cli, struct place_filter *filter, bool by_country)
{
    AICO2_CLEANUP(freep) struct intensity *list = NULL;
    struct place_query query = place_query_from_options(&cli->options);
    AICO2_CLEANUP(own_table_deinit) struct own_table own = { 0 };
    struct intensity country = { 0 };
    struct aico2_error err = { 0 };
    size_t count = 0;
    int r = check_grades(filter->grades, &err);

    if (r == 0 && by_country) {
        query.gco2e_per_kwh = NAN;
        query.kind = NULL;
        query.year = 0;
        r = place_resolve(&query, &country, &err);
        filter->country = country.country;
    }
    if (r == 0)
        r = place_search(filter, &list, &count, &err);
    if (r == 0)
        r = own_figures_load(&cli->options, &own, &err);
    if (r < 0)
        return cli_fail(cli, &err);
    for (size_t i = 0; i < count; i++)
        (void)own_table_apply(&own, filter->kind, filter->year, &list[i]);
    if (filter->country == NULL && filter->grades == NULL &&
        add_new_places(&own, filter, &list, &count) < 0)
        return cli_fail(cli, &(struct aico2_error){ .code = -ENOMEM, .message = "out of memory" });
    return count == 0 ? nothing_found(cli, filter) : print_list(cli, list, count);
}

/* The value that holds now began before now, and the newest may be hours old. */
static void ask(const struct cli *cli, const struct live_plan *plan, struct live_answer *answer_out,
                int64_t *now_ns_out)
{
    int64_t now_ns = clock_wall_ns();
    bool ahead = options_flag(&cli->options, OPT_FORECAST);

    live_ask(plan, now_ns - BEFORE_NS, now_ns + (ahead ? AHEAD_NS : NSEC_PER_SEC), answer_out);
    *now_ns_out = now_ns;
}

static int print_with(const struct cli *cli, const struct intensity *list, size_t count,
                      size_t shown, const struct live_view *view)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };

    if (cli_format(cli) == CLI_JSON)
        write_intensity_json(&text, &list[0], list + 1, count - 1, view);
    else if (cli_format(cli) == CLI_CSV && view != NULL)
        write_live_csv(&text, view);
    else if (cli_format(cli) == CLI_CSV)
        write_intensity_list_csv(&text, list, shown);
    else
        write_intensity_text(&text, &list[0], list + 1, shown - 1, cli->out_style);
    if (cli_format(cli) == CLI_TEXT && view != NULL)
        write_live_text(&text, view, cli->out_style);
    return cli_print(cli, &text);
}

/* Status 1 where nobody had a value: a question without an answer. */
static int print_live(const struct cli *cli, const struct live_plan *plan,
                      const struct intensity *list, size_t count, size_t shown)
{
    AICO2_CLEANUP(live_answer_deinit) struct live_answer answer = { .live = LIVE_NONE };
    struct live_view view = { .live = &answer.live, .series = &answer.series };
    int status;

    ask(cli, plan, &answer, &view.now_wall_ns);
    status = print_with(cli, list, count, shown, &view);
    return status == 0 && answer.series.count == 0 ? 1 : status;
}

/* Every figure of the place, the user's own first. */
static int figures_of(const struct place_query *query, const struct own_table *own,
                      struct intensity **list_out, size_t *count_out, struct aico2_error *err)
{
    struct intensity first;
    bool is_own;
    int r = own_figures_resolve_in(own, query, &first, &is_own, err);

    if (r < 0)
        return r;
    if (is_own && own_table_is_new(first.place)) { /* it has no other */
        *list_out = calloc(1, sizeof(first));
        *count_out = 1;
        r = *list_out == NULL ? aico2_error_set(err, -ENOMEM, "out of memory") : 0;
    } else {
        r = place_figures(query, list_out, count_out, err);
    }
    if (r == 0 && *count_out > 0)
        (*list_out)[0] = first;
    return r;
}

static int print_one(const struct cli *cli, const struct place_query *query)
{
    AICO2_CLEANUP(freep) struct intensity *list = NULL;
    bool all = options_flag(&cli->options, OPT_ALL_KINDS);
    struct live_plan *plan = NULL;
    AICO2_CLEANUP(own_table_deinit) struct own_table own = { 0 };
    struct aico2_error err = { 0 };
    char place[RUN_PLACE_SIZE];
    size_t count = 0;
    size_t shown;
    int status;

    if (own_figures_load(&cli->options, &own, &err) < 0 ||
        figures_of(query, &own, &list, &count, &err) < 0)
        return cli_fail(cli, &err);
    live_name_place(query, &list[0], place, sizeof(place));
    if (live_plan_from_options(cli, &list[0], place, &plan, &err) < 0)
        return cli_fail(cli, &err);
    shown = all ? count : 1;
    status = plan != NULL ? print_live(cli, plan, list, count, shown)
                          : print_with(cli, list, count, shown, NULL);
    live_plan_free(plan);
    return status;
}

static int print_cloud(const struct cli *cli, struct place_query query)
{
    struct aico2_error err = { 0 };
    struct intensity found;
    char region[64];

    if (cloud_auto_find(cli, region, &found, &err) < 0)
        return cli_fail(cli, &err);
    query.cloud = region;
    query.gco2e_per_kwh = NAN;
    return print_one(cli, &query);
}

int cmd_intensity(struct cli *cli)
{
    const struct options *options = &cli->options;
    struct place_query query = place_query_from_options(options);
    struct place_filter filter = {
        .text = options_text(options, OPT_SEARCH),
        .kind = query.kind,
        .year = query.year,
        .grades = options_text(options, OPT_GRADE),
    };
    const char *place = cli->operands.count > 0 ? cli->operands.words[0] : NULL;
    bool by_option =
        query.basis == PLACE_OPTION && (query.country != NULL || query.region != NULL ||
                                        query.cloud != NULL || query.zone != NULL);

    if (place == NULL && cloud_auto_asked(options))
        return print_cloud(cli, query);
    if (place != NULL && by_option) {
        cli_error(cli, "the place is given twice: as '%s' and as an option", place);
        return 2;
    }
    if (place != NULL && strpbrk(place, "*?") != NULL)
        filter.pattern = place;
    if (filter.text != NULL || filter.grades != NULL || filter.pattern != NULL)
        return search(cli, &filter, by_option);
    query.gco2e_per_kwh = NAN;
    if (place != NULL)
        query = (struct place_query){ .any = place,
                                      .gco2e_per_kwh = NAN,
                                      .basis = PLACE_OPTION,
                                      .kind = query.kind,
                                      .year = query.year };
    /* a country in a file says where the machine is, not that the list is to hold one place */
    if (place != NULL || by_option)
        return print_one(cli, &query);
    return search(cli, &filter, false);
}

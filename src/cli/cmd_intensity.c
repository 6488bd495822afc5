/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_intensity.c - `aico2 intensity [PLACE]` */
#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "cli/commands.h"
#include "cli/place_options.h"

static int print_list(const struct cli *cli)
{
    AICO2_CLEANUP(freep) struct intensity *list = NULL;
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    size_t count = place_count();

    list = calloc(count == 0 ? 1 : count, sizeof(*list));
    if (list == NULL) {
        cli_error(cli, "out of memory");
        return 1;
    }
    for (size_t i = 0; i < count; i++)
        place_at(i, &list[i]);

    if (cli_format(cli) == CLI_JSON)
        write_intensity_list_json(&text, list, count);
    else if (cli_format(cli) == CLI_CSV)
        write_intensity_list_csv(&text, list, count);
    else
        write_intensity_list_text(&text, list, count, cli->out_style);
    return cli_print(cli, &text);
}

static int print_one(const struct cli *cli, const struct place_query *query)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct intensity intensity;
    struct aico2_error err = { 0 };

    if (place_resolve(query, &intensity, &err) < 0)
        return cli_fail(cli, &err);

    if (cli_format(cli) == CLI_JSON)
        write_intensity_json(&text, &intensity);
    else if (cli_format(cli) == CLI_CSV)
        write_intensity_list_csv(&text, &intensity, 1);
    else
        write_intensity_text(&text, &intensity, cli->out_style);
    return cli_print(cli, &text);
}

int cmd_intensity(struct cli *cli)
{
    struct place_query query = place_query_from_options(&cli->options);
    bool by_option =
        query.basis == PLACE_OPTION && (query.country != NULL || query.region != NULL ||
                                        query.cloud != NULL || query.zone != NULL);

    if (cli->operands.count > 0 && by_option) {
        cli_error(cli, "the place is given twice: as '%s' and as an option",
                  cli->operands.words[0]);
        return 2;
    }
    if (cli->operands.count > 0) {
        query = (struct place_query){ .any = cli->operands.words[0],
                                      .gco2e_per_kwh = NAN,
                                      .basis = PLACE_OPTION };
        return print_one(cli, &query);
    }
    /* a country in a file says where the machine is, not that the list is to hold one place */
    if (by_option) {
        query.gco2e_per_kwh = NAN;
        return print_one(cli, &query);
    }
    return print_list(cli);
}

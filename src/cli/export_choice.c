/* SPDX-License-Identifier: Apache-2.0 */
/* cli/export_choice.c - which runs of a history an export is about */
#include <errno.h>

#include "cli/export.h"

/* Those of the command line only: a project's name and stage are of its next run. */
static const char *chosen(const struct cli *cli, enum option_id id)
{
    return options_origin(&cli->options, id) == ORIGIN_COMMAND_LINE
               ? options_text(&cli->options, id)
               : NULL;
}

bool export_chooses(const struct cli *cli, const struct run_row *run)
{
    const struct options *options = &cli->options;

    return (!options_given(options, OPT_START) ||
            run->started_wall_ns >= options_integer(options, OPT_START)) &&
           (!options_given(options, OPT_END) ||
            run->started_wall_ns < options_integer(options, OPT_END));
}

struct history_filter export_filter(const struct cli *cli)
{
    return (struct history_filter){
        .stage = chosen(cli, OPT_STAGE),
        .name = chosen(cli, OPT_NAME),
    };
}

int export_check_window(const struct options *options, struct aico2_error *err)
{
    if (options_given(options, OPT_START) && options_given(options, OPT_END) &&
        options_integer(options, OPT_END) <= options_integer(options, OPT_START))
        return aico2_error_set(err, -EINVAL, "--end '%s' is not after --start '%s'",
                               options_text(options, OPT_END), options_text(options, OPT_START));
    return 0;
}

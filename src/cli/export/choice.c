/* SPDX-License-Identifier: Apache-2.0 */
/* cli/export/choice.c - which runs of a history an export is about */
#include "cli/export/export.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"

enum { PAGE_RUNS = 200 };

/* Those of the command line only: a project's name and stage are of its next run. */
static const char *chosen(const struct cli *cli, enum option_id id)
{
    return options_origin(&cli->options, id) == ORIGIN_COMMAND_LINE
               ? options_text(&cli->options, id)
               : NULL;
}

static bool is_chosen(const struct cli *cli, const struct run_row *run)
{
    const struct options *options = &cli->options;

    return (!options_given(options, OPT_START) ||
            run->started_wall_ns >= options_integer(options, OPT_START)) &&
           (!options_given(options, OPT_END) ||
            run->started_wall_ns < options_integer(options, OPT_END));
}

int export_each_run(const struct cli *cli, struct history *history, export_run_fn *each,
                    void *payload, struct aico2_error *err)
{
    char cursor[ULID_SIZE] = "";
    struct history_filter filter = {
        .stage = chosen(cli, OPT_STAGE),
        .name = chosen(cli, OPT_NAME),
        .limit = PAGE_RUNS,
        .cursor = cursor,
    };

    do {
        AICO2_CLEANUP(freep) struct run_row *rows = NULL;
        char next[ULID_SIZE];
        size_t count = 0;
        int r = history_list(history, &filter, &rows, &count, next, err);

        for (size_t i = 0; r == 0 && i < count; i++) {
            if (is_chosen(cli, &rows[i]))
                r = each(payload, &rows[i], err);
        }
        if (r < 0)
            return r;
        memcpy(cursor, next, sizeof(cursor));
    } while (cursor[0] != '\0');
    return 0;
}

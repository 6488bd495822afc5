/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_estimate.c - `aico2 estimate`: a footprint without measuring */
#include <errno.h>
#include <string.h>

#include "base/attributes.h"
#include "cli/commands.h"
#include "cli/estimate_table.h"
#include "cli/figures.h"
#include "cli/options/estimate.h"
#include "session/estimate/estimate.h"

static void format(const struct cli *cli, const struct estimate *estimate, struct strbuf *text)
{
    if (options_flag(&cli->options, OPT_CITE))
        write_estimate_cite(text, estimate, cli->out_style);
    else if (cli_format(cli) == CLI_JSON)
        write_estimate_json(text, estimate);
    else if (cli_format(cli) == CLI_CSV)
        write_estimate_csv(text, estimate);
    else
        write_estimate_text(text, estimate, cli->out_style);
}

static int print(const struct cli *cli, const struct estimate *estimate)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf json = { 0 };
    const char *path = options_text(&cli->options, OPT_OUTPUT);
    struct aico2_error err = { 0 };
    int r = 0;

    for (size_t i = 0; i < estimate->warning_count; i++)
        cli_warning(cli, "%s", estimate->warnings[i]);
    if (path != NULL) {
        write_estimate_json(&json, estimate);
        r = strcmp(path, "-") == 0 ? 0 : write_file_atomic(path, &json, &err);
        if (r < 0)
            cli_error(cli, "%s", err.message);
        else if (strcmp(path, "-") == 0)
            return cli_print(cli, &json);
    }
    format(cli, estimate, &text);
    return cli_print(cli, &text) != 0 || r < 0 ? 1 : 0;
}

/* A paragraph is of one estimate, and neither JSON nor CSV. */
static int check_cite(const struct options *options, enum cli_format format,
                      struct aico2_error *err)
{
    if (!options_flag(options, OPT_CITE))
        return 0;
    if (options_text(options, OPT_TABLE) != NULL)
        return aico2_error_set(err, -EINVAL, "--cite is of one estimate, not of a --table");
    if (format != CLI_TEXT)
        return aico2_error_set(err, -EINVAL,
                               "--cite is text: write the JSON beside it by --output FILE");
    return 0;
}

int cmd_estimate(struct cli *cli)
{
    struct figures figures = { 0 };
    struct estimate estimate;
    struct aico2_error err = { 0 };
    int status;

    if (check_cite(&cli->options, cli_format(cli), &err) < 0)
        return cli_fail(cli, &err);
    if (options_text(&cli->options, OPT_TABLE) != NULL)
        return estimate_table(cli);
    if (figures_from_options(cli, &figures, &err) < 0)
        return cli_fail(cli, &err);
    if (estimate_from_options(&cli->options, &figures.intensity, &estimate, &err) < 0) {
        status = cli_fail(cli, &err);
    } else {
        status = print(cli, &estimate);
        estimate_deinit(&estimate);
    }
    figures_deinit(&figures);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_estimate.c - `aico2 estimate`: a footprint without measuring */
#include <math.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/figures.h"
#include "session/estimate.h"

static void format(const struct cli *cli, const struct estimate *estimate, struct strbuf *text)
{
    if (cli_format(cli) == CLI_JSON)
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

int cmd_estimate(struct cli *cli)
{
    const struct options *options = &cli->options;
    struct figures figures = { 0 };
    struct estimate estimate;
    struct aico2_error err = { 0 };
    struct estimate_query query = {
        .gpu = options_text(options, OPT_GPU),
        .cpu = options_text(options, OPT_CPU),
        .count = options_integer(options, OPT_COUNT),
        .memory_gib = options_number(options, OPT_MEMORY_GIB),
        .hours = options_number(options, OPT_HOURS),
        .power_watts = options_number(options, OPT_POWER),
        .utilization = options_number(options, OPT_UTILIZATION),
        .embodied = options_flag(options, OPT_EMBODIED),
        .lifetime_years = options_number(options, OPT_LIFETIME_YEARS),
    };
    int status;

    if (figures_from_options(cli, &figures, &err) < 0)
        return cli_fail(cli, &err);
    query.pue = figures.pue;
    query.intensity = figures.intensity;
    if (estimate_make(&query, &estimate, &err) < 0) {
        status = cli_fail(cli, &err);
    } else {
        status = print(cli, &estimate);
        estimate_deinit(&estimate);
    }
    figures_deinit(&figures);
    return status;
}

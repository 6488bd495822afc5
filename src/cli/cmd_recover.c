/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_recover.c - `aico2 recover`: the reports of runs whose measuring was killed */
#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/json_out.h"
#include "cli/commands.h"
#include "cli/figures.h"
#include "cli/stored.h"
#include "session/recover.h"
#include "session/report/build.h"

static void write_json(struct strbuf *text, char (*ids)[ULID_SIZE], size_t count)
{
    struct json_out json;

    json_out_init(&json, text);
    json_object_begin(&json, NULL);
    json_array_begin(&json, "recovered");
    for (size_t i = 0; i < count; i++)
        json_string(&json, NULL, ids[i]);
    json_array_end(&json);
    json_object_end(&json);
}

static int write_text(const struct cli *cli, struct history *history, struct strbuf *text,
                      char (*ids)[ULID_SIZE], size_t count, struct aico2_error *err)
{
    if (count == 0)
        strbuf_add(text, "nothing to recover: every run on this machine has ended or is running\n");
    for (size_t i = 0; i < count; i++) {
        struct report report;
        int r = stored_report(history, ids[i], &report, err);

        if (r < 0)
            return r;
        if (i > 0)
            strbuf_add(text, "\n");
        write_report_text(text, &report, cli->out_style);
        report_deinit(&report);
    }
    return 0;
}

int cmd_recover(struct cli *cli)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    AICO2_CLEANUP(freep) char(*ids)[ULID_SIZE] = NULL;
    struct history *history = NULL;
    struct aico2_error err = { 0 };
    size_t count = 0;
    int r = figures_open_history(cli, HISTORY_READ, &history, &err);

    /* opened for reading first: looking for something to recover makes no history */
    if (r == 0) {
        history_close(history);
        history = NULL;
        r = figures_open_history(cli, HISTORY_WRITE, &history, &err);
        if (r == 0)
            r = recover_dead_runs(history, &ids, &count, &err);
    } else if (r == -ENOENT) {
        r = 0;
    }
    if (r == 0 && cli_format(cli) == CLI_JSON)
        write_json(&text, ids, count);
    else if (r == 0 && cli_format(cli) == CLI_CSV)
        for (size_t i = 0; i < count; i++)
            strbuf_printf(&text, "%s%s\r\n", i == 0 ? "id\r\n" : "", ids[i]);
    else if (r == 0)
        r = write_text(cli, history, &text, ids, count, &err);
    history_close(history);
    return r < 0 ? cli_fail(cli, &err) : cli_print(cli, &text);
}

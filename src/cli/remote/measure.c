/* SPDX-License-Identifier: Apache-2.0 */
/* cli/remote/measure.c - `measure --source prometheus`: a past window out of a time-series server */
#include "cli/remote/measure.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "base/lines.h"
#include "base/time_text.h"
#include "cli/fetch_process.h"
#include "cli/remote/options.h"
#include "cli/remote/stream.h"
#include "model/labels.h"
#include "session/remote/store.h"

enum { NAME_SIZE = 128 };

int remote_measure_check(const struct cli *cli, int64_t from_wall_ns, struct aico2_error *err)
{
    int64_t now_ns = clock_wall_ns();
    char now[40];

    if (options_origin(&cli->options, OPT_SCOPE) == ORIGIN_COMMAND_LINE &&
        options_integer(&cli->options, OPT_SCOPE) == SCOPE_JOB)
        return aico2_error_set(err, -EINVAL,
                               "--scope job: a server does not tell whose energy it was; "
                               "--scope machine");
    if (from_wall_ns < now_ns)
        return 0;
    wall_time_format(now, sizeof(now), now_ns);
    return aico2_error_set(err, -ENODATA, "--start '%s' is in the future: it is %s",
                           options_text(&cli->options, OPT_START), now);
}

/* A host of this name is this machine, and so are its devices to the history. */
static bool is_this_machine(const struct remote_answer *answer)
{
    char name[NAME_SIZE] = "";

    return answer->host_count == 1 && gethostname(name, sizeof(name) - 1) == 0 &&
           strcmp(name, answer->hosts[0].name) == 0;
}

static int keep_source(const struct remote_answer *answer, struct run *run)
{
    struct strbuf labels = { 0 };

    labels_add(&labels, "source", "prometheus");
    labels_add(&labels, "server", answer->server.name);
    labels_add(&labels, "server_url", answer->server.url);
    run->labels = strbuf_take(&labels);
    return run->labels == NULL ? -ENOMEM : 0;
}

static int keep_notes(const struct remote_result *result, struct run *run)
{
    struct strbuf text = { 0 };
    struct json_out json;

    json_out_init(&json, &text);
    json_array_begin(&json, NULL);
    for (size_t i = 0; i < result->note_count; i++)
        json_string(&json, NULL, result->notes[i]);
    json_array_end(&json);
    run->warnings_json = strbuf_take(&text);
    return run->warnings_json == NULL ? -ENOMEM : 0;
}

/* What the window as a run is beside its times, devices and machine. */
static int fill_run(const struct remote_answer *answer, bool save, struct remote_result *result,
                    struct aico2_error *err)
{
    struct run *run = &result->record.run;

    run->state = RUN_FINISHED;
    run->exit_status = -1;
    run->cpu_seconds = NAN;
    run->units = NAN;
    run->lifetime_years = NAN;
    run->own_cpu_seconds = NAN;
    if (save)
        remote_store_name(result);
    else
        ulid_make(run->id, run->started_wall_ns);
    if (keep_source(answer, run) < 0 || keep_notes(result, run) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return 0;
}

int remote_measure_read(const struct cli *cli, const struct figures *figures, int64_t from_wall_ns,
                        int64_t to_wall_ns, struct remote_result *result, struct aico2_error *err)
{
    bool save = options_flag(&cli->options, OPT_SAVE);
    struct remote_window window = {
        .from_wall_ns = from_wall_ns,
        .to_wall_ns = to_wall_ns,
        .cuts = figures_cuts(figures),
        .sysroot = options_text(&cli->options, OPT_SYSROOT),
        .hours = save,
        .rows = options_text(&cli->options, OPT_SAMPLES) != NULL,
    };
    struct remote_stream *stream = NULL;
    struct remote_question question;
    char program[PATH_MAX];
    int r = remote_question_from_options(&cli->options, from_wall_ns, to_wall_ns, &question, err);

    if (r == 0)
        r = fetch_find_program(program, sizeof(program), err);
    if (r == 0)
        r = remote_stream_open(&stream, program, &question, err);
    if (r == 0) {
        const struct remote_answer *answer = remote_stream_answer(stream);

        window.apart = save && !is_this_machine(answer);
        r = remote_window_read(remote_stream_answer(stream), &window, result, err);
        if (r == 0)
            r = fill_run(answer, save, result, err);
    }
    remote_stream_close(stream);
    return r;
}

int remote_measure_save(const struct cli *cli, struct remote_result *result,
                        const struct report *report, struct aico2_error *err)
{
    char path[PATH_MAX];
    bool already = false;
    int r;

    if (!options_flag(&cli->options, OPT_SAVE))
        return 0;
    r = figures_db_path(cli, path, sizeof(path), err);
    if (r == 0)
        r = remote_store(path, result, report, &already, err);
    if (r == 0 && already)
        cli_warning(cli, "run %s is in the history already: nothing new was stored",
                    result->record.run.id);
    return r;
}

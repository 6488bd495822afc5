/* SPDX-License-Identifier: Apache-2.0 */
/* cli/export/push.c - `aico2 export --remote-write URL`: stored runs sent once to a time-series server */
#include "cli/export/export.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/own_program.h"
#include "cli/figures.h"
#include "cli/options/window.h"
#include "cli/options/write.h"
#include "cli/stored.h"
#include "session/metrics/past.h"
#include "session/push/pusher.h"
#include "session/report/build.h"

enum {
    /* without an answer that is of use, and then for all that is still on its way */
    PATIENCE_MS = 60 * 1000,
    END_MS = 24 * 3600 * 1000,
    WAIT_MS = 1000,
};

struct pushing {
    const struct cli *cli;
    struct history *history;
    struct pusher *pusher;
    char (*ids)[ULID_SIZE]; /* of the runs chosen, newest first */
    size_t count, capacity;
    size_t told;
    int status;
};

static int check_options(const struct cli *cli)
{
    static const enum option_id of_others[] = { OPT_OUTPUT, OPT_FORMAT, OPT_JSON, OPT_TEXTFILE };

    for (size_t i = 0; i < ARRAY_LENGTH(of_others); i++) {
        if (options_origin(&cli->options, of_others[i]) == ORIGIN_COMMAND_LINE) {
            cli_error(cli, "--%s and --remote-write: one of them", option_rows[of_others[i]].name);
            return 2;
        }
    }
    return 0;
}

/* Back-pressure: what is read of the history waits for what was sent of it. */
static int push(void *payload, const struct metrics *metrics)
{
    struct pushing *pushing = payload;

    while (!pusher_has_room(pushing->pusher) && !pusher_is_over(pushing->pusher)) {
        struct pollfd fds[2];
        int count = pusher_poll_fds(pushing->pusher, fds);

        (void)poll(fds, (nfds_t)count, WAIT_MS);
        pusher_turn(pushing->pusher);
    }
    if (pusher_is_over(pushing->pusher))
        return -EPIPE;
    (void)pusher_push(pushing->pusher, metrics, PUSH_APART);
    pusher_turn(pushing->pusher);
    return 0;
}

/* Return: 0, or -EPIPE when there is no use in more. One run that cannot be told is named, and the others go on. */
static int push_run(struct pushing *pushing, const char *id)
{
    struct aico2_error err = { 0 };
    struct report report;
    int r = stored_report(pushing->history, id, &report, &err);

    if (r == 0) {
        r = past_metrics(pushing->history, &report, push, pushing, &err);
        report_deinit(&report);
    }
    if (r == -EPIPE)
        return r;
    if (r < 0) {
        cli_error(pushing->cli, "run %s is left out: %s", id, err.message);
        pushing->status = 1;
        return 0;
    }
    pushing->told++;
    return 0;
}

static int choose_run(void *payload, const struct run_row *row, struct aico2_error *err)
{
    struct pushing *pushing = payload;

    if (array_reserve(&pushing->ids, &pushing->capacity, pushing->count + 1,
                      sizeof(*pushing->ids)) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    memcpy(pushing->ids[pushing->count++], row->id, ULID_SIZE);
    return 0;
}

static int choose(struct pushing *pushing, struct aico2_error *err)
{
    int r = figures_open_history(pushing->cli, HISTORY_READ, &pushing->history, err);

    if (r == -ENOENT) /* no history yet: no runs, and no failure */
        return 0;
    return r < 0 ? r : export_each_run(pushing->cli, pushing->history, choose_run, pushing, err);
}

static int start(struct pushing *pushing, struct aico2_error *err)
{
    char program[PATH_MAX];
    struct push_setup setup;
    int r = write_setup_from_options(&pushing->cli->options, &setup, err);

    if (r == 0)
        r = own_program_find("aico2-fetch", "fetch", program, sizeof(program), err);
    if (r < 0)
        return r;
    setup.mode = PUSH_ONCE;
    setup.drain_ms = PATIENCE_MS;
    return pusher_start(&pushing->pusher, program, &setup, NULL, err);
}

/* What came of it, on standard output; what was not taken on the other. */
static int conclude(struct pushing *pushing, struct aico2_error *err)
{
    struct strbuf text = { 0 };
    struct pusher_figures figures;
    int r = pusher_stop(pushing->pusher, END_MS, err);
    int w;

    pusher_figures(pushing->pusher, &figures);
    strbuf_printf(&text, "%zu run%s, %" PRIu64 " samples sent, %" PRIu64 " refused\n",
                  pushing->told, pushing->told == 1 ? "" : "s", figures.sent_samples,
                  figures.failed_samples);
    w = cli_write(STDOUT_FILENO, &text, r == 0 ? err : NULL);
    strbuf_deinit(&text);
    if (figures.failed_samples > 0) {
        cli_error(pushing->cli, "refused for good, for example: %s",
                  figures.state.refusal[0] != '\0' ? figures.state.refusal : "no reason given");
        pushing->status = 1;
    }
    return r < 0 ? r : w;
}

static int push_all(struct pushing *pushing, struct aico2_error *err)
{
    int r = choose(pushing, err);

    if (r == 0)
        r = start(pushing, err);
    if (r < 0)
        return r;
    /* the oldest first: some servers take nothing that is older than what they have */
    for (size_t i = pushing->count; r == 0 && i > 0; i--)
        r = push_run(pushing, pushing->ids[i - 1]);
    return conclude(pushing, err);
}

int export_push(const struct cli *cli)
{
    struct pushing pushing = { .cli = cli };
    struct aico2_error err = { 0 };
    int r = check_options(cli);

    if (r != 0)
        return r;
    r = window_check(&cli->options, &err);
    if (r == 0)
        r = push_all(&pushing, &err);
    pusher_free(pushing.pusher);
    history_close(pushing.history);
    free(pushing.ids);
    return r < 0 ? cli_fail(cli, &err) : pushing.status;
}

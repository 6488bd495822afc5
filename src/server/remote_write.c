/* SPDX-License-Identifier: Apache-2.0 */
/* server/remote_write.c - what /metrics shows, pushed to a server as well (--remote-write) */
#include "server/remote_write.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own_program.h"
#include "base/user_path.h"
#include "cli/options/write.h"
#include "server/say.h"
#include "session/push/pusher.h"

enum {
    /* SIGTERM ends all within two seconds */
    DRAIN_MS = 1000,
    STOP_MS = 1500,
};

/* A snapshot is made once a second: one that comes a little early is the one that is meant. */
static const int64_t EARLY_NS = 500 * NSEC_PER_MSEC;

struct remote_write {
    struct pusher *pusher;
    int64_t interval_ns;
    int64_t next_mono_ns;
    int64_t last_wall_ns;
};

/* As the history: the system's place where it is ours to write, else the user's. "" none. */
static void find_state(char *path_out, size_t size)
{
    const char *state = getenv("STATE_DIRECTORY");
    int length;

    if (state == NULL || state[0] != '/' || strchr(state, ':') != NULL) {
        if (geteuid() != 0 && access("/var/lib/aico2", W_OK | X_OK) != 0) {
            if (user_path("XDG_STATE_HOME", ".local/state", "aico2/push", path_out, size) < 0)
                path_out[0] = '\0';
            return;
        }
        state = "/var/lib/aico2";
    }
    length = snprintf(path_out, size, "%s/push", state);
    if (length < 0 || (size_t)length >= size)
        path_out[0] = '\0';
}

int remote_write_settings(const struct options *options, struct push_setup *setup_out,
                          struct aico2_error *err)
{
    struct push_setup setup;
    int r;

    if (options_text(options, OPT_REMOTE_WRITE) == NULL)
        return 0;
    r = write_setup_from_options(options, &setup, err);
    if (r < 0)
        return r;
    setup.mode = PUSH_LASTING;
    setup.drain_ms = DRAIN_MS;
    setup.queue_bytes_max = (uint64_t)options_integer(options, OPT_REMOTE_WRITE_QUEUE) << 20;
    find_state(setup.state_dir, sizeof(setup.state_dir));
    if (setup.state_dir[0] == '\0')
        say_warning(
            "remote write: neither XDG_STATE_HOME nor HOME is set: what waits to be sent is "
            "kept in memory alone");
    *setup_out = setup;
    return 1;
}

int remote_write_start(struct remote_write **write_out, const struct push_setup *setup,
                       int64_t interval_ns, struct aico2_error *err)
{
    char program[PATH_MAX];
    struct remote_write *write = calloc(1, sizeof(*write));
    int r = write != NULL ? 0 : aico2_error_set(err, -ENOMEM, "out of memory");

    if (r == 0)
        r = own_program_find("aico2-fetch", "fetch", program, sizeof(program), err);
    if (r == 0)
        r = pusher_start(&write->pusher, program, setup, &say_log, err);
    if (r < 0) {
        free(write);
        return r;
    }
    write->interval_ns = interval_ns;
    *write_out = write;
    return 0;
}

void remote_write_add_metrics(const struct remote_write *write, struct metrics *metrics)
{
    pusher_metrics(write->pusher, metrics);
}

static bool is_fresh(const struct remote_write *write, const struct metrics *metrics)
{
    return !metrics->failed && metrics->wall_ns > 0 && metrics->wall_ns != write->last_wall_ns;
}

static void push(struct remote_write *write, const struct metrics *metrics)
{
    write->last_wall_ns = metrics->wall_ns;
    (void)pusher_push(write->pusher, metrics, PUSH_SNAPSHOT);
}

void remote_write_tick(struct remote_write *write, const struct metrics *metrics)
{
    const int64_t now_ns = clock_mono_ns();

    pusher_turn(write->pusher);
    if (now_ns + EARLY_NS < write->next_mono_ns || !is_fresh(write, metrics))
        return;
    /* in steps of the interval, and from now on where steps were missed */
    write->next_mono_ns += write->interval_ns;
    if (write->next_mono_ns <= now_ns)
        write->next_mono_ns = now_ns + write->interval_ns;
    push(write, metrics);
}

void remote_write_stop(struct remote_write *write, const struct metrics *last)
{
    struct aico2_error err = { 0 };

    if (write == NULL)
        return;
    if (is_fresh(write, last))
        push(write, last);
    if (pusher_stop(write->pusher, STOP_MS, &err) < 0)
        say_warning("remote write: %s", err.message);
    pusher_free(write->pusher);
    free(write);
}

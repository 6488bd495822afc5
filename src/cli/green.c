/* SPDX-License-Identifier: Apache-2.0 */
/* cli/green.c - `run --green-within`: waits for the greenest time before the command is started */
#include "cli/green.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "cli/when_ask.h"

/* By the wall clock: neither suspend nor a clock that is set moves the hour. */
static void sleep_by_clock(int64_t wall_ns)
{
    const struct timespec until = { .tv_sec = (time_t)(wall_ns / NSEC_PER_SEC),
                                    .tv_nsec = wall_ns % NSEC_PER_SEC };

    while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
}

/* The first process of a container, to which the kernel sends nothing that it does not ask for: what would
 * have ended it is asked for, and the wall clock looked at each minute. Return: 0 or the signal. */
static int sleep_as_first(int64_t wall_ns)
{
    static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
    sigset_t original;
    sigset_t asked;
    int number = 0;

    (void)sigemptyset(&asked);
    for (size_t i = 0; i < ARRAY_LENGTH(ending); i++) {
        struct sigaction action;

        if (sigaction(ending[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            (void)sigaddset(&asked, ending[i]);
    }
    (void)sigprocmask(SIG_BLOCK, &asked, &original);
    while (number <= 0) {
        int64_t left_ns = wall_ns - clock_wall_ns();
        struct timespec timeout = { .tv_sec = 60 };

        if (left_ns <= 0)
            break;
        if (left_ns < 60 * NSEC_PER_SEC)
            timeout = (struct timespec){ .tv_sec = (time_t)(left_ns / NSEC_PER_SEC),
                                         .tv_nsec = left_ns % NSEC_PER_SEC };
        number = sigtimedwait(&asked, NULL, &timeout);
    }
    (void)sigprocmask(SIG_SETMASK, &original, NULL);
    return number > 0 ? number : 0;
}

static int sleep_until(int64_t wall_ns)
{
    if (getpid() == 1)
        return sleep_as_first(wall_ns);
    sleep_by_clock(wall_ns);
    return 0;
}

/* As execvp(3) will look for it: a word that is mistyped is not worth a wait of a day. */
static bool can_be_found(const char *word)
{
    const char *path = getenv("PATH");
    char name[PATH_MAX];

    if (strchr(word, '/') != NULL || path == NULL)
        return strchr(word, '/') == NULL || access(word, X_OK) == 0;
    for (;; path++) {
        size_t length = strcspn(path, ":");

        if (snprintf(name, sizeof(name), "%.*s%s%s", (int)length, path, length > 0 ? "/" : "",
                     word) < (int)sizeof(name) &&
            access(name, X_OK) == 0)
            return true;
        path += length;
        if (*path == '\0')
            return false;
    }
}

/* Two lines, each of which fits a terminal. */
static void say(const struct cli *cli, const struct when *when)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf until = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf gain = { 0 };

    if (options_flag(&cli->options, OPT_QUIET))
        return;
    write_when_wait(&until, when, cli->err_style);
    write_when_gain(&gain, when, cli->err_style);
    cli_error(cli, "%s", strbuf_text(&until));
    cli_error(cli, "%s", strbuf_text(&gain));
}

/* What is not worth a wait of a day: a word that is mistyped, a report that cannot be written.
 * Return: 0; -ENOENT for the word; -errno, with err set, for an output. */
static int check_before(const struct cli *cli, struct aico2_error *err)
{
    return can_be_found(cli->operands.words[0]) ? figures_check_outputs(cli, err) : -ENOENT;
}

/* By the file, or by those who are asked. */
static int find_best(const struct figures *figures, const struct when_query *query,
                     struct when *when_out, struct aico2_error *err)
{
    return query->source == NULL && figures->live != NULL
               ? when_ask(figures->live, query, when_out, err)
               : when_make(query, when_out, err);
}

/* Waits, and once more where the wait ended too late, after a suspend that outlasted the hour. */
static int wait_for(const struct cli *cli, const struct figures *figures, struct when_query *query,
                    struct when *when, struct aico2_error *err)
{
    while (when->best.start_ns - query->from_ns >= WHEN_AT_ONCE_NS) {
        int r;

        say(cli, when);
        r = sleep_until(when->best.start_ns);
        if (r != 0)
            return r;
        if (!when_ask_again(when, clock_wall_ns(), query))
            return 0;
        if (find_best(figures, query, when, err) < 0) {
            *err = (struct aico2_error){ 0 };
            return 0;
        }
    }
    return 0;
}

int green_wait(const struct cli *cli, const struct figures *figures, struct run_wait *wait_out,
               struct aico2_error *err)
{
    const struct options *options = &cli->options;
    struct when when;
    struct when_query query = {
        .from_ns = clock_wall_ns(),
        .within_ns = options_integer(options, OPT_GREEN_WITHIN),
        .duration_ns = options_integer(options, OPT_DURATION),
        .series = &figures->series,
        .source = options_text(options, OPT_INTENSITY_FILE),
        .place = figures->intensity,
    };
    double now;
    int r;

    if (!options_given(options, OPT_GREEN_WITHIN))
        return 0;
    if (!options_given(options, OPT_DURATION) ||
        (query.source == NULL && !options_given(options, OPT_PROVIDER)))
        return aico2_error_set(err, -EINVAL,
                               "--green-within needs to know how long the command takes "
                               "(--duration) and figures to go by (--intensity-file or "
                               "--provider)");
    if (query.source == NULL && figures->live == NULL) /* a warning said why */
        return 0;
    r = find_best(figures, &query, &when, err);
    if (r == -EINVAL)
        return r;
    if (r < 0) {
        cli_warning(cli, "started at once: %s", err->message);
        *err = (struct aico2_error){ 0 };
        return 0;
    }
    if (when.best.start_ns - query.from_ns < WHEN_AT_ONCE_NS)
        return 0;
    r = check_before(cli, err);
    if (r < 0)
        return r == -ENOENT && err->code == 0 ? 0 : r;
    *wait_out = (struct run_wait){ .asked_wall_ns = query.from_ns, .saving_ratio = NAN };
    now = when.now.gco2e_per_kwh;
    r = wait_for(cli, figures, &query, &when, err);
    wait_out->expected_ratio = now > 0 ? 1 - when.best.gco2e_per_kwh / now : NAN;
    return r;
}

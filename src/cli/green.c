/* SPDX-License-Identifier: Apache-2.0 */
/* cli/green.c - `run --green-within`: waits for the greenest time before the command is started */
#include "cli/green.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "session/when.h"

/* Not worth a wait, nor a line. */
static const int64_t AT_ONCE_NS = 60 * NSEC_PER_SEC;

/* By the wall clock: neither suspend nor a clock that is set moves the hour. */
static void sleep_until(int64_t wall_ns)
{
    const struct timespec until = { .tv_sec = (time_t)(wall_ns / NSEC_PER_SEC),
                                    .tv_nsec = wall_ns % NSEC_PER_SEC };

    while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
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

int green_wait(const struct cli *cli, const struct figures *figures, struct aico2_error *err)
{
    const struct options *options = &cli->options;
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct when when;
    struct when_query query = {
        .from_ns = clock_wall_ns(),
        .within_ns = options_integer(options, OPT_GREEN_WITHIN),
        .duration_ns = options_integer(options, OPT_DURATION),
        .series = &figures->series,
        .source = options_text(options, OPT_INTENSITY_FILE),
        .place = figures->intensity,
    };
    int r;

    if (!options_given(options, OPT_GREEN_WITHIN))
        return 0;
    if (!options_given(options, OPT_DURATION) || query.source == NULL)
        return aico2_error_set(err, -EINVAL,
                               "--green-within needs to know how long the command takes "
                               "(--duration) and figures to go by (--intensity-file)");
    r = when_make(&query, &when, err);
    if (r == -EINVAL)
        return r;
    if (r < 0) {
        cli_warning(cli, "started at once: %s", err->message);
        *err = (struct aico2_error){ 0 };
        return 0;
    }
    if (when.best.start_ns - query.from_ns < AT_ONCE_NS || !can_be_found(cli->operands.words[0]))
        return 0;
    r = figures_check_outputs(cli, err);
    if (r < 0)
        return r;
    write_when_wait(&text, &when, cli->err_style);
    cli_error(cli, "%s", strbuf_text(&text));
    sleep_until(when.best.start_ns);
    return 0;
}

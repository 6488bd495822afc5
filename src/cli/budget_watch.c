/* SPDX-License-Identifier: Apache-2.0 */
/* cli/budget_watch.c - looks at every tick whether the run keeps to its budget */
#include "cli/budget_watch.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "session/report/build.h"

enum { ACTION_WARN, ACTION_STOP, ACTION_SIGNAL };

int budget_watch_init(struct budget_watch *watch, const struct cli *cli, const char *currency,
                      struct aico2_error *err)
{
    const char *text = options_text(&cli->options, OPT_BUDGET);
    int r;

    *watch = (struct budget_watch){ .cli = cli };
    if (text == NULL) {
        if (options_origin(&cli->options, OPT_ON_BUDGET) == ORIGIN_COMMAND_LINE)
            return aico2_error_set(err, -EINVAL, "--on-budget '%s': there is no --budget",
                                   options_text(&cli->options, OPT_ON_BUDGET));
        return 0;
    }
    r = budget_parse(text, &watch->budget, err);
    if (r < 0)
        return r;
    if (watch->budget.of == BUDGET_MONEY && strcmp(watch->budget.currency, currency) != 0)
        return aico2_error_set(err, -EINVAL,
                               "--budget '%s': nothing is known of a price in %s (--price)", text,
                               watch->budget.currency);
    watch->action = (int)options_integer(&cli->options, OPT_ON_BUDGET);
    return 0;
}

/* Where a status line is drawn, on a line of its own. */
static void say(const struct budget_watch *watch, const char *text)
{
    if (options_flag(&watch->cli->options, OPT_LIVE) && isatty(STDERR_FILENO) == 1)
        (void)cli_write(STDERR_FILENO,
                        &(struct strbuf){ .text = (char[]){ "\r\033[K" }, .length = 4 }, NULL);
    cli_warning(watch->cli, "%s", text);
    session_add_warning(watch->session, text);
}

static void act(struct budget_watch *watch)
{
    char text[160];
    static const char *const done[] = { "", ": SIGTERM was sent", ": SIGUSR1 was sent" };

    watch->exceeded = true;
    /* first the state: whatever comes of the signal, the report says why */
    session_set_budget_state(watch->session, watch->action == ACTION_STOP     ? "stopped"
                                             : watch->action == ACTION_SIGNAL ? "signalled"
                                                                              : "exceeded");
    if (watch->action == ACTION_STOP) {
        launch_signal(watch->launch, watch->session, SIGTERM, true);
        launch_signal(watch->launch, watch->session, SIGCONT, true);
    } else if (watch->action == ACTION_SIGNAL) {
        launch_signal(watch->launch, watch->session, SIGUSR1, false);
    }
    (void)snprintf(text, sizeof(text), "the budget of %s is used up%s", watch->budget.text,
                   done[watch->action]);
    say(watch, text);
}

static void look(struct budget_watch *watch, const struct report *report)
{
    double used = budget_used(&watch->budget, report);
    double predicted = budget_predicted(&watch->budget, report);
    char text[160];

    if (!watch->exceeded && used >= watch->budget.amount)
        act(watch);
    /* one epoch alone may be all start-up: nobody is told of that */
    if (watch->exceeded || watch->foretold ||
        report->prediction.basis != PREDICTION_STEADY_EPOCHS || !(predicted > watch->budget.amount))
        return;
    watch->foretold = true;
    (void)snprintf(text, sizeof(text),
                   "after %.0f of %.0f epochs the whole training is foretold to use %.3g times "
                   "the budget of %s",
                   report->prediction.epochs_done, report->prediction.epochs,
                   predicted / watch->budget.amount, watch->budget.text);
    say(watch, text);
}

static void say_prediction(const struct budget_watch *watch, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf line = { 0 };

    write_prediction(&line, report, watch->cli->err_style);
    if (line.length == 0 || line.failed)
        return;
    if (isatty(STDERR_FILENO) == 1)
        (void)cli_write(STDERR_FILENO,
                        &(struct strbuf){ .text = (char[]){ "\r\033[K" }, .length = 4 }, NULL);
    for (size_t i = 0; i < line.length; i++) {
        if (line.text[i] == '\x1f')
            line.text[i] = ' ';
    }
    cli_error(watch->cli, "predicted %s", strbuf_text(&line));
}

void budget_watch_tick(struct budget_watch *watch, bool live)
{
    bool ended = live && session_epoch_ended(watch->session);
    struct report report;

    if (watch->budget.of == BUDGET_NONE && !ended)
        return;
    if (session_report_so_far(watch->session, &report, NULL) < 0)
        return; /* short of memory: the next tick looks again */
    if (watch->budget.of != BUDGET_NONE)
        look(watch, &report);
    if (ended)
        say_prediction(watch, &report);
    report_deinit(&report);
}

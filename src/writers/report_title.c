/* SPDX-License-Identifier: Apache-2.0 */
/* writers/report_title.c - the first line of the text report, and what run its figures are of */
#include "writers/report_title.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/time_text.h"
#include "model/labels.h"
#include "writers/format.h"

static void add_ending(struct strbuf *out, const struct run *run)
{
    int number = run->exit_status >= 128 ? run->exit_status - 128 : -1;
    const char *signal_name = number > 0 ? sigabbrev_np(number) : NULL;

    switch (run->state) {
    case RUN_RUNNING:
        strbuf_add(out, "still running");
        return;
    case RUN_TIMED_OUT:
        strbuf_add(out, "timed out");
        return;
    case RUN_RECOVERED:
        strbuf_add(out, "recovered, end unknown");
        return;
    case RUN_IMPORTED:
        strbuf_add(out, "imported");
        return;
    case RUN_SIGNALLED:
        if (signal_name != NULL)
            strbuf_printf(out, "killed by SIG%s", signal_name);
        else if (number > 0)
            strbuf_printf(out, "killed by signal %d", number);
        else
            strbuf_add(out, "killed by a signal");
        return;
    case RUN_FINISHED:
    case RUN_FAILED:
        if (run->exit_status >= 0)
            strbuf_printf(out, "exit %d", run->exit_status);
        else
            strbuf_add(out, run->state == RUN_FAILED ? "failed" : "finished");
        return;
    }
}

/* A stretch of time rather than a command: `aico2 measure`. The history has no run of its id. */
static bool is_window(const struct run *run)
{
    return run->command_json == NULL && run->exit_status < 0 && run->state == RUN_FINISHED;
}

/* The name gives way to what is right of it. */
static void add_title(struct text_out *out, const struct run *run)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf ending = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf left = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf right = { 0 };
    char seconds[FIGURE_SIZE];
    size_t taken;

    seconds_format(seconds, seconds_from_ns(run->duration_ns), out->style.unicode);
    strbuf_printf(&ending, ", %s, ", seconds);
    add_ending(&ending, run);
    if (run->id[0] != '\0' && !is_window(run)) {
        strbuf_add(&right, "run ");
        text_short_id(&right, run->id, out->style.unicode);
    }
    taken = strlen("aico2: ") + text_columns(strbuf_text(&ending)) +
            text_columns(strbuf_text(&right)) + 1;
    strbuf_add(&left, "aico2: ");
    (void)text_add_short(&left, run->name[0] != '\0' ? run->name : "a run",
                         taken < out->width ? out->width - taken : 0, out->style.unicode);
    strbuf_add(&left, strbuf_text(&ending));
    text_title(out, strbuf_text(&left), strbuf_text(&right));
    out->buffer->failed = out->buffer->failed || ending.failed || left.failed || right.failed;
}

/* Who kept what the figures are made of. */
static void add_source(struct strbuf *text, const char *labels, bool unicode)
{
    struct label label;

    if (!labels_get(labels, "source", &label) || strcmp(label.value, "history") == 0) {
        strbuf_add(text, "out of the history");
        return;
    }
    strbuf_add(text, "by ");
    if (labels_get(labels, "server", &label) || labels_get(labels, "source", &label))
        text_add_clean(text, label.value, unicode);
    if (labels_get(labels, "server_url", &label)) {
        strbuf_add(text, " at ");
        text_add_clean(text, label.value, unicode);
    }
}

/* What is not to be seen from the figures: that they are of a window, or of another run. */
static void add_origin(struct text_out *out, const struct report *report)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf from = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf source = { 0 };
    struct label kind;
    char start[40];
    char end[40];

    if (report->recomputed_from[0] != '\0') {
        text_short_id(&from, report->recomputed_from, out->style.unicode);
        text_itemf(out, NULL, 2, "recomputed: the joules of run %s under the factors below",
                   strbuf_text(&from));
    } else if (is_window(&report->run) || labels_get(report->run.labels, "source", &kind)) {
        add_source(&source, report->run.labels, out->style.unicode);
        wall_time_format(start, sizeof(start), report->run.started_wall_ns);
        wall_time_format(end, sizeof(end), report->run.ended_wall_ns);
        text_itemf(out, NULL, 2, "from %s to %s, %s", start, end, strbuf_text(&source));
    }
    out->buffer->failed = out->buffer->failed || from.failed || source.failed;
}

void report_title_add(struct text_out *out, const struct report *report)
{
    add_title(out, &report->run);
    add_origin(out, report);
}

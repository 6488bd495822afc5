/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_tasks.c - the run cut into epochs as its log tells of them, energy and all */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "session/session_private.h"

#include "base/array.h"
#include "base/clock.h"
#include "session/report/build.h"
#include "session/slicing.h"

/* A mark of the log: at the time when it was found. */
static void take_mark(void *payload, const struct epoch_mark *mark)
{
    struct session *session = payload;

    if (epoch_count_take(&session->epochs, mark, session->looked_mono_ns - session->start_mono_ns) >
        0)
        session->epoch_ended = true;
    session->record.training.epochs = epoch_count_planned(&session->epochs);
}

int session_open_tasks(struct session *session, struct aico2_error *err)
{
    const struct session_options *options = &session->options;
    int r;

    session->record.training.epochs = options->epochs > 0 ? options->epochs : 0;
    if (options->budget != NULL) {
        struct training *training = &session->record.training;

        (void)snprintf(training->budget, sizeof(training->budget), "%s", options->budget);
        (void)snprintf(training->budget_action, sizeof(training->budget_action), "%s",
                       options->budget_action);
        session_set_budget_state(session, "within");
    }
    if (options->epoch_output != NULL)
        r = epoch_output_open(&session->epoch_output, options->epoch_output, options->epoch_regex,
                              take_mark, session, err);
    else if (options->epoch_log != NULL)
        r = epoch_log_open(&session->epoch_log, options->epoch_log, options->epoch_regex, take_mark,
                           session, err);
    else
        return 0;
    if (r == 0 && options->validation_regex != NULL)
        r = epoch_lines_set_validation(options->epoch_output != NULL ? &session->epoch_output.lines
                                                                     : &session->epoch_log.lines,
                                       options->validation_regex, err);
    if (r == 0 && epoch_count_init(&session->epochs, &session->record.tasks, options->epoch_at,
                                   session->record.training.epochs) < 0)
        r = aico2_error_set(err, -ENOMEM, "out of memory");
    session->epochs.validation_at = options->validation_at;
    /* without it there is a look at every tick */
    if (r == 0 && options->epoch_output != NULL)
        (void)sampler_watch(&session->sampler, byte_ring_fd(options->epoch_output), NULL);
    else if (r == 0 && epoch_log_fd(&session->epoch_log) >= 0)
        (void)sampler_watch(&session->sampler, epoch_log_fd(&session->epoch_log), NULL);
    return r;
}

void session_tasks_wake(struct session *session)
{
    session->looked_mono_ns = session_mono_ns(session);
    epoch_log_wake(&session->epoch_log);
    epoch_output_look(&session->epoch_output, session->looked_mono_ns);
}

void session_tasks_tick(struct session *session, int64_t now_mono_ns)
{
    session->looked_mono_ns = now_mono_ns;
    epoch_log_tick(&session->epoch_log);
    epoch_output_look(&session->epoch_output, now_mono_ns);
}

void session_tasks_end(struct session *session, int64_t now_mono_ns)
{
    session->looked_mono_ns = now_mono_ns;
    epoch_log_end(&session->epoch_log);
    epoch_output_end(&session->epoch_output);
}

static void warn_of_output(struct session *session)
{
    if (session->epoch_output.at == 0)
        session_warn(session, "--epoch-output: the command printed nothing");
    else if (session->epochs.marks == 0)
        session_warn(session, "--epoch-output: no line of what the command printed tells of an "
                              "epoch: --epoch-regex");
    if (session->epoch_output.skipped)
        session_warn(session, "--epoch-output: a part came too fast to be read");
}

/* What the program had named, and was in when the run ended. */
static void end_marked(struct session *session)
{
    struct task_list *tasks = &session->record.tasks;
    struct task *last = tasks->count > 0 ? &tasks->items[tasks->count - 1] : NULL;

    if (last == NULL || last->duration_ns >= 0)
        return;
    last->duration_ns = session->record.run.duration_ns - last->start_ns;
    if (last->duration_ns < 0)
        last->duration_ns = 0;
    if (tasks->changed_from > tasks->count - 1)
        tasks->changed_from = tasks->count - 1;
}

void session_tasks_close(struct session *session, bool succeeded)
{
    const struct epoch_log *log = &session->epoch_log;

    if (!session_follows_epochs(session)) {
        end_marked(session);
        return;
    }
    epoch_count_end(&session->epochs, session->record.run.duration_ns, succeeded);
    if (log->path == NULL) {
        warn_of_output(session);
        return;
    }
    if (log->trouble[0] != '\0')
        session_warn(session, "--epoch-log: %s", log->trouble);
    else if (log->fd < 0)
        session_warn(session, "--epoch-log: '%s' was never written", log->path);
    else if (session->epochs.marks == 0)
        session_warn(session, "--epoch-log: no line of '%s' tells of an epoch: --epoch-regex",
                     log->path);
    if (log->skipped)
        session_warn(session, "--epoch-log: a part of '%s' came too fast to be read", log->path);
}

/* The stretch that a moment lies in. */
static size_t task_at(const struct task_list *tasks, int64_t at_ns)
{
    size_t index = tasks->count - 1;

    while (index > 0 && tasks->items[index].start_ns > at_ns)
        index--;
    return index;
}

/* A part of an interval's sums goes to the tasks from `first` on. */
struct share {
    const struct energy_sums *sums;
    int64_t start_ns; /* of the interval, since the run began */
    int64_t end_ns;
};

static void share_out(struct session *session, size_t index, size_t first,
                      const struct share *share, int64_t from_ns, int64_t until_ns)
{
    const struct task_list *tasks = &session->record.tasks;
    int64_t length_ns = share->end_ns - share->start_ns;
    double ratio = length_ns > 0 ? (double)(until_ns - from_ns) / (double)length_ns : 1;
    struct energy_sums part = ratio >= 1 ? *share->sums : energy_sums_scaled(share->sums, ratio);
    struct slice *slice =
        slicing_at(&session->record.task_slices, (int)index, tasks->items[first].start_ns);

    if (slice == NULL)
        return;
    if (from_ns > share->start_ns)
        part.samples = 0; /* one sample, however many tasks it lies in */
    energy_sums_add(&slice->sums, &part);
}

/*
 * The tasks at both edges get their parts; those that lie within the interval share one slice, which is as
 * long as they are together, so that a thousand short tasks cost no more than one.
 */
void session_tasks_account(struct session *session, size_t index, const struct energy_sums *sums,
                           int64_t start_mono_ns, int64_t end_mono_ns)
{
    const struct task_list *tasks = &session->record.tasks;
    const struct share share = {
        .sums = sums,
        .start_ns = start_mono_ns - session->start_mono_ns,
        .end_ns = end_mono_ns - session->start_mono_ns,
    };
    size_t first;
    size_t last;

    if (tasks->count == 0)
        return;
    if (end_mono_ns > session->tasks_until_ns)
        session->tasks_until_ns = end_mono_ns;
    first = task_at(tasks, share.start_ns);
    last = first;
    while (last + 1 < tasks->count && tasks->items[last + 1].start_ns < share.end_ns)
        last++;
    if (first == last) {
        share_out(session, index, first, &share, share.start_ns, share.end_ns);
        return;
    }
    share_out(session, index, first, &share, share.start_ns, tasks->items[first + 1].start_ns);
    if (last > first + 1)
        share_out(session, index, first + 1, &share, tasks->items[first + 1].start_ns,
                  tasks->items[last].start_ns);
    share_out(session, index, last, &share, tasks->items[last].start_ns, share.end_ns);
}

/* Tasks and sums that have got something new since the last commit that worked. */
int session_fill_tasks(struct session *session, struct record_batch *batch)
{
    struct task_list *tasks = &session->record.tasks;
    struct slice_list *slices = &session->record.task_slices;
    size_t first = tasks->changed_from;
    size_t from = slices->changed_from;

    batch->training = session->record.training;
    if (batch->task_count > 0 && batch->first_task < first)
        first = batch->first_task;
    if (batch->task_slice_count > 0 && session->committed_task_slice < from)
        from = session->committed_task_slice;
    batch->task_count = batch->task_slice_count = 0;
    if (first > tasks->count)
        first = tasks->count;
    if (from > slices->count)
        from = slices->count;
    if (array_reserve(&batch->tasks, &batch->task_capacity, tasks->count - first + 1,
                      sizeof(*batch->tasks)) < 0 ||
        array_reserve(&batch->task_slices, &batch->task_slice_capacity, slices->count - from + 1,
                      sizeof(*batch->task_slices)) < 0)
        return -ENOMEM;
    for (size_t i = first; i < tasks->count; i++)
        batch->tasks[batch->task_count++] = tasks->items[i];
    for (size_t i = from; i < slices->count; i++)
        batch->task_slices[batch->task_slice_count++] = slices->items[i];
    batch->first_task = first;
    session->committed_task_slice = from;
    tasks->changed_from = tasks->count;
    slices->changed_from = slices->count;
    return 0;
}

bool session_epoch_ended(struct session *session)
{
    bool ended = session->epoch_ended;

    session->epoch_ended = false;
    return ended;
}

void session_set_budget_state(struct session *session, const char *state)
{
    (void)snprintf(session->record.training.budget_state,
                   sizeof(session->record.training.budget_state), "%s", state);
}

void session_add_warning(struct session *session, const char *text)
{
    session_warn(session, "%s", text);
}

static void look_at_run(struct session *session)
{
    session_set_duration(session, session_mono_ns(session));
    session_measure_self(session);
}

static int report_so_far(struct session *session, const struct history_record *record,
                         struct report *report_out, struct aico2_error *err)
{
    const struct carbon_basis basis = session_basis(session);

    for (size_t i = 0; i < session->channel_count; i++)
        session->record.totals[i] = session->channels[i].totals;
    return report_build(record, &basis, report_out, err);
}

int session_report_so_far(struct session *session, struct report *report_out,
                          struct aico2_error *err)
{
    look_at_run(session);
    return report_so_far(session, &session->record, report_out, err);
}

int session_totals_so_far(struct session *session, struct report *report_out,
                          struct aico2_error *err)
{
    struct history_record record;

    look_at_run(session);
    record = session->record;
    record.tasks = (struct task_list){ 0 };
    record.task_slices = (struct slice_list){ 0 };
    return report_so_far(session, &record, report_out, err);
}

void session_set_epochs(struct session *session, double epochs)
{
    session->record.training.epochs = epochs;
}

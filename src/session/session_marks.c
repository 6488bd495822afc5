/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_marks.c - the run cut into the parts that the program itself names */
#include <errno.h>
#include <stdio.h>

#include "session/session_private.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/text.h"
#include "session/slicing.h"

/* What lies between two parts and is shorter than this goes with the one before it: a loop that names
 * each of its rounds makes one part of each, not two. */
static const int64_t REST_NS = NSEC_PER_MSEC / 10;
enum { REST_PER_PART = 100 };

static struct task *last_of(struct session *session)
{
    struct task_list *tasks = &session->record.tasks;

    return tasks->count > 0 ? &tasks->items[tasks->count - 1] : NULL;
}

static void touch(struct task_list *tasks, size_t index)
{
    if (tasks->changed_from > index)
        tasks->changed_from = index;
}

/* Room for two more parts and the sums of all devices: what follows cannot fail half-way. */
static int reserve(struct session *session)
{
    struct task_list *tasks = &session->record.tasks;
    struct slice_list *slices = &session->record.task_slices;

    if (array_reserve(&tasks->items, &tasks->capacity, tasks->count + 2, sizeof(*tasks->items)) < 0)
        return -ENOMEM;
    return array_reserve(&slices->items, &slices->capacity,
                         slices->count + session->channel_count + 1, sizeof(*slices->items));
}

static void append(struct session *session, const char *name, bool continues, int64_t at_ns)
{
    struct task_list *tasks = &session->record.tasks;
    struct task *task = &tasks->items[tasks->count];

    *task = (struct task){
        .kind = name != NULL ? TASK_WORK : TASK_REST,
        .epochs = name != NULL && !continues ? 1 : 0,
        .start_ns = at_ns,
        .duration_ns = -1,
    };
    if (name != NULL)
        text_copy_clean(task->name, sizeof(task->name), name);
    touch(tasks, tasks->count);
    tasks->count++;
}

/* All that was before the first mark. */
static void begin(struct session *session)
{
    append(session, NULL, false, 0);
    for (size_t i = 0; i < session->channel_count; i++) {
        struct slice *slice = slicing_at(&session->record.task_slices, (int)i, 0);

        if (slice != NULL)
            slice->sums = session->channels[i].totals.sums;
    }
}

/* A rest that no reading was shared out to, and that is hardly there. */
static bool is_nothing(const struct session *session, const struct task *rest,
                       const struct task *before, int64_t at_ns)
{
    int64_t length_ns = at_ns - rest->start_ns;

    return rest->kind == TASK_REST && before->kind != TASK_REST &&
           rest->start_ns + session->start_mono_ns >= session->tasks_until_ns &&
           (length_ns < REST_NS || length_ns < before->duration_ns / REST_PER_PART);
}

int session_mark(struct session *session, const char *name, bool continues, int64_t mono_ns)
{
    struct task_list *tasks = &session->record.tasks;
    int64_t at_ns = mono_ns - session->start_mono_ns;
    struct task *last;

    if (reserve(session) < 0)
        return -ENOMEM;
    if (tasks->count == 0)
        begin(session);
    last = last_of(session);
    if (at_ns < last->start_ns)
        at_ns = last->start_ns;
    if (name != NULL && tasks->count > 1 && is_nothing(session, last, last - 1, at_ns)) {
        tasks->count--;
        last--;
        touch(tasks, tasks->count - 1);
    }
    last->duration_ns = at_ns - last->start_ns;
    touch(tasks, tasks->count - 1);
    append(session, name, continues, at_ns);
    return 0;
}

size_t session_mark_count(const struct session *session)
{
    return session->record.tasks.count;
}

void session_mark_as(struct session *session, size_t from, enum task_kind kind)
{
    struct task_list *tasks = &session->record.tasks;
    bool first = true;

    for (size_t i = from; i < tasks->count; i++) {
        struct task *task = &tasks->items[i];

        if (task->kind != TASK_WORK || task->duration_ns < 0)
            continue;
        task->kind = kind;
        task->epochs = first ? 1 : 0;
        first = false;
        touch(tasks, i);
    }
}

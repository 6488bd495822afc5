/* SPDX-License-Identifier: Apache-2.0 */
/* session/epoch_count.c - from the marks in a log to the stretches of a run that are its epochs */
#include "session/epoch_count.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"

/* So many stretches are kept apart, some 4 MiB with three devices; what comes after is one. */
enum { STRETCHES_MAX = 10000 };
/* A number that comes so often is told at every step, not once an epoch: it came first at the start. */
enum { REPEATS_TO_BE_STEPS = 2 };
static const double NUMBER_MAX = 1e9;

static struct task *open_one(const struct epoch_count *count)
{
    return &count->tasks->items[count->tasks->count - 1];
}

static void touch(const struct epoch_count *count, size_t index)
{
    if (count->tasks->changed_from > index)
        count->tasks->changed_from = index;
}

static int begin(struct epoch_count *count, int64_t now_ns)
{
    struct task_list *tasks = count->tasks;

    if (array_reserve(&tasks->items, &tasks->capacity, tasks->count + 1, sizeof(*tasks->items)) < 0)
        return -ENOMEM;
    tasks->items[tasks->count] = (struct task){ .start_ns = now_ns, .duration_ns = -1 };
    touch(count, tasks->count++);
    return 0;
}

int epoch_count_init(struct epoch_count *count, struct task_list *tasks, enum epoch_at at,
                     double planned)
{
    *count = (struct epoch_count){
        .tasks = tasks,
        .at = at,
        .fixed = at != EPOCH_AT_AUTO,
        .planned = planned,
        .first = NAN,
        .last = NAN,
    };
    return begin(count, 0);
}

/* "epoch 7", "epochs 4-6": by the numbers of the log, else counted. */
static void name_it(struct task *task, double last)
{
    double first = last - task->epochs + 1;

    task->kind = TASK_EPOCH;
    if (task->epochs > 1)
        (void)snprintf(task->name, sizeof(task->name), "epochs %.0f-%.0f", first, last);
    else
        (void)snprintf(task->name, sizeof(task->name), "epoch %.0f", last);
}

/* Ends the open stretch and begins another. One without any length belongs to the one before it. */
static int cut(struct epoch_count *count, int64_t now_ns)
{
    struct task_list *tasks = count->tasks;
    struct task *open = open_one(count);

    if (now_ns <= open->start_ns && tasks->count > 1) {
        struct task *before = open - 1;

        if (open->kind == TASK_EPOCH) {
            /* all that was told at this moment has happened since the moment before */
            double last = isfinite(count->last) ? count->last : 0;

            before->epochs += open->epochs;
            name_it(before, last);
        }
        *open = (struct task){ .start_ns = now_ns, .duration_ns = -1 };
        touch(count, tasks->count - 2);
        return 0;
    }
    if (tasks->count >= STRETCHES_MAX)
        return 1;
    if (begin(count, now_ns) < 0)
        return -ENOMEM;
    open = &tasks->items[tasks->count - 2];
    open->duration_ns = now_ns - open->start_ns;
    touch(count, tasks->count - 2);
    return 0;
}

/* How many epochs lie between a number and the one before it. */
static double steps(const struct epoch_count *count, double number)
{
    if (!isfinite(count->last))
        return 1;
    return number > count->last ? number - count->last : 1; /* it begins anew: another fold */
}

/* A log that tells of every tenth epoch: then its first mark ends as many. */
static void mend_first(struct epoch_count *count, double step)
{
    struct task_list *tasks = count->tasks;

    if (count->marks != 1)
        return;
    count->step = step;
    if (step < 2 || count->first != step || count->at != EPOCH_AT_END)
        return;
    for (size_t i = 0; i < tasks->count; i++) {
        struct task *task = &tasks->items[i];

        if (task->kind != TASK_EPOCH || task->epochs != 1)
            continue;
        task->epochs = step;
        name_it(task, count->first);
        touch(count, i);
        return;
    }
}

/* The first number comes again and again: it was told at the start of its epoch. */
static void turn_to_start(struct epoch_count *count)
{
    struct task_list *tasks = count->tasks;

    count->fixed = true;
    count->at = EPOCH_AT_START;
    for (size_t i = 0; i + 1 < tasks->count; i++)
        tasks->items[i] = (struct task){ .start_ns = tasks->items[i].start_ns,
                                         .duration_ns = tasks->items[i].duration_ns };
    open_one(count)->epochs = 1;
    name_it(open_one(count), count->last);
    touch(count, 0);
}

/* The number of a mark as whole epochs; NAN: there is none in it, or nothing has ended. */
static double whole_number(const struct epoch_count *count, const struct epoch_mark *mark)
{
    double number = mark->number;

    if (!isfinite(number) || number < 0 || number > NUMBER_MAX)
        return NAN;
    if (mark->fraction) {
        number = floor(number + 1e-6);
        if (number < 1 && !isfinite(count->last))
            return NAN;
    }
    return number;
}

static bool is_repeat(struct epoch_count *count, double number)
{
    if (number != count->last)
        return false;
    if (!count->fixed && count->marks == 1 && ++count->repeats >= REPEATS_TO_BE_STEPS)
        turn_to_start(count);
    return true;
}

static void note_mark(struct epoch_count *count, double number)
{
    if (count->marks == 0)
        count->first = number;
    count->last = number;
    count->marks++;
}

static int take_at_start(struct epoch_count *count, double number, int64_t now_ns)
{
    bool ended = count->marks > 0;
    double step = steps(count, number);
    int r;

    if (ended && step > 1) { /* it was not told that the ones in between began */
        open_one(count)->epochs += step - 1;
        name_it(open_one(count), count->last + step - 1);
    }
    r = cut(count, now_ns);
    if (r < 0)
        return r;
    note_mark(count, number);
    open_one(count)->epochs += 1;
    name_it(open_one(count), number);
    return ended;
}

static int take_at_end(struct epoch_count *count, double number, int64_t now_ns)
{
    struct task *open = open_one(count);
    struct task as_it_was = *open;
    double step = steps(count, number);
    double last = count->last;
    int r;

    mend_first(count, step);
    open->epochs += step;
    name_it(open, number);
    count->last = number;
    r = cut(count, now_ns);
    if (r < 0) {
        *open_one(count) = as_it_was;
        count->last = last;
        return r;
    }
    note_mark(count, number);
    return 1;
}

int epoch_count_take(struct epoch_count *count, const struct epoch_mark *mark, int64_t now_ns)
{
    bool numbered = isfinite(mark->number);
    double number = whole_number(count, mark);

    if (numbered && !isfinite(number))
        return 0;
    if (!numbered)
        number = isfinite(count->last) ? count->last + 1 : 1;
    else if (is_repeat(count, number))
        return 0;
    if (!(count->planned > 0) && mark->of > 0 && mark->of <= NUMBER_MAX)
        count->planned = mark->of;
    if (count->marks == 0 && !count->fixed)
        count->at = mark->is_header && !mark->fraction ? EPOCH_AT_START : EPOCH_AT_END;
    if (count->marks == 0 && count->at == EPOCH_AT_START)
        count->fixed = true;
    return count->at == EPOCH_AT_START ? take_at_start(count, number, now_ns)
                                       : take_at_end(count, number, now_ns);
}

void epoch_count_end(struct epoch_count *count, int64_t now_ns, bool succeeded)
{
    struct task_list *tasks = count->tasks;
    struct task *open = open_one(count);

    open->duration_ns = now_ns > open->start_ns ? now_ns - open->start_ns : 0;
    if (open->kind == TASK_EPOCH && !succeeded && tasks->count < STRETCHES_MAX) {
        open->kind = TASK_REST;
        open->epochs = 0;
        open->name[0] = '\0';
    }
    touch(count, tasks->count - 1);
}

double epoch_count_planned(const struct epoch_count *count)
{
    bool goes_on = count->first >= 2 && count->step <= 1 && count->planned >= count->first;

    return goes_on ? count->planned - count->first + 1 : count->planned;
}

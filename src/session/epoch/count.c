/* SPDX-License-Identifier: Apache-2.0 */
/* session/epoch/count.c - from the marks in a log to the stretches of a run that are its epochs */
#include "session/epoch/count.h"

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

/* The epoch that was told last; NULL: none was. */
static struct task *last_epoch(const struct epoch_count *count, size_t before)
{
    for (size_t i = before; i > 0; i--) {
        struct task *task = &count->tasks->items[i - 1];

        if (task->kind == TASK_EPOCH && task->epochs > 0)
            return task;
    }
    return NULL;
}

static bool is_validating(const struct epoch_count *count)
{
    return open_one(count)->kind == TASK_VALIDATION;
}

static void name_validation(struct task *task, double number, double validations)
{
    task->kind = TASK_VALIDATION;
    task->epochs = validations;
    (void)snprintf(task->name, sizeof(task->name), "validation %.0f", number);
}

/* Ends the open stretch and begins another. One without any length belongs to the one before it. */
static int cut(struct epoch_count *count, int64_t now_ns)
{
    struct task_list *tasks = count->tasks;
    struct task *open = open_one(count);

    if (now_ns <= open->start_ns && tasks->count > 1) {
        struct task *before = last_epoch(count, tasks->count - 1);

        if (open->kind == TASK_EPOCH && open->epochs > 0) {
            /* all that was told at this moment has happened since the moment before */
            double last = isfinite(count->last) ? count->last : 0;

            if (before == NULL)
                before = open - 1;
            before->epochs += open->epochs;
            name_it(before, last);
        }
        *open = (struct task){ .start_ns = now_ns, .duration_ns = -1 };
        touch(count, before != NULL ? (size_t)(before - tasks->items) : tasks->count - 1);
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
    for (size_t i = 0; i + 1 < tasks->count; i++) {
        if (tasks->items[i].kind == TASK_EPOCH)
            tasks->items[i] = (struct task){ .start_ns = tasks->items[i].start_ns,
                                             .duration_ns = tasks->items[i].duration_ns };
    }
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
        struct task *before = last_epoch(count, count->tasks->count);

        before->epochs += step - 1;
        name_it(before, count->last + step - 1);
        touch(count, (size_t)(before - count->tasks->items));
    }
    r = cut(count, now_ns);
    if (r < 0)
        return r;
    note_mark(count, number);
    if (is_validating(count)) /* there are too many stretches to begin one */
        open_one(count)->epochs = 0;
    open_one(count)->epochs += 1;
    name_it(open_one(count), number);
    return ended;
}

/* What there was since the last mark is the epoch that ends now, and validation in it. */
static void name_pieces(struct epoch_count *count, double number, double step)
{
    struct task *items = count->tasks->items;
    bool first = true;

    for (size_t i = count->pieces_from; i < count->tasks->count; i++) {
        bool last = i + 1 == count->tasks->count;

        if (items[i].kind == TASK_VALIDATION && !(first && last)) {
            name_validation(&items[i], number, items[i].epochs);
            continue;
        }
        if (items[i].kind == TASK_VALIDATION) /* no epoch is validation alone */
            items[i].epochs = 0;
        items[i].epochs += first ? step : 0;
        name_it(&items[i], number);
        first = false;
    }
    touch(count, count->pieces_from);
}

static int take_at_end(struct epoch_count *count, double number, int64_t now_ns)
{
    struct task_list *tasks = count->tasks;
    double step = steps(count, number);

    /* from here on nothing can fail */
    if (array_reserve(&tasks->items, &tasks->capacity, tasks->count + 1, sizeof(*tasks->items)) < 0)
        return -ENOMEM;
    mend_first(count, step);
    name_pieces(count, number, step);
    count->last = number;
    (void)cut(count, now_ns);
    count->pieces_from = tasks->count - 1;
    note_mark(count, number);
    return 1;
}

/* It ends here, and began with the epoch's line. */
static int end_validation(struct epoch_count *count, int64_t now_ns)
{
    struct task_list *tasks = count->tasks;
    struct task *open = open_one(count);
    bool goes_on = tasks->count > 1 && open[-1].kind == TASK_VALIDATION;

    if (count->marks == 0 || open->kind != TASK_REST || now_ns <= open->start_ns ||
        tasks->count >= STRETCHES_MAX)
        return 0;
    if (array_reserve(&tasks->items, &tasks->capacity, tasks->count + 1, sizeof(*tasks->items)) < 0)
        return -ENOMEM;
    name_validation(open_one(count), count->last, goes_on ? 0 : 1);
    (void)cut(count, now_ns);
    count->pieces_from = tasks->count - 1;
    return 0;
}

/* It goes on until a line tells of an epoch. */
static int begin_validation(struct epoch_count *count, int64_t now_ns)
{
    double number = isfinite(count->last) ? count->last : 0;
    int r;

    if (is_validating(count))
        return 0;
    r = cut(count, now_ns);
    if (r != 0)
        return r < 0 ? r : 0;
    name_validation(open_one(count), count->at == EPOCH_AT_START ? number : number + 1, 1);
    return 0;
}

static int take_validation(struct epoch_count *count, int64_t now_ns)
{
    if (count->validation_at == EPOCH_AT_AUTO)
        count->validation_at = count->marks > 0 ? EPOCH_AT_END : EPOCH_AT_START;
    return count->validation_at == EPOCH_AT_START || count->at == EPOCH_AT_START
               ? begin_validation(count, now_ns)
               : end_validation(count, now_ns);
}

/* The epoch that was interrupted goes on. */
static int resume(struct epoch_count *count, int64_t now_ns)
{
    int r;

    if (!is_validating(count) || count->at != EPOCH_AT_START || count->marks == 0)
        return 0;
    r = cut(count, now_ns);
    if (r == 0)
        name_it(open_one(count), count->last);
    return r < 0 ? r : 0;
}

int epoch_count_take(struct epoch_count *count, const struct epoch_mark *mark, int64_t now_ns)
{
    bool numbered = isfinite(mark->number);
    double number = whole_number(count, mark);

    if (mark->no_epoch)
        return take_validation(count, now_ns);
    if (numbered && !isfinite(number))
        return 0;
    if (!numbered)
        number = isfinite(count->last) ? count->last + 1 : 1;
    else if (is_repeat(count, number))
        return mark->validates ? take_validation(count, now_ns) : resume(count, now_ns);
    if (!(count->planned > 0) && mark->of > 0 && mark->of <= NUMBER_MAX)
        count->planned = mark->of;
    if (count->marks == 0 && !count->fixed)
        count->at = mark->is_header && !mark->fraction ? EPOCH_AT_START : EPOCH_AT_END;
    if (count->marks == 0 && count->at == EPOCH_AT_START)
        count->fixed = true;
    return count->at == EPOCH_AT_START ? take_at_start(count, number, now_ns)
                                       : take_at_end(count, number, now_ns);
}

/* Validation in an epoch whose end was never told. */
static bool is_untold(const struct epoch_count *count)
{
    return is_validating(count) && count->at != EPOCH_AT_START;
}

void epoch_count_end(struct epoch_count *count, int64_t now_ns, bool succeeded)
{
    struct task_list *tasks = count->tasks;
    struct task *open = open_one(count);

    open->duration_ns = now_ns > open->start_ns ? now_ns - open->start_ns : 0;
    if (open->kind != TASK_REST && (!succeeded || is_untold(count)) &&
        tasks->count < STRETCHES_MAX) {
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

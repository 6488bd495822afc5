/* SPDX-License-Identifier: Apache-2.0 */
/* tui/view.c - what is on the screen: figures, and what the person has asked to see of them */
#include "tui/view.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "session/session.h"
#include "writers/format.h"

enum { DEPTH_MOST = 12 };

void view_init(struct view *view)
{
    *view = (struct view){ .pane = PANE_PROCESSES, .sort = SORT_ENERGY, .interval_seconds = 1 };
}

void view_deinit(struct view *view)
{
    glance_deinit(&view->glance);
    free(view->trends);
    free(view->runs);
    free(view->day.points);
    free(view->rows);
    *view = (struct view){ 0 };
}

/* --- figures --- */

/* All but the arrays, whose memory stays ours. */
static int copy(struct glance *to, const struct glance *from)
{
    struct glance_device *devices = to->devices;
    struct glance_process *processes = to->processes;
    size_t device_capacity = to->device_capacity;
    size_t process_capacity = to->process_capacity;

    if (array_reserve(&devices, &device_capacity, from->device_count, sizeof(*devices)) < 0)
        return -ENOMEM;
    to->devices = devices;
    to->device_capacity = device_capacity;
    if (array_reserve(&processes, &process_capacity, from->process_count, sizeof(*processes)) < 0)
        return -ENOMEM;
    *to = *from;
    to->devices = devices;
    to->device_capacity = device_capacity;
    to->processes = processes;
    to->process_capacity = process_capacity;
    if (from->device_count > 0)
        memcpy(devices, from->devices, from->device_count * sizeof(*devices));
    if (from->process_count > 0)
        memcpy(processes, from->processes, from->process_count * sizeof(*processes));
    return 0;
}

static struct trend *own_trend(struct view *view, const char *id)
{
    struct device_trend *found;

    for (size_t i = 0; i < view->trend_count; i++) {
        if (strcmp(view->trends[i].id, id) == 0)
            return &view->trends[i].trend;
    }
    if (array_reserve(&view->trends, &view->trend_capacity, view->trend_count + 1,
                      sizeof(*view->trends)) < 0)
        return NULL;
    found = &view->trends[view->trend_count++];
    memset(found, 0, sizeof(*found));
    (void)snprintf(found->id, sizeof(found->id), "%s", id);
    return &found->trend;
}

const struct trend *view_trend(const struct view *view, const char *id)
{
    for (size_t i = 0; i < view->trend_count; i++) {
        if (strcmp(view->trends[i].id, id) == 0)
            return &view->trends[i].trend;
    }
    return NULL;
}

static struct trend_point point_of(const struct glance_device *device)
{
    const float watts = (float)device->watts.value;
    struct trend_point point = { 0 };

    if (!isfinite(device->watts.value))
        return (struct trend_point){ NAN, NAN, NAN };
    switch (device->basis) {
    case BASIS_MEASURED:
        point.measured = watts;
        break;
    case BASIS_MODELLED:
        point.modelled = watts;
        break;
    case BASIS_ASSUMED:
        point.assumed = watts;
        break;
    }
    return point;
}

static void add_trends(struct view *view, const struct glance *glance)
{
    struct trend_point whole = { (float)glance->measured_watts, (float)glance->modelled_watts,
                                 (float)glance->assumed_watts };

    if (!isfinite(glance->watts.value))
        whole = (struct trend_point){ NAN, NAN, NAN };
    trend_add(&view->trend, whole);
    for (size_t i = 0; i < glance->device_count; i++) {
        struct trend *trend = own_trend(view, glance->devices[i].id);

        if (trend != NULL)
            trend_add(trend, point_of(&glance->devices[i]));
    }
}

int view_take(struct view *view, const struct glance *glance)
{
    int r;

    if (view->paused)
        return 0;
    r = copy(&view->glance, glance);
    if (r < 0)
        return r;
    view->has_glance = true;
    add_trends(view, glance);
    return 0;
}

/* --- which processes, and in which order --- */

static bool contains(const char *text, const char *part)
{
    return part[0] == '\0' || strcasestr(text, part) != NULL;
}

static const char *command_of(const struct glance_process *process)
{
    return process->process.command[0] != '\0' ? process->process.command : process->process.name;
}

static bool is_wanted(const struct view *view, const struct glance_process *process)
{
    const char *filter = view->entry == ENTRY_FILTER ? view->typed : view->filter;

    if (view->only_own && process->process.uid != view->own_uid)
        return false;
    return contains(command_of(process), filter) || contains(process->user, filter);
}

static int by_number(double a, double b)
{
    return (a > b) - (a < b);
}

/* Rising; equal ones by pid. */
static int compare(const struct process_row *a, const struct process_row *b, enum process_sort sort)
{
    const struct machine_process *left = &a->process->process;
    const struct machine_process *right = &b->process->process;

    switch (sort) {
    case SORT_ENERGY:
        return by_number(a->joules, b->joules);
    case SORT_WATTS:
        return by_number(a->watts, b->watts);
    case SORT_CPU:
        return by_number(left->cpu_ratio, right->cpu_ratio);
    case SORT_GPU:
        return by_number(left->gpu_ratio, right->gpu_ratio);
    case SORT_MEMORY:
        return by_number(left->gpu_memory_bytes, right->gpu_memory_bytes);
    case SORT_PID:
        return by_number(left->pid, right->pid);
    case SORT_USER:
        return strcmp(a->process->user, b->process->user);
    case SORT_COMMAND:
        return strcmp(command_of(a->process), command_of(b->process));
    case SORT_COUNT:
        break;
    }
    return 0;
}

/* Figures from the highest on, names and numbers from the lowest, or the other way round. */
static bool is_falling(const struct view *view)
{
    return (view->sort < SORT_PID) != view->ascending;
}

static int in_order(const void *a, const void *b, void *payload)
{
    const struct view *view = payload;
    const struct process_row *left = a;
    const struct process_row *right = b;
    int order = compare(left, right, view->sort);

    if (order == 0)
        return by_number(left->process->process.pid, right->process->process.pid);
    return is_falling(view) ? -order : order;
}

static struct process_row *row_of(struct process_row *rows, size_t count, int32_t pid)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].process->process.pid == pid)
            return &rows[i];
    }
    return NULL;
}

/* What descendants use is their ancestors' too. */
static void add_to_ancestors(struct process_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct machine_process *process = &rows[i].process->process;
        struct process_row *parent = row_of(rows, count, process->parent);

        for (int depth = 0; parent != NULL && depth < DEPTH_MOST; depth++) {
            parent->watts += process->watts;
            parent->joules += process->joules;
            parent = row_of(rows, count, parent->process->process.parent);
        }
    }
}

static size_t take_branch(struct process_row *from, size_t count, struct process_row *to,
                          size_t filled, int32_t parent, int depth)
{
    size_t last = SIZE_MAX;

    for (size_t i = 0; i < count && depth < DEPTH_MOST; i++) {
        const struct glance_process *process = from[i].process;

        if (process == NULL || process->process.parent != parent)
            continue;
        last = filled;
        to[filled] = from[i];
        to[filled].depth = depth;
        from[i].process = NULL;
        filled = take_branch(from, count, to, filled + 1, process->process.pid, depth + 1);
    }
    if (last != SIZE_MAX)
        to[last].is_last = true;
    return filled;
}

/* Those whose parent is not shown begin a tree of their own, in the order of the rest. */
static void make_tree(struct view *view)
{
    const size_t count = view->row_count;
    struct process_row *from = calloc(count + 1, sizeof(*from));
    size_t filled = 0;

    if (from == NULL)
        return; /* the list it is */
    memcpy(from, view->rows, count * sizeof(*from));
    for (size_t i = 0; i < count; i++) {
        const struct glance_process *process = from[i].process;

        if (process == NULL)
            continue;
        for (size_t j = 0; j < count && process != NULL; j++) {
            if (from[j].process != NULL && from[j].process->process.pid == process->process.parent)
                process = NULL; /* it comes with its parent */
        }
        if (process == NULL)
            continue;
        view->rows[filled] = from[i];
        from[i].process = NULL;
        filled = take_branch(from, count, view->rows, filled + 1, process->process.pid, 1);
    }
    view->row_count = filled;
    free(from);
}

static void find_selected(struct view *view)
{
    if (view->pane != PANE_PROCESSES)
        return;
    for (size_t i = 0; view->selected_pid != 0 && i < view->row_count; i++) {
        if (view->rows[i].process->process.pid == view->selected_pid) {
            view->selected = (int)i;
            return;
        }
    }
    if (view->selected >= (int)view->row_count)
        view->selected = view->row_count > 0 ? (int)view->row_count - 1 : 0;
}

void view_arrange(struct view *view)
{
    const struct glance *glance = &view->glance;

    view->row_count = 0;
    if (array_reserve(&view->rows, &view->row_capacity, glance->process_count,
                      sizeof(*view->rows)) < 0)
        return;
    for (size_t i = 0; i < glance->process_count; i++) {
        const struct glance_process *process = &glance->processes[i];

        if (is_wanted(view, process))
            view->rows[view->row_count++] =
                (struct process_row){ .process = process,
                                      .watts = process->process.watts,
                                      .joules = process->process.joules };
    }
    if (view->as_tree)
        add_to_ancestors(view->rows, view->row_count);
    if (view->row_count > 0)
        qsort_r(view->rows, view->row_count, sizeof(*view->rows), in_order, view);
    if (view->as_tree)
        make_tree(view);
    find_selected(view);
}

int view_device_lines(const struct view *view)
{
    return (int)view->glance.device_count + (view->glance.closed_count > 0) +
           (int)view->glance.note_count;
}

static const char *const byte_units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };

static size_t byte_unit(double bytes)
{
    size_t unit = 0;

    for (; bytes >= 999.5 && unit + 1 < ARRAY_LENGTH(byte_units); unit++)
        bytes /= 1024;
    return unit;
}

static int format_in(char *out, size_t size, double bytes, size_t unit)
{
    const double number = bytes / pow(1024, (double)unit);

    return snprintf(out, size, number < 9.95 && unit > 0 ? "%.1f" : "%.0f", number);
}

void view_bytes(char out[BYTES_SIZE], double bytes, bool unicode)
{
    const size_t unit = byte_unit(bytes);
    int length;

    if (!isfinite(bytes)) {
        (void)snprintf(out, BYTES_SIZE, "%s", symbols_for(unicode)->dash);
        return;
    }
    length = format_in(out, BYTES_SIZE, bytes, unit);
    (void)snprintf(out + length, BYTES_SIZE - (size_t)length, " %s", byte_units[unit]);
}

void view_bytes_of(char out[2 * BYTES_SIZE], double used, double total, bool unicode)
{
    const size_t unit = byte_unit(total);
    char whole[BYTES_SIZE];
    int length;

    if (!isfinite(total)) {
        view_bytes(out, used, unicode);
        return;
    }
    view_bytes(whole, total, unicode);
    length = format_in(out, BYTES_SIZE, used, unit);
    (void)snprintf(out + length, 2 * BYTES_SIZE - (size_t)length, "/%s", whole);
}

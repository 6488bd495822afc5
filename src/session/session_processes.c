/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session/session_processes.c - whose energy the machine's is, process by process, since the last glance
 *
 * Of each device what is above its idle power is divided: by CPU time, or among the processes that a GPU's driver
 * lists, as session_gpu.c weighs them. What nobody who is seen explains is the others'. Nothing is counted twice:
 * processes + ended + others + idle are what the devices used.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "session/session_processes.h"

#include "attribution/all_processes.h"
#include "attribution/machine_split.h"
#include "base/array.h"
#include "base/clock.h"
#include "session/user_names.h"

/* Commands may become others (exec), and are looked at again after so many glances. */
enum { NAMED_FOR = 10 };

struct gpu_part {
    int32_t pid;
    double weight;
    double sm_ratio;
    double memory_bytes;
};

/* Of one channel. */
struct device_mark {
    double joules; /* at the last glance */
    double seconds;
    struct gpu_part *parts; /* of the last list */
    size_t part_count;
    size_t part_capacity;
};

struct process_watch {
    struct all_processes *all;
    struct user_names users;
    struct device_mark *marks;
    size_t mark_count;
    size_t mark_capacity;
    int64_t busy_ns; /* of the machine's CPUs, at the last glance */
    double joules;   /* of all that was divided */
    double measured_joules;
    double idle_joules;
    double ended_joules;
    double others_joules;
};

int session_open_processes(struct session *session, struct aico2_error *err)
{
    struct process_watch *watch;
    struct seen_process *ignored;
    double nothing;
    size_t count;
    int r;

    if (!session->options.processes)
        return 0;
    watch = calloc(1, sizeof(*watch));
    if (watch == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    session->processes = watch;
    r = all_processes_new(&watch->all, session->environment.reader.proc_fd,
                          session->options.sysroot == NULL, err);
    if (r < 0)
        return r;
    user_names_read(session->environment.reader.etc_fd, &watch->users);
    r = all_processes_look(watch->all, &ignored, &count, &nothing); /* whom to compare with */
    return r < 0 ? aico2_error_set(err, r, "out of memory") : 0;
}

void session_close_processes(struct session *session)
{
    struct process_watch *watch = session->processes;

    if (watch == NULL)
        return;
    for (size_t i = 0; i < watch->mark_count; i++)
        free(watch->marks[i].parts);
    free(watch->marks);
    user_names_deinit(&watch->users);
    all_processes_free(watch->all);
    free(watch);
    session->processes = NULL;
}

/* Channels come as slow drivers find their devices. */
static struct device_mark *mark_of(struct process_watch *watch, size_t index)
{
    if (index >= watch->mark_count) {
        if (array_reserve(&watch->marks, &watch->mark_capacity, index + 1, sizeof(*watch->marks)) <
            0)
            return NULL;
        memset(watch->marks + watch->mark_count, 0,
               (index + 1 - watch->mark_count) * sizeof(*watch->marks));
        watch->mark_count = index + 1;
    }
    return &watch->marks[index];
}

/* Whether pids of a list are those that we see: a container's driver tells the host's. */
static bool pids_are_ours(const struct session *session, const struct sample *sample)
{
    return sample->own_pids || !session->record.run.machine.container;
}

void session_processes_take(struct session *session, size_t index, const struct sample *sample)
{
    const struct gpu_use *use = &session->channels[index].gpu;
    struct device_mark *mark;
    bool memory_known = session_gpu_memory_known(sample);
    double sm_all = 0;

    if (session->processes == NULL)
        return;
    mark = mark_of(session->processes, index);
    for (size_t i = 0; i < sample->process_count; i++)
        sm_all += session_gpu_sm(&sample->processes[i]);
    if (sample->process_count > 0 && !(sm_all > 0) && use->way != GPU_BY_MEMORY)
        return; /* time per process comes late: what was told last stands */
    if (mark == NULL || array_reserve(&mark->parts, &mark->part_capacity, sample->process_count,
                                      sizeof(*mark->parts)) < 0)
        return;
    mark->part_count = sample->process_count;
    for (size_t i = 0; i < sample->process_count; i++) {
        const struct process_use *process = &sample->processes[i];

        mark->parts[i] = (struct gpu_part){
            .pid = pids_are_ours(session, sample) ? process->pid : PROCESS_HIDDEN,
            .weight = sm_all > 0 ? session_gpu_sm(process)
                                 : session_gpu_weight(sample, process, memory_known),
            .sm_ratio = session_gpu_sm(process),
            .memory_bytes = process->memory_bytes == UINT64_MAX ? 0 : (double)process->memory_bytes,
        };
    }
}

static double weights_of(const struct device_mark *mark)
{
    double sum = 0;

    for (size_t i = 0; i < mark->part_count; i++)
        sum += mark->parts[i].weight;
    return sum;
}

/* What one interval has of one kind of work, for all devices together. */
struct work_done {
    struct process_watch *watch;
    struct seen_process *items;
    size_t count;
    double cpu_all_seconds;
    double cpu_seen_seconds;
    double seconds; /* that the joules are of: a device may have been read earlier than others */
};

static double power_of(const struct work_done *done, double joules)
{
    return done->seconds > 0 ? joules / done->seconds : 0;
}

/* Joules of a device that follow CPU time. Return: what processes were given of it. */
static double give_by_cpu(const struct work_done *done, double joules)
{
    const struct machine_split split =
        machine_split_begin(joules, 0, 0, done->cpu_all_seconds, done->cpu_seen_seconds);
    double given = 0;

    for (size_t i = 0; i < done->count; i++) {
        struct machine_process *process = &done->items[i].figures;
        double part = machine_split_part(&split, seconds_from_ns(done->items[i].used_ns));

        process->watts += power_of(done, part);
        process->joules += part;
        given += part;
    }
    return given;
}

/* Joules of a GPU, among those that its driver lists. Return: likewise. */
static double give_by_list(const struct work_done *done, const struct device_mark *mark,
                           double joules)
{
    const double all = weights_of(mark);
    const struct machine_split split = machine_split_begin(joules, 0, 0, all, all);
    double given = 0;

    for (size_t i = 0; i < mark->part_count; i++) {
        struct seen_process *process =
            mark->parts[i].pid == PROCESS_HIDDEN
                ? NULL
                : all_processes_find(done->watch->all, mark->parts[i].pid);
        double part = machine_split_part(&split, mark->parts[i].weight);

        if (process == NULL)
            continue;
        process->figures.watts += power_of(done, part);
        process->figures.gpu_watts += power_of(done, part);
        process->figures.joules += part;
        given += part;
    }
    return given;
}

/* The list of the graphics that a module holds: those of its index, else of any. */
static const struct device_mark *list_of_module(const struct session *session, size_t index)
{
    const struct device_mark *found = NULL;

    for (size_t i = 0; i < session->channel_count && i < session->processes->mark_count; i++) {
        const struct device_mark *mark = &session->processes->marks[i];

        if (session->record.devices[i].kind != DEVICE_GPU || mark->part_count == 0)
            continue;
        if (session->record.devices[i].index == session->record.devices[index].index)
            return mark;
        found = mark;
    }
    return found;
}

/* Return: what processes were given of the active joules of a device. */
static double give(const struct session *session, const struct work_done *done, size_t index,
                   double joules)
{
    const struct channel *channel = &session->channels[index];
    const struct device_mark *list;
    double by_list;

    switch (session->record.devices[index].kind) {
    case DEVICE_GPU:
        return give_by_list(done, &done->watch->marks[index], joules);
    case DEVICE_MODULE:
        list = list_of_module(session, index);
        by_list = joules * channel->gpu_part;
        return give_by_cpu(done, joules - by_list) +
               (list != NULL ? give_by_list(done, list, by_list) : 0);
    case DEVICE_CPU:
    case DEVICE_DRAM:
    case DEVICE_MEMORY:
    case DEVICE_BOARD:
    case DEVICE_PART:
    case DEVICE_OTHER:
        return give_by_cpu(done, joules);
    }
    return 0;
}

/* What a device used since the last glance; a stand-in that takes over from a counter sets it anew. */
static double advance_mark(struct device_mark *mark, const struct energy_sums *sums,
                           double *seconds_out)
{
    double joules = fmax(sums->joules - mark->joules, 0);

    *seconds_out = fmax(sums->covered_seconds - mark->seconds, 0);
    mark->joules = sums->joules;
    mark->seconds = sums->covered_seconds;
    return joules;
}

static void begin_interval(struct work_done *done, double seconds)
{
    for (size_t i = 0; i < done->count; i++) {
        struct machine_process *process = &done->items[i].figures;
        double used = seconds_from_ns(done->items[i].used_ns);

        done->cpu_seen_seconds += used;
        process->cpu_ratio = used / seconds;
        process->gpu_ratio = process->gpu_memory_bytes = 0;
        process->watts = process->gpu_watts = 0;
    }
}

/* How busy each keeps GPUs, and what it holds of them. */
static void show_gpus(const struct session *session, struct process_watch *watch)
{
    for (size_t i = 0; i < session->channel_count && i < watch->mark_count; i++) {
        for (size_t j = 0; j < watch->marks[i].part_count; j++) {
            const struct gpu_part *part = &watch->marks[i].parts[j];
            struct seen_process *process =
                part->pid == PROCESS_HIDDEN ? NULL : all_processes_find(watch->all, part->pid);

            if (process == NULL)
                continue;
            process->figures.gpu_ratio += part->sm_ratio;
            process->figures.gpu_memory_bytes += part->memory_bytes;
        }
    }
}

static void name_active(struct process_watch *watch, struct seen_process *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const bool shown = items[i].used_ns > 0 || items[i].figures.gpu_memory_bytes > 0;

        if (items[i].age > 0)
            items[i].age--;
        if (!shown || items[i].age > 0)
            continue;
        all_processes_name(watch->all, &items[i]);
        items[i].age = NAMED_FOR;
    }
}

static int copy_out(struct process_watch *watch, const struct seen_process *items, size_t count,
                    struct glance *glance)
{
    glance->process_count = 0;
    glance->process_total = count;
    glance->seen_joules = glance->seen_watts = 0;
    for (size_t i = 0; i < count; i++) {
        const struct machine_process *process = &items[i].figures;
        struct glance_process *out;

        glance->seen_joules += process->joules;
        glance->seen_watts += process->watts;
        if (!(process->joules > 0) && !(process->cpu_ratio > 0) && !(process->gpu_memory_bytes > 0))
            continue;
        if (array_reserve(&glance->processes, &glance->process_capacity, glance->process_count + 1,
                          sizeof(*glance->processes)) < 0)
            return -ENOMEM;
        out = &glance->processes[glance->process_count++];
        out->process = *process;
        user_names_find(&watch->users, process->uid, out->user);
    }
    return 0;
}

static int divide(struct session *session, const struct glance_idle *idle, struct work_done *done,
                  struct glance *glance)
{
    struct process_watch *watch = session->processes;

    glance->others_watts = 0;
    for (size_t i = 0; i < session->channel_count; i++) {
        struct device_mark *mark = mark_of(watch, i);
        struct machine_split split;
        double joules;
        double others;

        if (mark == NULL)
            return -ENOMEM;
        joules = advance_mark(mark, &session->channels[i].totals.sums, &done->seconds);
        if (!session_is_counted(session, i))
            continue;
        split = machine_split_begin(joules, done->seconds, idle[i].watts, 1, 0);
        others = fmax(split.active_joules - give(session, done, i, split.active_joules), 0);
        watch->joules += joules;
        if (session->record.devices[i].basis == BASIS_MEASURED)
            watch->measured_joules += joules;
        watch->idle_joules += split.idle_joules;
        watch->others_joules += others;
        glance->others_watts += power_of(done, others);
    }
    return 0;
}

int session_processes_glance(struct session *session, const struct glance_idle *idle,
                             double seconds, struct glance *glance)
{
    struct process_watch *watch = session->processes;
    struct work_done done = { .watch = watch };
    const int64_t busy_ns = session->busy_ns + session->raised_ns;
    double ended_joules;
    int r = all_processes_look(watch->all, &done.items, &done.count, &ended_joules);

    if (r < 0)
        return r;
    watch->ended_joules += ended_joules;
    done.cpu_all_seconds = seconds_from_ns(busy_ns - watch->busy_ns);
    watch->busy_ns = busy_ns;
    begin_interval(&done, seconds);
    show_gpus(session, watch);
    r = divide(session, idle, &done, glance);
    if (r < 0)
        return r;
    name_active(watch, done.items, done.count);
    glance->cpu_ratio = fmin(done.cpu_all_seconds / (seconds * fmax(glance->threads, 1)), 1);
    glance->joules = watch->joules;
    glance->measured_ratio = watch->joules > 0 ? watch->measured_joules / watch->joules : NAN;
    glance->idle_joules = watch->idle_joules;
    glance->ended_joules = watch->ended_joules;
    glance->others_joules = watch->others_joules;
    return copy_out(watch, done.items, done.count, glance);
}

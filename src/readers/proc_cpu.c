/* SPDX-License-Identifier: Apache-2.0 */
/* readers/proc_cpu.c - busy time of each CPU package from /proc/stat
 *
 * What the columns are worth is told in cpu_tally.h. One package is read from the line of all CPUs
 * (rounded once by the kernel, not once a thread), several from the lines of their threads.
 */
#include "readers/proc_cpu.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/cpu_tally.h"
#include "readers/cpuinfo.h"
#include "readers/proc_stat.h"
#include "readers/topology.h"

enum {
    STAT_LIMIT = 16 << 20,
    STAT_ROOM =
        128 << 10,       /* for CPUs and interrupts that come later; untouched pages cost nothing */
    COLUMNS_ROUNDED = 3, /* idle, iowait and steal are each rounded down to a tick */
};

/* A kernel that counts moves some column within two ticks; past this the file is not alive. */
#define FROZEN_NS NSEC_PER_SEC
/* More than a counter's own quirks (iowait) can take back: the line was set anew. */
#define REST_BACK_NS NSEC_PER_SEC

struct cpu_line {
    uint64_t busy_ticks;
    uint64_t rest_ticks;
    uint64_t steal_ticks;
    int16_t package; /* position among the devices; -1: none of ours */
    bool known;      /* was there at the last read */
    bool seen;       /* is there now */
};

struct cpu_package {
    struct cpu_tally tally;
    struct cpu_interval interval; /* of the read being done */
    int64_t busy_ns;
    int64_t stolen_ns;
    int64_t since_ns;       /* when its columns were last seen to move */
    int64_t ratio_since_ns; /* start of the span the next utilisation is told for */
    int64_t ratio_busy_ns;
    bool stood_still;
};

struct proc_cpu {
    struct reader base;
    const struct clock *clock;
    int stat_fd;
    int proc_fd;  /* of a captured machine, whose files may be replaced; -1: the kernel's stay */
    int exact_fd; /* cpuacct.usage of the root control group; -1 none */
    char *text;
    size_t text_size;
    struct cpu_line *lines; /* by CPU number; one line for all when `together` */
    size_t line_count;
    struct cpu_package *packages;
    int64_t tick_ns;
    int online; /* lines of CPUs at the last read */
    bool together;
    bool kernel_file; /* the kernel's own /proc/stat: its idle columns may be believed */
    bool exact_known;
    uint64_t exact_ns;
    uint64_t forks;
};

static int64_t now_ns(const struct proc_cpu *reader)
{
    return reader->clock->mono_ns(reader->clock->payload);
}

static int read_text(struct proc_cpu *reader)
{
    int r = reader->proc_fd < 0 ? 0 : fs_follow_at(reader->proc_fd, "stat", &reader->stat_fd);
    ssize_t got;

    if (r < 0)
        return r;
    got = fs_pread_lines(reader->stat_fd, reader->text, reader->text_size);
    if (got < 0)
        return (int)got;
    if ((size_t)got == reader->text_size)
        return -EMSGSIZE;
    reader->text[got] = '\0';
    return 0;
}

/* Adds what a line gained since the last read to its package. */
static void add_line(struct proc_cpu *reader, struct cpu_line *line,
                     const struct proc_stat_cpu *cpu)
{
    struct cpu_interval *interval;
    int64_t rest_ns = ((int64_t)cpu->rest_ticks - (int64_t)line->rest_ticks) * reader->tick_ns;

    line->seen = true;
    if (line->package < 0)
        return;
    interval = &reader->packages[line->package].interval;
    interval->threads++;
    interval->slack_ns += COLUMNS_ROUNDED * reader->tick_ns;
    if (!line->known || cpu->busy_ticks < line->busy_ticks || rest_ns < -REST_BACK_NS) {
        interval->rest_is_whole = false; /* back from being offline: a new start */
    } else {
        interval->ticked_ns += (int64_t)(cpu->busy_ticks - line->busy_ticks) * reader->tick_ns;
        interval->rest_ns += rest_ns;
        interval->stolen_ns +=
            ((int64_t)cpu->steal_ticks - (int64_t)line->steal_ticks) * reader->tick_ns;
    }
    line->busy_ticks = cpu->busy_ticks;
    line->rest_ticks = cpu->rest_ticks;
    line->steal_ticks = cpu->steal_ticks;
}

/* A line that was there and is gone leaves its package without a whole interval. */
static void settle_lines(struct proc_cpu *reader)
{
    for (size_t i = 0; i < reader->line_count; i++) {
        struct cpu_line *line = &reader->lines[i];

        if (line->known && !line->seen && line->package >= 0)
            reader->packages[line->package].interval.rest_is_whole = false;
        line->known = line->seen;
        line->seen = false;
    }
}

/* Sums the text into the packages' intervals. Return: 0, or -EBADMSG with nothing changed. */
static int take_text(struct proc_cpu *reader)
{
    const char *cursor = reader->text;
    struct proc_stat_cpu cpu;
    int online = 0;

    if (!proc_stat_next_cpu(&cursor, &cpu) || (reader->together && cpu.number != -1))
        return -EBADMSG;

    for (size_t i = 0; i < reader->base.device_count; i++)
        reader->packages[i].interval =
            (struct cpu_interval){ .rest_is_whole = reader->kernel_file, .exact_ns = -1 };
    if (reader->together) {
        add_line(reader, &reader->lines[0], &cpu);
        online = proc_stat_count_cpus(&cursor);
        if (online != reader->online)
            reader->packages[0].interval.rest_is_whole = false;
        reader->packages[0].interval.threads =
            online > 0 ? online : (int)reader->base.devices[0].threads;
    } else {
        do {
            if (cpu.number < 0)
                continue;
            online++;
            if ((size_t)cpu.number < reader->line_count)
                add_line(reader, &reader->lines[cpu.number], &cpu);
        } while (proc_stat_next_cpu(&cursor, &cpu));
    }
    settle_lines(reader);
    reader->online = online;
    if (!proc_stat_value(cursor, "processes", &reader->forks))
        reader->forks = 0;
    return 0;
}

/* Nanoseconds since the last call that counted, or -1. */
static int64_t take_exact(struct proc_cpu *reader)
{
    uint64_t now = 0;
    int64_t gained_ns = -1;

    if (reader->exact_fd < 0)
        return -1;
    if (fs_pread_u64(reader->exact_fd, &now, NULL) < 0 || now > INT64_MAX) {
        reader->exact_known = false;
        return -1;
    }
    if (reader->exact_known && now >= reader->exact_ns)
        gained_ns = (int64_t)(now - reader->exact_ns);
    reader->exact_known = true;
    reader->exact_ns = now;
    return gained_ns;
}

static void fill_ratio(struct cpu_package *package, int64_t now, int threads, int64_t least_ns,
                       struct sample *sample)
{
    int64_t span_ns = now - package->ratio_since_ns;
    double ratio;

    if (span_ns < least_ns || threads <= 0) /* a few ticks: rounding is all one would see */
        return;

    ratio = (double)(package->busy_ns - package->ratio_busy_ns) / ((double)span_ns * threads);
    sample->utilization_ratio = ratio > 1 ? 1 : ratio;
    sample->valid |= SAMPLE_UTILIZATION;
    package->ratio_since_ns = now;
    package->ratio_busy_ns = package->busy_ns;
}

static void advance_package(struct proc_cpu *reader, struct cpu_package *package, int64_t now,
                            struct sample *sample)
{
    struct cpu_interval *interval = &package->interval;
    int64_t busy_ns;

    interval->elapsed_ns = now - package->since_ns;
    if (interval->ticked_ns == 0 && interval->rest_ns == 0) {
        /* No tick yet at a short interval; or a sandbox that shows a file which never moves. What
         * comes when it does move is of all the time it stood still. */
        package->stood_still = true;
        if (reader->kernel_file && interval->elapsed_ns > FROZEN_NS) {
            sample->error = -ENODATA;
            return;
        }
    } else {
        if (package->stood_still && interval->elapsed_ns > FROZEN_NS)
            interval->rest_is_whole = false;
        package->stood_still = false;
        if (reader->base.device_count == 1)
            interval->exact_ns = take_exact(reader);
        busy_ns = cpu_tally_advance(&package->tally, interval);
        package->busy_ns += busy_ns;
        package->stolen_ns += cpu_tally_stolen(&package->tally, interval, busy_ns);
        package->since_ns = now;
    }
    sample->busy_ns = package->busy_ns;
    sample->valid = SAMPLE_BUSY;
    fill_ratio(package, now, interval->threads, 5 * reader->tick_ns, sample);
}

static void proc_cpu_read(struct reader *base, struct sample *samples_out)
{
    struct proc_cpu *reader = (struct proc_cpu *)base;
    int r = read_text(reader);
    int64_t now = now_ns(reader);

    if (r == 0)
        r = take_text(reader);
    for (size_t i = 0; i < base->device_count; i++) {
        samples_out[i] = (struct sample){ .mono_ns = now, .error = r };
        if (r == 0)
            advance_package(reader, &reader->packages[i], now, &samples_out[i]);
    }
}

static void proc_cpu_close(struct reader *base)
{
    struct proc_cpu *reader = (struct proc_cpu *)base;

    if (reader == NULL)
        return;
    fd_closep(&reader->stat_fd);
    fd_closep(&reader->proc_fd);
    fd_closep(&reader->exact_fd);
    free(reader->text);
    free(reader->lines);
    free(reader->packages);
    free(base->devices);
    free(reader);
}

/* The root group only: another group's usage is a part of the machine, and says nothing of the
 * rest. Version 1 marks the root by release_agent. */
static int open_root_cpuacct(int sys_fd)
{
    static const char *const mounts[] = { "cpuacct", "cpu,cpuacct", "cpuacct,cpu" };
    char path[64];

    for (size_t i = 0; sys_fd >= 0 && i < ARRAY_LENGTH(mounts); i++) {
        int fd;

        (void)snprintf(path, sizeof(path), "fs/cgroup/%s/release_agent", mounts[i]);
        if (faccessat(sys_fd, path, F_OK, 0) != 0)
            continue;
        (void)snprintf(path, sizeof(path), "fs/cgroup/%s/cpuacct.usage", mounts[i]);
        fd = fs_open_at(sys_fd, path, NULL);
        if (fd >= 0)
            return fd;
    }
    return -1;
}

/* The CPUs that /proc/stat lists now. Return: whether there was a line of any kind. */
static bool listed_cpus(const char *text, struct cpu_mask *cpus_out, bool *together_out)
{
    struct proc_stat_cpu cpu;
    bool any = false;

    *cpus_out = (struct cpu_mask){ 0 };
    *together_out = false;
    while (proc_stat_next_cpu(&text, &cpu)) {
        if (cpu.number < 0)
            *together_out = !any; /* the reading of each tick counts on it being the first */
        else if (cpu.number < TOPOLOGY_CPUS_MAX)
            cpu_mask_set(cpus_out, cpu.number);
        any = true;
    }
    return any;
}

static size_t lines_needed(const struct cpu_mask *cpus)
{
    size_t count = 0;

    for (int cpu = cpu_mask_next(cpus, 0); cpu < TOPOLOGY_CPUS_MAX;
         cpu = cpu_mask_next(cpus, cpu + 1))
        count = (size_t)cpu + 1;
    return count;
}

/* Threads of each package, and the package of each line. */
static void spread_lines(struct proc_cpu *reader, const struct cpu_mask *cpus,
                         const struct topology *topology)
{
    if (reader->together)
        reader->lines[0].package = 0;
    for (size_t i = 0; !reader->together && i < reader->line_count; i++)
        reader->lines[i].package = -1;
    for (int cpu = cpu_mask_next(cpus, 0); cpu < TOPOLOGY_CPUS_MAX;
         cpu = cpu_mask_next(cpus, cpu + 1)) {
        reader->base.devices[topology->package_of[cpu]].threads++;
        if (!reader->together && (size_t)cpu < reader->line_count)
            reader->lines[cpu].package = topology->package_of[cpu];
    }
}

static void describe_devices(struct proc_cpu *reader, const struct reader_env *env,
                             const struct topology *topology)
{
    struct cpuinfo info;

    cpuinfo_read(env->proc_fd, &info);
    for (size_t i = 0; i < reader->base.device_count; i++) {
        struct device *device = &reader->base.devices[i];

        *device = DEVICE_NULL;
        device->kind = DEVICE_CPU;
        device->basis = BASIS_MODELLED;
        device->index = topology->package_ids[i];
        device->fields = SAMPLE_BUSY | SAMPLE_UTILIZATION;
        (void)snprintf(device->id, sizeof(device->id), "cpu%zu", i);
        (void)snprintf(device->reader, sizeof(device->reader), "proc_cpu");
        text_copy_clean(device->model, sizeof(device->model), info.model_name);
        (void)snprintf(device->note, sizeof(device->note), "busy time from %s%s",
                       reader->kernel_file ? "the kernel's idle columns" : "ticks of CPU time",
                       reader->exact_fd >= 0 ? " and the root control group" : "");
    }
}

/* Everything that is sized once: packages, lines and the text of a read. */
static int allocate(struct proc_cpu *reader, size_t packages, size_t lines, size_t text_length)
{
    reader->base.devices = calloc(packages, sizeof(*reader->base.devices));
    reader->packages = calloc(packages, sizeof(*reader->packages));
    reader->lines = calloc(lines, sizeof(*reader->lines));
    reader->text_size = text_length * 2 + STAT_ROOM;
    reader->text = malloc(reader->text_size);
    if (reader->base.devices == NULL || reader->packages == NULL || reader->lines == NULL ||
        reader->text == NULL)
        return -ENOMEM;

    reader->base.device_count = packages;
    reader->line_count = lines;
    return 0;
}

static int set_up(struct proc_cpu *reader, const struct reader_env *env, const char *text)
{
    AICO2_CLEANUP(freep) struct topology *topology = calloc(1, sizeof(*topology));
    struct cpu_mask cpus;
    struct statfs where;

    if (topology == NULL)
        return -ENOMEM;
    (void)listed_cpus(text, &cpus, &reader->together);
    if (cpu_mask_count(&cpus) == 0)
        (void)topology_online(env->sys_fd, &cpus);
    if (cpu_mask_count(&cpus) == 0)
        cpu_mask_set(&cpus, 0); /* somebody is running this */
    topology_read(env->sys_fd, &cpus, topology);

    reader->together = reader->together && topology->package_count == 1;
    if (allocate(reader, (size_t)topology->package_count, lines_needed(&cpus), strlen(text)) < 0)
        return -ENOMEM;
    reader->kernel_file =
        !env->sysroot && fstatfs(reader->stat_fd, &where) == 0 && where.f_type == PROC_SUPER_MAGIC;
    if (topology->package_count == 1)
        reader->exact_fd = open_root_cpuacct(env->sys_fd);
    describe_devices(reader, env, topology);
    spread_lines(reader, &cpus, topology);
    return 0;
}

/* What was counted before now is not ours. */
static void set_baseline(struct proc_cpu *reader)
{
    int r = read_text(reader);
    int64_t now = now_ns(reader);

    if (r == 0)
        (void)take_text(reader);
    (void)take_exact(reader);
    for (size_t i = 0; i < reader->base.device_count; i++) {
        reader->packages[i].since_ns = now;
        reader->packages[i].ratio_since_ns = now;
    }
}

static int nothing(struct reader_status *status, enum reader_state state, const char *reason)
{
    *status = (struct reader_status){ .state = state };
    (void)snprintf(status->reason, sizeof(status->reason), "%.190s", reason);
    return 0;
}

static int proc_cpu_probe(const struct reader_env *env, struct reader **reader_out,
                          struct reader_status *status_out, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *text = NULL;
    struct aico2_error why = { 0 };
    struct cpu_mask cpus;
    struct proc_cpu *reader;
    long ticks_per_second = sysconf(_SC_CLK_TCK);
    bool together;
    int r;

    *reader_out = NULL;
    r = fs_read_all_at(env->proc_fd, "stat", STAT_LIMIT, &text, &why);
    if (r == -ENOMEM)
        return aico2_error_set(err, r, "out of memory");
    if (r < 0)
        return nothing(status_out,
                       r == -EACCES   ? READER_DENIED
                       : r == -ENOENT ? READER_ABSENT
                                      : READER_BROKEN,
                       why.message);
    if (!listed_cpus(text, &cpus, &together))
        return nothing(status_out, READER_BROKEN, "'stat' of procfs has no line of a CPU");

    reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    reader->base.driver = &reader_proc_cpu;
    reader->clock = env->clock;
    reader->exact_fd = -1;
    reader->proc_fd = env->sysroot ? fs_open_dir_at(env->proc_fd, ".", NULL) : -1;
    reader->tick_ns = NSEC_PER_SEC / (ticks_per_second > 0 ? ticks_per_second : 100);
    reader->stat_fd = fs_open_at(env->proc_fd, "stat", NULL);
    if (set_up(reader, env, text) < 0) {
        proc_cpu_close(&reader->base);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    set_baseline(reader);
    *reader_out = &reader->base;
    return nothing(status_out, READER_USED, "");
}

uint64_t proc_cpu_forks(const struct reader *reader)
{
    return ((const struct proc_cpu *)reader)->forks;
}

int64_t proc_cpu_stolen_ns(const struct reader *reader)
{
    const struct proc_cpu *proc_cpu = (const struct proc_cpu *)reader;
    int64_t stolen_ns = 0;

    for (size_t i = 0; i < reader->device_count; i++)
        stolen_ns += proc_cpu->packages[i].stolen_ns;
    return stolen_ns;
}

const struct reader_driver reader_proc_cpu = {
    .name = "proc_cpu",
    .summary = "busy time of each CPU package, for models of its power",
    .probe = proc_cpu_probe,
    .read = proc_cpu_read,
    .close = proc_cpu_close,
    .domain = DEVICE_CPU,
};

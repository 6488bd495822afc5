/* SPDX-License-Identifier: Apache-2.0 */
/* readers/gauges_cpu.c - load and clock of each CPU, and how many are on
 *
 * A power mode of a Jetson switches cores off: they are present and not online.
 */
#include "readers/gauge_sources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fs.h"
#include "readers/proc_stat.h"

enum { STAT_LIMIT = 1 << 22, LIST_SIZE = 4096 };

static const double KHZ_MAX = 20e6;

void gauge_cpu_times_deinit(struct gauge_cpu_times *times)
{
    free(times->busy_ticks);
    free(times->rest_ticks);
    *times = (struct gauge_cpu_times){ .count = 0 };
}

static bool read_mask(int sys_fd, const char *path, struct cpu_mask *mask_out)
{
    char text[LIST_SIZE];

    return fs_read_text_at(sys_fd, path, text, sizeof(text), NULL) >= 0 &&
           cpu_mask_parse(text, mask_out);
}

static bool make_room(struct gauge_cpu_times *times)
{
    if (times->count > 0)
        return true;
    times->busy_ticks = calloc(TOPOLOGY_CPUS_MAX, sizeof(*times->busy_ticks));
    times->rest_ticks = calloc(TOPOLOGY_CPUS_MAX, sizeof(*times->rest_ticks));
    if (times->busy_ticks == NULL || times->rest_ticks == NULL) {
        gauge_cpu_times_deinit(times);
        return false;
    }
    times->count = TOPOLOGY_CPUS_MAX;
    return true;
}

/* Busy time over the time since the last reading; NAN: there was none, or nothing has passed. */
static double advance(struct gauge_cpu_times *times, const struct proc_stat_cpu *cpu)
{
    size_t at = (size_t)cpu->number;
    double load = NAN;

    if (cpu_mask_has(&times->seen, cpu->number) && cpu->busy_ticks >= times->busy_ticks[at] &&
        cpu->rest_ticks >= times->rest_ticks[at]) {
        double busy = (double)(cpu->busy_ticks - times->busy_ticks[at]);
        double rest = (double)(cpu->rest_ticks - times->rest_ticks[at]);

        if (busy + rest > 0)
            load = busy / (busy + rest);
    }
    cpu_mask_set(&times->seen, cpu->number);
    times->busy_ticks[at] = cpu->busy_ticks;
    times->rest_ticks[at] = cpu->rest_ticks;
    return load;
}

static void add_load(struct gauge_cpu_times *times, const struct proc_stat_cpu *cpu,
                     struct gauge_list *list)
{
    struct gauge *gauge = gauge_add(list, GAUGE_RATIO, "cpu%d.load", cpu->number);

    gauge->limit = 1;
    gauge->value = advance(times, cpu);
    if (!isfinite(gauge->value))
        (void)snprintf(gauge->reason, sizeof(gauge->reason),
                       "no time has passed between two readings of /proc/stat");
}

static void add_clock(int sys_fd, int cpu, struct gauge_list *list)
{
    struct gauge *gauge = gauge_add(list, GAUGE_HERTZ, "cpu%d.frequency", cpu);
    char path[80];

    (void)snprintf(path, sizeof(path), "devices/system/cpu/cpu%d/cpufreq/cpuinfo_max_freq", cpu);
    (void)gauge_number(sys_fd, path, 1e3, &gauge->limit);
    (void)snprintf(path, sizeof(path), "devices/system/cpu/cpu%d/cpufreq/scaling_cur_freq", cpu);
    if (!gauge_take(gauge, sys_fd, path, 1e3, 0, KHZ_MAX) && gauge != &list->beyond)
        list->count--; /* virtual machines have no clock to show */
}

static void add_count(const struct reader_env *env, const struct cpu_mask *online,
                      struct cpu_mask *present, struct gauge_list *list)
{
    struct gauge *gauge = gauge_add(list, GAUGE_COUNT, "cpus.online");

    if (!read_mask(env->sys_fd, "devices/system/cpu/present", present))
        *present = *online;
    gauge->value = cpu_mask_count(online);
    gauge->limit = cpu_mask_count(present);
}

static void add_offline(const struct cpu_mask *online, const struct cpu_mask *present,
                        struct gauge_list *list)
{
    for (int cpu = cpu_mask_next(present, 0); cpu < TOPOLOGY_CPUS_MAX;
         cpu = cpu_mask_next(present, cpu + 1)) {
        if (!cpu_mask_has(online, cpu))
            (void)snprintf(gauge_add(list, GAUGE_RATIO, "cpu%d.load", cpu)->reason,
                           GAUGE_REASON_SIZE, "off");
    }
}

void gauges_add_cpus(const struct reader_env *env, struct gauge_cpu_times *times,
                     struct gauge_list *list)
{
    AICO2_CLEANUP(freep) char *stat = NULL;
    struct cpu_mask present = { { 0 } };
    struct cpu_mask online = { { 0 } };
    struct proc_stat_cpu cpu;
    const char *cursor;

    if (topology_online(env->sys_fd, &online))
        add_count(env, &online, &present, list);
    if (fs_read_all_at(env->proc_fd, "stat", STAT_LIMIT, &stat, NULL) <= 0)
        return;
    if (!make_room(times)) {
        list->failed = true;
        return;
    }
    cursor = stat;
    while (proc_stat_next_cpu(&cursor, &cpu)) {
        if (cpu.number < 0 || cpu.number >= TOPOLOGY_CPUS_MAX)
            continue;
        add_load(times, &cpu, list);
        add_clock(env->sys_fd, cpu.number, list);
    }
    add_offline(&online, &present, list);
}

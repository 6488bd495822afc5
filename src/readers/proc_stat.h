/* SPDX-License-Identifier: Apache-2.0 */
/* readers/proc_stat.h - the lines of /proc/stat, in the kernel's ticks */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct proc_stat_cpu {
    int number;          /* -1: the line of all CPUs together */
    uint64_t busy_ticks; /* user + nice + system + irq + softirq; guests are within user and nice */
    uint64_t rest_ticks; /* idle + iowait + steal */
    uint64_t steal_ticks; /* time other virtual machines took */
};

/**
 * proc_stat_next_cpu() - the next line of a CPU
 * @cursor: into NUL-terminated text; moved past the line
 * Lines that cannot be parsed are passed over.
 * Return: false at the first line of another kind
 */
bool proc_stat_next_cpu(const char **cursor, struct proc_stat_cpu *cpu_out);

/* Lines "cpuN" from the cursor on, unparsed; the cursor is moved past them. */
int proc_stat_count_cpus(const char **cursor);

/* The number after "<key> " at the start of a line ("processes": forks since boot). */
bool proc_stat_value(const char *text, const char *key, uint64_t *value_out);

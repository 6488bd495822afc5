/* SPDX-License-Identifier: Apache-2.0 */
/* base/pid_stat.h - what tells processes apart in /proc/PID/stat, and what they waited for */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pid_stat {
    char state; /* 'R', 'S', 'Z', ... */
    int32_t parent;
    int64_t own_ticks;      /* utime + stime: of its own threads */
    int64_t children_ticks; /* cutime + cstime: of the children it has waited for */
    int64_t start_ticks;    /* since boot: with the pid, unique */
};

/**
 * pid_stat_parse() - a line of /proc/PID/stat
 * The command's name (field 2) may hold blanks, parentheses and newlines: fields are counted from
 * the last ')'.
 * Return: false when it is no such line; *stat_out is untouched then
 * Source: proc_pid_stat(5)
 */
bool pid_stat_parse(const char *text, struct pid_stat *stat_out);

/* The same of a process; proc_fd: /proc. false: gone, or not to be read. */
bool pid_stat_read(int proc_fd, int64_t pid, struct pid_stat *stat_out);

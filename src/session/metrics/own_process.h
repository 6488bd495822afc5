/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/own_process.h - what this program costs, as every exporter tells it: process_* */
#pragma once

/* NAN: cannot be read here. */
struct own_process {
    double cpu_seconds; /* user and system, of all threads */
    double resident_bytes;
    double virtual_bytes;
    double open_fds;
    double max_fds;
    double
        start_wall_seconds; /* since 1970, by the wall clock of the first reading; 0 not read yet */
};

/* proc_fd: /proc of this kernel, for "self" below it. process: { 0 }, or what the last call gave. */
void own_process_read(int proc_fd, struct own_process *process);

/* SPDX-License-Identifier: Apache-2.0 */
/* session/environment.h - the one place that opens the roots of the outside world */
#pragma once

#include "base/error.h"
#include "readers/reader.h"

struct environment {
    struct reader_env reader;     /* of --sysroot, or of this machine */
    struct shared_pids *job_pids; /* also the readers'; NULL: out of memory */
    int own_proc_fd;              /* /proc of this kernel, for the command's own processes */
};

#define ENVIRONMENT_NULL                                                                      \
    ((struct environment){                                                                    \
        .reader = { .proc_fd = -1, .sys_fd = -1, .dev_fd = -1, .etc_fd = -1, .root_fd = -1 }, \
        .own_proc_fd = -1 })

/**
 * environment_open()
 * @sysroot: NULL for this machine; else a directory that holds proc/, sys/, dev/, etc/ (any may be
 *           absent)
 * @nvml_path: NULL for the system's own
 * Return: 0; -ENOENT/-ENOTDIR for a sysroot that is none, quoted.
 */
int environment_open(struct environment *environment_out, const char *sysroot,
                     const char *nvml_path, const struct clock *clock, const struct log *log,
                     struct aico2_error *err);
void environment_close(struct environment *environment);
/* The same where a driver that hangs may still use its descriptors: they stay open. */
void environment_leave(struct environment *environment);

/* This kernel's /proc, whatever the sysroot: a descriptor of the caller's, or -1. */
int environment_own_proc(void);

/**
 * environment_own_command() - the words this process was started with
 * @text_out: on the heap, each word with a NUL behind it
 * Return: the length or -errno
 */
int environment_own_command(char **text_out);

/* boot id and start time of a process, to tell a live run from a dead one. */
void environment_boot_id(const struct environment *environment, char *id_out, size_t size);
int64_t environment_process_start_ticks(const struct environment *environment, int64_t pid);

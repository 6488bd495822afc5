/* SPDX-License-Identifier: Apache-2.0 */
/* session/environment.c - the one place that opens the roots of the outside world */
#include "session/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/pid_stat.h"

enum { COMMAND_BYTES_MAX = 1 << 21 }; /* what the kernel takes as a rule */

static int open_root(int dirfd, const char *name)
{
    return openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int environment_open(struct environment *environment_out, const char *sysroot,
                     const char *nvml_path, const struct clock *clock, const struct log *log,
                     struct aico2_error *err)
{
    struct environment environment = ENVIRONMENT_NULL;
    int root_fd = open_root(AT_FDCWD, sysroot != NULL ? sysroot : "/");
    if (root_fd < 0)
        return aico2_error_set_errno(err, errno, "sysroot '%s': cannot open the directory",
                                     sysroot != NULL ? sysroot : "/");

    environment.own_proc_fd = open_root(AT_FDCWD, "/proc");
    environment.job_pids = shared_pids_new();
    environment.reader = (struct reader_env){
        .proc_fd = open_root(root_fd, "proc"),
        .sys_fd = open_root(root_fd, "sys"),
        .dev_fd = open_root(root_fd, "dev"),
        .etc_fd = open_root(root_fd, "etc"),
        .root_fd = root_fd,
        .nvml_path = nvml_path,
        .visible_gpus = getenv("CUDA_VISIBLE_DEVICES"), /* a command inherits ours */
        .sysroot = sysroot != NULL,
        .job_pids = environment.job_pids,
        .clock = clock,
        .log = log,
    };
    *environment_out = environment;
    return 0;
}

void environment_close(struct environment *environment)
{
    fd_closep(&environment->reader.proc_fd);
    fd_closep(&environment->reader.sys_fd);
    fd_closep(&environment->reader.dev_fd);
    fd_closep(&environment->reader.etc_fd);
    fd_closep(&environment->reader.root_fd);
    fd_closep(&environment->own_proc_fd);
    environment_leave(environment);
}

void environment_leave(struct environment *environment)
{
    shared_pids_free(environment->job_pids);
    environment->job_pids = NULL;
}

void environment_boot_id(const struct environment *environment, char *id_out, size_t size)
{
    if (fs_read_text_at(environment->own_proc_fd, "sys/kernel/random/boot_id", id_out, size, NULL) <
        0)
        id_out[0] = '\0';
}

int64_t environment_process_start_ticks(const struct environment *environment, int64_t pid)
{
    struct pid_stat stat;

    return pid_stat_read(environment->own_proc_fd, pid, &stat) ? stat.start_ticks : -1;
}

int environment_own_proc(void)
{
    return open_root(AT_FDCWD, "/proc");
}

int environment_own_command(char **text_out)
{
    AICO2_CLEANUP(fd_closep) int proc_fd = environment_own_proc();

    return fs_read_all_at(proc_fd, "self/cmdline", COMMAND_BYTES_MAX, text_out, NULL);
}

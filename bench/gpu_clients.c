/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu_clients.c - what accounting the clients of a GPU costs, second after second
 *
 *   gpu_clients TREE SECONDS PID...   TREE: proc/ and sys/ of a machine with an AMD card; the
 *   processes are the job's. Prints the ns of CPU time of a reading, and how many were listed.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/shared_pids.h"
#include "readers/amdgpu.h"

enum { SETTLE_SECONDS = 64, PIDS_MAX = 4096 };

static int64_t time_ns; /* goes on by itself: a minute is read in a moment */

static int64_t told_ns(void *payload)
{
    (void)payload;
    return time_ns;
}

static struct sample read_once(struct reader *reader)
{
    struct sample sample;

    time_ns += NSEC_PER_SEC;
    reader->driver->read(reader, &sample);
    return sample;
}

static int measure(const struct reader_env *env, int seconds)
{
    struct reader *reader = NULL;
    struct reader_status status;
    struct aico2_error err = { 0 };
    struct sample sample = { .valid = 0 };
    int64_t cpu_ns;

    if (reader_amdgpu.probe(env, &reader, &status, &err) < 0 || reader == NULL ||
        reader->device_count != 1) {
        fprintf(stderr, "no card: %s%s\n", err.message, status.reason);
        return 1;
    }
    for (int i = 0; i < SETTLE_SECONDS; i++)
        (void)read_once(reader);
    cpu_ns = clock_process_cpu_ns();
    for (int i = 0; i < seconds; i++)
        sample = read_once(reader);
    cpu_ns = clock_process_cpu_ns() - cpu_ns;
    printf("%" PRId64 " %zu\n", cpu_ns / seconds, sample.process_count);
    reader->driver->close(reader);
    return 0;
}

int main(int argc, char **argv)
{
    const struct clock clock = { .mono_ns = told_ns };
    pid_t pids[PIDS_MAX];
    size_t count = 0;
    int seconds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0;
    int tree_fd = argc > 2 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    struct reader_env env = { .clock = &clock, .job_pids = shared_pids_new(), .sysroot = true };

    if (tree_fd < 0 || seconds <= 0 || env.job_pids == NULL) {
        fprintf(stderr, "usage: gpu_clients TREE SECONDS PID...\n");
        return 2;
    }
    for (int i = 3; i < argc && count < PIDS_MAX; i++)
        pids[count++] = (pid_t)strtol(argv[i], NULL, 10);
    env.proc_fd = fs_open_dir_at(tree_fd, "proc", NULL);
    env.sys_fd = fs_open_dir_at(tree_fd, "sys", NULL);
    env.dev_fd = env.etc_fd = env.root_fd = -1;
    if (shared_pids_set(env.job_pids, pids, count) < 0)
        return 1;
    return measure(&env, seconds);
}

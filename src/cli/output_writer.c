/* SPDX-License-Identifier: Apache-2.0 */
/* cli/output_writer.c - which process has to hear that nobody reads what it prints */
#include "cli/output_writer.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/fs.h"
#include "base/pid_stat.h"

enum { LOOKED_AT_MAX = 256 };

bool output_writer_prints(pid_t pid, const struct stat *terminal)
{
    char path[48];
    struct stat status;

    (void)snprintf(path, sizeof(path), "/proc/%d/fd/1", (int)pid);
    return stat(path, &status) == 0 && status.st_dev == terminal->st_dev &&
           status.st_ino == terminal->st_ino;
}

/* Whether the signal is in a mask of /proc/PID/status, "SigIgn:\t0000000000001000". */
static bool is_in(const char *text, const char *name, int number)
{
    const char *line = strstr(text, name);

    return line == NULL ||
           (strtoull(line + strlen(name), NULL, 16) & (UINT64_C(1) << (number - 1))) != 0;
}

static bool would_die(pid_t pid, int number)
{
    char path[48];
    char text[4096];

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    return fs_read_text_at(AT_FDCWD, path, text, sizeof(text), NULL) > 0 &&
           !is_in(text, "\nSigBlk:", number) && !is_in(text, "\nSigIgn:", number) &&
           !is_in(text, "\nSigCgt:", number);
}

static bool has_child_among(pid_t pid, const pid_t *parents, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (parents[i] == pid)
            return true;
    }
    return false;
}

pid_t output_writer_find(struct session *session, const struct stat *terminal, int number)
{
    pid_t pids[LOOKED_AT_MAX];
    pid_t parents[LOOKED_AT_MAX];
    size_t living = session_living(session, pids, LOOKED_AT_MAX);
    AICO2_CLEANUP(fd_closep) int proc_fd = fs_open_dir_at(AT_FDCWD, "/proc", NULL);
    size_t count = 0;
    pid_t found = 0;

    if (living > LOOKED_AT_MAX || proc_fd < 0)
        return 0;
    for (size_t i = 0; i < living; i++) {
        struct pid_stat stat;

        if (output_writer_prints(pids[i], terminal) && pid_stat_read(proc_fd, pids[i], &stat)) {
            pids[count] = pids[i];
            parents[count++] = (pid_t)stat.parent;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (has_child_among(pids[i], parents, count))
            continue;
        if (found != 0)
            return 0;
        found = pids[i];
    }
    return found != 0 && would_die(found, number) ? found : 0;
}

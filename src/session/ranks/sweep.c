/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/sweep.c - what processes that are gone left where ranks meet */
#include "session/ranks/sweep.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "session/ranks/lock.h"

enum { ENTRIES_MAX = 4096 };

static const char *const endings[] = { "ranks", "asks", "figures" };

/* A name that publish.c or election.c gave. */
static bool is_named_after_one(const char *name, struct rank_process *process_out, char ending[16])
{
    long long pid;
    long long start;

    if (sscanf(name, "process-%lld-%lld.%15s", &pid, &start, ending) != 3)
        return false;
    *process_out = (struct rank_process){ .pid = pid, .start_ticks = start };
    return true;
}

void rank_sweep(int dir_fd, int proc_fd)
{
    AICO2_CLEANUP(fs_closedirp) DIR *stream = fs_list_at(dir_fd, ".");
    struct dirent *entry;

    for (int i = 0; stream != NULL && i < ENTRIES_MAX && (entry = readdir(stream)) != NULL; i++) {
        struct rank_process process;
        char ending[16];

        if (!is_named_after_one(entry->d_name, &process, ending) ||
            rank_process_lives(proc_fd, &process))
            continue;
        if (text_index(ending, endings, ARRAY_LENGTH(endings)) >= 0 &&
            rank_lock_is_forsaken(dir_fd, proc_fd, entry->d_name))
            (void)unlinkat(dir_fd, entry->d_name, 0);
    }
}

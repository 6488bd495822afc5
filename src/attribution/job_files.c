/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/job_files.c - which files a process has open, as far as we may know */
#include "attribution/job_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fs.h"

/* More than this many descriptors are not looked through. */
enum { FILES_MAX = 65536, TARGET_SIZE = 128 };

bool job_file_is_nvidia(const char *target)
{
    static const char dev[] = "/dev/nv";

    if (strncmp(target, "anon_inode:", 11) == 0) /* channels, opened through a node */
        return strstr(target, "nvhost") != NULL || strstr(target, "nvgpu") != NULL ||
               strstr(target, "nvmap") != NULL;
    return strncmp(target, dev, sizeof(dev) - 1) == 0 && strncmp(target, "/dev/nvme", 9) != 0 &&
           strncmp(target, "/dev/nvram", 10) != 0;
}

int job_files_any(int proc_fd, pid_t pid, bool (*wanted)(const char *target))
{
    AICO2_CLEANUP(fs_closedirp) DIR *entries = NULL;
    const struct dirent *entry;
    char folder[32];
    int seen = 0;

    (void)snprintf(folder, sizeof(folder), "%d/fd", (int)pid);
    entries = fs_list_at(proc_fd, folder);
    if (entries == NULL)
        return -errno;
    while (seen++ < FILES_MAX && (entry = readdir(entries)) != NULL) {
        char target[TARGET_SIZE];
        ssize_t length = readlinkat(dirfd(entries), entry->d_name, target, sizeof(target) - 1);

        if (length <= 0)
            continue; /* "." and "..", and what was just closed */
        target[length] = '\0';
        if (wanted(target))
            return 1;
    }
    return 0;
}

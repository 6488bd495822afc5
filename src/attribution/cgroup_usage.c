/* SPDX-License-Identifier: Apache-2.0 */
/* attribution/cgroup_usage.c - the CPU time of a control group, by the kernel's own counter */
#include "attribution/cgroup_usage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/attributes.h"
#include "base/fs.h"
#include "base/number.h"

enum { PLACES_MAX = 4 };

int cgroup_usage_open_at(int group_fd, bool version2, struct cgroup_usage *usage_out)
{
    int fd = openat(group_fd, version2 ? "cpu.stat" : "cpuacct.usage", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    *usage_out = (struct cgroup_usage){ .fd = fd, .version2 = version2 };
    return 0;
}

int cgroup_usage_open(const struct cgroup_roots *roots, struct cgroup_usage *usage_out)
{
    struct cgroup_place places[PLACES_MAX];
    size_t count = cgroup_places(roots, "cpuacct", places, PLACES_MAX);

    for (size_t i = 0; i < count; i++) {
        AICO2_CLEANUP(fd_closep)
        int group_fd = openat(places[i].dirfd, places[i].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct cgroup_usage usage;
        int64_t usage_ns;

        if (group_fd < 0 || cgroup_usage_open_at(group_fd, places[i].version2, &usage) < 0)
            continue;
        if (cgroup_usage_read(&usage, &usage_ns) == 0) {
            *usage_out = usage;
            return 0;
        }
        cgroup_usage_close(&usage);
    }
    return -ENOENT;
}

void cgroup_usage_close(struct cgroup_usage *usage)
{
    fd_closep(&usage->fd);
}

/* "usage_usec 1234", the first line of cpu.stat, or the one number of cpuacct.usage. */
int cgroup_usage_read(const struct cgroup_usage *usage, int64_t *usage_ns_out)
{
    static const char key[] = "usage_usec ";
    char text[1024];
    int length = fs_pread_text(usage->fd, text, sizeof(text));
    const char *at = text;
    uint64_t number;

    if (length < 0)
        return length;
    if (usage->version2) {
        at = strstr(text, key);
        if (at == NULL)
            return -EBADMSG;
        at += sizeof(key) - 1;
    }
    text[(size_t)(at - text) + strcspn(at, "\n")] = '\0';
    if (!number_parse_u64(at, &number) || number > INT64_MAX / 1000)
        return -EBADMSG;
    *usage_ns_out = (int64_t)number * (usage->version2 ? 1000 : 1);
    return 0;
}

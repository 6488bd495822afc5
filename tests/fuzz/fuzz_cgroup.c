/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_cgroup.c - any text as /proc/self/mountinfo, /proc/self/cgroup and a group's own clock */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attribution/cgroup_usage.h"
#include "base/cgroup.h"

static void check_path(const char *text, bool version2, size_t size)
{
    char path[64];

    memset(path, 'x', sizeof(path));
    if (cgroup_parse_path(text, version2, "memory", path, size) &&
        (memchr(path, '\0', size) == NULL || path[0] != '/' || strchr(path, '\n') != NULL))
        abort();
}

/* cpu.stat, or cpuacct.usage */
static void check_usage(const uint8_t *data, size_t size, bool version2)
{
    static int fd = -1;
    struct cgroup_usage usage = { .version2 = version2 };
    int64_t usage_ns = -7;
    int r;

    if (fd < 0)
        fd = memfd_create("usage", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    usage.fd = fd;
    r = cgroup_usage_read(&usage, &usage_ns);
    if (r == 0 ? usage_ns < 0 : usage_ns != -7)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    for (const char *line = text; *line != '\0';) {
        const char *end = strchrnul(line, '\n');
        struct cgroup_mount mount;

        if (cgroup_parse_mount(line, (size_t)(end - line), "memory", &mount) &&
            (memchr(mount.root, '\0', sizeof(mount.root)) == NULL ||
             memchr(mount.point, '\0', sizeof(mount.point)) == NULL))
            abort();
        line = *end == '\n' ? end + 1 : end;
    }
    check_path(text, true, 64);
    check_path(text, false, 64);
    check_path(text, true, 2);
    check_usage(data, size, true);
    check_usage(data, size, false);
    free(text);
    return 0;
}

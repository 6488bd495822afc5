/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_cgroup.c - any text as /proc/self/mountinfo and /proc/self/cgroup */
#include <stdlib.h>
#include <string.h>

#include "base/cgroup.h"

static void check_path(const char *text, bool version2, size_t size)
{
    char path[64];

    memset(path, 'x', sizeof(path));
    if (cgroup_parse_path(text, version2, "memory", path, size) &&
        (memchr(path, '\0', size) == NULL || path[0] != '/' || strchr(path, '\n') != NULL))
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
    free(text);
    return 0;
}

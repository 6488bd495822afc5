/* SPDX-License-Identifier: Apache-2.0 */
/* base/own_program.c - where the programs of this installation stand that start each other */
#include "base/own_program.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"

static const char INSTALLED[] = "/libexec/aico2";

/* "/usr/bin" and "../libexec/aico2/aico2-fetch": "/usr/bin/../libexec/...". */
static bool is_there(char *path_out, size_t size, const char *directory, const char *rest,
                     const char *name)
{
    int length = snprintf(path_out, size, "%s/%s%s", directory, rest, name);

    return length > 0 && (size_t)length < size && access(path_out, X_OK) == 0;
}

/* The folders of a build tree that hold programs. */
static bool is_built_in(const char *directory)
{
    static const char *const folders[] = { "cli", "fetch", "server" };
    const char *slash = strrchr(directory, '/');

    for (size_t i = 0; slash != NULL && i < ARRAY_LENGTH(folders); i++) {
        if (strcmp(slash + 1, folders[i]) == 0)
            return true;
    }
    return false;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);

    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

int own_program_find(const char *name, const char *folder, char *path_out, size_t size,
                     struct aico2_error *err)
{
    char self[PATH_MAX];
    char beside[NAME_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash;

    if (length <= 0)
        return aico2_error_set_errno(err, length < 0 ? errno : ENOENT,
                                     "cannot tell where this program stands");
    self[length] = '\0';
    slash = strrchr(self, '/');
    if (slash != NULL)
        *slash = '\0';
    if (is_there(path_out, size, self, "../libexec/aico2/", name))
        return 0;
    if (ends_with(self, INSTALLED) && is_there(path_out, size, self, "", name))
        return 0;
    if (is_built_in(self) && snprintf(beside, sizeof(beside), "../%s/", folder) > 0 &&
        is_there(path_out, size, self, beside, name))
        return 0;
    return aico2_error_set(err, -ENOENT, "this installation has no %s", name);
}

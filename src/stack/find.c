/* SPDX-License-Identifier: Apache-2.0 */
/* stack/find.c - where a program is, by the names it goes by */
#include "stack/find.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"

static bool is_program(const char *path)
{
    struct stat file;

    return stat(path, &file) == 0 && S_ISREG(file.st_mode) && access(path, X_OK) == 0;
}

static bool find_in(const char *folders, const char *name, char *path_out, size_t size)
{
    while (folders != NULL && *folders != '\0') {
        int length = (int)strcspn(folders, ":");

        if (folders[0] == '/') {
            int r = snprintf(path_out, size, "%.*s/%s", length, folders, name);

            if (r > 0 && (size_t)r < size && is_program(path_out))
                return true;
        }
        folders += length;
        folders += *folders == ':';
    }
    return false;
}

int program_find(const char *const *names, size_t count, const char *path, char *path_out,
                 size_t size)
{
    for (size_t i = 0; i < count && names[i] != NULL; i++) {
        if (find_in(path, names[i], path_out, size))
            return 0;
    }
    path_out[0] = '\0';
    return -ENOENT;
}

int program_given(const char *option, const char *word, const char *path, char *path_out,
                  size_t size, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *whole = NULL;

    if (strchr(word, '/') == NULL) {
        if (program_find(&word, 1, path, path_out, size) == 0)
            return 0;
        return aico2_error_set(err, -EINVAL, "%s '%s': no program of that name in PATH", option,
                               word);
    }
    whole = realpath(word, NULL);
    if (whole == NULL)
        return aico2_error_set(err, -EINVAL, "%s '%s': %s", option, word, strerror(errno));
    if (!is_program(whole))
        return aico2_error_set(err, -EINVAL, "%s '%s': not a program that may be executed", option,
                               word);
    if (strlen(whole) >= size || strchr(whole, '\n') != NULL)
        return aico2_error_set(err, -EINVAL, "%s '%s': the path is too long, or not of one line",
                               option, word);
    memcpy(path_out, whole, strlen(whole) + 1);
    return 0;
}

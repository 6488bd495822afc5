/* SPDX-License-Identifier: Apache-2.0 */
/* base/user_path.c - where a user's own files stand, by the XDG base directory specification */
#include "base/user_path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int user_path(const char *variable, const char *usual, const char *name, char *path_out,
              size_t size)
{
    const char *directory = getenv(variable);
    const char *home = getenv("HOME");
    int length;

    path_out[0] = '\0';
    if (directory != NULL && directory[0] == '/')
        length = snprintf(path_out, size, "%s/%s", directory, name);
    else if (home != NULL && home[0] == '/')
        length = snprintf(path_out, size, "%s/%s/%s", home, usual, name);
    else
        return -ENOENT;
    if (length >= 0 && (size_t)length < size)
        return 0;
    path_out[0] = '\0';
    return -ENAMETOOLONG;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* base/new_file.h - a small file that is there whole or not at all */
#pragma once

#include "base/error.h"

enum { NEW_FILE_WRITTEN, NEW_FILE_THERE };

/**
 * new_file_write() - put a file below a directory; readable by all, directories made as needed
 * @root_fd: nothing is written outside of it: no link is followed on the way, nor at its end
 * @path:    below root_fd, parted by single slashes, without "." and ".."
 * @content: NUL-terminated, all of the file
 *
 * Written beside its place, synced, then linked there, which fails if something is there by then: what
 * somebody else has written is never replaced.
 *
 * Return: NEW_FILE_WRITTEN; NEW_FILE_THERE when it is there already with this very content; -EEXIST
 * when it holds something else; -ELOOP for a link in the way; or another -errno. The message quotes path.
 */
int new_file_write(int root_fd, const char *path, const char *content, struct aico2_error *err);

/**
 * new_file_replace() - put a file in place of what is there, readable by all
 * @name: below dirfd, a name alone; a link there is replaced, not followed
 * Who reads it meanwhile has the old one or the new one, whole. Return: 0 or -errno; the message quotes name.
 */
int new_file_replace(int dirfd, const char *name, const char *content, struct aico2_error *err);

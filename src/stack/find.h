/* SPDX-License-Identifier: Apache-2.0 */
/* stack/find.h - where a program is, by the names it goes by */
#pragma once

#include <stddef.h>

#include "base/error.h"

/**
 * program_find() - the first of the names that is in one of the folders of a PATH
 * Only absolute folders count: a service is never taken from wherever one happens to stand.
 * @names:    `count` of them; NULL ends them early
 * Return: 0, or -ENOENT; path_out is "" then
 */
int program_find(const char *const *names, size_t count, const char *path, char *path_out,
                 size_t size);

/**
 * program_given() - a program as the user names it: a path, or a name to be found
 * @option: for messages, "--prometheus"
 * Return: 0 and an absolute path; -EINVAL with the reason
 */
int program_given(const char *option, const char *word, const char *path, char *path_out,
                  size_t size, struct aico2_error *err);

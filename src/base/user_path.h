/* SPDX-License-Identifier: Apache-2.0 */
/* base/user_path.h - where a user's own files stand, by the XDG base directory specification */
#pragma once

#include <stddef.h>

/**
 * user_path() - "$XDG_DATA_HOME/aico2/history.db", or below $HOME where the variable is not set
 * A relative path in either variable is to be ignored.
 * @variable: "XDG_DATA_HOME"
 * @usual:    what stands for it below $HOME: ".local/share"
 * @name:     "aico2/history.db"
 * Return: 0; -ENOENT: neither is an absolute path; -ENAMETOOLONG; path_out is "" then
 */
int user_path(const char *variable, const char *usual, const char *name, char *path_out,
              size_t size);

/* SPDX-License-Identifier: Apache-2.0 */
/* base/own_program.h - where the programs of this installation stand that start each other */
#pragma once

#include <stddef.h>

#include "base/error.h"

/**
 * own_program_find() - a program in the libexec of the running program's own prefix
 * @name:   "aico2-fetch"
 * @folder: where a build tree has it, beside the folder of the running one: "fetch"
 * Never by PATH, and no variable names it.
 * Return: 0; -ENOENT when this installation has none
 */
int own_program_find(const char *name, const char *folder, char *path_out, size_t size,
                     struct aico2_error *err);

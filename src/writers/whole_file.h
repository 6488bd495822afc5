/* SPDX-License-Identifier: Apache-2.0 */
/* writers/whole_file.h - a file written bit by bit that is there complete or not at all */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/strbuf.h"

/* What cannot be renamed over (standard output, a pipe, /dev/null) is written as it comes. */
struct whole_file {
    const char *path; /* the caller's, as given */
    char *target;     /* what is replaced, a link followed; NULL: written in place */
    char *temporary;
    mode_t mode; /* of what is replaced; 0: there was nothing */
    int fd;
    bool is_stdout;
};

#define WHOLE_FILE_NULL ((struct whole_file){ .fd = -1 })

/* path: "-" is standard output. Return: 0 or -errno; whole_file_drop() in every case but a kept file. */
int whole_file_open(struct whole_file *file, const char *path, struct aico2_error *err);
int whole_file_add(struct whole_file *file, const struct strbuf *content, struct aico2_error *err);
/* All of it was added: the file takes its place. Return: 0 or -errno, and nothing has changed. */
int whole_file_keep(struct whole_file *file, struct aico2_error *err);
/* Frees, and removes what was not kept. */
void whole_file_drop(struct whole_file *file);

/* SPDX-License-Identifier: Apache-2.0 */
/* server/place_files.h - `--place PLACE=FILE,...`: places of whose hours a file tells */
#pragma once

#include "config/options.h"
#include "model/intensity.h"

enum { PLACE_FILES_MAX = 64 };

struct place_file {
    struct intensity place;
    char *path;
};

struct place_files {
    struct place_file *items;
    size_t count;
    size_t capacity;
};

/**
 * place_files_load() - each is read once, so that a mistake in it is told at the start
 * Return: 0; -EINVAL for an entry that is none, a place that stands twice or is not known; -EBADMSG, -errno for a file
 */
int place_files_load(const struct options *options, struct place_files *files_out,
                     struct aico2_error *err);
void place_files_deinit(struct place_files *files);

/* By the code that a place has once it is resolved; NULL: none. */
const struct place_file *place_files_find(const struct place_files *files, const char *place);

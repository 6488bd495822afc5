/* SPDX-License-Identifier: Apache-2.0 */
/* server/import_file.h - the log of another program, as `aico2 import` takes it, with this server's place and history */
#pragma once

#include "session/series/import.h"

struct settings;

struct import_source {
    const char *path; /* as messages and runs are to name it */
    int fd;           /* of it; stays the caller's */
    const char *name; /* of its runs; NULL: the log's, or the file's */
    const char *stage;
};

/* Return: as import_log(). Needs a history. */
int import_file(const struct settings *settings, const struct import_source *source,
                import_each_fn *each, void *payload, struct aico2_error *err);
/* Whether what import_file() returned is about the file: it would be so once more. */
bool import_fault_is_its_own(int code);

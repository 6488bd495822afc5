/* SPDX-License-Identifier: Apache-2.0 */
/* history/schema.h - numbered migrations, and what a file says of itself */
#pragma once

#include <stddef.h>

#include "history/database.h"

enum {
    SCHEMA_VERSION = 6,
    SCHEMA_APPLICATION_ID = 0x41694332, /* "AiC2", at byte 68 of the file */
};

/* One step each: migrations[0] makes version 1 out of an empty file. Never edit a released one. */
extern const char *const schema_migrations[SCHEMA_VERSION];

/* -EBADMSG: not a history; -ENOTSUP: of a newer version. Reads only. */
int schema_read_version(struct database *database, int *version_out, struct aico2_error *err);

/* Brings the file from its version to `count`, in one transaction. */
int schema_migrate(struct database *database, const char *const *migrations, int count,
                   struct aico2_error *err);

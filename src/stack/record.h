/* SPDX-License-Identifier: Apache-2.0 */
/* stack/record.h - what was started, told so that no other process is ever taken for it
 *
 * A pid alone is used again. With the time its process began, counted from a boot that has an identity of
 * its own, it names one process for ever:
 *
 *     aico2-stack 1
 *     host node1
 *     boot 2d2e3c8e-5b7a-4f2b-9d7e-2d3f4a5b6c7d
 *     service prometheus 4711 123456 9090 /usr/bin/prometheus
 */
#pragma once

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "model/stack.h"

enum { RECORD_HOST_SIZE = 256, RECORD_BOOT_SIZE = 64 };

struct record_entry {
    char name[32]; /* of the service */
    int64_t pid;
    int64_t start_ticks; /* since boot, of /proc/PID/stat */
    int32_t port;
    char program[PATH_MAX];
};

struct record {
    char host[RECORD_HOST_SIZE];
    char boot[RECORD_BOOT_SIZE];
    struct record_entry entries[STACK_SERVICES_MAX];
    size_t count;
};

/* Return: 0; -EBADMSG, the line quoted, and *record_out is untouched. */
int record_parse(const char *text, struct record *record_out, struct aico2_error *err);
void record_format(const struct record *record, struct strbuf *out);

struct record_entry *record_find(struct record *record, const char *name); /* NULL: none */
/* In place of one of the same name. Return: 0 or -ENOSPC */
int record_put(struct record *record, const struct record_entry *entry);
void record_drop(struct record *record, const char *name);

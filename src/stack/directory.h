/* SPDX-License-Identifier: Apache-2.0 */
/* stack/directory.h - the directory of a stack: its lock, its record, its files, its own to its user */
#pragma once

#include <limits.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "stack/record.h"

struct stack_directory {
    int fd;      /* -1 none */
    int lock_fd; /* held while we change anything */
    char path[PATH_MAX];
};
#define STACK_DIRECTORY_NULL    \
    {                           \
        .fd = -1, .lock_fd = -1 \
    }

/* $XDG_STATE_HOME/aico2/stack; root's: /var/lib/aico2/stack. Return: 0, -ENOENT without HOME, -ENAMETOOLONG */
int stack_directory_default(char *path_out, size_t size, struct aico2_error *err);

/**
 * stack_directory_open() - open it, locked, so that two calls at a time come one after the other
 * @make:    make it where it is missing, 0700; else -ENOENT
 * @wait_ns: for the lock; then -EBUSY
 */
int stack_directory_open(const char *path, bool make, int64_t wait_ns,
                         struct stack_directory *directory_out, struct aico2_error *err);
void stack_directory_close(struct stack_directory *directory);

/* A file in it, 0600, whole or as it was. Return: 1 changed, 0 it is the same already, -errno. */
int stack_file_write(const struct stack_directory *directory, const char *name,
                     const struct strbuf *content, struct aico2_error *err);

/**
 * stack_record_read() - what is recorded of this machine since it was booted
 * @proc_fd: whose boot it is
 * Processes of an earlier boot are no more: they are left out, and `lapsed_out` gets their record (NULL: not
 * wanted). Return: 0; -EXDEV it is another machine's, which the message names; -EBADMSG; -errno
 */
int stack_record_read(const struct stack_directory *directory, int proc_fd,
                      struct record *record_out, struct record *lapsed_out,
                      struct aico2_error *err);
/* One without entries leaves no file. */
int stack_record_write(const struct stack_directory *directory, const struct record *record,
                       struct aico2_error *err);

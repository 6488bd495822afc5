/* SPDX-License-Identifier: Apache-2.0 */
/* server/folder_files.h - the files of a watched folder: which are whole, and which were looked at already
 *
 * A file is whole when whoever wrote it has closed it, as far as that was seen, and it has not changed for a second.
 * One that changes is a new one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/error.h"

enum { FOLDER_NAME_SIZE = 256, FOLDER_REASON_SIZE = 256, FOLDER_FILES_MAX = 10000 };

enum folder_state {
    FOLDER_WAITING, /* to be whole, or for another attempt */
    FOLDER_DONE,    /* in the history */
    FOLDER_REFUSED, /* for a fault of its own */
};

struct folder_file {
    char name[FOLDER_NAME_SIZE];
    enum folder_state state;
    char reason[FOLDER_REASON_SIZE]; /* why it is not in the history; "" */
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
    int64_t changed_mono_ns; /* when that was first seen */
    bool open;               /* somebody writes, and has not closed it */
    bool seen;               /* by the scan in hand */
};

struct folder_files {
    struct folder_file *items;
    size_t count;
    size_t capacity;
    bool too_many; /* and it was said */
};

void folder_files_deinit(struct folder_files *files);
/* A name that is somebody's for the time being: ".x", "x~", "x.tmp", "x.part". */
bool folder_name_is_passing(const char *name);

/* A scan: each file that is there, then the end, which forgets those that are gone. */
void folder_files_begin(struct folder_files *files);
/* Return: 0; -ENOMEM; -EFBIG for one too many */
int folder_files_see(struct folder_files *files, const char *name, const struct stat *status,
                     int64_t now_mono_ns);
void folder_files_end(struct folder_files *files);

/* Somebody writes to it, or has closed it. */
void folder_files_written(struct folder_files *files, const char *name, bool closed,
                          int64_t now_mono_ns);

/* The next that is whole and waits; NULL: none. Its place is good until the next scan. */
struct folder_file *folder_files_next(struct folder_files *files, int64_t now_mono_ns);
/* How long until one may be whole; INT64_MAX: none waits. */
int64_t folder_files_wait_ns(const struct folder_files *files, int64_t now_mono_ns);

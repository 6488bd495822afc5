/* SPDX-License-Identifier: Apache-2.0 */
/* readers/live_file.h - one small sysfs file that is read again and again, wherever its path leads */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { LIVE_FILE_PATH_SIZE = 384 };

/* In place of the time: whether its path still leads to it is looked at now. */
#define LIVE_FILE_LOOK INT64_C(-1)

/* Kept open; whether its path still leads to it is looked at ten times a second at most. */
struct live_file {
    char path[LIVE_FILE_PATH_SIZE]; /* below sysfs; "": no such file, -ENOENT */
    int fd;
    int error;        /* while closed: why */
    int64_t check_ns; /* not before */
};

#define LIVE_FILE_NULL ((struct live_file){ .fd = -1 })

/* Names the file; nothing is opened yet. What was open before is closed. */
void live_file_set(struct live_file *file, const char *folder, const char *name);
void live_file_close(struct live_file *file);

/* The bytes as they are, with a NUL after them. Return: their number or -errno. */
int live_file_read(struct live_file *file, int sys_fd, int64_t now_ns, char *buffer, size_t size);
/* A number, strictly; -EBADMSG: it is none. */
int live_file_read_u64(struct live_file *file, int sys_fd, int64_t now_ns, uint64_t *value_out);

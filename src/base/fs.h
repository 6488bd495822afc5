/* SPDX-License-Identifier: Apache-2.0 */
/* base/fs.h - small files below a directory descriptor, read whole and parsed strictly */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Cleanup and hand-over of descriptors; -1 is "none". */
void fd_closep(int *fd);
int fd_take(int *fd);

/* Opens a file or a directory below dirfd, O_CLOEXEC; below -1, a root that is not there, nothing
 * is found. Return: the descriptor or -errno. */
int fs_open_at(int dirfd, const char *path, struct aico2_error *err);
int fs_open_dir_at(int dirfd, const char *path, struct aico2_error *err);

/* A stream over the entries of a directory; NULL with errno set when it cannot be read. */
DIR *fs_list_at(int dirfd, const char *path);
/* Cleanup of such a stream; NULL is "none". */
void fs_closedirp(DIR **stream);

/**
 * fs_follow_at() - keep an open file the one that its path leads to
 * The kernel's own files are changed in place. A file of a captured machine may be replaced by
 * rename or removed, and the kernel's may go with its driver: the open descriptor then says nothing
 * new.
 * Return: 1: opened anew; 0: still the same file; -errno: the path leads nowhere, and *fd is -1
 */
int fs_follow_at(int dirfd, const char *path, int *fd);

/* -errno of what is there and not ours to read. A directory stands in captured machines for a mode that
 * root would not heed. */
bool fs_is_denied(int code);

/* Nobody but root may read an open file: not everybody, nor a group that is not root's. */
bool fs_is_root_only(int fd);

/**
 * fs_pread_text() - the content of an open procfs/sysfs file, from its start
 * @buffer: gets at most size - 1 bytes and a NUL; "" where it fails
 * Return: the length, -EMSGSIZE when the file is longer than the buffer, or -errno
 */
int fs_pread_text(int fd, char *buffer, size_t size);

/**
 * fs_pread_lines() - the same of a file whose text is told by one read, as the kernel tells short ones
 * A second read, to see that this was all, would cost as much: it is made only of a text that stops within a line.
 * @size: of the buffer; a text that is longer fills it
 * Return: the length, without a NUL, or -errno
 */
ssize_t fs_pread_lines(int fd, char *buffer, size_t size);

/* A register at a place of a file, whole. Return: 0, -EIO for one that ends before, or -errno. */
int fs_pread_register(int fd, uint64_t place, uint64_t *value_out);

/* The same by name, "" where it fails, too; trailing blanks, newlines and NULs are cut. Return: the length or -errno. */
int fs_read_text_at(int dirfd, const char *path, char *buffer, size_t size,
                    struct aico2_error *err);
int fs_read_u64_at(int dirfd, const char *path, uint64_t *value_out, struct aico2_error *err);
int fs_pread_u64(int fd, uint64_t *value_out, struct aico2_error *err);
/* Sensors may be below zero. */
int fs_pread_i64(int fd, int64_t *value_out, struct aico2_error *err);

/**
 * fs_read_all_at() - a whole file of unknown size, NUL-terminated, on the heap
 * @limit: more than that is -EFBIG
 * @text_out: the caller frees it
 * Return: the length or -errno
 */
int fs_read_all_at(int dirfd, const char *path, size_t limit, char **text_out,
                   struct aico2_error *err);

/* Writes all of it, whatever signals come. Return: 0 or -errno, with a part of it written. */
int fs_write_all(int fd, const char *bytes, size_t length);

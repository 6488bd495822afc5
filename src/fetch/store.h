/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/store.h - the directory where answers are kept, shared by the processes of one user */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/**
 * store_make() - the directory, 0700, and those above it
 * Return: 0; -EACCES when it is somebody else's or others may write to it; -errno
 */
int store_make(const char *path, struct aico2_error *err);

/* A provider's directory in it, made if need be. Return: a descriptor or -errno. */
int store_open(const char *path, const char *provider, struct aico2_error *err);

/**
 * store_read() - a file as this program wrote it: regular, ours, not writable by others, no link
 * @text_out: NUL-terminated; the caller frees it
 * Return: the length, -ENOENT for none and for one that is not believed, or -errno
 */
int store_read(int dirfd, const char *name, size_t limit, char **text_out);

/* Replaced whole or not at all; 0600. Return: 0 or -errno. */
int store_replace(int dirfd, const char *name, const char *bytes, size_t length);

void store_remove(int dirfd, const char *name);

/**
 * store_lock() - one process at a time
 * The lock goes with the descriptor. Return: the descriptor; -ETIMEDOUT when it stays another's; -errno
 */
int store_lock(int dirfd, const char *name, int64_t deadline_mono_ns);

/* Removes the oldest files when there is more than `most_bytes` of all providers. */
void store_prune(const char *path, uint64_t most_bytes);

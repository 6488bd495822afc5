/* SPDX-License-Identifier: Apache-2.0 */
/* session/calibration/file.h - a machine's calibration in its file: lines of of,key,value */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "model/calibration.h"

/* Where the calibration of a host is kept: /var/lib/aico2/calibration/HOST.csv of root, else below
 * $XDG_DATA_HOME/aico2. Return: 0, -ENOENT without a home, -ENAMETOOLONG. */
int calibration_default_path(const char *hostname, char *path_out, size_t size,
                             struct aico2_error *err);

void calibration_format(const struct calibration *calibration, struct strbuf *out);

/* name: for messages, "NAME:LINE: ..."; text is cut up. Return: 0, -EBADMSG or -ENOMEM. */
int calibration_parse(char *text, const char *name, struct calibration *calibration_out,
                      struct aico2_error *err);

/* Return: 0; -ENOENT: there is none; -EBADMSG; another -errno. */
int calibration_read(const char *path, struct calibration *calibration_out,
                     struct aico2_error *err);
/* The user's own of this host, else root's where it may be read. Return: 0, -ENOENT, -EBADMSG... */
int calibration_read_default(struct calibration *calibration_out, struct aico2_error *err);
/* Whole or not at all, directories made; others may read it. */
int calibration_write(const char *path, const struct calibration *calibration,
                      struct aico2_error *err);

/* Whether everybody may open a file by its name: each folder above it can be gone through. */
bool calibration_is_reachable(const char *path);

/* What tells one machine from another, as 32 hexadecimal digits. */
enum { HARDWARE_HASH_SIZE = 33 };
void calibration_hardware_hash(const struct calibration_basis *basis,
                               char hash_out[HARDWARE_HASH_SIZE]);

/* SPDX-License-Identifier: Apache-2.0 */
/* config/config_file.h - one YAML file of options */
#pragma once

#include "config/option_value.h"

/**
 * config_text_apply() - options from YAML text: one mapping of long option names to scalars
 * Every scalar is taken as text and typed by our table: `country: NO` is Norway.
 * @shown: the file's name in errors and in "where"
 * A local file (ORIGIN_LOCAL_FILE) may hold only what the table allows there.
 * Return: 0; -EBADMSG with "FILE:LINE: ..."; -ENOMEM. What came before the mistake has been set.
 */
int config_text_apply(struct options *options, enum option_origin origin, const char *shown,
                      const char *text, size_t length, struct aico2_error *err);

/* The same from a file below dirfd. A file that is not there, or in a directory that we may not look
 * into, is no error; one that is there and cannot be read is. */
int config_file_apply(struct options *options, enum option_origin origin, int dirfd,
                      const char *path, const char *shown, struct aico2_error *err);

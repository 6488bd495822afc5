/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options/access.h - where a time-series server is, and how it lets one in, out of the options of one purpose
 *
 * Reading from a server and writing to one have options of their own: the two are often different servers, and
 * what opens the one must never be sent to the other.
 */
#pragma once

#include "base/error.h"
#include "config/options.h"
#include "model/remote.h"

struct access_options {
    enum option_id url;
    enum option_id user;
    enum option_id password_file;
    enum option_id token_file;
    enum option_id header_file;
    enum option_id tenant;
    enum option_id ca;
    enum option_id cert;
    enum option_id key;
    bool
        is_base; /* the url is where an API begins, and a slash or "/api/v1" at its end says nothing */
    const char *examples;
};

extern const struct access_options access_of_prometheus;
extern const struct access_options access_of_remote_write;

/* Return: 0; -EINVAL; a file's -ENOENT, -EACCES. The message names the option. */
int access_from_options(const struct options *options, const struct access_options *of,
                        struct remote_access *access_out, struct aico2_error *err);

/* A text of one line that fits; nothing where there is no value. Return: 0 or -EINVAL. */
int access_take_text(const struct options *options, enum option_id id, char *field, size_t size,
                     struct aico2_error *err);

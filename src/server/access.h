/* SPDX-License-Identifier: Apache-2.0 */
/* server/access.h - what a request is judged by: names, certificates, logins; never changed once made */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "base/error.h"
#include "config/options.h"
#include "server/host.h"
#include "server/tls.h"
#include "server/token_file.h"
#include "server/web_config.h"

struct access_rules {
    struct host_names hosts;
    bool log; /* a line a request */
    struct web_config web;
    struct tls tls;
    struct token_list tokens;
    unsigned *user_scopes; /* of each of web.users, SCOPE_* bits: --grant */
};

/* Everything that the options name is read. Return: 0; -EINVAL, -EBADMSG, -EACCES, another -errno */
int access_rules_load(struct access_rules **rules_out, const struct options *options,
                      struct aico2_error *err);
void access_rules_free(struct access_rules *rules); /* NULL allowed */

/* Whether whoever asks has to show who it is. */
bool access_needs_login(const struct access_rules *rules);
/* Whether it may answer other machines: TLS, and a login or a client's certificate. */
bool access_is_guarded(const struct access_rules *rules);

/* The files that rules were made of. */
enum { ACCESS_FILES = 5 };
struct access_files {
    char paths[ACCESS_FILES][PATH_MAX]; /* "" none */
};
void access_files_of(struct access_files *files_out, const struct options *options,
                     const struct access_rules *rules);
/* Another one whenever one of them has changed. */
struct access_stamp {
    unsigned char sum[TOKEN_SUM_SIZE];
};
struct access_stamp access_stamp_of(const struct access_files *files);

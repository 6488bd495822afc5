/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/access.h - how a server lets us in: headers and files, none of which is sent where it could be read */
#pragma once

#include <stddef.h>

#include "fetch/http.h"
#include "model/remote.h"

enum { ACCESS_HEADERS_MAX = 20, ACCESS_SECRETS_MAX = 18 };

/* Holds secrets: wiped by access_deinit(). */
struct access {
    char base[REMOTE_TEXT_SIZE]; /* "http://h:9090/prefix", without a slash at its end */
    struct http_origin origin;
    char *headers[ACCESS_HEADERS_MAX]; /* "Name: value" */
    size_t header_count;
    char *secrets[ACCESS_SECRETS_MAX]; /* what no message may show */
    size_t secret_count;
    const struct remote_access *asked; /* its files */
};

/**
 * access_open() - check the address, read the files
 * @credentials_dir: systemd's; NULL or ""
 * @end_out: outcome and message of a failure
 * Return: 0; -EACCES for an address or a file that is not used; -ENOMEM
 */
int access_open(const struct remote_access *asked, const char *credentials_dir,
                struct access *access_out, struct remote_end *end_out);

/* A server may send back what it was sent. */
void access_scrub(const struct access *access, char *text);

void access_deinit(struct access *access);

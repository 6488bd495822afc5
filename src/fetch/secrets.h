/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/secrets.h - a provider's key: where it is found, and that it shows nowhere */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "model/fetch.h"

struct secret {
    char text[FETCH_SECRET_SIZE];
};

struct secret_places {
    const char *credentials_dir; /* systemd's $CREDENTIALS_DIRECTORY; NULL or "" */
    const char *secret_dir;      /* "" none */
    const char *given;           /* of the question; "" none */
};

/**
 * secret_find() - the first of: credential "aico2.<provider>", file "<provider>.token", what was given
 * A file has to be regular, the user's or root's, and nobody else's to read.
 * Return: 0; -ENOENT there is none; -EACCES or -EBADMSG one that is not used, the message says what would help
 */
int secret_find(const struct secret_places *places, const char *provider, struct secret *secret_out,
                struct aico2_error *err);

/**
 * secret_read_file() - the text of a file that the user named
 * @credentials_dir: what lies in it systemd guards; NULL or ""
 * @text_out: blanks and line ends at its end are cut; other lines are the caller's to look at
 * Return: 0; -ENOENT; -EACCES for one that is not used; -EMSGSIZE, -EBADMSG for none that can be; the message says
 * what would help
 */
int secret_read_file(const char *path, const char *credentials_dir, char *text_out, size_t size,
                     struct aico2_error *err);

void secret_wipe(struct secret *secret);

/* Each place where the secret stands in a text becomes "***". Secrets below 4 characters are left. */
void secret_scrub(char *text, const char *secret);

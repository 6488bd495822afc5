/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_remote_access.c - any bytes as a file of headers, of a token, and as the address of a server */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fetch/prometheus/access.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* What would end a header and begin another is in none of them. */
static void try_access(const struct remote_access *asked)
{
    struct access access;
    struct remote_end end = { 0 };
    char text[64] = "nothing of it";

    if (access_open(asked, NULL, &access, &end) < 0) {
        must(end.message[0] == '\0' || end.outcome >= REMOTE_UNREACHABLE);
        return;
    }
    for (size_t i = 0; i < access.header_count; i++)
        must(strpbrk(access.headers[i], "\r\n") == NULL);
    must(strlen(access.base) < sizeof(access.base));
    access_scrub(&access, text);
    must(strlen(text) < sizeof(text));
    access_deinit(&access);
}

static void try_address(const uint8_t *data, size_t size)
{
    struct remote_access asked = { 0 };

    memcpy(asked.url, data, size < sizeof(asked.url) ? size : sizeof(asked.url) - 1);
    try_access(&asked);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct remote_access asked = { .url = "http://localhost:9090", .user = "me" };
    int fd;

    (void)snprintf(asked.header_file, sizeof(asked.header_file), "/tmp/aico2-fuzz-XXXXXX");
    fd = mkstemp(asked.header_file);
    if (fd < 0)
        return 0;
    if (write(fd, data, size) == (ssize_t)size) {
        try_access(&asked);
        memcpy(asked.secret_file, asked.header_file, sizeof(asked.secret_file));
        asked.auth = REMOTE_AUTH_BASIC;
        try_access(&asked);
        asked.auth = REMOTE_AUTH_BEARER;
        asked.header_file[0] = '\0';
        try_access(&asked);
        (void)unlink(asked.secret_file);
    } else {
        (void)unlink(asked.header_file);
    }
    (void)close(fd);
    if (size > 0)
        try_address(data, size);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_serve_header.c - any text as a Host, a coding, a type, a URI or an address to listen at
 *
 * An allowed Host is short and has no character that could be taken for the end of one.
 */
#include <stdlib.h>
#include <string.h>

#include "server/coding.h"
#include "server/guard.h"
#include "server/host.h"
#include "server/listen.h"

/* What is left of a target begins with a slash, or is all of it. */
static void check_target(const char *text, size_t size)
{
    const char *path = target_path(text, "localhost:8000");

    if (path == NULL || path == text)
        return;
    if (path[0] != '/' || strncasecmp(text, "http", 4) != 0 ||
        strcasestr(text, "localhost") == NULL ||
        (strcmp(path, "/") != 0 && (path < text || path > text + size)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct host_names names = { 0 };
    struct listen_address address;
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (host_check(&names, text, size) == HOST_ALLOWED &&
        (size == 0 || strlen(text) != size || strpbrk(text, "/@ \t\r\n?#,\\") != NULL))
        abort();
    if (coding_takes_gzip(text) && strcasestr(text, "gzip") == NULL)
        abort();
    if (!uri_is_bad(text) && strpbrk(text, " \r\n\t") != NULL)
        abort();
    check_target(text, size);
    if (type_is_json(text) && strcasestr(text, "json") == NULL)
        abort();
    if (listen_parse(text, &address, NULL) == 0 && strchr(text, ':') == NULL)
        abort();
    free(text);
    return 0;
}

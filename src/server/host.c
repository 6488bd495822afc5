/* SPDX-License-Identifier: Apache-2.0 */
/* server/host.c - which names a client may call us by: the guard against DNS rebinding */
#include "server/host.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"

enum { HOST_NAME_MAX_LENGTH = 255, PORT_DIGITS = 5 };

static bool is_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && strchr("-._", text[i]) == NULL)
            return false;
    }
    return length > 0 && length <= HOST_NAME_MAX_LENGTH;
}

int host_names_add(struct host_names *names, const char *name)
{
    size_t before = names->count;

    if (!is_name(name, strlen(name)))
        return -EINVAL;
    (void)lines_add(&names->items, &names->count, "%s", name);
    if (names->count == before)
        return -ENOMEM;
    for (char *at = names->items[before]; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    return 0;
}

void host_names_deinit(struct host_names *names)
{
    lines_free(names->items, names->count);
    *names = (struct host_names){ 0 };
}

/* ":8000" or nothing. */
static bool is_port(const char *text, size_t length)
{
    if (length == 0)
        return true;
    if (text[0] != ':' || length > 1 + PORT_DIGITS)
        return false;
    for (size_t i = 1; i < length; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}

static enum host_verdict check_literal(const char *value, size_t length)
{
    const char *end = memchr(value, ']', length);
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    size_t inner = end == NULL ? 0 : (size_t)(end - value) - 1;

    if (inner == 0 || inner >= sizeof(text) || !is_port(end + 1, length - inner - 2))
        return HOST_BAD;
    memcpy(text, value + 1, inner);
    text[inner] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1 ? HOST_ALLOWED : HOST_BAD;
}

enum host_verdict host_check(const struct host_names *names, const char *value, size_t length)
{
    char host[HOST_NAME_MAX_LENGTH + 1];
    struct in_addr address;
    const char *colon;
    size_t host_length;

    if (length > 0 && memchr(value, '\0', length) != NULL)
        return HOST_BAD; /* it would end there for some, and not for others */
    if (length > 0 && value[0] == '[')
        return check_literal(value, length);
    colon = memchr(value, ':', length);
    host_length = colon == NULL ? length : (size_t)(colon - value);
    if (!is_name(value, host_length) || !is_port(value + host_length, length - host_length))
        return HOST_BAD;
    for (size_t i = 0; i < host_length; i++)
        host[i] = (char)tolower((unsigned char)value[i]);
    host[host_length] = '\0';
    if (strcmp(host, "localhost") == 0 || inet_pton(AF_INET, host, &address) == 1)
        return HOST_ALLOWED;
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(host, names->items[i]) == 0)
            return HOST_ALLOWED;
    }
    return HOST_STRANGE;
}

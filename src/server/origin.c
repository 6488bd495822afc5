/* SPDX-License-Identifier: Apache-2.0 */
/* server/origin.c - pages of the request's own host name, whatever their port */
#include "server/origin.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Without the port; an address in brackets has colons of its own. */
static size_t name_length(const char *host)
{
    const char *end = host[0] == '[' ? strchr(host, ']') : NULL;

    return end != NULL ? (size_t)(end - host) + 1 : strcspn(host, ":");
}

/* ":3033" or nothing: a path or a user's name is no part of an origin. */
static bool is_port(const char *text)
{
    if (text[0] == '\0')
        return true;
    return text[0] == ':' && text[1] != '\0' && text[1 + strspn(text + 1, "0123456789")] == '\0';
}

/* What is behind "http://" or "https://"; NULL: neither. */
static const char *after_scheme(const char *origin)
{
    if (strncmp(origin, "http://", 7) == 0)
        return origin + 7;
    return strncmp(origin, "https://", 8) == 0 ? origin + 8 : NULL;
}

bool origin_is_host(const char *origin, const char *host)
{
    const char *name = origin == NULL ? NULL : after_scheme(origin);

    return name != NULL && name[0] != '\0' && host != NULL && strcasecmp(name, host) == 0;
}

bool origin_is_of_host(const char *origin, const char *host)
{
    size_t length;

    if (origin == NULL || host == NULL)
        return false;
    origin = after_scheme(origin);
    if (origin == NULL)
        return false;
    length = name_length(origin);
    return length > 0 && length == name_length(host) && strncasecmp(origin, host, length) == 0 &&
           is_port(origin + length);
}

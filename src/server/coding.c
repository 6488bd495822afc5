/* SPDX-License-Identifier: Apache-2.0 */
/* server/coding.c - whether a client takes gzip, and whether it sends JSON: headers about bodies */
#include "server/coding.h"

#include <string.h>
#include <strings.h>

static const char GZIP[] = "gzip";

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* "0", "0.", "0.000": a refusal. */
static bool is_zero(const char *at)
{
    if (*at++ != '0')
        return false;
    if (*at == '.')
        at += 1 + strspn(at + 1, "0");
    at = skip_blanks(at);
    return *at == ',' || *at == ';' || *at == '\0';
}

/* What follows a coding's name, up to the next comma. */
static bool is_refused(const char *at)
{
    for (at = skip_blanks(at); *at == ';'; at = skip_blanks(at)) {
        at = skip_blanks(at + 1);
        if (strncasecmp(at, "q=", 2) == 0)
            return is_zero(at + 2);
        at += strcspn(at, ";,");
    }
    return false;
}

bool coding_takes_gzip(const char *accept_encoding)
{
    const char *at = accept_encoding;

    while (at != NULL && *at != '\0') {
        size_t length;

        at += strspn(at, " \t,");
        length = strcspn(at, " \t;,");
        if (length == strlen(GZIP) && strncasecmp(at, GZIP, length) == 0)
            return !is_refused(at + length);
        at += strcspn(at, ",");
    }
    return false;
}

bool type_is_json(const char *type)
{
    size_t length;

    if (type == NULL)
        return true;
    length = strcspn(type, "; \t");
    if (strncasecmp(type, "application/", 12) != 0)
        return false;
    return (length == 16 && strncasecmp(type + 12, "json", 4) == 0) ||
           (length > 17 && strncasecmp(type + length - 5, "+json", 5) == 0);
}

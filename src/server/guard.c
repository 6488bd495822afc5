/* SPDX-License-Identifier: Apache-2.0 */
/* server/guard.c - what a request must be before anything looks at what it asks for */
#include "server/guard.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"

/* What the headers tell, gathered in one walk. */
struct survey {
    size_t bytes;
    size_t hosts;
    const char *host;
    size_t host_length;
    size_t lengths;
    uint64_t length;
    bool bad_length;
    size_t codings;
    bool bad_coding;
    bool bad_text;
    /* where the next line has to begin, if each one ended in CRLF and was not folded */
    const char *next;
    bool torn;
};

static bool is_header(const char *name, size_t length, const char *wanted)
{
    return length == strlen(wanted) && strncasecmp(name, wanted, length) == 0;
}

static bool has_control(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (((unsigned char)text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f)
            return true;
    }
    return false;
}

bool uri_is_bad(const char *uri)
{
    for (const char *at = uri; *at != '\0'; at++) {
        if (*at <= ' ' || *at == 0x7f) /* what is above ASCII has to be encoded */
            return true;
    }
    return strstr(uri, "%00") != NULL;
}

const char *target_path(const char *url, const char *host)
{
    size_t length;

    if (strncasecmp(url, "http://", 7) == 0)
        url += 7;
    else if (strncasecmp(url, "https://", 8) == 0)
        url += 8;
    else
        return url;
    length = strcspn(url, "/");
    if (host == NULL || strlen(host) != length || strncasecmp(url, host, length) != 0)
        return NULL;
    return url[length] != '\0' ? url + length : "/";
}

/* "Name" NUL blanks "value" NUL NUL: colon and CRLF have been written over. */
static void check_line(struct survey *survey, const char *name, size_t name_length,
                       const char *value, size_t value_length)
{
    const char *after = name + name_length + 1;

    if (survey->next != NULL && name != survey->next)
        survey->torn = true;
    while (after < value && (*after == ' ' || *after == '\t'))
        after++;
    if (after != value)
        survey->torn = true;
    survey->next = value + value_length + 2;
}

static enum MHD_Result take_header(void *payload, enum MHD_ValueKind kind, const char *name,
                                   size_t name_length, const char *value, size_t value_length)
{
    struct survey *survey = payload;

    (void)kind;
    if (value == NULL)
        value_length = 0;
    survey->bytes += name_length + value_length + 4;
    if (value == NULL || name_length == 0 || has_control(name, name_length) ||
        has_control(value, value_length) || memchr(name, ' ', name_length) != NULL) {
        survey->bad_text = true;
        return MHD_YES;
    }
    check_line(survey, name, name_length, value, value_length);
    if (is_header(name, name_length, "Host")) {
        survey->hosts++;
        survey->host = value;
        survey->host_length = value_length;
    } else if (is_header(name, name_length, "Content-Length")) {
        survey->lengths++;
        survey->bad_length = survey->bad_length || value_length == 0 || value[0] < '0' ||
                             value[0] > '9' || !number_parse_u64(value, &survey->length);
    } else if (is_header(name, name_length, "Transfer-Encoding")) {
        survey->codings++;
        survey->bad_coding =
            survey->bad_coding || value_length != 7 || strncasecmp(value, "chunked", 7) != 0;
    }
    return MHD_YES;
}

/* Later versions refuse torn lines by themselves, and lay them out in another way. */
static bool layout_is_known(void)
{
    const char *version = MHD_get_version();

    return strncmp(version, "0.9.7", 5) == 0 && version[5] >= '0' && version[5] <= '5' &&
           version[6] == '\0';
}

/* From the method to the empty line, each byte stands where it must. */
static bool lines_are_whole(struct MHD_Connection *connection, const struct survey *survey,
                            const struct header *header)
{
    const union MHD_ConnectionInfo *size =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    if (!layout_is_known())
        return true;
    return !survey->torn && size != NULL && survey->next != NULL &&
           header->method + strlen(header->method) + 1 == header->uri &&
           header->uri + header->uri_length + 1 == header->version &&
           (size_t)(survey->next + 2 - header->method) == size->header_size;
}

static struct problem check_host(const struct survey *survey, const char *version,
                                 const struct host_names *names)
{
    if (survey->hosts > 1)
        return (struct problem){ 400, "more than one Host" };
    if (survey->hosts == 0)
        return strcmp(version, "HTTP/1.0") == 0 ? (struct problem){ 0 }
                                                : (struct problem){ 400, "no Host" };
    switch (host_check(names, survey->host, survey->host_length)) {
    case HOST_ALLOWED:
        break;
    case HOST_STRANGE:
        return (struct problem){ 421, "this server does not go by that name: --allow-host NAME "
                                      "makes it" };
    case HOST_BAD:
        return (struct problem){ 400, "Host is no name or address" };
    }
    return (struct problem){ 0 };
}

/* What is coded otherwise would be read until the connection ends: another on the way may see an end before. */
static struct problem check_body(const struct survey *survey, const char *version)
{
    if (survey->bad_coding || survey->codings > 1 ||
        (survey->codings > 0 && strcmp(version, "HTTP/1.0") == 0))
        return (struct problem){ 400, "Transfer-Encoding is not chunked" };
    if (survey->bad_length || survey->lengths > 1)
        return (struct problem){ 400, "Content-Length is no length" };
    if (survey->codings > 0 && survey->lengths > 0)
        return (struct problem){ 400, "Content-Length beside Transfer-Encoding" };
    if (survey->length > BODY_MAX)
        return (struct problem){ 413, "a body is 1 MiB at most" };
    return (struct problem){ 0 };
}

struct problem guard_check(struct MHD_Connection *connection, struct header *header,
                           const struct host_names *names)
{
    struct survey survey = { 0 };
    struct problem problem;

    /* the request line's own CRLF comes before the first header */
    survey.next = layout_is_known() ? header->version + strlen(header->version) + 2 : NULL;
    (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_header, &survey);
    if (header->uri_length > URL_MAX)
        return (struct problem){ 414, "a URL is 4 KiB at most" };
    if (survey.bytes > HEADER_MAX)
        return (struct problem){ 431, "headers are 8 KiB at most" };
    if (survey.bad_text || header->bad_uri)
        return (struct problem){ 400, "a control character in the header" };
    if (!lines_are_whole(connection, &survey, header))
        return (struct problem){ 400, "a header line is folded or does not end in CRLF" };
    problem = check_host(&survey, header->version, names);
    header->has_body = survey.codings > 0 || survey.length > 0;
    return problem.status != 0 ? problem : check_body(&survey, header->version);
}

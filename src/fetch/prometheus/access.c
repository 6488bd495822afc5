/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/access.c - how a server lets us in: headers and files, none of which is sent where it could be read */
#include "fetch/prometheus/access.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fs.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "fetch/address.h"
#include "fetch/secrets.h"

enum { FILE_SIZE = 16 << 10, HEADER_LINES_MAX = 16 };

static int refuse(struct remote_end *end, enum remote_outcome outcome, const char *format, ...)
    AICO2_PRINTF(3, 4);

static int refuse(struct remote_end *end, enum remote_outcome outcome, const char *format, ...)
{
    va_list arguments;
    char text[2 * sizeof(end->message)];

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    end->outcome = outcome;
    text_copy_clean(end->message, sizeof(end->message), text);
    return -EACCES;
}

static int keep(char **list, size_t *count, size_t most, const char *text)
{
    if (*count == most)
        return -ENOMEM;
    list[*count] = strdup(text);
    if (list[*count] == NULL)
        return -ENOMEM;
    (*count)++;
    return 0;
}

static int keep_header(struct access *access, const char *text)
{
    return keep(access->headers, &access->header_count, ACCESS_HEADERS_MAX, text);
}

static int keep_secret(struct access *access, const char *text)
{
    return keep(access->secrets, &access->secret_count, ACCESS_SECRETS_MAX, text);
}

/* "http://h:9090/prefix/" and "http://h:9090/prefix/api/v1" are what "http://h:9090/prefix" is. */
static void set_base(char base[REMOTE_TEXT_SIZE], const char *url)
{
    static const char api[] = "/api/v1";
    size_t length;

    (void)snprintf(base, REMOTE_TEXT_SIZE, "%s", url);
    length = strlen(base);
    while (length > 0 && base[length - 1] == '/')
        base[--length] = '\0';
    if (length > sizeof(api) - 1 && strcmp(base + length - (sizeof(api) - 1), api) == 0)
        base[length - (sizeof(api) - 1)] = '\0';
}

static int check_url(struct access *access, struct remote_end *end)
{
    const char *url = access->asked->url;
    bool is_web = strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
    const char *stop = is_web ? strpbrk(strchr(url, '/') + 2, "@/?#") : NULL;

    /* what stands before an "@" may be a password */
    if (stop != NULL && *stop == '@')
        return refuse(end, REMOTE_UNREACHABLE,
                      "the address holds a user or a password before its '@': give the user by "
                      "itself and the password in a file of mode 0600");
    if (!is_web)
        return refuse(end, REMOTE_UNREACHABLE,
                      "'%.100s' is no address of a server: 'http://host:9090' would be", url);
    if (strpbrk(url, "?#") != NULL)
        return refuse(
            end, REMOTE_UNREACHABLE,
            "the address of a server ends with its path: leave out what follows '?' or '#'");
    if (!http_origin_of(url, &access->origin))
        return refuse(end, REMOTE_UNREACHABLE, "'%.100s' is no address of a server", url);
    set_base(access->base, url);
    return 0;
}

static bool has_secret(const struct remote_access *asked)
{
    return asked->auth != REMOTE_AUTH_NONE || asked->header_file[0] != '\0';
}

static int check_reach(const struct access *access, struct remote_end *end)
{
    if (strcasecmp(access->origin.scheme, "http") != 0 || !has_secret(access->asked) ||
        address_is_loopback_host(access->origin.host))
        return 0;
    return refuse(
        end, REMOTE_BAD_FILE,
        "a password, token or header file is never sent by plain http to '%s': use https, "
        "or a tunnel to a port of this machine",
        access->origin.host);
}

static void encode_base64(const char *text, struct strbuf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i += 3) {
        unsigned group = 0;
        char four[4];

        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (i + k < length ? (unsigned char)text[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            four[k] = i + k > length ? '=' : digits[group >> (18 - 6 * k) & 63];
        strbuf_add_bytes(out, four, 4);
    }
}

static void wipe(struct strbuf *buffer)
{
    if (buffer->text != NULL)
        explicit_bzero(buffer->text, buffer->capacity);
    strbuf_deinit(buffer);
}

static int add_basic(struct access *access, const char *password, struct remote_end *end)
{
    AICO2_CLEANUP(wipe) struct strbuf pair = { 0 };
    AICO2_CLEANUP(wipe) struct strbuf header = { 0 };
    int r;

    if (strchr(access->asked->user, ':') != NULL)
        return refuse(end, REMOTE_BAD_FILE, "the user '%s' has a ':', which basic auth cannot send",
                      access->asked->user);
    strbuf_printf(&pair, "%s:%s", access->asked->user, password);
    strbuf_add(&header, "Authorization: Basic ");
    encode_base64(strbuf_text(&pair), &header);
    if (pair.failed || header.failed)
        return -ENOMEM;
    r = keep_header(access, header.text);
    if (r == 0)
        r = keep_secret(access, strrchr(header.text, ' ') + 1);
    return r;
}

static int add_bearer(struct access *access, const char *token)
{
    AICO2_CLEANUP(wipe) struct strbuf header = { 0 };

    strbuf_printf(&header, "Authorization: Bearer %s", token);
    return header.failed ? -ENOMEM : keep_header(access, header.text);
}

static int read_secret(struct access *access, const char *credentials_dir, char *text,
                       struct remote_end *end)
{
    const char *path = access->asked->secret_file;
    struct aico2_error err = { 0 };
    int r = secret_read_file(path, credentials_dir, text, FILE_SIZE, &err);

    if (r < 0)
        return refuse(end, REMOTE_BAD_FILE, "%s", err.message);
    if (text[0] == '\0' || !text_is_line(text, FILE_SIZE))
        return refuse(end, REMOTE_BAD_FILE, "'%s' holds no password or token of one line", path);
    r = keep_secret(access, text);
    if (r == 0)
        r = access->asked->auth == REMOTE_AUTH_BASIC ? add_basic(access, text, end)
                                                     : add_bearer(access, text);
    return r;
}

/* Those that say where a message ends, or are made of other fields. */
static bool is_ours(const char *line, size_t name)
{
    static const char *const names[] = { "host",       "content-length", "transfer-encoding",
                                         "connection", "content-type",   "accept-encoding",
                                         "expect" };

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (strlen(names[i]) == name && strncasecmp(line, names[i], name) == 0)
            return true;
    }
    return false;
}

/* The lines are counted, never quoted: each may be a secret. */
static int take_header(struct access *access, const char *line, int number, struct remote_end *end)
{
    static const char token[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    size_t name = strspn(line, token);
    const char *value = line + name + 1;
    int r;

    if (name == 0 || line[name] != ':' || !text_is_line(line, strlen(line) + 1))
        return refuse(end, REMOTE_BAD_FILE, "'%s', line %d: 'Name: value' is what stands there",
                      access->asked->header_file, number);
    if (is_ours(line, name))
        return refuse(end, REMOTE_BAD_FILE, "'%s', line %d: %.*s is not to be given",
                      access->asked->header_file, number, (int)name, line);
    r = keep_header(access, line);
    return r < 0 ? r : keep_secret(access, value + strspn(value, " \t"));
}

static int read_headers(struct access *access, const char *credentials_dir, char *text,
                        struct remote_end *end)
{
    const char *path = access->asked->header_file;
    struct aico2_error err = { 0 };
    int r = secret_read_file(path, credentials_dir, text, FILE_SIZE, &err);
    int taken = 0;
    char *rest = text;

    if (r < 0)
        return refuse(end, REMOTE_BAD_FILE, "%s", err.message);
    for (int number = 1; rest != NULL; number++) {
        char *line = strsep(&rest, "\n");

        line[strcspn(line, "\r")] = '\0';
        if (line[0] == '\0' || line[0] == '#')
            continue;
        if (++taken > HEADER_LINES_MAX)
            return refuse(end, REMOTE_BAD_FILE, "'%s' has more than %d headers", path,
                          HEADER_LINES_MAX);
        r = take_header(access, line, number, end);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Those that libcurl opens: whether it can, and that a key is nobody else's. */
static int check_files(const struct remote_access *asked, const char *credentials_dir, char *text,
                       struct remote_end *end)
{
    const char *const open_ones[] = { asked->ca_file, asked->cert_file };
    const char *key = asked->key_file[0] != '\0' ? asked->key_file : asked->cert_file;
    struct aico2_error err = { 0 };
    int r;

    if (asked->cert_file[0] == '\0' && asked->key_file[0] != '\0')
        return refuse(end, REMOTE_BAD_FILE, "a key without its certificate: '%s'", asked->key_file);
    for (size_t i = 0; i < ARRAY_LENGTH(open_ones); i++) {
        int fd = open_ones[i][0] != '\0' ? fs_open_at(AT_FDCWD, open_ones[i], &err) : -ENOENT;

        if (open_ones[i][0] != '\0' && fd < 0)
            return refuse(end, REMOTE_BAD_FILE, "%s", err.message);
        fd_closep(&fd);
    }
    if (key[0] == '\0')
        return 0;
    r = secret_read_file(key, credentials_dir, text, FILE_SIZE, &err);
    return r == 0 ? 0 : refuse(end, REMOTE_BAD_FILE, "%s", err.message);
}

static int read_files(struct access *access, const char *credentials_dir, struct remote_end *end)
{
    const struct remote_access *asked = access->asked;
    char *text = calloc(1, FILE_SIZE);
    int r = text != NULL ? 0 : -ENOMEM;

    if (r == 0)
        r = check_files(asked, credentials_dir, text, end);
    if (r == 0 && asked->auth != REMOTE_AUTH_NONE)
        r = read_secret(access, credentials_dir, text, end);
    if (r == 0 && asked->header_file[0] != '\0')
        r = read_headers(access, credentials_dir, text, end);
    if (text != NULL)
        explicit_bzero(text, FILE_SIZE);
    free(text);
    return r;
}

int access_open(const struct remote_access *asked, const char *credentials_dir,
                struct access *access_out, struct remote_end *end_out)
{
    struct access access = { .asked = asked };
    char tenant[sizeof(asked->tenant) + 32];
    int r = check_url(&access, end_out);

    if (r == 0)
        r = check_reach(&access, end_out);
    if (r == 0)
        r = read_files(&access, credentials_dir, end_out);
    if (r == 0 && asked->tenant[0] != '\0') {
        (void)snprintf(tenant, sizeof(tenant), "X-Scope-OrgID: %s", asked->tenant);
        r = keep_header(&access, tenant);
    }
    if (r == 0)
        r = keep_header(&access, "Expect:"); /* a long question is sent at once */
    if (r < 0) {
        access_deinit(&access);
        return r;
    }
    *access_out = access;
    return 0;
}

void access_scrub(const struct access *access, char *text)
{
    for (size_t i = 0; i < access->secret_count; i++)
        secret_scrub(text, access->secrets[i]);
}

static void wipe_list(char **list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        explicit_bzero(list[i], strlen(list[i]));
        free(list[i]);
    }
}

void access_deinit(struct access *access)
{
    wipe_list(access->headers, access->header_count);
    wipe_list(access->secrets, access->secret_count);
    *access = (struct access){ 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options/access.c - where a time-series server is, and how it lets one in, out of the options of one purpose */
#include "cli/options/access.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fs.h"
#include "base/text.h"

#define API "/api/v1"
enum { SHOWN_SIZE = 80, API_LENGTH = sizeof(API) - 1 };

const struct access_options access_of_prometheus = {
    .url = OPT_PROMETHEUS_URL,
    .user = OPT_PROMETHEUS_USER,
    .password_file = OPT_PROMETHEUS_PASSWORD_FILE,
    .token_file = OPT_PROMETHEUS_TOKEN_FILE,
    .header_file = OPT_PROMETHEUS_HEADER_FILE,
    .tenant = OPT_PROMETHEUS_TENANT,
    .ca = OPT_PROMETHEUS_CA,
    .cert = OPT_PROMETHEUS_CERT,
    .key = OPT_PROMETHEUS_KEY,
    .is_base = true,
    .examples = "http://localhost:9090 or https://host/prometheus",
};

const struct access_options access_of_remote_write = {
    .url = OPT_REMOTE_WRITE,
    .user = OPT_REMOTE_WRITE_USER,
    .password_file = OPT_REMOTE_WRITE_PASSWORD_FILE,
    .token_file = OPT_REMOTE_WRITE_TOKEN_FILE,
    .header_file = OPT_REMOTE_WRITE_HEADER_FILE,
    .tenant = OPT_REMOTE_WRITE_TENANT,
    .ca = OPT_REMOTE_WRITE_CA,
    .cert = OPT_REMOTE_WRITE_CERT,
    .key = OPT_REMOTE_WRITE_KEY,
    .examples = "http://localhost:9090/api/v1/write",
};

static const char *name_of(enum option_id id)
{
    return option_rows[id].name;
}

/* Where the host of "http://host:port/path" begins; NULL: it is no such URL. */
static const char *url_host(const char *url)
{
    if (strncasecmp(url, "http://", 7) == 0)
        return url + 7;
    return strncasecmp(url, "https://", 8) == 0 ? url + 8 : NULL;
}

static int take_url(const struct options *options, const struct access_options *of,
                    struct remote_access *access, struct aico2_error *err)
{
    const char *url = options_text(options, of->url);
    const char *option = name_of(of->url);
    const char *host;
    size_t length;
    char shown[SHOWN_SIZE];

    if (url == NULL)
        return aico2_error_set(err, -EINVAL, "--%s URL is needed, as in %s", option, of->examples);
    host = url_host(url);
    /* not quoted: it would be in a log next */
    if (host != NULL && memchr(host, '@', strcspn(host, "/?#")) != NULL)
        return aico2_error_set(err, -EINVAL,
                               "--%s: a user or password in it shows in the process list: --%s and "
                               "--%s",
                               option, name_of(of->user), name_of(of->password_file));
    text_copy_clean(shown, sizeof(shown), url);
    if (host == NULL || host[0] == '\0' || strchr("/:?#", host[0]) != NULL)
        return aico2_error_set(err, -EINVAL, "--%s '%s': not the URL of a server, as in %s", option,
                               shown, of->examples);
    if (strpbrk(url, "?#") != NULL)
        return aico2_error_set(err, -EINVAL, "--%s '%s': %s, without '?' and '#'", option, shown,
                               of->is_base ? "the base alone" : "up to the path");
    if (strchr(url, ' ') != NULL || !text_is_line(url, strlen(url) + 1))
        return aico2_error_set(err, -EINVAL, "--%s '%s': no blanks, no controls", option, shown);
    length = strlen(url);
    while (of->is_base && url[length - 1] == '/')
        length--;
    /* of "https://api/v1" the host is "api" */
    if (of->is_base && length > (size_t)(host - url) + API_LENGTH &&
        strncmp(url + length - API_LENGTH, API, API_LENGTH) == 0)
        length -= API_LENGTH;
    if (length >= sizeof(access->url))
        return aico2_error_set(err, -EINVAL, "--%s '%s...': longer than %zu bytes", option, shown,
                               sizeof(access->url) - 1);
    (void)snprintf(access->url, sizeof(access->url), "%.*s", (int)length, url);
    return 0;
}

int access_take_text(const struct options *options, enum option_id id, char *field, size_t size,
                     struct aico2_error *err)
{
    const char *text = options_text(options, id);
    char shown[SHOWN_SIZE];

    if (text == NULL)
        return 0;
    text_copy_clean(shown, sizeof(shown), text);
    if (strlen(text) >= size)
        return aico2_error_set(err, -EINVAL, "--%s '%.40s...': longer than %zu bytes",
                               option_rows[id].name, shown, size - 1);
    (void)snprintf(field, size, "%s", text);
    if (!text_is_line(field, size))
        return aico2_error_set(err, -EINVAL, "--%s: no control characters", option_rows[id].name);
    return 0;
}

/* systemd guards its directory, and shows an access list of it as bits of the group. */
static bool is_credential(const char *path)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    size_t length = directory == NULL ? 0 : strlen(directory);

    return length > 0 && strncmp(path, directory, length) == 0 && path[length] == '/';
}

/* The fetcher looks again; this is so that a wrong file is told before anything is started. */
static int check_file(enum option_id id, const char *path, bool secret, struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    const char *option = option_rows[id].name;
    struct stat file;

    if (fd < 0 || fstat(fd, &file) < 0)
        return aico2_error_set_errno(err, errno, "--%s: cannot open '%s'", option, path);
    if (!S_ISREG(file.st_mode))
        return aico2_error_set(err, -EACCES, "--%s: '%s' is no regular file", option, path);
    if (!secret || is_credential(path))
        return 0;
    if (file.st_uid != geteuid() && file.st_uid != 0)
        return aico2_error_set(err, -EACCES, "--%s: '%s' belongs to somebody else", option, path);
    if ((file.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return aico2_error_set(err, -EACCES,
                               "--%s: '%s' can be read by others (mode %04o): chmod 600", option,
                               path, (unsigned)file.st_mode & 07777);
    return 0;
}

/* The fetcher stands in "/": paths are made whole. */
static int take_file(const struct options *options, enum option_id id, bool secret, char *field,
                     size_t size, struct aico2_error *err)
{
    const char *path = options_text(options, id);
    char directory[PATH_MAX] = "";
    char shown[SHOWN_SIZE];
    int length;

    if (path == NULL)
        return 0;
    text_copy_clean(shown, sizeof(shown), path);
    if (path[0] != '/' && getcwd(directory, sizeof(directory)) == NULL)
        return aico2_error_set_errno(err, errno, "--%s: where '%s' is cannot be told",
                                     option_rows[id].name, shown);
    length = snprintf(field, size, "%s%s%s", directory, directory[0] != '\0' ? "/" : "", path);
    if (length < 0 || (size_t)length >= size || !text_is_line(field, size))
        return aico2_error_set(err, -EINVAL,
                               "--%s: the path is longer than %zu bytes, or has "
                               "control characters: '%s'",
                               option_rows[id].name, size - 1, shown);
    return check_file(id, field, secret, err);
}

static bool is_given(const struct options *options, enum option_id id)
{
    return options_text(options, id) != NULL;
}

/* Of two that belong together the one is there alone. */
static int check_pair(const struct options *options, enum option_id a, enum option_id b,
                      struct aico2_error *err)
{
    if (is_given(options, a) == is_given(options, b))
        return 0;
    return aico2_error_set(err, -EINVAL, "--%s needs --%s", name_of(is_given(options, a) ? a : b),
                           name_of(is_given(options, a) ? b : a));
}

/* A user has a password, and no token beside it. */
static int check_login(const struct options *options, const struct access_options *of,
                       struct aico2_error *err)
{
    int r = check_pair(options, of->user, of->password_file, err);

    if (r == 0 && is_given(options, of->user) && is_given(options, of->token_file))
        r = aico2_error_set(err, -EINVAL, "--%s and --%s: one of them", name_of(of->user),
                            name_of(of->token_file));
    return r < 0 ? r : check_pair(options, of->cert, of->key, err);
}

int access_from_options(const struct options *options, const struct access_options *of,
                        struct remote_access *access_out, struct aico2_error *err)
{
    struct remote_access access = { .auth = REMOTE_AUTH_NONE };
    const struct {
        enum option_id id;
        bool secret;
        char *field;
        size_t size;
    } files[] = {
        { of->password_file, true, access.secret_file, sizeof(access.secret_file) },
        { of->token_file, true, access.secret_file, sizeof(access.secret_file) },
        { of->header_file, true, access.header_file, sizeof(access.header_file) },
        { of->ca, false, access.ca_file, sizeof(access.ca_file) },
        { of->cert, false, access.cert_file, sizeof(access.cert_file) },
        { of->key, true, access.key_file, sizeof(access.key_file) },
    };
    int r = take_url(options, of, &access, err);

    if (r == 0)
        r = check_login(options, of, err);
    if (r == 0)
        r = access_take_text(options, of->user, access.user, sizeof(access.user), err);
    if (r == 0)
        r = access_take_text(options, of->tenant, access.tenant, sizeof(access.tenant), err);
    for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(files); i++)
        r = take_file(options, files[i].id, files[i].secret, files[i].field, files[i].size, err);
    if (r < 0)
        return r;
    if (access.user[0] != '\0')
        access.auth = REMOTE_AUTH_BASIC;
    else if (access.secret_file[0] != '\0')
        access.auth = REMOTE_AUTH_BEARER;
    *access_out = access;
    return 0;
}

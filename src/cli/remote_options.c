/* SPDX-License-Identifier: Apache-2.0 */
/* cli/remote_options.c - --prometheus-url and what goes with it, as a question to the fetcher */
#include "cli/remote_options.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/text.h"

enum { SHOWN_SIZE = 80, SOURCE_PROMETHEUS = 1 };

bool remote_is_source(const struct options *options)
{
    return options_integer(options, OPT_SOURCE) == SOURCE_PROMETHEUS;
}

int remote_check_unused(const struct options *options, struct aico2_error *err)
{
    static const enum option_id ids[] = {
        OPT_PROMETHEUS_URL,        OPT_INSTANCE,          OPT_MATCH, OPT_PROMETHEUS_USER,
        OPT_PROMETHEUS_TOKEN_FILE, OPT_PROMETHEUS_TENANT, OPT_SAVE,
    };

    for (size_t i = 0; i < ARRAY_LENGTH(ids); i++) {
        if (options_origin(options, ids[i]) == ORIGIN_COMMAND_LINE)
            return aico2_error_set(err, -EINVAL, "--%s needs --source prometheus",
                                   option_rows[ids[i]].name);
    }
    return 0;
}

/* Where the host of "http://host:port/path" begins; NULL: it is no such URL. */
static const char *url_host(const char *url)
{
    if (strncasecmp(url, "http://", 7) == 0)
        return url + 7;
    return strncasecmp(url, "https://", 8) == 0 ? url + 8 : NULL;
}

static int take_url(const struct options *options, struct remote_access *access,
                    struct aico2_error *err)
{
    const char *url = options_text(options, OPT_PROMETHEUS_URL);
    const char *host;
    size_t length;
    char shown[SHOWN_SIZE];

    if (url == NULL)
        return aico2_error_set(err, -EINVAL,
                               "--source prometheus needs --prometheus-url URL, as in "
                               "http://localhost:9090");
    host = url_host(url);
    /* not quoted: it would be in a log next */
    if (host != NULL && memchr(host, '@', strcspn(host, "/?#")) != NULL)
        return aico2_error_set(err, -EINVAL,
                               "--prometheus-url: a user or password in it shows in the process "
                               "list: --prometheus-user and --prometheus-password-file");
    text_copy_clean(shown, sizeof(shown), url);
    if (host == NULL || host[0] == '\0' || strchr("/:?#", host[0]) != NULL)
        return aico2_error_set(err, -EINVAL,
                               "--prometheus-url '%s': not the URL of a server, as in "
                               "http://localhost:9090 or https://host/prometheus",
                               shown);
    if (strpbrk(url, "?#") != NULL)
        return aico2_error_set(err, -EINVAL,
                               "--prometheus-url '%s': the base alone, without '?' and '#'", shown);
    if (strcmp(shown, url) != 0 && strlen(url) < sizeof(shown))
        return aico2_error_set(err, -EINVAL, "--prometheus-url '%s': no blanks, no controls",
                               shown);
    length = strlen(url);
    while (url[length - 1] == '/')
        length--;
    if (length >= 7 && strncmp(url + length - 7, "/api/v1", 7) == 0)
        length -= 7;
    if (length >= sizeof(access->url))
        return aico2_error_set(err, -EINVAL, "--prometheus-url '%s...': longer than %zu bytes",
                               shown, sizeof(access->url) - 1);
    (void)snprintf(access->url, sizeof(access->url), "%.*s", (int)length, url);
    return 0;
}

static int take_text(const struct options *options, enum option_id id, char *field, size_t size,
                     struct aico2_error *err)
{
    const char *text = options_text(options, id);

    if (text == NULL)
        return 0;
    if (strlen(text) >= size)
        return aico2_error_set(err, -EINVAL, "--%s '%.40s...': longer than %zu bytes",
                               option_rows[id].name, text, size - 1);
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
    int length;

    if (path == NULL)
        return 0;
    if (path[0] != '/' && getcwd(directory, sizeof(directory)) == NULL)
        return aico2_error_set_errno(err, errno, "--%s: where '%s' is cannot be told",
                                     option_rows[id].name, path);
    length = snprintf(field, size, "%s%s%s", directory, directory[0] != '\0' ? "/" : "", path);
    if (length < 0 || (size_t)length >= size || !text_is_line(field, size))
        return aico2_error_set(err, -EINVAL,
                               "--%s: the path is longer than %zu bytes, or has "
                               "control characters: '%.60s'",
                               option_rows[id].name, size - 1, path);
    return check_file(id, field, secret, err);
}

/* A user has a password, and no token beside it. */
static int check_login(const struct options *options, struct aico2_error *err)
{
    bool user = options_text(options, OPT_PROMETHEUS_USER) != NULL;
    bool password = options_text(options, OPT_PROMETHEUS_PASSWORD_FILE) != NULL;
    bool cert = options_text(options, OPT_PROMETHEUS_CERT) != NULL;
    bool key = options_text(options, OPT_PROMETHEUS_KEY) != NULL;

    if (user != password)
        return aico2_error_set(err, -EINVAL, "--prometheus-%s needs --prometheus-%s",
                               user ? "user" : "password-file", user ? "password-file" : "user");
    if (user && options_text(options, OPT_PROMETHEUS_TOKEN_FILE) != NULL)
        return aico2_error_set(err, -EINVAL,
                               "--prometheus-user and --prometheus-token-file: one of them");
    if (cert != key)
        return aico2_error_set(err, -EINVAL, "--prometheus-%s needs --prometheus-%s",
                               cert ? "cert" : "key", cert ? "key" : "cert");
    return 0;
}

int remote_access_from_options(const struct options *options, struct remote_access *access_out,
                               struct aico2_error *err)
{
    struct remote_access access = { .auth = REMOTE_AUTH_NONE };
    const struct {
        enum option_id id;
        bool secret;
        char *field;
        size_t size;
    } files[] = {
        { OPT_PROMETHEUS_PASSWORD_FILE, true, access.secret_file, sizeof(access.secret_file) },
        { OPT_PROMETHEUS_TOKEN_FILE, true, access.secret_file, sizeof(access.secret_file) },
        { OPT_PROMETHEUS_HEADER_FILE, true, access.header_file, sizeof(access.header_file) },
        { OPT_PROMETHEUS_CA, false, access.ca_file, sizeof(access.ca_file) },
        { OPT_PROMETHEUS_CERT, false, access.cert_file, sizeof(access.cert_file) },
        { OPT_PROMETHEUS_KEY, true, access.key_file, sizeof(access.key_file) },
    };
    int r = take_url(options, &access, err);

    if (r == 0)
        r = check_login(options, err);
    if (r == 0)
        r = take_text(options, OPT_PROMETHEUS_USER, access.user, sizeof(access.user), err);
    if (r == 0)
        r = take_text(options, OPT_PROMETHEUS_TENANT, access.tenant, sizeof(access.tenant), err);
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

static int take_matches(const struct options *options, struct remote_question *question,
                        struct aico2_error *err)
{
    size_t count = options_value_count(options, OPT_MATCH);

    if (count > REMOTE_MATCH_MAX)
        return aico2_error_set(err, -EINVAL, "--match: no more than %d of them", REMOTE_MATCH_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *text = options_text_at(options, OPT_MATCH, i);
        char *field = question->matches[question->match_count++];

        if (strlen(text) >= REMOTE_TEXT_SIZE)
            return aico2_error_set(err, -EINVAL, "--match '%.40s...': longer than %d bytes", text,
                                   REMOTE_TEXT_SIZE - 1);
        (void)snprintf(field, REMOTE_TEXT_SIZE, "%s", text);
        if (!text_is_line(field, REMOTE_TEXT_SIZE))
            return aico2_error_set(err, -EINVAL, "--match: no control characters");
    }
    return 0;
}

int remote_question_from_options(const struct options *options, int64_t from_wall_ns,
                                 int64_t to_wall_ns, struct remote_question *question_out,
                                 struct aico2_error *err)
{
    struct remote_question question = {
        .magic = REMOTE_MAGIC,
        .version = REMOTE_VERSION,
        .what = REMOTE_WINDOW,
        .from_wall_ns = from_wall_ns,
        .to_wall_ns = to_wall_ns,
        .deadline_ms = options_integer(options, OPT_PROMETHEUS_TIMEOUT) / NSEC_PER_MSEC,
    };
    int r = remote_access_from_options(options, &question.access, err);

    if (r == 0)
        r = take_text(options, OPT_INSTANCE, question.instance, sizeof(question.instance), err);
    if (r == 0)
        r = take_matches(options, &question, err);
    if (r < 0)
        return r;
    *question_out = question;
    return 0;
}

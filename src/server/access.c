/* SPDX-License-Identifier: Apache-2.0 */
/* server/access.c - what a request is judged by: names, certificates, logins; never changed once made */
#include "server/access.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fs.h"
#include "server/say.h"
#include "server/scope.h"

enum { CONFIG_MAX = 1 << 20 };

/* "/etc/aico2" of "/etc/aico2/web.yml". */
static void folder_of(const char *path, char folder_out[PATH_MAX])
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        (void)snprintf(folder_out, PATH_MAX, ".");
    else
        (void)snprintf(folder_out, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

static int read_web_config(struct access_rules *rules, const char *path, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *text = NULL;
    char folder[PATH_MAX];
    int r = fs_read_all_at(AT_FDCWD, path, CONFIG_MAX, &text, err);

    if (r < 0) {
        if (err != NULL)
            aico2_error_prefix(err, "--web-config");
        return r;
    }
    r = web_config_parse(text, (size_t)r, path, &rules->web, err);
    explicit_bzero(text, strlen(text));
    if (r < 0)
        return r;
    folder_of(path, folder);
    r = tls_load(&rules->tls, &rules->web, folder, err);
    if (r < 0 && err != NULL)
        aico2_error_prefix(err, "--web-config '%.60s'", path);
    return r;
}

static int read_hosts(struct access_rules *rules, const struct options *options,
                      struct aico2_error *err)
{
    char host[256] = ""; /* a name that does not fit may lack its end */
    int r = 0;

    if (gethostname(host, sizeof(host)) == 0 && host[sizeof(host) - 1] == '\0' && host[0] != '\0')
        (void)host_names_add(&rules->hosts, host);
    for (size_t i = 0; r == 0 && i < options_value_count(options, OPT_ALLOW_HOST); i++) {
        const char *name = options_text_at(options, OPT_ALLOW_HOST, i);

        r = host_names_add(&rules->hosts, name);
        if (r == -EINVAL)
            (void)aico2_error_set(err, r,
                                  "--allow-host '%.80s': a host's name alone, without a port",
                                  name);
        else if (r < 0)
            (void)aico2_error_set(err, r, "out of memory");
    }
    return r;
}

/* "alice=write,raw": one that web.users has. */
static int grant(struct access_rules *rules, const char *text, struct aico2_error *err)
{
    const struct web_pairs *users = &rules->web.users;
    const char *equals = strchr(text, '=');
    char bad[SCOPE_WORD_SIZE];
    unsigned scopes;

    if (equals == NULL || equals == text)
        return aico2_error_set(err, -EINVAL,
                               "--grant '%.80s': USER=SCOPE[,SCOPE] is wanted, as in "
                               "alice=write,raw",
                               text);
    scopes = scopes_parse(equals + 1, strlen(equals + 1), bad);
    if (scopes == 0)
        return aico2_error_set(err, -EINVAL,
                               "--grant '%.80s': '%s' is no scope: read, write and raw are", text,
                               bad);
    for (size_t i = 0; i < users->count; i++) {
        if (strlen(users->items[i].name) == (size_t)(equals - text) &&
            memcmp(users->items[i].name, text, (size_t)(equals - text)) == 0) {
            rules->user_scopes[i] |= scopes;
            return 0;
        }
    }
    return aico2_error_set(err, -EINVAL,
                           "--grant '%.80s': basic_auth_users of --web-config has no such user",
                           text);
}

static int read_grants(struct access_rules *rules, const struct options *options,
                       struct aico2_error *err)
{
    int r = 0;

    rules->user_scopes = calloc(rules->web.users.count + 1, sizeof(*rules->user_scopes));
    if (rules->user_scopes == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < rules->web.users.count; i++)
        rules->user_scopes[i] = SCOPE_READ;
    for (size_t i = 0; r == 0 && i < options_value_count(options, OPT_GRANT); i++)
        r = grant(rules, options_text_at(options, OPT_GRANT, i), err);
    return r;
}

int access_rules_load(struct access_rules **rules_out, const struct options *options,
                      struct aico2_error *err)
{
    struct access_rules *rules = calloc(1, sizeof(*rules));
    const char *web = options_text(options, OPT_WEB_CONFIG);
    const char *tokens = options_text(options, OPT_TOKEN_FILE);
    int r;

    if (rules == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    rules->log = options_flag(options, OPT_LOG);
    r = read_hosts(rules, options, err);
    if (r == 0 && web != NULL)
        r = read_web_config(rules, web, err);
    if (r == 0)
        r = read_grants(rules, options, err);
    if (r == 0 && tokens != NULL)
        r = token_list_read(tokens, &rules->tokens, err);
    if (r < 0) {
        access_rules_free(rules);
        return r;
    }
    *rules_out = rules;
    return 0;
}

void access_rules_free(struct access_rules *rules)
{
    if (rules == NULL)
        return;
    host_names_deinit(&rules->hosts);
    web_config_deinit(&rules->web);
    tls_deinit(&rules->tls);
    token_list_deinit(&rules->tokens);
    free(rules->user_scopes);
    free(rules);
}

bool access_needs_login(const struct access_rules *rules)
{
    return rules->tokens.count > 0 || rules->web.users.count > 0;
}

bool access_is_guarded(const struct access_rules *rules)
{
    return tls_is_given(&rules->tls) &&
           (access_needs_login(rules) || rules->web.client_auth == CLIENT_AUTH_REQUIRE_AND_VERIFY);
}

/* --- whether a file has changed --- */

struct stamp_of_file {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
    int error;
};

static struct stamp_of_file look(const char *path)
{
    struct stamp_of_file stamp;
    struct stat status;

    memset(&stamp, 0, sizeof(stamp)); /* summed as bytes */
    if (path[0] == '\0')
        return stamp;
    if (stat(path, &status) < 0) {
        stamp.error = errno;
        return stamp;
    }
    stamp.device = status.st_dev;
    stamp.inode = status.st_ino;
    stamp.size = status.st_size;
    stamp.changed = status.st_mtim;
    return stamp;
}

struct access_stamp access_stamp_of(const struct access_files *files)
{
    struct stamp_of_file stamps[ACCESS_FILES];
    struct access_stamp stamp;

    memset(stamps, 0, sizeof(stamps));
    for (size_t i = 0; i < ACCESS_FILES; i++)
        stamps[i] = look(files->paths[i]);
    sha256_of(stamps, sizeof(stamps), stamp.sum);
    return stamp;
}

static void put(char path_out[PATH_MAX], const char *folder, const char *path)
{
    bool below = path != NULL && path[0] != '/' && folder != NULL;

    if (path == NULL || snprintf(path_out, PATH_MAX, "%s%s%s", below ? folder : "",
                                 below ? "/" : "", path) >= PATH_MAX)
        path_out[0] = '\0';
}

void access_files_of(struct access_files *files_out, const struct options *options,
                     const struct access_rules *rules)
{
    const char *web = options_text(options, OPT_WEB_CONFIG);
    char folder[PATH_MAX];

    folder_of(web == NULL ? "." : web, folder);
    put(files_out->paths[0], NULL, web);
    put(files_out->paths[1], NULL, options_text(options, OPT_TOKEN_FILE));
    put(files_out->paths[2], folder, rules->web.cert_file);
    put(files_out->paths[3], folder, rules->web.key_file);
    put(files_out->paths[4], folder, rules->web.client_ca_file);
}

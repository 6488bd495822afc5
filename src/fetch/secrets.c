/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/secrets.c - a provider's key: where it is found, and that it shows nowhere */
#include "fetch/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"

enum { PATH_SIZE = 512, SHORTEST_SCRUBBED = 4 };

void secret_wipe(struct secret *secret)
{
    explicit_bzero(secret, sizeof(*secret));
}

void secret_scrub(char *text, const char *secret)
{
    static const char stars[] = "***";
    size_t length = strlen(secret);

    if (length < SHORTEST_SCRUBBED)
        return;
    for (char *at = strstr(text, secret); at != NULL; at = strstr(at, secret)) {
        memcpy(at, stars, sizeof(stars) - 1);
        at += sizeof(stars) - 1;
        memmove(at, at + length - (sizeof(stars) - 1),
                strlen(at + length - (sizeof(stars) - 1)) + 1);
    }
}

static void cut_end(char *text)
{
    size_t length = strlen(text);

    while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL)
        text[--length] = '\0';
}

/* One line, nothing that could end a header. */
static bool is_usable(struct secret *secret)
{
    cut_end(secret->text);
    return secret->text[0] != '\0' && text_is_line(secret->text, sizeof(secret->text));
}

static int check_mode(int fd, const char *path, struct aico2_error *err)
{
    struct stat file;

    if (fstat(fd, &file) < 0)
        return aico2_error_set_errno(err, errno, "cannot read '%s'", path);
    if (!S_ISREG(file.st_mode))
        return aico2_error_set(err, -EACCES, "'%s' is no regular file", path);
    if (file.st_uid != geteuid() && file.st_uid != 0)
        return aico2_error_set(err, -EACCES, "'%s' belongs to somebody else", path);
    if ((file.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return aico2_error_set(err, -EACCES, "'%s' can be read by others: chmod 600", path);
    return 0;
}

/* systemd guards its directory, and shows an access list of it as bits of the group. */
static int read_guarded(const char *path, bool is_credential, char *text_out, size_t size,
                        struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep)
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
    int r = 0;

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return -ENOENT;
    if (fd < 0)
        return aico2_error_set_errno(err, errno, "cannot open '%s'", path);
    if (!is_credential)
        r = check_mode(fd, path, err);
    if (r < 0)
        return r;
    r = fs_pread_text(fd, text_out, size);
    if (r < 0 && r != -EMSGSIZE)
        return aico2_error_set_errno(err, -r, "cannot read '%s'", path);
    return r >= 0 && strlen(text_out) != (size_t)r ? -EBADMSG : r;
}

static int read_file(const char *path, bool is_credential, struct secret *out,
                     struct aico2_error *err)
{
    struct secret secret = { 0 };
    int r = read_guarded(path, is_credential, secret.text, sizeof(secret.text), err);

    if (r == -EMSGSIZE || r == -EBADMSG || (r >= 0 && !is_usable(&secret)))
        r = aico2_error_set(err, -EBADMSG, "'%s' holds no key of one line", path);
    if (r >= 0)
        *out = secret;
    secret_wipe(&secret);
    return r < 0 ? r : 0;
}

int secret_read_file(const char *path, const char *credentials_dir, char *text_out, size_t size,
                     struct aico2_error *err)
{
    size_t length = credentials_dir != NULL ? strlen(credentials_dir) : 0;
    bool is_credential =
        length > 0 && strncmp(path, credentials_dir, length) == 0 && path[length] == '/';
    int r = read_guarded(path, is_credential, text_out, size, err);

    if (r == -ENOENT)
        return aico2_error_set(err, r, "there is no file '%s'", path);
    if (r == -EMSGSIZE)
        return aico2_error_set(err, r, "'%s' is longer than %zu bytes", path, size - 1);
    if (r == -EBADMSG)
        return aico2_error_set(err, r, "'%s' is no text: a byte 0 is in it", path);
    if (r < 0)
        return r;
    cut_end(text_out);
    return 0;
}

static int find_file(const char *folder, const char *before, const char *provider,
                     const char *after, struct secret *out, struct aico2_error *err)
{
    char path[PATH_SIZE];

    if (folder == NULL || folder[0] != '/')
        return -ENOENT;
    if (snprintf(path, sizeof(path), "%s/%s%s%s", folder, before, provider, after) >=
        (int)sizeof(path))
        return -ENOENT;
    return read_file(path, before[0] != '\0', out, err);
}

int secret_find(const struct secret_places *places, const char *provider, struct secret *secret_out,
                struct aico2_error *err)
{
    struct secret secret = { 0 };
    int r = find_file(places->credentials_dir, "aico2.", provider, "", &secret, err);

    if (r == -ENOENT)
        r = find_file(places->secret_dir, "", provider, ".token", &secret, err);
    if (r == -ENOENT && places->given[0] != '\0') {
        (void)snprintf(secret.text, sizeof(secret.text), "%s", places->given);
        r = is_usable(&secret)
                ? 0
                : aico2_error_set(err, -EBADMSG, "the key given is none of one line");
    }
    if (r == 0)
        *secret_out = secret;
    secret_wipe(&secret);
    return r;
}

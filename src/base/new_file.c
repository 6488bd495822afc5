/* SPDX-License-Identifier: Apache-2.0 */
/* base/new_file.c - a small file that is there whole or not at all */
#include "base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fs.h"

enum { NAME_SIZE = 256, ATTEMPTS = 16 };

static bool is_link(int dirfd, const char *name)
{
    struct stat file;

    return fstatat(dirfd, name, &file, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(file.st_mode);
}

/* Return: a descriptor or -errno; a link is -ELOOP whatever the kernel calls it. */
static int open_folder(int dirfd, const char *name)
{
    int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int code;

    if (fd >= 0)
        return fd;
    code = -errno;
    if (code == -ENOTDIR && is_link(dirfd, name))
        code = -ELOOP;
    if (code != -ENOENT)
        return code;
    if (mkdirat(dirfd, name, 0755) < 0 && errno != EEXIST)
        return -errno;
    fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    (void)fchmod(fd, 0755); /* a strict umask is about files of one's own */
    return fd;
}

/* The directory that path ends in; its last name is put into name_out. */
static int walk(int root_fd, const char *path, char name_out[NAME_SIZE])
{
    AICO2_CLEANUP(fd_closep) int fd = open_folder(root_fd, ".");

    for (;;) {
        size_t length = strcspn(path, "/");
        int next;

        if (fd < 0)
            return fd_take(&fd);
        if (length == 0 || length >= NAME_SIZE)
            return -EINVAL;
        (void)snprintf(name_out, NAME_SIZE, "%.*s", (int)length, path);
        if (strcmp(name_out, ".") == 0 || strcmp(name_out, "..") == 0)
            return -EINVAL;
        if (path[length] == '\0')
            return fd_take(&fd);
        next = open_folder(fd, name_out);
        if (next < 0)
            return next;
        fd_closep(&fd);
        fd = next;
        path += length + 1;
    }
}

/* Return: NEW_FILE_THERE, -EEXIST when it is another file, -ENOENT when there is none, -errno. */
static int compare(int dirfd, const char *name, const char *content)
{
    AICO2_CLEANUP(fd_closep)
    int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    AICO2_CLEANUP(freep) char *there = NULL;
    size_t size = strlen(content) + 2; /* one more than it may hold, and the NUL */
    struct stat file;
    int length;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &file) < 0)
        return -errno;
    if (!S_ISREG(file.st_mode))
        return -EEXIST;
    there = malloc(size);
    if (there == NULL)
        return -ENOMEM;
    length = fs_pread_text(fd, there, size);
    if (length == -EMSGSIZE)
        return -EEXIST;
    if (length < 0)
        return length;
    return strlen(content) == (size_t)length && memcmp(there, content, (size_t)length) == 0
               ? NEW_FILE_THERE
               : -EEXIST;
}

static int open_temporary(int dirfd, char name_out[NAME_SIZE])
{
    int fd = -1;

    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint64_t random = 0;

        if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
            random = (uint64_t)getpid() << 8 | (uint64_t)attempt;
        /* no folder of drop-ins reads a hidden file, nor one that ends so */
        (void)snprintf(name_out, NAME_SIZE, ".aico2-%016" PRIx64 ".tmp", random);
        fd = openat(dirfd, name_out, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd >= 0 || errno != EEXIST)
            break;
    }
    return fd >= 0 ? fd : -errno;
}

static int fill(int fd, const char *content)
{
    int r = fs_write_all(fd, content, strlen(content));

    if (r == 0 && fchmod(fd, 0644) < 0)
        r = -errno;
    if (r == 0 && fsync(fd) < 0 && errno != EINVAL && errno != ENOSYS)
        r = -errno;
    return r;
}

/* link(2) never replaces what is there, rename(2) does. */
static int put(int dirfd, const char *name, const char *content, bool replace)
{
    char temporary[NAME_SIZE];
    AICO2_CLEANUP(fd_closep) int fd = open_temporary(dirfd, temporary);
    int r;

    if (fd < 0)
        return fd_take(&fd);
    r = fill(fd, content);
    if (r == 0 && replace && renameat(dirfd, temporary, dirfd, name) < 0)
        r = -errno;
    if (r == 0 && !replace && linkat(dirfd, temporary, dirfd, name, 0) < 0)
        r = -errno;
    if (r < 0 || !replace)
        (void)unlinkat(dirfd, temporary, 0);
    if (r == 0)
        (void)fsync(dirfd); /* best effort: the file is whole either way */
    return r;
}

static int fail(struct aico2_error *err, const char *path, int code)
{
    if (code == -EEXIST)
        return aico2_error_set(err, code, "'%s' holds something else, which is left as it is",
                               path);
    if (code == -ELOOP)
        return aico2_error_set(err, code, "a link stands in the way of '%s': not followed", path);
    return aico2_error_set_errno(err, -code, "cannot write '%s'", path);
}

int new_file_write(int root_fd, const char *path, const char *content, struct aico2_error *err)
{
    char name[NAME_SIZE];
    AICO2_CLEANUP(fd_closep) int dirfd = walk(root_fd, path, name);
    int r;

    if (dirfd < 0)
        return fail(err, path, fd_take(&dirfd));
    r = compare(dirfd, name, content);
    if (r == NEW_FILE_THERE)
        return r;
    if (r == -ENOENT)
        r = put(dirfd, name, content, false);
    return r < 0 ? fail(err, path, r) : NEW_FILE_WRITTEN;
}

int new_file_replace(int dirfd, const char *name, const char *content, struct aico2_error *err)
{
    int r = put(dirfd, name, content, true);

    return r < 0 ? fail(err, name, r) : 0;
}

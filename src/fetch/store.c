/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/store.c - the directory where answers are kept, shared by the processes of one user */
#include "fetch/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/fs.h"

enum { PATH_SIZE = 512, POLL_MS = 20 };

/* Nobody else could have put there what is read. */
static bool is_ours(const struct stat *file)
{
    return file->st_uid == geteuid() && (file->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int make_above(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
            return -errno;
        *slash = '/';
    }
    return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int open_ours(int dirfd, const char *name, struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep)
    int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat folder;

    if (fd < 0 || fstat(fd, &folder) < 0)
        return aico2_error_set_errno(err, errno, "cannot open '%s'", name);
    if (!is_ours(&folder))
        return aico2_error_set(err, -EACCES, "'%s' is another's, or others may write to it", name);
    return fd_take(&fd);
}

int store_make(const char *path, struct aico2_error *err)
{
    char copy[PATH_SIZE];
    int r;

    if (path[0] != '/' || snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
        return aico2_error_set(err, -EINVAL, "'%s' is no whole path", path);
    r = make_above(copy);
    if (r < 0)
        return aico2_error_set_errno(err, -r, "cannot make '%s'", path);
    r = open_ours(AT_FDCWD, path, err);
    if (r < 0)
        return r;
    (void)close(r);
    return 0;
}

int store_open(const char *path, const char *provider, struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep) int root = open_ours(AT_FDCWD, path, err);

    if (root < 0)
        return fd_take(&root);
    if (mkdirat(root, provider, 0700) < 0 && errno != EEXIST)
        return aico2_error_set_errno(err, errno, "cannot make '%s/%s'", path, provider);
    return open_ours(root, provider, err);
}

static int open_file(int dirfd, const char *name)
{
    AICO2_CLEANUP(fd_closep)
    int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat file;

    if (fd < 0)
        return errno == ELOOP ? -ENOENT : -errno;
    if (fstat(fd, &file) < 0)
        return -errno;
    return S_ISREG(file.st_mode) && is_ours(&file) ? fd_take(&fd) : -ENOENT;
}

int store_read(int dirfd, const char *name, size_t limit, char **text_out)
{
    AICO2_CLEANUP(fd_closep) int fd = open_file(dirfd, name);
    AICO2_CLEANUP(freep) char *text = NULL;
    struct stat file;
    int length;

    if (fd < 0)
        return fd_take(&fd);
    if (fstat(fd, &file) < 0 || file.st_size < 0 || (uint64_t)file.st_size > limit)
        return -ENOENT;
    text = malloc((size_t)file.st_size + 2);
    if (text == NULL)
        return -ENOMEM;
    length = fs_pread_text(fd, text, (size_t)file.st_size + 2);
    if (length < 0)
        return length == -EMSGSIZE ? -ENOENT : length;
    *text_out = text;
    text = NULL;
    return length;
}

int store_replace(int dirfd, const char *name, const char *bytes, size_t length)
{
    AICO2_CLEANUP(fd_closep) int fd = -1;
    char temporary[64];
    uint64_t random = 0;
    int r;

    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
        random = (uint64_t)clock_mono_ns() ^ (uint64_t)getpid() << 32;
    (void)snprintf(temporary, sizeof(temporary), ".%016" PRIx64 ".tmp", random);
    fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    r = fs_write_all(fd, bytes, length);
    if (r == 0 && renameat(dirfd, temporary, dirfd, name) < 0)
        r = -errno;
    if (r < 0)
        (void)unlinkat(dirfd, temporary, 0);
    return r;
}

void store_remove(int dirfd, const char *name)
{
    (void)unlinkat(dirfd, name, 0);
}

int store_lock(int dirfd, const char *name, int64_t deadline_mono_ns)
{
    AICO2_CLEANUP(fd_closep)
    int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);

    if (fd < 0)
        return -errno;
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return -errno;
        if (clock_mono_ns() >= deadline_mono_ns)
            return -ETIMEDOUT;
        clock_pause_ns(POLL_MS * NSEC_PER_MSEC);
    }
    return fd_take(&fd);
}

struct kept {
    char *name; /* "provider/file" */
    uint64_t bytes;
    int64_t changed_s;
};

struct kept_list {
    struct kept *items;
    size_t count;
    size_t capacity;
    uint64_t bytes;
};

static void kept_deinit(struct kept_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].name);
    free(list->items);
}

/* Figures, and what a killed process left half-written: nothing else is ever removed. */
static bool may_go(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot != NULL && (strcmp(dot, ".csv") == 0 || strcmp(dot, ".tmp") == 0);
}

static void list_folder(int root, const char *folder, struct kept_list *list)
{
    AICO2_CLEANUP(fs_closedirp) DIR *stream = fs_list_at(root, folder);

    if (stream == NULL)
        return;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        struct stat file;
        char name[PATH_SIZE];

        if (fstatat(dirfd(stream), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) < 0 ||
            !S_ISREG(file.st_mode) || !may_go(entry->d_name))
            continue;
        if (snprintf(name, sizeof(name), "%s/%s", folder, entry->d_name) >= (int)sizeof(name) ||
            array_reserve(&list->items, &list->capacity, list->count + 1, sizeof(*list->items)) < 0)
            return;
        list->items[list->count] = (struct kept){
            .name = strdup(name),
            .bytes = (uint64_t)file.st_size,
            .changed_s = file.st_mtim.tv_sec,
        };
        list->bytes += (uint64_t)file.st_size;
        if (list->items[list->count].name == NULL)
            return;
        list->count++;
    }
}

static int by_age(const void *a, const void *b)
{
    const struct kept *first = a;
    const struct kept *second = b;

    return (first->changed_s > second->changed_s) - (first->changed_s < second->changed_s);
}

void store_prune(const char *path, uint64_t most_bytes)
{
    AICO2_CLEANUP(fd_closep) int root = open_ours(AT_FDCWD, path, NULL);
    AICO2_CLEANUP(fs_closedirp) DIR *stream = root < 0 ? NULL : fs_list_at(root, ".");
    struct kept_list list = { 0 };

    if (stream == NULL)
        return;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        if (entry->d_name[0] != '.')
            list_folder(root, entry->d_name, &list);
    }
    if (list.bytes > most_bytes) {
        qsort(list.items, list.count, sizeof(*list.items), by_age);
        for (size_t i = 0; i < list.count && list.bytes > most_bytes / 4 * 3; i++) {
            if (unlinkat(root, list.items[i].name, 0) == 0)
                list.bytes -= list.items[i].bytes;
        }
    }
    kept_deinit(&list);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* server/folder_files.c - the files of a watched folder: which are whole, and which were looked at already */
#include "server/folder_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"

static const int64_t SETTLED_NS = NSEC_PER_SEC;
/* A writer that was seen and whose end was not, as of a folder that cannot be watched. */
static const int64_t PATIENCE_NS = 600 * NSEC_PER_SEC;

void folder_files_deinit(struct folder_files *files)
{
    free(files->items);
    *files = (struct folder_files){ 0 };
}

static bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name);
    size_t most = strlen(end);

    return length >= most && strcmp(name + length - most, end) == 0;
}

bool folder_name_is_passing(const char *name)
{
    return name[0] == '.' || ends_in(name, "~") || ends_in(name, ".tmp") || ends_in(name, ".part");
}

static struct folder_file *find(struct folder_files *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->items[i].name, name) == 0)
            return &files->items[i];
    }
    return NULL;
}

void folder_files_begin(struct folder_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        files->items[i].seen = false;
}

static bool is_as_before(const struct folder_file *file, const struct stat *status)
{
    return file->device == status->st_dev && file->inode == status->st_ino &&
           file->size == status->st_size && file->modified.tv_sec == status->st_mtim.tv_sec &&
           file->modified.tv_nsec == status->st_mtim.tv_nsec;
}

static void take_stamp(struct folder_file *file, const struct stat *status, int64_t now_mono_ns)
{
    file->state = FOLDER_WAITING;
    file->reason[0] = '\0';
    file->device = status->st_dev;
    file->inode = status->st_ino;
    file->size = status->st_size;
    file->modified = status->st_mtim;
    file->changed_mono_ns = now_mono_ns;
}

static int add(struct folder_files *files, const char *name, struct folder_file **file_out)
{
    struct folder_file *file;

    if (files->count >= FOLDER_FILES_MAX)
        return -EFBIG;
    if (strlen(name) >= sizeof(file->name) ||
        array_reserve(&files->items, &files->capacity, files->count + 1, sizeof(*files->items)) < 0)
        return -ENOMEM;
    file = &files->items[files->count++];
    *file = (struct folder_file){ 0 };
    (void)snprintf(file->name, sizeof(file->name), "%s", name);
    *file_out = file;
    return 0;
}

int folder_files_see(struct folder_files *files, const char *name, const struct stat *status,
                     int64_t now_mono_ns)
{
    struct folder_file *file = find(files, name);

    if (file == NULL) {
        int r = add(files, name, &file);

        if (r < 0)
            return r;
    }
    if (!is_as_before(file, status)) /* nothing of a new one is */
        take_stamp(file, status, now_mono_ns);
    file->seen = true;
    return 0;
}

void folder_files_end(struct folder_files *files)
{
    size_t kept = 0;

    for (size_t i = 0; i < files->count; i++) {
        if (files->items[i].seen)
            files->items[kept++] = files->items[i];
    }
    files->count = kept;
}

void folder_files_written(struct folder_files *files, const char *name, bool closed,
                          int64_t now_mono_ns)
{
    struct folder_file *file = find(files, name);

    /* what is told before the scan that finds it is kept for that; without memory it looks closed */
    if (file == NULL && (folder_name_is_passing(name) || add(files, name, &file) < 0))
        return;
    file->open = !closed;
    file->changed_mono_ns = now_mono_ns;
}

/* An empty one is about to be written. */
static int64_t left_ns(const struct folder_file *file, int64_t now_mono_ns)
{
    const int64_t since_ns = now_mono_ns - file->changed_mono_ns;

    if (file->state != FOLDER_WAITING || file->size == 0)
        return INT64_MAX;
    return (file->open ? PATIENCE_NS : SETTLED_NS) - since_ns;
}

struct folder_file *folder_files_next(struct folder_files *files, int64_t now_mono_ns)
{
    for (size_t i = 0; i < files->count; i++) {
        if (left_ns(&files->items[i], now_mono_ns) <= 0)
            return &files->items[i];
    }
    return NULL;
}

int64_t folder_files_wait_ns(const struct folder_files *files, int64_t now_mono_ns)
{
    int64_t least_ns = INT64_MAX;

    for (size_t i = 0; i < files->count; i++) {
        const int64_t one_ns = left_ns(&files->items[i], now_mono_ns);

        least_ns = one_ns < least_ns ? one_ns : least_ns;
    }
    return least_ns < 0 ? 0 : least_ns;
}

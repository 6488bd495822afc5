/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/faults/power_cut.c - an SQLite VFS that remembers every write, and what a disk holds after a power cut at any of them
 *
 * What a sync has covered is safe. Of what was written since, each sector may have reached the disk or not, in any order, and
 * the write in progress may have stopped at any byte. Bytes beside a write are left alone (SQLITE_IOCAP_POWERSAFE_OVERWRITE,
 * which SQLite takes for granted on Linux). A new log may be gone with its name as long as it was never synced.
 */
#include "power_cut.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/support.h"

enum { SECTOR_BYTES = 512, FILES = 2 };
enum which { DATABASE, LOG, OTHER };
enum kind { WRITE, TRUNCATE, SYNC };

struct operation {
    enum which file;
    enum kind kind;
    sqlite3_int64 offset; /* TRUNCATE: the new size */
    int size;
    unsigned char *bytes;
};

struct image {
    unsigned char *bytes;
    size_t size;
    size_t capacity;
};

struct cut_file {
    sqlite3_file base;
    enum which which;
    sqlite3_file *real; /* behind it */
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs cut_vfs;
static char database_path[512];
static struct operation *operations;
static size_t operation_count;
static size_t operation_capacity;
static struct image begun[FILES];

/* --- what was done --- */

static void remember(enum which file, enum kind kind, sqlite3_int64 offset, const void *bytes,
                     int size)
{
    struct operation *operation;

    if (file == OTHER || database_path[0] == '\0')
        return;
    if (operation_count == operation_capacity) {
        operation_capacity = operation_capacity == 0 ? 1024 : 2 * operation_capacity;
        operations = realloc(operations, operation_capacity * sizeof(*operations));
        assert_non_null(operations);
    }
    operation = &operations[operation_count++];
    *operation = (struct operation){ .file = file, .kind = kind, .offset = offset, .size = size };
    if (size > 0) {
        operation->bytes = malloc((size_t)size);
        assert_non_null(operation->bytes);
        memcpy(operation->bytes, bytes, (size_t)size);
    }
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct cut_file *)file)->real;
}

static int cut_close(sqlite3_file *file)
{
    int result = real_of(file)->pMethods->xClose(real_of(file));

    free(real_of(file));
    return result;
}

static int cut_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), bytes, size, offset);
}

static int cut_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    remember(((struct cut_file *)file)->which, WRITE, offset, bytes, size);
    return real_of(file)->pMethods->xWrite(real_of(file), bytes, size, offset);
}

static int cut_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    remember(((struct cut_file *)file)->which, TRUNCATE, size, NULL, 0);
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int cut_sync(sqlite3_file *file, int flags)
{
    /* the real disk is not waited for: what it would hold is worked out here */
    (void)flags;
    remember(((struct cut_file *)file)->which, SYNC, 0, NULL, 0);
    return SQLITE_OK;
}

static int cut_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int cut_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int cut_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int cut_check_lock(sqlite3_file *file, int *is_locked)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), is_locked);
}

static int cut_control(sqlite3_file *file, int operation, void *payload)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, payload);
}

static int cut_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int cut_traits(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int cut_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, memory);
}

static int cut_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void cut_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int cut_shm_unmap(sqlite3_file *file, int is_deleted)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), is_deleted);
}

static const sqlite3_io_methods cut_methods = {
    .iVersion = 2,
    .xClose = cut_close,
    .xRead = cut_read,
    .xWrite = cut_write,
    .xTruncate = cut_truncate,
    .xSync = cut_sync,
    .xFileSize = cut_size,
    .xLock = cut_lock,
    .xUnlock = cut_unlock,
    .xCheckReservedLock = cut_check_lock,
    .xFileControl = cut_control,
    .xSectorSize = cut_sector,
    .xDeviceCharacteristics = cut_traits,
    .xShmMap = cut_shm_map,
    .xShmLock = cut_shm_lock,
    .xShmBarrier = cut_shm_barrier,
    .xShmUnmap = cut_shm_unmap,
};

static enum which which_file(const char *name)
{
    size_t length = strlen(database_path);

    if (name == NULL || length == 0 || strncmp(name, database_path, length) != 0)
        return OTHER;
    return strcmp(name + length, "") == 0       ? DATABASE
           : strcmp(name + length, "-wal") == 0 ? LOG
                                                : OTHER;
}

static int cut_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                    int *flags_out)
{
    struct cut_file *cut = (struct cut_file *)file;
    int result;

    (void)vfs;
    *cut = (struct cut_file){ .which = which_file(name),
                              .real = calloc(1, (size_t)real_vfs->szOsFile) };
    if (cut->real == NULL)
        return SQLITE_NOMEM;
    result = real_vfs->xOpen(real_vfs, name, cut->real, flags, flags_out);
    if (result == SQLITE_OK)
        cut->base.pMethods = &cut_methods;
    else
        free(cut->real);
    return result;
}

void power_cut_install(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    assert_non_null(real_vfs);
    cut_vfs = *real_vfs;
    cut_vfs.zName = "power-cut";
    cut_vfs.szOsFile = sizeof(struct cut_file);
    cut_vfs.xOpen = cut_open;
    assert_int_equal(sqlite3_vfs_register(&cut_vfs, 1), SQLITE_OK);
}

/* --- what stands on the disk --- */

static void resize(struct image *image, size_t size)
{
    if (size > image->capacity) {
        image->capacity = 2 * size;
        image->bytes = realloc(image->bytes, image->capacity);
        assert_non_null(image->bytes);
    }
    if (size > image->size)
        memset(image->bytes + image->size, 0, size - image->size);
    image->size = size;
}

static void put(struct image *image, size_t offset, const unsigned char *bytes, size_t size)
{
    if (size == 0)
        return;
    if (offset + size > image->size)
        resize(image, offset + size);
    memcpy(image->bytes + offset, bytes, size);
}

static void load(const char *path, struct image *image)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;

    image->size = 0;
    if (fd < 0)
        return;
    assert_int_equal(fstat(fd, &status), 0);
    resize(image, (size_t)status.st_size);
    assert_int_equal(pread(fd, image->bytes, image->size, 0), (ssize_t)image->size);
    (void)close(fd);
}

static void log_name(const char *path, char name_out[600])
{
    (void)snprintf(name_out, 600, "%s-wal", path);
}

void power_cut_begin(const char *path)
{
    char name[600];

    (void)snprintf(database_path, sizeof(database_path), "%s", path);
    for (size_t i = 0; i < operation_count; i++)
        free(operations[i].bytes);
    operation_count = 0;
    log_name(path, name);
    load(path, &begun[DATABASE]);
    load(name, &begun[LOG]);
}

size_t power_cut_points(void)
{
    return operation_count;
}

/* xorshift64* */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* What was written and not synced: of each sector, or nothing, or all, as this power cut goes. */
static void put_some(struct image *disk, const struct operation *operation, size_t most,
                     unsigned keep, uint64_t *random)
{
    for (size_t done = 0; done < most;) {
        size_t offset = (size_t)operation->offset + done;
        size_t size = SECTOR_BYTES - offset % SECTOR_BYTES;

        if (size > most - done)
            size = most - done;
        if (next_random(random) % 100 < keep)
            put(disk, offset, operation->bytes + done, size);
        done += size;
    }
}

/* The state of one file: what the last sync covered, and some of what came after it. */
static void work_out(enum which file, size_t point, uint64_t *random, struct image *disk)
{
    /* nothing of it, some, most, all: discs differ in how much they hold back */
    static const unsigned keeps[] = { 0, 20, 50, 80, 95, 100 };
    unsigned keep = keeps[next_random(random) % (sizeof(keeps) / sizeof(keeps[0]))];
    size_t synced = 0;

    for (size_t i = 0; i < point; i++) {
        if (operations[i].file == file && operations[i].kind == SYNC)
            synced = i;
    }
    resize(disk, 0);
    put(disk, 0, begun[file].bytes, begun[file].size);
    for (size_t i = 0; i < point; i++) {
        const struct operation *operation = &operations[i];
        bool safe = i < synced;

        if (operation->file != file || operation->kind == SYNC)
            continue;
        if (operation->kind == TRUNCATE) {
            if (safe || next_random(random) % 100 < keep)
                resize(disk, (size_t)operation->offset);
        } else if (safe) {
            put(disk, (size_t)operation->offset, operation->bytes, (size_t)operation->size);
        } else {
            put_some(disk, operation, (size_t)operation->size, keep, random);
        }
    }
    /* the one in progress: torn anywhere */
    if (point < operation_count && operations[point].file == file &&
        operations[point].kind == WRITE)
        put_some(disk, &operations[point],
                 next_random(random) % (size_t)(operations[point].size + 1), 100, random);
}

static void store(const char *path, const struct image *image)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

    assert_true(fd >= 0);
    if (image->size > 0)
        assert_int_equal(write(fd, image->bytes, image->size), (ssize_t)image->size);
    (void)close(fd);
}

void power_cut_write_back(size_t point, uint64_t seed, const char *path)
{
    static struct image disk;
    uint64_t random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) + point;
    char name[600];

    work_out(DATABASE, point, &random, &disk);
    store(path, &disk);
    work_out(LOG, point, &random, &disk);
    log_name(path, name);
    if (disk.size > 0)
        store(name, &disk);
    else
        (void)unlink(name);
}

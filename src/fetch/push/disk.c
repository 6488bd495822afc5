/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/disk.c - the queue's files: segments that are written at the end and sent from the beginning */
#include "fetch/push/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/crc32c.h"
#include "base/fs.h"
#include "fetch/push/segment.h"
#include "fetch/store.h"

enum {
    NAME_SIZE = 48,
    DAMAGED_MAX = 4,
    /* what is read of a segment: more was not written by us */
    READ_MAX = SEGMENT_BYTES + RECORD_BLOCK_MAX + 4096,
    NUMBER_DIGITS = 16,
};

/* The file `sent`: overwritten in place; when it is torn, a segment is sent again from its beginning. */
struct sent_mark {
    char magic[8]; /* "aico2snt" */
    uint64_t number;
    uint64_t bytes;
    uint32_t zero;
    uint32_t crc; /* of what stands before it */
};

static const char SENT_MAGIC[8] = { 'a', 'i', 'c', 'o', '2', 's', 'n', 't' };

static void name_of(char *name_out, uint64_t number, const char *ending)
{
    (void)snprintf(name_out, NAME_SIZE, "%0*" PRIx64 "%s", NUMBER_DIGITS, number, ending);
}

/* "00000000000000a1.seg". Return: false for another name. */
static bool number_of(const char *name, const char *ending, uint64_t *number_out)
{
    char *end;

    if (strlen(name) != NUMBER_DIGITS + strlen(ending) ||
        strspn(name, "0123456789abcdef") != NUMBER_DIGITS ||
        strcmp(name + NUMBER_DIGITS, ending) != 0)
        return false;
    *number_out = strtoull(name, &end, 16);
    return *number_out > 0;
}

static int by_number(const void *a, const void *b)
{
    const struct disk_segment *first = a;
    const struct disk_segment *second = b;

    return (first->number > second->number) - (first->number < second->number);
}

static int list_segments(struct disk *disk)
{
    AICO2_CLEANUP(fs_closedirp) DIR *stream = fs_list_at(disk->folder_fd, ".");

    if (stream == NULL)
        return -errno;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        struct disk_segment segment = { 0 };
        struct stat file;

        if (!number_of(entry->d_name, ".seg", &segment.number) ||
            fstatat(disk->folder_fd, entry->d_name, &file, AT_SYMLINK_NOFOLLOW) < 0 ||
            !S_ISREG(file.st_mode))
            continue;
        segment.bytes = (uint64_t)file.st_size;
        if (array_reserve(&disk->segments, &disk->capacity, disk->count + 1,
                          sizeof(*disk->segments)) < 0)
            return -ENOMEM;
        disk->segments[disk->count++] = segment;
        disk->bytes += segment.bytes;
    }
    if (disk->count > 0)
        qsort(disk->segments, disk->count, sizeof(*disk->segments), by_number);
    return 0;
}

static uint32_t crc_of_mark(const struct sent_mark *mark)
{
    return crc32c(0, mark, offsetof(struct sent_mark, crc));
}

static void write_mark(struct disk *disk, uint64_t number)
{
    struct sent_mark mark = { .number = number, .bytes = disk->sent_bytes };

    memcpy(mark.magic, SENT_MAGIC, sizeof(SENT_MAGIC));
    mark.crc = crc_of_mark(&mark);
    (void)pwrite(disk->sent_fd, &mark, sizeof(mark), 0);
}

static void forget_first(struct disk *disk)
{
    disk->bytes -= disk->segments[0].bytes;
    disk->count--;
    memmove(disk->segments, disk->segments + 1, disk->count * sizeof(*disk->segments));
    disk->sent_bytes = 0;
}

static void remove_first(struct disk *disk)
{
    char name[NAME_SIZE];

    name_of(name, disk->segments[0].number, ".seg");
    (void)unlinkat(disk->folder_fd, name, 0);
    forget_first(disk);
}

/* How far a process before this one came. What it had sent whole may still be there. */
static void read_mark(struct disk *disk)
{
    struct sent_mark mark;

    if (pread(disk->sent_fd, &mark, sizeof(mark), 0) != sizeof(mark) ||
        memcmp(mark.magic, SENT_MAGIC, sizeof(SENT_MAGIC)) != 0 || mark.crc != crc_of_mark(&mark))
        return;
    while (disk->count > 0 && disk->segments[0].number < mark.number)
        remove_first(disk);
    if (disk->count > 0 && disk->segments[0].number == mark.number)
        disk->sent_bytes = mark.bytes;
    if (disk->count > 0 && disk->sent_bytes >= disk->segments[0].bytes)
        remove_first(disk);
    if (mark.number >= disk->next_number)
        disk->next_number = mark.number + 1;
}

int disk_open(struct disk *disk, const char *folder, const char *name, uint64_t segment_bytes,
              struct aico2_error *err)
{
    struct disk opened = DISK_NULL;
    int r = store_make(folder, err);

    if (r < 0)
        return r;
    opened.folder_fd = store_open(folder, name, err);
    if (opened.folder_fd < 0)
        return opened.folder_fd;
    opened.lock_fd = store_lock(opened.folder_fd, "lock", 0);
    if (opened.lock_fd < 0) {
        r = opened.lock_fd == -ETIMEDOUT
                ? aico2_error_set(err, -EBUSY, "another process has the queue in '%s/%s'", folder,
                                  name)
                : aico2_error_set_errno(err, -opened.lock_fd, "cannot lock '%s/%s'", folder, name);
        disk_close(&opened);
        return r;
    }
    opened.sent_fd = openat(opened.folder_fd, "sent",
                            O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
    r = opened.sent_fd < 0 ? -errno : list_segments(&opened);
    if (r < 0) {
        disk_close(&opened);
        return aico2_error_set_errno(err, -r, "cannot read the queue in '%s/%s'", folder, name);
    }
    opened.next_number = opened.count == 0 ? 1 : opened.segments[opened.count - 1].number + 1;
    opened.segment_bytes = segment_bytes;
    read_mark(&opened);
    disk_close(disk);
    *disk = opened;
    return 0;
}

static int begin_segment(struct disk *disk)
{
    AICO2_CLEANUP(fd_closep) int fd = -1;
    struct segment_head head;
    char name[NAME_SIZE];
    int r;

    if (array_reserve(&disk->segments, &disk->capacity, disk->count + 1, sizeof(*disk->segments)) <
        0)
        return -ENOMEM;
    name_of(name, disk->next_number, ".seg");
    fd = openat(disk->folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    segment_head_make(&head);
    r = fs_write_all(fd, (const char *)&head, sizeof(head));
    if (r < 0) {
        (void)unlinkat(disk->folder_fd, name, 0);
        return r;
    }
    disk->segments[disk->count++] =
        (struct disk_segment){ .number = disk->next_number++, .bytes = sizeof(head) };
    disk->bytes += sizeof(head);
    disk->write_fd = fd_take(&fd);
    return 0;
}

static int write_record(struct disk *disk, const struct strbuf *record)
{
    struct disk_segment *last = &disk->segments[disk->count - 1];
    int r = fs_write_all(disk->write_fd, record->text, record->length);

    if (r < 0) {
        /* what there is of it is cut off; where even that fails, it is a torn end, and nothing follows it */
        if (ftruncate(disk->write_fd, (off_t)last->bytes) < 0 ||
            lseek(disk->write_fd, (off_t)last->bytes, SEEK_SET) < 0)
            fd_closep(&disk->write_fd);
        return r;
    }
    last->bytes += record->length;
    disk->bytes += record->length;
    disk->is_dirty = true;
    if (last->bytes >= disk->segment_bytes) {
        (void)disk_sync(disk, NULL);
        disk->is_dirty = false;
        fd_closep(&disk->write_fd);
    }
    return 0;
}

int disk_append(struct disk *disk, const char *block, size_t length, uint32_t samples,
                int64_t wall_ms, struct aico2_error *err)
{
    struct strbuf record = { 0 };
    int r = disk->write_fd < 0 ? begin_segment(disk) : 0;

    if (r == 0) {
        segment_add_record(&record, block, length, samples, wall_ms);
        r = record.failed ? -ENOMEM : write_record(disk, &record);
        strbuf_deinit(&record);
    }
    return r < 0 ? aico2_error_set_errno(err, -r, "cannot write the queue") : 0;
}

int disk_sync(struct disk *disk, struct aico2_error *err)
{
    if (!disk->is_dirty || disk->write_fd < 0)
        return 0;
    if (fdatasync(disk->write_fd) < 0 || fsync(disk->folder_fd) < 0)
        return aico2_error_set_errno(err, errno, "cannot write the queue to its disk");
    disk->is_dirty = false;
    return 0;
}

static bool is_being_written(const struct disk *disk, size_t index)
{
    return disk->write_fd >= 0 && index + 1 == disk->count;
}

/* The whole of it. Return: the length or -errno. */
static int read_segment(struct disk *disk, const struct disk_segment *segment, char **bytes_out)
{
    AICO2_CLEANUP(fd_closep) int fd = -1;
    AICO2_CLEANUP(freep) char *bytes = NULL;
    char name[NAME_SIZE];
    const size_t most = segment->bytes < READ_MAX ? (size_t)segment->bytes : READ_MAX;
    size_t used = 0;

    name_of(name, segment->number, ".seg");
    fd = openat(disk->folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    bytes = malloc(most + 1);
    if (bytes == NULL)
        return -ENOMEM;
    while (used < most) {
        ssize_t got = pread(fd, bytes + used, most - used, (off_t)used);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        used += (size_t)got;
    }
    *bytes_out = bytes;
    bytes = NULL;
    return (int)used;
}

/* The oldest of those that were put aside go. */
static void prune_damaged(struct disk *disk)
{
    AICO2_CLEANUP(fs_closedirp) DIR *stream = fs_list_at(disk->folder_fd, ".");
    uint64_t numbers[DAMAGED_MAX + 1];
    size_t count = 0;

    if (stream == NULL)
        return;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        uint64_t number;
        size_t at = count;
        char name[NAME_SIZE];

        if (!number_of(entry->d_name, ".damaged", &number))
            continue;
        for (; at > 0 && numbers[at - 1] > number; at--)
            numbers[at] = numbers[at - 1];
        numbers[at] = number;
        count++;
        if (count <= DAMAGED_MAX)
            continue;
        name_of(name, numbers[0], ".damaged");
        (void)unlinkat(disk->folder_fd, name, 0);
        count--;
        memmove(numbers, numbers + 1, count * sizeof(*numbers));
    }
}

/* All that could be sent of the first segment was. */
static void finish_first(struct disk *disk)
{
    char name[NAME_SIZE];
    char aside[NAME_SIZE];

    if (!disk->segments[0].has_damage && disk->segments[0].bytes <= READ_MAX) {
        remove_first(disk);
        return;
    }
    name_of(name, disk->segments[0].number, ".seg");
    name_of(aside, disk->segments[0].number, ".damaged");
    if (renameat(disk->folder_fd, name, disk->folder_fd, aside) < 0)
        (void)unlinkat(disk->folder_fd, name, 0);
    disk->damaged_files++;
    forget_first(disk);
    prune_damaged(disk);
}

/* Return: 1 with records; 0: none of this segment, all of it was passed over; -errno. */
static int take_of_first(struct disk *disk, const char *bytes, size_t size,
                         const struct batch_limits *limits, struct batch *batch)
{
    struct disk_segment *segment = &disk->segments[0];
    size_t at = disk->sent_bytes < size ? (size_t)disk->sent_bytes : size;

    for (;;) {
        struct segment_record record = { 0 };
        enum segment_find found = segment_find(bytes, size, at, &record);
        int r;

        if (found == SEGMENT_END || found == SEGMENT_TORN)
            break;
        if (found == SEGMENT_RECORD) {
            if (!batch_takes(batch, limits, record.head.samples, record.head.wall_ms))
                break;
            r = batch_add(batch, record.block, record.head.length, record.head.samples,
                          record.head.wall_ms);
            if (r == -ENOMEM)
                return batch->records > 0 ? 1 : r;
            if (r == 0)
                batch->end = record.next;
            found = r == 0 ? found : SEGMENT_DAMAGE;
        }
        if (found == SEGMENT_DAMAGE)
            segment->has_damage = true;
        at = record.next;
    }
    if (batch->records == 0)
        return 0;
    batch->segment = segment->number;
    return 1;
}

int disk_take(struct disk *disk, const struct batch_limits *limits, struct batch *batch)
{
    while (disk->count > 0) {
        AICO2_CLEANUP(freep) char *bytes = NULL;
        int size;
        int r;

        if (is_being_written(disk, 0) && disk->sent_bytes >= disk->segments[0].bytes)
            return 0;
        size = read_segment(disk, &disk->segments[0], &bytes);
        if (size == -ENOENT) { /* somebody removed it */
            forget_first(disk);
            continue;
        }
        if (size == -EIO) { /* what the disk has lost holds up nothing else */
            disk->segments[0].has_damage = true;
            size = 0;
        }
        if (size < 0)
            return size;
        r = take_of_first(disk, bytes, (size_t)size, limits, batch);
        if (r != 0)
            return r;
        if (is_being_written(disk, 0))
            return 0;
        finish_first(disk);
    }
    return 0;
}

bool disk_done(struct disk *disk, const struct batch *batch)
{
    if (disk->count == 0 || disk->segments[0].number != batch->segment)
        return false;
    disk->sent_bytes = batch->end;
    write_mark(disk, batch->segment);
    if (!is_being_written(disk, 0) && disk->sent_bytes >= disk->segments[0].bytes)
        finish_first(disk);
    return true;
}

uint64_t disk_drop_oldest(struct disk *disk)
{
    AICO2_CLEANUP(freep) char *bytes = NULL;
    struct segment_record record = { 0 };
    uint64_t samples = 0;
    int size;

    if (disk->count == 0)
        return 0;
    if (is_being_written(disk, 0))
        fd_closep(&disk->write_fd);
    size = read_segment(disk, &disk->segments[0], &bytes);
    for (size_t at = (size_t)disk->sent_bytes; size > 0 && at < (size_t)size; at = record.next) {
        enum segment_find found = segment_find(bytes, (size_t)size, at, &record);

        if (found == SEGMENT_RECORD)
            samples += record.head.samples;
        else if (found != SEGMENT_DAMAGE)
            break;
    }
    remove_first(disk);
    return samples;
}

bool disk_is_empty(const struct disk *disk)
{
    return disk->count == 0 || (disk->count == 1 && is_being_written(disk, 0) &&
                                disk->sent_bytes >= disk->segments[0].bytes);
}

uint64_t disk_unsent_bytes(const struct disk *disk)
{
    return disk->bytes > disk->sent_bytes ? disk->bytes - disk->sent_bytes : 0;
}

void disk_close(struct disk *disk)
{
    fd_closep(&disk->write_fd);
    fd_closep(&disk->sent_fd);
    fd_closep(&disk->lock_fd);
    fd_closep(&disk->folder_fd);
    free(disk->segments);
    *disk = DISK_NULL;
}

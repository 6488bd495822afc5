/* SPDX-License-Identifier: Apache-2.0 */
/* base/fs.c - small files below a directory descriptor, read whole and parsed strictly */
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/number.h"

void fd_closep(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

int fd_take(int *fd)
{
    int taken = *fd;

    *fd = -1;
    return taken;
}

int fs_open_at(int dirfd, const char *path, struct aico2_error *err)
{
    int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (dirfd == -1)
        errno = ENOENT;
    if (fd < 0)
        return aico2_error_set_errno(err, errno, "cannot open '%s'", path);
    return fd;
}

int fs_open_dir_at(int dirfd, const char *path, struct aico2_error *err)
{
    int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dirfd == -1)
        errno = ENOENT;
    if (fd < 0)
        return aico2_error_set_errno(err, errno, "cannot open directory '%s'", path);
    return fd;
}

DIR *fs_list_at(int dirfd, const char *path)
{
    int fd = fs_open_dir_at(dirfd, path, NULL);
    DIR *stream;

    if (fd < 0) {
        errno = -fd;
        return NULL;
    }
    stream = fdopendir(fd);
    if (stream == NULL) {
        int errnum = errno;

        (void)close(fd);
        errno = errnum;
    }
    return stream;
}

void fs_closedirp(DIR **stream)
{
    if (*stream != NULL)
        (void)closedir(*stream);
    *stream = NULL;
}

int fs_follow_at(int dirfd, const char *path, int *fd)
{
    struct stat open_file;
    struct stat now;

    if (*fd >= 0 && fstat(*fd, &open_file) == 0 && fstatat(dirfd, path, &now, 0) == 0 &&
        open_file.st_ino == now.st_ino && open_file.st_dev == now.st_dev)
        return 0;
    fd_closep(fd);
    *fd = fs_open_at(dirfd, path, NULL);
    if (*fd < 0) {
        int code = *fd;

        *fd = -1;
        return code;
    }
    return 1;
}

bool fs_is_denied(int code)
{
    return code == -EACCES || code == -EPERM || code == -EISDIR;
}

bool fs_is_root_only(int fd)
{
    struct stat file;

    if (fstat(fd, &file) < 0)
        return false;
    return (file.st_mode & S_IROTH) == 0 && ((file.st_mode & S_IRGRP) == 0 || file.st_gid == 0);
}

int fs_pread_text(int fd, char *buffer, size_t size)
{
    size_t used = 0;

    for (;;) {
        ssize_t got = pread(fd, buffer + used, size - used, (off_t)used);

        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            break;
        used += got > 0 ? (size_t)got : 0;
        if (got < 0 || used == size) {
            buffer[0] = '\0';
            return got < 0 ? -errno : -EMSGSIZE;
        }
    }
    buffer[used] = '\0';
    return (int)used;
}

/* What a signal interrupted is asked again. */
static ssize_t pread_again(int fd, void *buffer, size_t size, off_t offset)
{
    ssize_t got;

    do {
        got = pread(fd, buffer, size, offset);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

ssize_t fs_pread_lines(int fd, char *buffer, size_t size)
{
    size_t used = 0;

    do {
        ssize_t got = pread_again(fd, buffer + used, size - used, (off_t)used);

        if (got < 0)
            return got;
        if (got == 0)
            break;
        used += (size_t)got;
    } while (used < size && buffer[used - 1] != '\n');
    return (ssize_t)used;
}

int fs_pread_register(int fd, uint64_t place, uint64_t *value_out)
{
    uint64_t value = 0;
    ssize_t got = pread_again(fd, &value, sizeof(value), (off_t)place);

    if (got < 0)
        return (int)got;
    if (got != (ssize_t)sizeof(value))
        return -EIO;
    *value_out = value;
    return 0;
}

static int trim_end(char *buffer, int length)
{
    while (length > 0 &&
           (buffer[length - 1] == '\n' || buffer[length - 1] == '\r' || buffer[length - 1] == ' ' ||
            buffer[length - 1] == '\t' || buffer[length - 1] == '\0'))
        length--;
    buffer[length] = '\0';
    return length;
}

int fs_read_text_at(int dirfd, const char *path, char *buffer, size_t size, struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep) int fd = fs_open_at(dirfd, path, err);
    int length;

    buffer[0] = '\0';
    if (fd < 0)
        return fd;

    length = fs_pread_text(fd, buffer, size);
    if (length < 0)
        return aico2_error_set_errno(err, -length, "cannot read '%s'", path);
    return trim_end(buffer, length);
}

enum { NUMBER_SIZE = 64 };

/* A text that fills the buffer is no number. Return: 0 or -errno. */
static int pread_number(int fd, char text[NUMBER_SIZE], bool *whole_out, struct aico2_error *err)
{
    ssize_t got = fs_pread_lines(fd, text, NUMBER_SIZE - 1);

    if (got < 0)
        return aico2_error_set_errno(err, (int)-got, "cannot read");

    text[got] = '\0';
    (void)trim_end(text, (int)got);
    *whole_out = (size_t)got < NUMBER_SIZE - 1;
    return 0;
}

static int no_number(const char *text, struct aico2_error *err)
{
    return aico2_error_set(err, -EBADMSG, "not a whole number: '%.40s'", text);
}

int fs_pread_u64(int fd, uint64_t *value_out, struct aico2_error *err)
{
    char text[NUMBER_SIZE];
    bool whole = false;
    int r = pread_number(fd, text, &whole, err);

    if (r == 0 && (!whole || !number_parse_u64(text, value_out)))
        r = no_number(text, err);
    return r;
}

int fs_pread_i64(int fd, int64_t *value_out, struct aico2_error *err)
{
    char text[NUMBER_SIZE];
    bool whole = false;
    int r = pread_number(fd, text, &whole, err);

    if (r == 0 && (!whole || !number_parse_i64(text, value_out)))
        r = no_number(text, err);
    return r;
}

int fs_read_u64_at(int dirfd, const char *path, uint64_t *value_out, struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep) int fd = fs_open_at(dirfd, path, err);
    int r;

    if (fd < 0)
        return fd;

    r = fs_pread_u64(fd, value_out, err);
    if (r < 0)
        aico2_error_prefix(err, "'%s'", path);
    return r;
}

int fs_read_all_at(int dirfd, const char *path, size_t limit, char **text_out,
                   struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep) int fd = fs_open_at(dirfd, path, err);
    size_t capacity = 4096;
    size_t used = 0;
    char *text;

    if (fd < 0)
        return fd;

    text = malloc(capacity);
    if (text == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    for (;;) {
        ssize_t got = read(fd, text + used, capacity - used - 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            int errnum = errno;

            free(text);
            return aico2_error_set_errno(err, errnum, "cannot read '%s'", path);
        }
        if (got == 0)
            break;
        used += (size_t)got;
        if (used > limit) {
            free(text);
            return aico2_error_set(err, -EFBIG, "'%s' is longer than %zu bytes", path, limit);
        }
        if (used + 1 == capacity) {
            char *grown = realloc(text, capacity * 2);

            if (grown == NULL) {
                free(text);
                return aico2_error_set(err, -ENOMEM, "out of memory");
            }
            text = grown;
            capacity *= 2;
        }
    }
    text[used] = '\0';
    *text_out = text;
    return (int)used;
}

int fs_write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -errno;
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

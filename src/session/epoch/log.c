/* SPDX-License-Identifier: Apache-2.0 */
/* session/epoch/log.c - follows the log that a training writes, without ever waiting for it */
#include "session/epoch/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"

enum {
    READ_BYTES = 16 * 1024,
    READS_AT_ONCE = 16, /* 256 KiB: half a millisecond */
    READS_AT_END = 512,
    /* A log that is written a thousand times a second wakes us so often between two ticks. */
    WAKES_PER_TICK = 20,
};
/* What lies further back is passed over: the epochs of now are of use, those of an hour ago less. */
static const int64_t BEHIND_BYTES_MAX = 8 * 1024 * 1024;

static const char *kind_of_file(mode_t mode)
{
    if (S_ISDIR(mode))
        return "a directory";
    if (S_ISFIFO(mode))
        return "a FIFO, which only one can read";
    if (S_ISSOCK(mode))
        return "a socket";
    return "a device";
}

static int refuse(const char *path, const struct stat *status, struct aico2_error *err)
{
    char shown[128];

    text_copy_clean(shown, sizeof(shown), path);
    return aico2_error_set(err, -EINVAL, "'%s' is %s: a log that is a file is needed", shown,
                           kind_of_file(status->st_mode));
}

static int fail(const char *path, int errnum, struct aico2_error *err)
{
    char shown[128];

    text_copy_clean(shown, sizeof(shown), path);
    return aico2_error_set_errno(err, errnum, "cannot read the log '%s'", shown);
}

/* Asks what it is before it is opened: opening a FIFO would let its writer go on. Return: the
 * descriptor, -ENOENT, or an error. */
static int open_regular(const char *path, struct stat *status_out, struct aico2_error *err)
{
    int fd;

    if (stat(path, status_out) < 0)
        return errno == ENOENT || errno == ENOTDIR ? -ENOENT : fail(path, errno, err);
    if (!S_ISREG(status_out->st_mode))
        return refuse(path, status_out, err);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return errno == ENOENT ? -ENOENT : fail(path, errno, err);
    if (fstat(fd, status_out) < 0 || !S_ISREG(status_out->st_mode)) {
        (void)close(fd);
        return refuse(path, status_out, err);
    }
    return fd;
}

/* The directory is watched for as long as there is no file in it. */
static void watch_directory(struct epoch_log *log)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(log->path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - log->path);

    if (log->inotify_fd < 0 || log->dir_watch >= 0 || length >= sizeof(directory))
        return;
    if (slash == NULL)
        (void)snprintf(directory, sizeof(directory), ".");
    else
        (void)snprintf(directory, sizeof(directory), "%.*s", length > 0 ? (int)length : 1,
                       log->path);
    log->dir_watch =
        inotify_add_watch(log->inotify_fd, directory, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
}

static void watch_file(struct epoch_log *log)
{
    if (log->inotify_fd < 0)
        return;
    if (log->dir_watch >= 0)
        (void)inotify_rm_watch(log->inotify_fd, log->dir_watch);
    log->dir_watch = -1;
    if (log->watch < 0 && log->fd >= 0)
        log->watch = inotify_add_watch(log->inotify_fd, log->path, IN_MODIFY);
}

static void unwatch_file(struct epoch_log *log)
{
    if (log->watch >= 0)
        (void)inotify_rm_watch(log->inotify_fd, log->watch);
    log->watch = -1;
}

int epoch_log_open(struct epoch_log *log, const char *path, const char *regex,
                   epoch_mark_fn *on_mark, void *payload, struct aico2_error *err)
{
    struct stat status;
    int r;

    *log = EPOCH_LOG_NULL;
    r = epoch_lines_init(&log->lines, regex, on_mark, payload, err);
    if (r < 0)
        return r;
    r = open_regular(path, &status, err);
    if (r < 0 && r != -ENOENT)
        return r;
    log->path = strdup(path);
    if (log->path == NULL) {
        if (r >= 0)
            (void)close(r);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    log->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK); /* without one: every tick */
    if (r >= 0) {
        log->fd = r;
        log->offset = status.st_size;
        watch_file(log);
    } else {
        watch_directory(log);
    }
    return 0;
}

void epoch_log_close(struct epoch_log *log)
{
    epoch_lines_deinit(&log->lines);
    fd_closep(&log->fd);
    fd_closep(&log->inotify_fd);
    free(log->path);
    *log = EPOCH_LOG_NULL;
}

int epoch_log_fd(const struct epoch_log *log)
{
    return log->inotify_fd;
}

/* A file that is shorter than what was read of it has begun anew; one far ahead is jumped after. */
static bool find_place(struct epoch_log *log)
{
    struct stat status;

    if (log->fd < 0 || fstat(log->fd, &status) < 0)
        return false;
    if (status.st_size < log->offset) {
        epoch_lines_restart(&log->lines);
        log->offset = 0;
    }
    if (status.st_size - log->offset > BEHIND_BYTES_MAX) {
        epoch_lines_restart(&log->lines);
        log->offset = status.st_size - BEHIND_BYTES_MAX / 8;
        log->skipped = true;
    }
    return status.st_size > log->offset;
}

static void read_on(struct epoch_log *log, int reads)
{
    char bytes[READ_BYTES];

    if (!find_place(log))
        return;
    for (int i = 0; i < reads; i++) {
        ssize_t got = pread(log->fd, bytes, sizeof(bytes), (off_t)log->offset);

        if (got <= 0)
            return;
        log->offset += got;
        epoch_lines_add(&log->lines, bytes, (size_t)got);
        if ((size_t)got < sizeof(bytes))
            return;
    }
}

/* Whether the path leads to another file than the open one by now, or to one at last. */
static void look_for_file(struct epoch_log *log)
{
    struct aico2_error err = { 0 };
    struct stat open_one;
    struct stat status;
    int fd;

    if (log->trouble[0] != '\0')
        return;
    if (log->fd >= 0 && (stat(log->path, &status) < 0 || fstat(log->fd, &open_one) < 0 ||
                         (status.st_dev == open_one.st_dev && status.st_ino == open_one.st_ino)))
        return;
    fd = open_regular(log->path, &status, &err);
    if (fd == -ENOENT) {
        watch_directory(log); /* it may have been made since */
        return;
    }
    if (fd < 0) {
        (void)snprintf(log->trouble, sizeof(log->trouble), "%.250s", err.message);
        return;
    }
    if (log->fd >= 0) {
        read_on(log, READS_AT_ONCE); /* what was written before it was put aside */
        epoch_lines_end(&log->lines);
        (void)close(log->fd);
        unwatch_file(log);
    }
    log->fd = fd;
    log->offset = 0;
    watch_file(log);
}

static void drop_events(const struct epoch_log *log)
{
    char events[4096];

    while (log->inotify_fd >= 0 && read(log->inotify_fd, events, sizeof(events)) > 0)
        continue;
}

void epoch_log_wake(struct epoch_log *log)
{
    if (log->path == NULL)
        return;
    drop_events(log);
    if (log->fd < 0)
        look_for_file(log);
    read_on(log, READS_AT_ONCE);
    if (++log->wakes < WAKES_PER_TICK)
        return;
    unwatch_file(log);
    if (log->dir_watch >= 0)
        (void)inotify_rm_watch(log->inotify_fd, log->dir_watch);
    log->dir_watch = -1;
    drop_events(log); /* those that say so */
}

void epoch_log_tick(struct epoch_log *log)
{
    if (log->path == NULL)
        return;
    look_for_file(log);
    log->wakes = 0;
    if (log->watch < 0 && log->fd >= 0)
        watch_file(log);
    read_on(log, READS_AT_ONCE);
}

void epoch_log_end(struct epoch_log *log)
{
    if (log->path == NULL)
        return;
    look_for_file(log);
    read_on(log, READS_AT_END);
    epoch_lines_end(&log->lines);
}

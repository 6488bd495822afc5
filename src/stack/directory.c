/* SPDX-License-Identifier: Apache-2.0 */
/* stack/directory.c - the directory of a stack: its lock, its record, its files, its own to its user */
#include "stack/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/user_path.h"

#define RECORD_NAME "services"
static const size_t FILE_MOST = 1 << 20;
static const int64_t LOCK_PAUSE_NS = 50 * NSEC_PER_MSEC;

int stack_directory_default(char *path_out, size_t size, struct aico2_error *err)
{
    int r;

    if (geteuid() == 0)
        r = snprintf(path_out, size, "/var/lib/aico2/stack") < (int)size ? 0 : -ENAMETOOLONG;
    else
        r = user_path("XDG_STATE_HOME", ".local/state", "aico2/stack", path_out, size);
    if (r == -ENOENT)
        return aico2_error_set(err, r, "no place for the stack: HOME is not set; --state-dir DIR");
    if (r < 0)
        return aico2_error_set(err, r, "the path of the stack's directory is too long");
    return 0;
}

/* All of a path, each folder closed to others; what is there stays as it is. */
static int make_folders(const char *path, struct aico2_error *err)
{
    char part[PATH_MAX];

    for (const char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        int length = slash != NULL ? (int)(slash - path) : (int)strlen(path);

        (void)snprintf(part, sizeof(part), "%.*s", length, path);
        if (mkdir(part, 0700) < 0 && errno != EEXIST)
            return aico2_error_set_errno(err, errno, "cannot make '%s'", part);
        if (slash == NULL)
            return 0;
    }
}

static int take_lock(struct stack_directory *directory, int64_t wait_ns, struct aico2_error *err)
{
    int64_t deadline_ns = clock_mono_ns() + wait_ns;

    directory->lock_fd =
        openat(directory->fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (directory->lock_fd < 0)
        return aico2_error_set_errno(err, errno, "cannot open '%s/lock'", directory->path);
    while (flock(directory->lock_fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return aico2_error_set_errno(err, errno, "cannot lock '%s'", directory->path);
        if (clock_mono_ns() >= deadline_ns)
            return aico2_error_set(err, -EBUSY,
                                   "another `aico2 up` or `aico2 down` is at work in '%s'",
                                   directory->path);
        clock_pause_ns(LOCK_PAUSE_NS);
    }
    return 0;
}

/* Whoever may write there chooses what Prometheus is told to read. */
static int check_owner(const struct stack_directory *directory, struct aico2_error *err)
{
    struct stat folder;

    if (fstat(directory->fd, &folder) < 0)
        return aico2_error_set_errno(err, errno, "cannot look at '%s'", directory->path);
    if (folder.st_uid != geteuid() || (folder.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return aico2_error_set(err, -EACCES,
                               "'%s' is another user's, or others may write in it: it has to be "
                               "one's own, mode 0700",
                               directory->path);
    return 0;
}

int stack_directory_open(const char *path, bool make, int64_t wait_ns,
                         struct stack_directory *directory_out, struct aico2_error *err)
{
    struct stack_directory directory = STACK_DIRECTORY_NULL;
    int r;

    if (strlen(path) >= sizeof(directory.path) - NAME_MAX)
        return aico2_error_set(err, -EINVAL, "--state-dir: the path is too long");
    (void)snprintf(directory.path, sizeof(directory.path), "%s", path);
    r = make ? make_folders(path, err) : 0;
    if (r < 0)
        return r;
    directory.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory.fd < 0)
        return aico2_error_set_errno(err, errno, "cannot open '%s'", path);
    r = check_owner(&directory, err);
    if (r == 0)
        r = take_lock(&directory, wait_ns, err);
    if (r < 0) {
        stack_directory_close(&directory);
        return r;
    }
    *directory_out = directory;
    return 0;
}

void stack_directory_close(struct stack_directory *directory)
{
    fd_closep(&directory->lock_fd);
    fd_closep(&directory->fd);
}

static bool is_same(const struct stack_directory *directory, const char *name,
                    const struct strbuf *content)
{
    AICO2_CLEANUP(freep) char *there = NULL;
    int length = fs_read_all_at(directory->fd, name, FILE_MOST, &there, NULL);

    return length >= 0 && (size_t)length == content->length &&
           memcmp(there, strbuf_text(content), content->length) == 0;
}

static int fill(int fd, const struct strbuf *content)
{
    int r = fs_write_all(fd, strbuf_text(content), content->length);

    if (r == 0 && fsync(fd) < 0 && errno != EINVAL && errno != ENOSYS)
        r = -errno;
    return r;
}

int stack_file_write(const struct stack_directory *directory, const char *name,
                     const struct strbuf *content, struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep) int fd = -1;
    char temporary[NAME_MAX];
    int r;

    if (content->failed)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (is_same(directory, name, content))
        return 0;
    (void)snprintf(temporary, sizeof(temporary), ".%s.tmp", name);
    (void)unlinkat(directory->fd, temporary, 0); /* of one who was killed: we hold the lock */
    fd = openat(directory->fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                0600);
    r = fd < 0 ? -errno : fill(fd, content);
    if (r == 0 && renameat(directory->fd, temporary, directory->fd, name) < 0)
        r = -errno;
    if (r < 0) {
        (void)unlinkat(directory->fd, temporary, 0);
        return aico2_error_set_errno(err, -r, "cannot write '%s/%s'", directory->path, name);
    }
    (void)fsync(directory->fd); /* best effort: the file is whole either way */
    return 1;
}

static int read_self(int proc_fd, struct record *self_out, struct aico2_error *err)
{
    struct record self = { 0 };
    int r =
        fs_read_text_at(proc_fd, "sys/kernel/random/boot_id", self.boot, sizeof(self.boot), err);

    if (r < 0)
        return r;
    if (gethostname(self.host, sizeof(self.host) - 1) < 0 || self.host[0] == '\0' ||
        strpbrk(self.host, " \n") != NULL)
        (void)snprintf(self.host, sizeof(self.host), "localhost");
    *self_out = self;
    return 0;
}

int stack_record_read(const struct stack_directory *directory, int proc_fd,
                      struct record *record_out, struct record *lapsed_out, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *text = NULL;
    struct record record = { 0 };
    struct record self;
    int r = read_self(proc_fd, &self, err);

    if (r < 0)
        return r;
    r = fs_read_all_at(directory->fd, RECORD_NAME, FILE_MOST, &text, err);
    if (r >= 0) {
        r = record_parse(text, &record, err);
        if (r < 0) {
            aico2_error_prefix(err, "'%s/%s'", directory->path, RECORD_NAME);
            return r;
        }
    } else if (r != -ENOENT) {
        aico2_error_prefix(err, "'%s'", directory->path);
        return r;
    }
    if (record.count > 0 && strcmp(record.host, self.host) != 0)
        return aico2_error_set(err, -EXDEV,
                               "the stack of '%.120s' is that of host '%.64s': go there, or take "
                               "another --state-dir",
                               directory->path, record.host);
    if (lapsed_out != NULL)
        *lapsed_out = strcmp(record.boot, self.boot) != 0 ? record : self;
    *record_out = strcmp(record.boot, self.boot) == 0 ? record : self;
    return 0;
}

int stack_record_write(const struct stack_directory *directory, const struct record *record,
                       struct aico2_error *err)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    int r;

    if (record->count == 0) {
        if (unlinkat(directory->fd, RECORD_NAME, 0) < 0 && errno != ENOENT)
            return aico2_error_set_errno(err, errno, "cannot remove '%s/%s'", directory->path,
                                         RECORD_NAME);
        return 0;
    }
    record_format(record, &text);
    r = stack_file_write(directory, RECORD_NAME, &text, err);
    return r < 0 ? r : 0;
}

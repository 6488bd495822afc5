/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/lock.c - one process of many that measures for them all, as long as it lives */
#include "session/ranks/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/pid_stat.h"

/* The beginning of the file; the ranks follow. */
struct head {
    char magic[8];
    struct rank_process leader;
    char run[ULID_SIZE];
    char first[ULID_SIZE];
};

static const char MAGIC[8] = "aico2r1";
enum { RANKS_MAX = 100000, TRIES = 20, FORSAKEN_SECONDS = 60 };
static const int64_t PAUSE_NS = NSEC_PER_MSEC / 2;

static int open_directory(struct aico2_error *err)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char path[PATH_MAX];
    struct stat status;
    int fd;

    if (runtime != NULL && runtime[0] == '/')
        (void)snprintf(path, sizeof(path), "%s/aico2", runtime);
    else
        (void)snprintf(path, sizeof(path), "/tmp/aico2-%u", (unsigned)geteuid());
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return aico2_error_set_errno(err, errno, "cannot make '%s'", path);
    fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return aico2_error_set_errno(err, errno, "cannot open '%s'", path);
    /* in /tmp anybody may have been there before us */
    if (fstat(fd, &status) < 0 || status.st_uid != geteuid() || (status.st_mode & 077) != 0) {
        (void)close(fd);
        return aico2_error_set(err, -EPERM, "'%s' is not this user's alone", path);
    }
    return fd;
}

int rank_lock_open(struct rank_lock *lock, const char *job, struct aico2_error *err)
{
    int dir_fd = open_directory(err);

    if (dir_fd < 0)
        return dir_fd;
    *lock = RANK_LOCK_NULL;
    lock->dir_fd = dir_fd;
    (void)snprintf(lock->name, sizeof(lock->name), "%s.ranks", job);
    return 0;
}

bool rank_process_lives(int proc_fd, const struct rank_process *process)
{
    struct pid_stat stat;

    return process->pid > 0 && pid_stat_read(proc_fd, process->pid, &stat) &&
           stat.start_ticks == process->start_ticks && stat.state != 'Z' && stat.state != 'X';
}

/* Whoever changes who leads holds the directory: for microseconds. */
static bool hold_directory(const struct rank_lock *lock)
{
    for (int i = 0; i < TRIES; i++) {
        if (flock(lock->dir_fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        clock_pause_ns(PAUSE_NS);
    }
    return false;
}

static bool read_head(int fd, struct head *head)
{
    return pread(fd, head, sizeof(*head), 0) == (ssize_t)sizeof(*head) &&
           memcmp(head->magic, MAGIC, sizeof(MAGIC)) == 0 && head->run[ULID_SIZE - 1] == '\0' &&
           head->first[ULID_SIZE - 1] == '\0';
}

static void take_head(struct rank_lock *lock, const struct head *head)
{
    lock->leader = head->leader;
    memcpy(lock->run, head->run, sizeof(lock->run));
    memcpy(lock->first, head->first, sizeof(lock->first));
}

static int write_head(struct rank_lock *lock, const struct rank_process *self, const char *run,
                      const struct head *before)
{
    struct head head = { .leader = *self };

    memcpy(head.magic, MAGIC, sizeof(MAGIC));
    (void)snprintf(head.run, sizeof(head.run), "%s", run);
    (void)snprintf(head.first, sizeof(head.first), "%s", before != NULL ? before->first : run);
    if (pwrite(lock->fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head))
        return errno != 0 ? -errno : -EIO;
    take_head(lock, &head);
    lock->leads = true;
    lock->seen = 0;
    return 1;
}

static int open_file(const struct rank_lock *lock, int flags)
{
    return openat(lock->dir_fd, lock->name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
}

/* A child of one that died holds the lock: a new file takes the place of the old one, with its ranks. */
static int replace(struct rank_lock *lock, const struct rank_process *self, const char *run,
                   const struct head *before)
{
    char fresh[sizeof(lock->name) + 4];
    struct rank_process rank;
    int old_fd = lock->fd;
    int r;

    (void)snprintf(fresh, sizeof(fresh), "%s.new", lock->name);
    lock->fd =
        openat(lock->dir_fd, fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    r = lock->fd < 0 ? -errno : write_head(lock, self, run, before);
    for (off_t at = sizeof(*before); r > 0; at += (off_t)sizeof(rank)) {
        if (pread(old_fd, &rank, sizeof(rank), at) != (ssize_t)sizeof(rank))
            break;
        if (pwrite(lock->fd, &rank, sizeof(rank), at) != (ssize_t)sizeof(rank))
            r = -EIO;
    }
    if (r > 0 && (flock(lock->fd, LOCK_EX | LOCK_NB) < 0 ||
                  renameat(lock->dir_fd, fresh, lock->dir_fd, lock->name) < 0))
        r = -errno;
    (void)close(old_fd);
    if (r < 0)
        fd_closep(&lock->fd);
    lock->leads = r > 0;
    return r;
}

/* Whether one of the ranks that stand in the file lives: else it is an older job's of the same name. */
static bool somebody_lives(int fd, int proc_fd, const struct rank_process *self)
{
    struct rank_process rank;

    for (off_t at = sizeof(struct head);; at += (off_t)sizeof(rank)) {
        if (pread(fd, &rank, sizeof(rank), at) != (ssize_t)sizeof(rank))
            return false;
        if (rank_process_lives(proc_fd, &rank) &&
            (self == NULL || rank.pid != self->pid || rank.start_ticks != self->start_ticks))
            return true;
    }
}

/* With the directory held. */
static int decide(struct rank_lock *lock, int proc_fd, const struct rank_process *self,
                  const char *run)
{
    struct head head;
    bool known;

    fd_closep(&lock->fd);
    lock->fd = open_file(lock, O_CREAT);
    if (lock->fd < 0)
        return -errno;
    known = read_head(lock->fd, &head);
    if (flock(lock->fd, LOCK_EX | LOCK_NB) == 0) {
        if (!known || (!lock->joined && !somebody_lives(lock->fd, proc_fd, self))) {
            known = false;
            if (ftruncate(lock->fd, sizeof(head)) < 0)
                return -errno;
        }
        return write_head(lock, self, run, known ? &head : NULL);
    }
    if (known && rank_process_lives(proc_fd, &head.leader)) {
        take_head(lock, &head);
        return 0;
    }
    return replace(lock, self, run, known ? &head : NULL);
}

int rank_lock_try(struct rank_lock *lock, int proc_fd, const struct rank_process *self,
                  const char *run)
{
    int r;

    if (lock->leads)
        return 1;
    if (!hold_directory(lock))
        return -EAGAIN;
    r = decide(lock, proc_fd, self, run);
    (void)flock(lock->dir_fd, LOCK_UN);
    if (r == 0 && !lock->joined)
        (void)rank_lock_join(lock, self);
    return r;
}

/* Who has ended in order has let go of it, and may live on. */
static bool is_locked(const struct rank_lock *lock)
{
    bool locked;

    if (!hold_directory(lock))
        return true;
    locked = flock(lock->fd, LOCK_SH | LOCK_NB) < 0;
    (void)flock(lock->fd, LOCK_UN);
    (void)flock(lock->dir_fd, LOCK_UN);
    return locked;
}

bool rank_lock_is_held(struct rank_lock *lock, int proc_fd)
{
    struct head head;

    fd_closep(&lock->fd);
    lock->fd = open_file(lock, 0);
    if (lock->fd < 0 || !read_head(lock->fd, &head) || !rank_process_lives(proc_fd, &head.leader) ||
        !is_locked(lock))
        return false;
    take_head(lock, &head);
    return true;
}

int rank_lock_join(struct rank_lock *lock, const struct rank_process *self)
{
    int fd = open_file(lock, O_APPEND);
    ssize_t written;

    if (fd < 0)
        return -errno;
    written = write(fd, self, sizeof(*self)); /* one write: whole, wherever others append */
    (void)close(fd);
    lock->joined = written == (ssize_t)sizeof(*self);
    return lock->joined ? 0 : -EIO;
}

bool rank_lock_is_forsaken(int dir_fd, int proc_fd, const char *name)
{
    struct stat status;
    bool forsaken;
    int fd = openat(dir_fd, name, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return false;
    /* one that is a moment old is somebody's who is about to take it */
    forsaken = fstat(fd, &status) == 0 &&
               clock_wall_ns() / NSEC_PER_SEC - status.st_mtime > FORSAKEN_SECONDS &&
               flock(fd, LOCK_EX | LOCK_NB) == 0 && !somebody_lives(fd, proc_fd, NULL);
    (void)close(fd);
    return forsaken;
}

bool rank_lock_next(struct rank_lock *lock, struct rank_process *rank_out)
{
    const off_t at = (off_t)(sizeof(struct head) + lock->seen * sizeof(*rank_out));

    if (!lock->leads || lock->seen >= RANKS_MAX ||
        pread(lock->fd, rank_out, sizeof(*rank_out), at) != (ssize_t)sizeof(*rank_out))
        return false;
    lock->seen++;
    return true;
}

void rank_lock_close(struct rank_lock *lock)
{
    struct stat status;

    if (lock->fd >= 0 && lock->leads && hold_directory(lock)) {
        if (fstat(lock->fd, &status) == 0 && status.st_size <= (off_t)sizeof(struct head))
            (void)unlinkat(lock->dir_fd, lock->name, 0);
        (void)flock(lock->dir_fd, LOCK_UN);
    }
    fd_closep(&lock->fd);
    fd_closep(&lock->dir_fd);
    *lock = RANK_LOCK_NULL;
}

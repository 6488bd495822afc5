/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/follow.c - the figures of another process that measures for this one */
#include "session/ranks/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"

/* A page that is being written is whole a moment later. */
enum { TRIES = 8 };
static const int64_t PAUSE_NS = NSEC_PER_MSEC / 10;
/* Where nothing at all is heard a device is not waited for; a machine that has more to do than it can answers late. */
static const int64_t SILENCE_NS = 250 * NSEC_PER_MSEC;
static const int64_t DEAF_NS = NSEC_PER_SEC;
/* Parts that are named faster are told of together. */
static const int64_t TOGETHER_NS = 100 * NSEC_PER_MSEC;

static int open_own(int dir_fd, const char *name, const char *ending, int flags, mode_t kind)
{
    char file[80];
    struct stat status;
    int fd;

    (void)snprintf(file, sizeof(file), "%s.%s", name, ending);
    fd = openat(dir_fd, file, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == kind &&
        status.st_uid == geteuid() && (status.st_mode & 077) == 0)
        return fd;
    (void)close(fd);
    return -EPERM;
}

int figures_follow_open(struct figures_follow *follow, int dir_fd, const char *name,
                        const char *run, const struct rank_process *self, uint64_t speaker)
{
    /* for reading too, so that one who has died is no signal to us */
    int fd = open_own(dir_fd, name, "asks", O_RDWR, S_IFIFO);

    if (fd < 0)
        return fd;
    *follow = FIGURES_FOLLOW_NULL;
    follow->dir_fd = dir_fd;
    follow->pipe_fd = fd;
    follow->self = *self;
    follow->speaker = speaker;
    (void)snprintf(follow->name, sizeof(follow->name), "%s", name);
    (void)snprintf(follow->run, sizeof(follow->run), "%s", run);
    return 0;
}

void figures_follow_close(struct figures_follow *follow)
{
    fd_closep(&follow->pipe_fd);
    fd_closep(&follow->page_fd);
    free(follow->bytes);
    *follow = FIGURES_FOLLOW_NULL;
}

/* The bytes there are. Return: their length, -errno. */
static ssize_t read_page(struct figures_follow *follow)
{
    const size_t most =
        sizeof(struct figures_head) + FIGURES_DEVICES_MAX * sizeof(struct figures_device);
    struct stat status;
    void *grown;

    if (follow->page_fd < 0)
        follow->page_fd = open_own(follow->dir_fd, follow->name, "figures", O_RDONLY, S_IFREG);
    if (follow->page_fd < 0 || fstat(follow->page_fd, &status) < 0)
        return -ENOENT;
    if (status.st_size < (off_t)sizeof(struct figures_head) || status.st_size > (off_t)most)
        return -EBADMSG;
    if (follow->capacity < (size_t)status.st_size) {
        grown = realloc(follow->bytes, (size_t)status.st_size);
        if (grown == NULL)
            return -ENOMEM;
        follow->bytes = grown;
        follow->capacity = (size_t)status.st_size;
    }
    return pread(follow->page_fd, follow->bytes, (size_t)status.st_size, 0);
}

static bool take_page(struct figures_follow *follow, struct figures_page *page_out)
{
    for (int i = 0; i < TRIES; i++) {
        ssize_t length = read_page(follow);

        if (length < 0)
            return false;
        if (figures_page_take(follow->bytes, (size_t)length, page_out))
            return strcmp(page_out->head.run, follow->run) == 0;
        clock_pause_ns(PAUSE_NS);
    }
    return false;
}

bool figures_follow_page(struct figures_follow *follow, struct figures_page *page_out)
{
    return follow->pipe_fd >= 0 && take_page(follow, page_out);
}

bool figures_follow_look(struct figures_follow *follow, struct figures_page *page_out)
{
    if (!figures_follow_page(follow, page_out) || page_out->head.mono_ns <= follow->page_mono_ns)
        return false;
    follow->page_mono_ns = page_out->head.mono_ns;
    return true;
}

static bool has_all_of(const struct figures_page *page, int64_t since_ns)
{
    for (uint32_t i = 0; i < page->head.device_count; i++) {
        if (page->devices[i].accounted_ns < since_ns)
            return false;
    }
    return true;
}

static struct figures_ask sealed(const struct figures_follow *follow, const struct figures_ask *ask)
{
    struct figures_ask whole = *ask;

    whole.process = follow->self;
    whole.speaker = follow->speaker;
    whole.lost = follow->lost;
    figures_ask_seal(&whole);
    return whole;
}

/* The queue, and one more behind it; NULL: none. In one piece: all of it, or nothing where the pipe is full. */
static void send_all(struct figures_follow *follow, const struct figures_ask *last)
{
    struct figures_ask asks[FOLLOW_QUEUE + 1];
    size_t count = follow->queued;

    memcpy(asks, follow->queue, count * sizeof(asks[0]));
    if (last != NULL)
        asks[count++] = sealed(follow, last);
    if (count == 0 || follow->pipe_fd < 0)
        return;
    if (write(follow->pipe_fd, asks, count * sizeof(asks[0])) < 0)
        follow->lost += follow->queued;
    follow->queued = 0;
}

/* Who answers holds the pipe's lock for as long as it lives. */
static bool is_answered(const struct figures_follow *follow)
{
    if (flock(follow->pipe_fd, LOCK_SH | LOCK_NB) < 0)
        return true;
    (void)flock(follow->pipe_fd, LOCK_UN);
    return false;
}

void figures_follow_ask(struct figures_follow *follow, bool every, int64_t wait_ns)
{
    const struct figures_ask question = { .kind = ASK_READING, .continues = every ? 1 : 0 };
    int64_t since_ns = clock_mono_ns();
    int64_t now_ns = since_ns;
    bool heard = false;

    if (follow->pipe_fd < 0)
        return;
    send_all(follow, &question);
    if (every ? !is_answered(follow) : now_ns < follow->deaf_ns)
        return;
    while (now_ns - since_ns < wait_ns && (heard || !every || now_ns - since_ns < SILENCE_NS)) {
        struct figures_page page;

        if (take_page(follow, &page)) {
            heard = heard || page.head.mono_ns >= since_ns;
            if (heard && (!every || has_all_of(&page, since_ns - ASK_LAST_AGE_NS)))
                return;
        }
        clock_pause_ns(PAUSE_NS);
        now_ns = clock_mono_ns();
    }
    if (!heard)
        follow->deaf_ns = now_ns + DEAF_NS;
}

void figures_follow_say(struct figures_follow *follow, const struct figures_ask *ask)
{
    if (follow->queued == FOLLOW_QUEUE)
        send_all(follow, NULL);
    follow->queue[follow->queued++] = sealed(follow, ask);
    figures_follow_flush(follow);
}

void figures_follow_flush(struct figures_follow *follow)
{
    int64_t now_ns = clock_mono_ns();

    if (follow->queued == 0 || now_ns - follow->said_ns < TOGETHER_NS)
        return;
    send_all(follow, NULL);
    follow->said_ns = now_ns;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tui/outlet.c - what is for the terminal goes there in a thread of its own, for a write may last as long as the terminal likes */
#include "tui/outlet.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"
#include "tui/restore.h"

/* A piece is written in parts of so many bytes: between two of them it can be dropped. */
enum { PART_BYTES = 512, STACK_BYTES = 64 << 10 };

static const int64_t PATIENCE_NS = NSEC_PER_SEC;
static const int64_t LOOK_NS = 20 * NSEC_PER_MSEC;

/* The piece is the thread's while it is pending, else the caller's. */
struct outlet {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char *piece;
    size_t length;
    size_t size;
    bool pending;
    bool dropped;
    bool stopping;
};

static bool is_dropped(struct outlet *outlet)
{
    bool dropped;

    (void)pthread_mutex_lock(&outlet->lock);
    dropped = outlet->dropped;
    (void)pthread_mutex_unlock(&outlet->lock);
    return dropped;
}

static void write_piece(struct outlet *outlet)
{
    size_t at = 0;

    while (at < outlet->length && !is_dropped(outlet)) {
        const size_t left = outlet->length - at;
        ssize_t n = write(STDOUT_FILENO, outlet->piece + at, left < PART_BYTES ? left : PART_BYTES);

        if (n > 0) {
            at += (size_t)n;
        } else if (n < 0 && errno == EAGAIN) { /* somebody else made it so */
            struct pollfd room = { .fd = STDOUT_FILENO, .events = POLLOUT };

            (void)poll(&room, 1, (int)(LOOK_NS / NSEC_PER_MSEC));
        } else if (n == 0 || errno != EINTR) {
            return; /* it has gone, which the loop is told by its keys */
        }
    }
}

static void *outlet_main(void *payload)
{
    struct outlet *outlet = payload;

    (void)pthread_mutex_lock(&outlet->lock);
    while (!outlet->stopping) {
        if (!outlet->pending) {
            (void)pthread_cond_wait(&outlet->changed, &outlet->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&outlet->lock);
        write_piece(outlet);
        (void)pthread_mutex_lock(&outlet->lock);
        outlet->pending = false;
        (void)pthread_cond_broadcast(&outlet->changed);
    }
    (void)pthread_mutex_unlock(&outlet->lock);
    return NULL;
}

int outlet_start(struct outlet **outlet_out, struct aico2_error *err)
{
    struct outlet *outlet = calloc(1, sizeof(*outlet));
    int r;

    if (outlet == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    (void)pthread_mutex_init(&outlet->lock, NULL);
    thread_condition_init(&outlet->changed);
    r = thread_start(&outlet->thread, STACK_BYTES, outlet_main, outlet);
    if (r < 0) {
        free(outlet);
        return aico2_error_set_errno(err, -r, "cannot start a thread");
    }
    *outlet_out = outlet;
    return 0;
}

void outlet_stop(struct outlet *outlet)
{
    bool pending;

    if (outlet == NULL)
        return;
    (void)pthread_mutex_lock(&outlet->lock);
    outlet->stopping = true;
    pending = outlet->pending;
    (void)pthread_cond_broadcast(&outlet->changed);
    (void)pthread_mutex_unlock(&outlet->lock);
    if (pending)
        return; /* it hangs in the terminal: the process ends without it, and what it has is its own */
    (void)pthread_join(outlet->thread, NULL);
    (void)pthread_cond_destroy(&outlet->changed);
    (void)pthread_mutex_destroy(&outlet->lock);
    free(outlet->piece);
    free(outlet);
}

/* Return: whether nothing is pending any more. */
static bool wait_until(struct outlet *outlet, int64_t until_ns)
{
    bool gone;

    (void)pthread_mutex_lock(&outlet->lock);
    while (outlet->pending &&
           thread_wait_until(&outlet->changed, &outlet->lock, until_ns) != -ETIMEDOUT)
        ;
    gone = !outlet->pending;
    (void)pthread_mutex_unlock(&outlet->lock);
    return gone;
}

/* A pseudo-terminal has none that it tells of, a serial line does. */
static bool has_queue(void)
{
    int bytes = 0;

    return ioctl(STDOUT_FILENO, TIOCOUTQ, &bytes) == 0 && bytes > 0;
}

bool outlet_is_free(struct outlet *outlet)
{
    return wait_until(outlet, 0) && restore_can_write() && !has_queue();
}

static int make_room(struct outlet *outlet, size_t length)
{
    char *piece;

    if (length <= outlet->size)
        return 0;
    piece = realloc(outlet->piece, length);
    if (piece == NULL)
        return -ENOMEM;
    outlet->piece = piece;
    outlet->size = length;
    return 0;
}

int outlet_send(struct outlet *outlet, int from_fd)
{
    struct stat about;
    ssize_t n;
    int r;

    if (!wait_until(outlet, 0))
        return -EBUSY;
    if (fstat(from_fd, &about) < 0)
        return -errno;
    r = make_room(outlet, (size_t)about.st_size);
    if (r < 0 || about.st_size == 0)
        return r;
    n = pread(from_fd, outlet->piece, (size_t)about.st_size, 0);
    if (n < 0 || ftruncate(from_fd, 0) < 0 || lseek(from_fd, 0, SEEK_SET) < 0)
        return -errno;
    (void)pthread_mutex_lock(&outlet->lock);
    outlet->length = (size_t)n;
    outlet->dropped = false;
    outlet->pending = true;
    (void)pthread_cond_broadcast(&outlet->changed);
    (void)pthread_mutex_unlock(&outlet->lock);
    return 0;
}

bool outlet_finish(struct outlet *outlet)
{
    return wait_until(outlet, clock_mono_ns() + PATIENCE_NS);
}

bool outlet_drop(struct outlet *outlet)
{
    const int64_t until_ns = clock_mono_ns() + PATIENCE_NS;
    bool gone;

    (void)pthread_mutex_lock(&outlet->lock);
    outlet->dropped = true;
    (void)pthread_mutex_unlock(&outlet->lock);
    do {
        restore_drop(); /* and again, for the part that was being written */
        gone = wait_until(outlet, clock_mono_ns() + LOOK_NS);
    } while (!gone && clock_mono_ns() < until_ns);
    return gone;
}

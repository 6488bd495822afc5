/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/publish.c - who measures tells its figures to the processes it measures for */
#include "session/ranks/publish.h"

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
#include "base/text.h"
#include "session/ranks/page.h"
#include "session/ranks/sweep.h"
#include "session/session_private.h"

/* So that whoever comes has a page to begin with. */
static const int64_t UNASKED_NS = NSEC_PER_SEC;
/* What is left in the pipe after so many looks waits for the next turn. */
enum { LOOKS = 16, PIPE_BYTES = 1 << 20 };

static void file_name(char *out, size_t size, const char *name, const char *ending)
{
    (void)snprintf(out, size, "%s.%s", name, ending);
}

static int open_pipe(const struct figures_publish *publish)
{
    char name[sizeof(publish->name) + 8];
    int fd;

    file_name(name, sizeof(name), publish->name, "asks");
    (void)unlinkat(publish->dir_fd, name, 0);
    if (mkfifoat(publish->dir_fd, name, 0600) < 0)
        return -errno;
    /* for writing too: it has no end when those who ask have closed it */
    fd = openat(publish->dir_fd, name, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    (void)flock(fd, LOCK_EX | LOCK_NB);        /* it is somebody's */
    (void)fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES); /* more room, where that may be had */
    return fd;
}

int figures_publish_open(struct figures_publish *publish, int dir_fd, int proc_fd, const char *name,
                         bool takes_parts)
{
    *publish = FIGURES_PUBLISH_NULL;
    publish->takes_parts = takes_parts;
    (void)snprintf(publish->name, sizeof(publish->name), "%s", name);
    publish->dir_fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
    if (publish->dir_fd < 0)
        return -errno;
    rank_sweep(publish->dir_fd, proc_fd);
    publish->pipe_fd = open_pipe(publish);
    if (publish->pipe_fd < 0) {
        int r = publish->pipe_fd;

        figures_publish_close(publish);
        return r;
    }
    return 0;
}

void figures_publish_close(struct figures_publish *publish)
{
    char name[sizeof(publish->name) + 8];

    if (publish->pipe_fd >= 0) {
        file_name(name, sizeof(name), publish->name, "asks");
        (void)unlinkat(publish->dir_fd, name, 0);
    }
    if (publish->page_fd >= 0) {
        file_name(name, sizeof(name), publish->name, "figures");
        (void)unlinkat(publish->dir_fd, name, 0);
    }
    fd_closep(&publish->pipe_fd);
    fd_closep(&publish->page_fd);
    fd_closep(&publish->dir_fd);
    free(publish->bytes);
    *publish = FIGURES_PUBLISH_NULL;
}

static bool make_page(struct figures_publish *publish)
{
    char name[sizeof(publish->name) + 8];

    if (publish->page_fd >= 0)
        return true;
    file_name(name, sizeof(name), publish->name, "figures");
    (void)unlinkat(publish->dir_fd, name, 0);
    publish->page_fd =
        openat(publish->dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    (void)flock(publish->page_fd, LOCK_EX | LOCK_NB);
    return publish->page_fd >= 0;
}

static bool reserve(struct figures_publish *publish, size_t size)
{
    void *grown;

    if (publish->capacity >= size)
        return true;
    grown = realloc(publish->bytes, size);
    if (grown == NULL)
        return false;
    publish->bytes = grown;
    publish->capacity = size;
    return true;
}

static void fill_head(const struct session *session, struct figures_head *head)
{
    const struct session_options *options = &session->options;

    *head = (struct figures_head){
        .mono_ns = session_mono_ns(session),
        .pue = options->pue,
        .price = options->price,
        .intensity = options->intensity,
    };
    memcpy(head->run, session->record.run.id, sizeof(head->run));
    memcpy(head->pue_source, session->record.run.pue_source, sizeof(head->pue_source));
}

/* A counter that has not moved yet may be given up, with all that was added up: nobody is told of it before. */
static void fill(const struct session *session, void *bytes)
{
    struct figures_head *head = bytes;
    struct figures_device *items = (void *)(head + 1);

    fill_head(session, head);
    for (size_t i = 0; i < session->channel_count && head->device_count < FIGURES_DEVICES_MAX;
         i++) {
        const struct channel *channel = &session->channels[i];
        struct figures_device *item = &items[head->device_count];

        if (!channel->proven)
            continue;
        figures_put_device(item, &session->record.devices[i]);
        item->totals = channel->totals;
        item->watts = channel->watts;
        item->accounted_ns = channel->accounted_ns;
        head->device_count++;
    }
}

/* In one write; who reads in its middle finds that the check does not hold, and reads again. */
static void tell(struct figures_publish *publish, const struct session *session)
{
    size_t size =
        sizeof(struct figures_head) + session->channel_count * sizeof(struct figures_device);

    if (!make_page(publish) || !reserve(publish, size))
        return;
    fill(session, publish->bytes);
    size = figures_page_seal(publish->bytes);
    if (pwrite(publish->page_fd, publish->bytes, size, 0) == (ssize_t)size) {
        publish->told = session->accounts + 1;
        publish->told_ns = session_mono_ns(session);
    }
}

/* One program names the parts: who was the first to, until it is done or dead. */
static bool is_speaker(struct figures_publish *publish, int proc_fd, const struct figures_ask *ask)
{
    if (!publish->takes_parts)
        return false;
    if (publish->speaker.pid == ask->process.pid &&
        publish->speaker.start_ticks == ask->process.start_ticks)
        return publish->speaker_session == ask->speaker;
    if (rank_process_lives(proc_fd, &publish->speaker) ||
        !rank_process_lives(proc_fd, &ask->process))
        return false;
    publish->speaker = ask->process;
    publish->speaker_session = ask->speaker;
    publish->lost = 0;
    return true;
}

static void take_part(struct session *session, const struct figures_ask *ask)
{
    int64_t at_ns = ask->mono_ns;
    int64_t now_ns = session_mono_ns(session);

    if (at_ns < session->start_mono_ns)
        at_ns = session->start_mono_ns;
    if (at_ns > now_ns)
        at_ns = now_ns;
    (void)session_mark(session, ask->name[0] != '\0' ? ask->name : NULL, ask->continues != 0,
                       at_ns);
}

static void take_kind(struct session *session, const struct figures_ask *ask)
{
    const struct task_list *tasks = &session->record.tasks;
    int64_t since_ns = ask->mono_ns - session->start_mono_ns;
    size_t from = tasks->count;

    while (from > 0 && tasks->items[from - 1].start_ns >= since_ns)
        from--;
    session_mark_as(session, from, (enum task_kind)ask->task_kind);
}

static void count_lost(struct figures_publish *publish, struct session *session,
                       const struct figures_ask *ask)
{
    if (ask->lost > publish->lost && publish->lost == 0)
        session_warn(session,
                     "not all parts that process %lld named came through: the tasks are not whole",
                     (long long)ask->process.pid);
    publish->lost = ask->lost;
}

static void hear(struct figures_publish *publish, int proc_fd, struct session *session,
                 const struct figures_ask *ask)
{
    publish->asked = true;
    if (ask->kind == ASK_READING) {
        publish->told = 0;
        if (session_mono_ns(session) - session->read_mono_ns >=
            (ask->continues != 0 ? ASK_LAST_AGE_NS : ASK_AGE_NS))
            session_read_between(session);
        return;
    }
    if (session_follows_epochs(session) || !is_speaker(publish, proc_fd, ask))
        return;
    count_lost(publish, session, ask);
    switch ((enum figures_ask_kind)ask->kind) {
    case ASK_READING:
        break;
    case ASK_PART:
        take_part(session, ask);
        break;
    case ASK_KIND:
        take_kind(session, ask);
        break;
    case ASK_EPOCHS:
        session_set_epochs(session, ask->epochs);
        break;
    case ASK_DONE:
        publish->speaker = (struct rank_process){ 0 };
        break;
    }
}

static void hear_all(struct figures_publish *publish, int proc_fd, struct session *session)
{
    struct figures_ask asks[FIGURES_ASKS_AT_ONCE];

    for (int i = 0; i < LOOKS; i++) {
        ssize_t length = read(publish->pipe_fd, asks, sizeof(asks));

        for (ssize_t j = 0; j < length / (ssize_t)sizeof(asks[0]); j++) {
            if (figures_ask_is_whole(&asks[j]))
                hear(publish, proc_fd, session, &asks[j]);
        }
        if (length < (ssize_t)sizeof(asks))
            break;
    }
}

void figures_publish_turn(struct figures_publish *publish, int proc_fd, struct session *session,
                          bool asked)
{
    if (publish->pipe_fd < 0)
        return;
    if (asked)
        hear_all(publish, proc_fd, session);
    if (publish->told != session->accounts + 1 &&
        (publish->asked || session_mono_ns(session) - publish->told_ns >= UNASKED_NS))
        tell(publish, session);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/follow.h - the figures of another process that measures for this one */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session/ranks/ask.h"
#include "session/ranks/page.h"

enum { FOLLOW_QUEUE = FIGURES_ASKS_AT_ONCE - 1 };

struct figures_follow {
    int dir_fd;  /* the caller's */
    int pipe_fd; /* -1: nobody to ask */
    int page_fd; /* -1: it has not told anything yet */
    char name[64];
    char run[ULID_SIZE];
    struct rank_process self;
    uint64_t speaker;
    void *bytes;
    size_t capacity;
    int64_t page_mono_ns;                   /* of the page that was seen last; 0: none was */
    int64_t deaf_ns;                        /* it did not answer: it is not waited for before */
    struct figures_ask queue[FOLLOW_QUEUE]; /* what it is to hear with the next question */
    size_t queued;
    int64_t said_ns; /* when some of it was last told by itself */
    uint64_t lost;
};

#define FIGURES_FOLLOW_NULL ((struct figures_follow){ .dir_fd = -1, .pipe_fd = -1, .page_fd = -1 })

/**
 * figures_follow_open() - nothing is asked yet
 * @dir_fd, @name: as figures_publish_open() had them; dir_fd stays the caller's
 * @run:           that is measured; a page of another one is none
 * @speaker:       one of this process's sessions, for the other end to tell them apart
 * Return: 0; -ENOENT: it tells nobody anything; another -errno
 */
int figures_follow_open(struct figures_follow *follow, int dir_fd, const char *name,
                        const char *run, const struct rank_process *self, uint64_t speaker);
void figures_follow_close(struct figures_follow *follow);

/* The page as it is; false: there is none. Borrowed until the next one. */
bool figures_follow_page(struct figures_follow *follow, struct figures_page *page_out);
/* The same, unless it is the one that was looked at last. */
bool figures_follow_look(struct figures_follow *follow, struct figures_page *page_out);

/**
 * figures_follow_ask() - has a reading taken, and waits for its page
 * @every:   each device is to have a figure of this moment: for the end, which is waited for unless nobody is there
 * @wait_ns: at most; one that did not answer is not waited for again for a second, but for the end
 */
void figures_follow_ask(struct figures_follow *follow, bool every, int64_t wait_ns);

/* Is told of with the next question, or by figures_follow_flush() a tenth of a second later. */
void figures_follow_say(struct figures_follow *follow, const struct figures_ask *ask);
void figures_follow_flush(struct figures_follow *follow);
/* There is something to be flushed, or the first page is still to come. */
static inline bool figures_follow_has_more(const struct figures_follow *follow)
{
    return follow->queued > 0 || (follow->pipe_fd >= 0 && follow->page_mono_ns == 0);
}

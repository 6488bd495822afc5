/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/publish.h - who measures tells its figures to the processes it measures for */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session/ranks/ask.h"

struct session;

/*
 * Two files beside the lock, both of this user alone: a pipe in which others ask (session/ranks/ask.h), and a page of
 * figures (session/ranks/page.h), written with every reading once somebody has asked, and before that once a second.
 */
struct figures_publish {
    int dir_fd;
    int pipe_fd; /* -1: nobody is told anything */
    int page_fd; /* -1: there is none yet */
    char name[64];
    bool takes_parts; /* a program that follows may name the parts of the run */
    bool asked;
    int64_t told_ns;
    uint64_t
        told; /* the session's accounts, and one, when the page was written; 0: it is to be written */
    void *bytes;
    size_t capacity;
    struct rank_process speaker; /* who names the parts; pid 0: nobody does */
    uint64_t speaker_session;
    uint64_t lost; /* of what the speaker said */
};

#define FIGURES_PUBLISH_NULL \
    ((struct figures_publish){ .dir_fd = -1, .pipe_fd = -1, .page_fd = -1 })

/* name: of both files, without their endings. Return: 0 or -errno, and then nobody is told anything. */
int figures_publish_open(struct figures_publish *publish, int dir_fd, int proc_fd, const char *name,
                         bool takes_parts);
/* After a turn of the session's loop: hears what was asked, reads if that is wanted, tells what is new. asked: the
 * pipe may have something in it. */
void figures_publish_turn(struct figures_publish *publish, int proc_fd, struct session *session,
                          bool asked);
/* Both files are gone; who has them open still sees what was told last. */
void figures_publish_close(struct figures_publish *publish);

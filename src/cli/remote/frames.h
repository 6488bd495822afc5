/* SPDX-License-Identifier: Apache-2.0 */
/* cli/remote/frames.h - a question to the fetcher about a time-series server, and its answer frame by frame */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "model/remote.h"

/* The frame in hand is the last one read; its payload holds until the next. */
struct remote_frames {
    pid_t pid;     /* 0: waited for */
    int status;    /* of waitpid, once pid is 0 */
    int answer_fd; /* -1: closed */
    int64_t deadline_mono_ns;
    struct remote_frame frame;
    void *payload; /* REMOTE_FRAME_MAX */
};

/**
 * remote_frames_open() - start the fetcher with a question; nothing is waited for
 * @frames: remote_frames_close(), whatever is returned
 * @program: of fetch_find_program()
 * Return: 0; -EINVAL for a question that cannot be put; -errno
 */
int remote_frames_open(struct remote_frames *frames, const char *program,
                       const struct remote_question *question, struct aico2_error *err);

/**
 * remote_frames_next() - wait for a frame and read it; it is whole, and as its kind wants it
 * Return: 0; -ETIMEDOUT past the question's deadline; -EBADMSG for what cannot be a frame; -ECHILD when the
 * fetcher ended without another one
 */
int remote_frames_next(struct remote_frames *frames, struct aico2_error *err);

/* -EBADMSG: a frame that is no part of an answer. */
int remote_frames_refuse(const char *what, struct aico2_error *err);

/* Ends the fetcher, too. */
void remote_frames_close(struct remote_frames *frames);

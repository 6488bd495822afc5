/* SPDX-License-Identifier: Apache-2.0 */
/* model/push.h - what passes between aico2 and a fetcher that pushes snapshots to a time-series server
 *
 * As with model/fetch.h both ends are the same build on the same machine, and each checks every field all
 * the same. The fetcher lives as long as its standard input is open, or a little longer:
 *
 *     aico2 -> fetcher   struct push_setup, then struct push_frame and its payload, again and again
 *     fetcher -> aico2   struct push_state, now and then, and after each frame that is the fetcher's to keep
 *
 * A frame is aico2's until a state says that it is stored; then it is on the fetcher's disk, or in its memory
 * where there is no disk.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "model/metrics.h"
#include "model/remote.h"

enum {
    PUSH_VERSION = 1,
    PUSH_LABELS_OF_SAMPLE_MAX = 30, /* without the name, instance and job */
    PUSH_SAMPLES_MAX = 1 << 17,     /* of a frame */
    PUSH_FRAME_MAX = 16 << 20,      /* bytes of a payload */
    PUSH_MESSAGE_SIZE = 256,
};

#define PUSH_MAGIC UINT32_C(0x61695732)
#define PUSH_QUEUE_LEAST (UINT64_C(1) << 20)

/* As in model/fetch.h: no byte lies between two members. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/* What the queue is for. */
enum push_mode {
    PUSH_LASTING, /* goes on for as long as it may take: what cannot be sent waits on the disk */
    PUSH_ONCE, /* a copy of what is kept elsewhere: nothing is put on a disk, and trouble ends it */
};

struct push_setup {
    uint32_t magic;
    uint32_t version;
    enum push_mode mode;
    struct remote_access access; /* its url is the whole address that is written to */
    char state_dir[256];         /* below it a queue for each address; "" in memory */
    char instance[128];          /* labels of every sample that has none of that name */
    char job[64];
    uint64_t queue_bytes_max;
    int64_t
        drain_ms; /* LASTING: to go on sending when no more frames come; ONCE: without success */
};

enum push_kind {
    PUSH_SNAPSHOT = 1, /* series of the one before that are not in this one have ended */
    PUSH_PREVIOUS, /* was stored by a fetcher before this one: tells what there was, is not sent */
    PUSH_APART,    /* a snapshot that says nothing of what is not in it */
};

struct push_frame {
    uint32_t magic;
    uint32_t kind;  /* enum push_kind */
    uint32_t bytes; /* of the payload that follows */
    uint32_t zero;
    uint64_t number; /* from 1, each greater than the one before */
};

/* The payload: this, its samples, their labels, the texts: each NUL-terminated, told by where it begins. */
struct push_snapshot {
    int64_t wall_ms;
    uint32_t sample_count;
    uint32_t label_count;
    uint32_t text_bytes;
    uint32_t zero;
};

struct push_sample {
    double value; /* not NAN */
    uint32_t name;
    uint32_t first_label;
    uint32_t label_count;
    uint32_t zero;
};

struct push_label {
    uint32_t name;
    uint32_t value;
};

struct push_view {
    const struct push_snapshot *snapshot;
    const struct push_sample *samples;
    const struct push_label *labels;
    const char *texts;
};

enum push_storage {
    PUSH_ON_DISK,
    PUSH_IN_MEMORY, /* there is no disk, or it is full, or another process has the queue */
};

enum push_outcome {
    PUSH_IDLE,     /* nothing was sent yet */
    PUSH_WELL,     /* the last request was taken */
    PUSH_RETRYING, /* the server is away, or has too much to do */
    PUSH_HELD, /* it does not let us in, or not there: asked again now and then, nothing is dropped */
    PUSH_REFUSED, /* it did not like the last of what it was sent, which was dropped */
};

/* Counts are of this fetcher's life; samples are each counted once, in the end. */
struct push_state {
    uint32_t magic;
    uint32_t version;
    uint64_t stored; /* number of the last frame that is the fetcher's to keep; 0 none */
    uint64_t sent_samples;
    uint64_t dropped_samples; /* never sent: the queue was full, or a sample was none */
    uint64_t failed_samples;  /* refused by the server */
    uint64_t retries;
    uint64_t requests;
    uint64_t queue_bytes;
    uint64_t damaged_files; /* of the queue, put aside */
    enum push_storage storage;
    enum push_outcome outcome;
    char server
        [PUSH_MESSAGE_SIZE]; /* what is wrong with the server; "" nothing. Printable, one line */
    char queue[PUSH_MESSAGE_SIZE]; /* what is wrong with the queue; "" nothing */
    char
        refusal[PUSH_MESSAGE_SIZE]; /* what it said of the last that it refused; \"\" nothing was */
};

#pragma GCC diagnostic pop

bool push_setup_check(const struct push_setup *setup);
bool push_frame_check(const struct push_frame *frame); /* without its payload */
bool push_state_check(const struct push_state *state);

/**
 * push_snapshot_check() - whether a payload holds what it says, every name being one
 * @payload: aligned as by malloc()
 * @view_out: into the payload
 */
bool push_snapshot_check(const void *payload, size_t bytes, struct push_view *view_out);

/**
 * push_flatten() - a snapshot as the payload of a frame, added to what the buffer holds
 * Samples with a name or label that is none are left out; bytes of a label that are no UTF-8 become '?'.
 * Return: how many samples; -E2BIG for more than a frame holds; -ENOMEM. In these cases the buffer is as it was.
 */
int push_flatten(const struct metrics *metrics, struct strbuf *buffer);

/* [a-zA-Z_:][a-zA-Z0-9_:]*, and for a label without ':' and not beginning with "__" */
bool push_is_metric_name(const char *name);
bool push_is_label_name(const char *name);

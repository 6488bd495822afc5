/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/push.c - a fetcher that takes snapshots for as long as they come, and sends them
 *
 * Two threads: this one reads frames, encodes and queues them, and says how things stand; the other sends. The
 * lock guards the queue and the counts; no file of a network and no pipe is waited for with it held.
 */
#include "fetch/push/push.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/thread.h"
#include "fetch/push/block.h"
#include "fetch/push/encode.h"
#include "fetch/push/queue.h"

enum {
    STACK_BYTES = 512 << 10, /* libcurl and TLS */
    TURN_MS = 1000,
    MEMORY_MAX = 8 << 20, /* where there is no disk: a day of a node */
    ONCE_MAX = 4 << 20,   /* more is not read before some was sent */
    READ_BYTES = 64 << 10,
    NAME_SIZE = 17,
};

static const int64_t LONG_TURN_NS = 60 * NSEC_PER_SEC;
static const int64_t END_TURN_NS = NSEC_PER_SEC / 10;
static const int64_t FIRST_PATIENCE_NS = 10 * NSEC_PER_SEC;

struct pushing {
    const struct push_setup *setup;
    struct encoder encoder;
    struct strbuf block; /* of the piece that is put */
    int64_t last_wall_ms;
    bool has_series; /* a snapshot came whose end has to be told */
    uint64_t left_out;

    pthread_mutex_t lock;
    pthread_cond_t changed; /* something to send, room, or the end */
    /* under the lock: */
    struct queue queue;
    struct push_state state;
    bool is_ended;
    bool is_done; /* the sending thread */
    int64_t end_mono_ns;
    int64_t failing_mono_ns; /* ONCE: since when nothing has gone well; 0: it does */

    /* of the sending thread alone */
    struct sender sender;
};

static bool is_once(const struct pushing *pushing)
{
    return pushing->setup->mode == PUSH_ONCE;
}

static enum push_outcome outcome_of(enum verdict_kind kind)
{
    switch (kind) {
    case VERDICT_TAKEN:
        return PUSH_WELL;
    case VERDICT_RETRY:
        return PUSH_RETRYING;
    case VERDICT_HELD:
        return PUSH_HELD;
    default:
        return PUSH_REFUSED;
    }
}

/* ONCE: one that was never reached may be a wrong address, and somebody sits and waits. */
static int64_t patience_ns(const struct pushing *pushing)
{
    const int64_t patience_ns = pushing->setup->drain_ms * NSEC_PER_MSEC;

    return pushing->state.sent_samples > 0 || patience_ns < FIRST_PATIENCE_NS ? patience_ns
                                                                              : FIRST_PATIENCE_NS;
}

/* With the lock. Return: whether to go on. */
static bool note_result(struct pushing *pushing, const struct batch *batch,
                        const struct sender_result *result)
{
    struct push_state *state = &pushing->state;
    const bool trouble =
        result->verdict.kind == VERDICT_RETRY || result->verdict.kind == VERDICT_HELD;
    const int64_t now_ns = clock_mono_ns();

    if (result->is_decided)
        queue_done(&pushing->queue, batch);
    else
        queue_back(&pushing->queue, batch);
    state->sent_samples += result->sent;
    state->failed_samples += result->failed;
    state->retries += trouble;
    state->requests = pushing->sender.requests;
    /* a refusal that only made the next batch shorter is no news */
    if (result->is_decided || trouble) {
        state->outcome = outcome_of(result->verdict.kind);
        memcpy(state->server, result->verdict.message, sizeof(state->server));
    }
    if (result->failed > 0)
        memcpy(state->refusal, result->verdict.message, sizeof(state->refusal));
    if (!trouble)
        pushing->failing_mono_ns = 0;
    else if (pushing->failing_mono_ns == 0)
        pushing->failing_mono_ns = now_ns;
    (void)pthread_cond_broadcast(&pushing->changed);
    return !is_once(pushing) ||
           (result->verdict.kind != VERDICT_HELD &&
            (!trouble || now_ns - pushing->failing_mono_ns < patience_ns(pushing)));
}

/* With the lock. Return: false: the end comes before. */
static bool pause_until(struct pushing *pushing, int64_t until_mono_ns)
{
    while (clock_mono_ns() < until_mono_ns) {
        if (pushing->is_ended && pushing->end_mono_ns <= until_mono_ns)
            return false;
        (void)thread_wait_until(&pushing->changed, &pushing->lock, until_mono_ns);
    }
    return true;
}

/* With the lock. Return: whether there is something to send. */
static bool wait_for_batch(struct pushing *pushing, struct batch *batch)
{
    for (;;) {
        batch_clear(batch);
        if (pushing->is_ended && clock_mono_ns() >= pushing->end_mono_ns)
            return false;
        if (queue_take(&pushing->queue, &pushing->sender.limits, clock_mono_ns(), batch) > 0)
            return true;
        if (pushing->is_ended && queue_is_empty(&pushing->queue))
            return false;
        (void)thread_wait_until(&pushing->changed, &pushing->lock,
                                clock_mono_ns() + (pushing->is_ended ? END_TURN_NS : LONG_TURN_NS));
    }
}

static void *send_all(void *payload)
{
    struct pushing *pushing = payload;
    struct batch batch = { 0 };
    bool goes_on = true;

    (void)pthread_mutex_lock(&pushing->lock);
    while (goes_on && wait_for_batch(pushing, &batch)) {
        struct sender_result result;
        int64_t pause_ns;

        (void)pthread_mutex_unlock(&pushing->lock);
        sender_send(&pushing->sender, &batch, &result);
        pause_ns = sender_pause_ns(&pushing->sender, &result.verdict);
        (void)pthread_mutex_lock(&pushing->lock);
        goes_on = note_result(pushing, &batch, &result) &&
                  (pause_ns == 0 || pause_until(pushing, clock_mono_ns() + pause_ns));
    }
    pushing->is_done = true;
    (void)pthread_cond_broadcast(&pushing->changed);
    (void)pthread_mutex_unlock(&pushing->lock);
    strbuf_deinit(&batch.plain);
    return NULL;
}

static int put_piece(void *payload, const char *request, size_t length, uint32_t samples,
                     int64_t wall_ms)
{
    struct pushing *pushing = payload;
    int r;

    pushing->block.length = 0;
    r = block_pack(request, length, &pushing->block);
    if (r < 0)
        return r;
    (void)pthread_mutex_lock(&pushing->lock);
    queue_add(&pushing->queue, pushing->block.text, pushing->block.length, samples, wall_ms,
              clock_mono_ns());
    (void)pthread_cond_broadcast(&pushing->changed);
    (void)pthread_mutex_unlock(&pushing->lock);
    return 0;
}

/* ONCE: what is not sent stays with who hands it over. Return: false: there is no use in more of it. */
static bool wait_for_room(struct pushing *pushing)
{
    bool goes_on = true;

    if (!is_once(pushing))
        return true;
    (void)pthread_mutex_lock(&pushing->lock);
    while (queue_bytes(&pushing->queue) > ONCE_MAX && !pushing->is_done)
        (void)thread_wait_until(&pushing->changed, &pushing->lock,
                                clock_mono_ns() + 60 * NSEC_PER_SEC);
    goes_on = !pushing->is_done;
    (void)pthread_mutex_unlock(&pushing->lock);
    return goes_on;
}

static enum push_result take_frame(struct pushing *pushing, const struct push_frame *frame,
                                   const void *payload)
{
    const struct piece_out out = { .put = put_piece, .payload = pushing };
    struct push_view view;
    int r;

    if (!push_snapshot_check(payload, frame->bytes, &view))
        return PUSH_BAD_FRAME;
    if (!wait_for_room(pushing))
        return PUSH_GAVE_UP;
    r = encode_snapshot(&pushing->encoder, &view, frame->kind, &out, &pushing->left_out);
    if (r < 0)
        return PUSH_NO_MEMORY;
    if (frame->kind == PUSH_SNAPSHOT) {
        pushing->last_wall_ms = view.snapshot->wall_ms;
        pushing->has_series = true;
    }
    (void)pthread_mutex_lock(&pushing->lock);
    pushing->state.stored = frame->number;
    (void)pthread_mutex_unlock(&pushing->lock);
    return PUSH_ENDED;
}

static void tell_state(struct pushing *pushing, int out_fd, struct push_state *told)
{
    struct push_state state;

    (void)pthread_mutex_lock(&pushing->lock);
    pushing->state.dropped_samples = pushing->queue.dropped_samples + pushing->left_out;
    pushing->state.queue_bytes = queue_bytes(&pushing->queue);
    pushing->state.damaged_files = pushing->queue.disk.damaged_files;
    pushing->state.storage = queue_is_on_disk(&pushing->queue) ? PUSH_ON_DISK : PUSH_IN_MEMORY;
    memcpy(pushing->state.queue, pushing->queue.message, sizeof(pushing->state.queue));
    state = pushing->state;
    (void)pthread_mutex_unlock(&pushing->lock);
    if (memcmp(&state, told, sizeof(state)) == 0)
        return;
    /* smaller than PIPE_BUF: all of it or nothing */
    if (write(out_fd, &state, sizeof(state)) == sizeof(state))
        *told = state;
}

/* Whole frames are taken from the front. Return: PUSH_ENDED to go on. */
static enum push_result take_frames(struct pushing *pushing, struct strbuf *in)
{
    size_t at = 0;
    enum push_result result = PUSH_ENDED;

    while (result == PUSH_ENDED && in->length - at >= sizeof(struct push_frame)) {
        AICO2_CLEANUP(freep) char *payload = NULL; /* aligned as its parts need it */
        struct push_frame frame;

        memcpy(&frame, in->text + at, sizeof(frame));
        if (!push_frame_check(&frame))
            return PUSH_BAD_FRAME;
        if (in->length - at - sizeof(frame) < frame.bytes)
            break;
        payload = malloc(frame.bytes);
        if (payload == NULL)
            return PUSH_NO_MEMORY;
        memcpy(payload, in->text + at + sizeof(frame), frame.bytes);
        result = take_frame(pushing, &frame, payload);
        at += sizeof(frame) + frame.bytes;
    }
    in->length -= at;
    memmove(in->text, in->text + at, in->length);
    return result;
}

/* Return: 1 there may be more; 0 the end; -errno. */
static int read_some(int in_fd, struct strbuf *in)
{
    ssize_t got;

    if (array_reserve(&in->text, &in->capacity, in->length + READ_BYTES, 1) < 0)
        return -ENOMEM;
    got = read(in_fd, in->text + in->length, READ_BYTES);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN ? 1 : -errno;
    in->length += (size_t)got;
    return got > 0;
}

static enum push_result take_all(struct pushing *pushing, int in_fd, int out_fd)
{
    struct push_state told = { 0 };
    struct strbuf in = { 0 };
    enum push_result result = PUSH_ENDED;
    bool goes_on = true;

    while (goes_on && result == PUSH_ENDED) {
        struct pollfd wait = { .fd = in_fd, .events = POLLIN };

        if (poll(&wait, 1, TURN_MS) > 0) {
            int r = read_some(in_fd, &in);

            goes_on = r > 0;
            result = r == -ENOMEM ? PUSH_NO_MEMORY : take_frames(pushing, &in);
        }
        (void)pthread_mutex_lock(&pushing->lock);
        queue_turn(&pushing->queue, clock_mono_ns());
        if (!queue_is_empty(&pushing->queue)) /* its disk may be there by now */
            (void)pthread_cond_broadcast(&pushing->changed);
        if (is_once(pushing) && pushing->is_done)
            result = PUSH_GAVE_UP;
        (void)pthread_mutex_unlock(&pushing->lock);
        tell_state(pushing, out_fd, &told);
    }
    strbuf_deinit(&in);
    return result;
}

/* When no more frames come: what has been is ended, and sent as far as time allows. */
static enum push_result end(struct pushing *pushing, enum push_result result)
{
    const struct piece_out out = { .put = put_piece, .payload = pushing };
    bool is_empty;

    if (pushing->has_series)
        (void)encode_end(&pushing->encoder, pushing->last_wall_ms + 1, &out);
    (void)pthread_mutex_lock(&pushing->lock);
    pushing->is_ended = true;
    /* ONCE: for as long as it gets on; the sending thread sees to that */
    pushing->end_mono_ns =
        is_once(pushing) ? INT64_MAX : clock_mono_ns() + pushing->setup->drain_ms * NSEC_PER_MSEC;
    (void)pthread_cond_broadcast(&pushing->changed);
    while (!pushing->is_done && clock_mono_ns() < pushing->end_mono_ns) {
        const int64_t turn_ns = clock_mono_ns() + END_TURN_NS;

        (void)thread_wait_until(&pushing->changed, &pushing->lock,
                                turn_ns < pushing->end_mono_ns ? turn_ns : pushing->end_mono_ns);
        queue_turn(&pushing->queue, clock_mono_ns());
    }
    queue_turn(&pushing->queue, clock_mono_ns());
    (void)disk_sync(&pushing->queue.disk, NULL);
    is_empty = queue_is_empty(&pushing->queue) ||
               (queue_is_on_disk(&pushing->queue) && pushing->queue.memory.count == 0);
    (void)pthread_mutex_unlock(&pushing->lock);
    return result == PUSH_ENDED && !is_empty ? PUSH_GAVE_UP : result;
}

/* A queue is of one address, tenant and user: what was measured for one never goes to another. */
static void name_queue(const struct push_setup *setup, char name_out[NAME_SIZE])
{
    const struct remote_access *access = &setup->access;
    struct digest digest = DIGEST_NULL;
    unsigned char bytes[DIGEST_SIZE];

    digest_add(&digest, access->url, strlen(access->url) + 1);
    digest_add(&digest, access->tenant, strlen(access->tenant) + 1);
    digest_add(&digest, access->user, strlen(access->user) + 1);
    digest_bytes(&digest, bytes);
    for (size_t i = 0; i < (NAME_SIZE - 1) / 2; i++)
        (void)snprintf(name_out + 2 * i, 3, "%02x", bytes[i]);
}

enum push_result push_run(const struct push_setup *setup, const struct transport *transport,
                          int in_fd, int out_fd)
{
    /* stays when this returns: the other thread may still be at work */
    struct pushing *pushing = calloc(1, sizeof(*pushing));
    char *name = calloc(1, NAME_SIZE);
    const struct queue_options options = {
        .folder = setup->mode == PUSH_ONCE ? "" : setup->state_dir,
        .name = name,
        .disk_bytes_max = setup->queue_bytes_max,
        .memory_bytes_max = setup->mode == PUSH_ONCE ? UINT64_MAX : MEMORY_MAX,
    };
    struct push_state told = { 0 };
    enum push_result result;
    pthread_t thread;

    if (pushing == NULL || name == NULL) {
        free(pushing);
        free(name);
        return PUSH_NO_MEMORY;
    }
    name_queue(setup, name);
    (void)fcntl(out_fd, F_SETFL, O_NONBLOCK);
    pushing->setup = setup;
    pushing->encoder.instance = setup->instance;
    pushing->encoder.job = setup->job;
    pushing->state.magic = PUSH_MAGIC;
    pushing->state.version = PUSH_VERSION;
    (void)pthread_mutex_init(&pushing->lock, NULL);
    thread_condition_init(&pushing->changed);
    queue_init(&pushing->queue, &options, clock_mono_ns());
    sender_init(&pushing->sender, transport);
    if (thread_start(&thread, STACK_BYTES, send_all, pushing) < 0)
        return PUSH_NO_MEMORY;
    (void)pthread_detach(thread);
    result = end(pushing, take_all(pushing, in_fd, out_fd));
    tell_state(pushing, out_fd, &told);
    return result;
}

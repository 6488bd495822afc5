/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/sender.h - one batch after the other to the server, and what becomes of each */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fetch/push/batch.h"
#include "fetch/push/verdict.h"

struct transport {
    /* A POST of a packed WriteRequest, as http_exchange(). */
    int (*post)(void *payload, const char *body, size_t length, struct http_answer *answer_out,
                struct aico2_error *err);
    void *payload;
};

/* What is to become of a batch. Samples are decided once. */
struct sender_result {
    bool is_decided; /* it is sent or refused: off the queue; else it stays */
    uint32_t sent;
    uint32_t failed;
    struct verdict verdict; /* the last one that was not VERDICT_TAKEN, else that */
};

struct sender {
    struct transport transport;
    struct batch_limits limits; /* of the next batch: less after a refusal, more after a success */
    struct strbuf packed;
    uint64_t requests;
    unsigned failures; /* in a row that were no answer, or one to try again */
    bool
        is_hopeless; /* of the last record nothing at all was taken: the next is not cut in pieces */
};

void sender_init(struct sender *sender, const struct transport *transport);

/**
 * sender_send() - one request, and where it is refused as few samples as may be with it
 * A refusal tells nothing of which sample it means, and some servers take none of a request that holds one they
 * refuse. So a batch of many records stays, and the next is half as long; a single record is cut in halves,
 * within bounds.
 */
void sender_send(struct sender *sender, const struct batch *batch,
                 struct sender_result *result_out);

/* How long to wait after what was not decided: doubling up to a bound, with chance in it so that many senders do
 * not come at once; what the server wishes, when that is longer. */
int64_t sender_pause_ns(const struct sender *sender, const struct verdict *verdict);

void sender_deinit(struct sender *sender);

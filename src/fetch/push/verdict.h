/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/verdict.h - what a server's answer means for what it was sent */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "fetch/http.h"
#include "model/push.h"

enum verdict_kind {
    VERDICT_TAKEN,
    VERDICT_RETRY, /* 5xx, 408, 429, no connection, no whole answer: later */
    /* 401, 403, 404, a redirect, a certificate or a file that does not fit: nothing was said about the samples,
     * and a person has to do something, so that they wait, and it is asked again now and then */
    VERDICT_HELD,
    VERDICT_TOO_LARGE, /* 413: less at once */
    VERDICT_REFUSED,   /* any other 4xx: never again */
};

struct verdict {
    enum verdict_kind kind;
    int64_t wait_ns; /* how long the server wants to be left alone; 0 it does not say */
    char message[PUSH_MESSAGE_SIZE];
};

void verdict_of_answer(const struct http_answer *answer, int64_t now_wall_ns,
                       struct verdict *verdict_out);

/* code: what http_exchange() returned. */
void verdict_of_failure(int code, const struct aico2_error *err, struct verdict *verdict_out);

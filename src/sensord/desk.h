/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/desk.h - the answer to a request, by the right of who asks */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <aico2/sensord.h>

#include "sensord/coarse.h"
#include "sensord/meters.h"
#include "sensord/rights.h"

enum { DESK_RAW_INTERVAL_MS = 10 };

struct desk {
    struct meters *meters;
    struct coarse_pace pace;
    struct aico2_sensord_reading *coarse; /* what those get who have the lesser right */
    uint64_t coarse_rounds; /* of theirs: those of all would tell how often others ask */
};

/* Return: 0 or -ENOMEM. */
int desk_open(struct desk *desk, struct meters *meters, struct aico2_error *err);
void desk_close(struct desk *desk);

/* Takes new coarse figures where it is time. */
void desk_tick(struct desk *desk, int64_t now_ns);

/* What is said to who is not let in, or no longer: REFUSED. Return: bytes. */
size_t desk_refuse(uint32_t tag, int error, const char *reason, char *answer_out);

/**
 * desk_answer() - one request
 * @request:    as it came
 * @answer_out: AICO2_SENSORD_ANSWER_MAX bytes
 * @end_out:    the connection ends with this answer
 * Return: bytes
 */
size_t desk_answer(struct desk *desk, enum right right, const char *request, size_t length,
                   int64_t now_ns, char *answer_out, bool *end_out);

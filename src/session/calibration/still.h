/* SPDX-License-Identifier: Apache-2.0 */
/* session/calibration/still.h - counters of processors that stand still, as some hypervisors show them */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct session;

/**
 * still_find() - which sources have counters of CPU packages, and none of them moves
 * A processor that is on moves its counter each millisecond, idle or not. A run finds out by itself, after a
 * second; this is for who asks before one.
 * @wait_ns:   between the two readings
 * @still_out: one for each source of the session
 * Return: 0 or -ENOMEM
 */
int still_find(struct session *session, int64_t wait_ns, bool *still_out);

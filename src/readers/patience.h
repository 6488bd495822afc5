/* SPDX-License-Identifier: Apache-2.0 */
/* readers/patience.h - leaves a sensor alone for a while whose failures keep the loop waiting
 *
 * For readers without a thread of their own, whose calls take their time only when something is broken: a bus that
 * hangs times out after a second, at every reading.
 */
#pragma once

#include <stdint.h>

/* Zeroed: it has not failed yet. */
struct patience {
    int64_t until_ns; /* not asked before */
    int code;         /* -errno of the failure that took so long */
};

/* Return: 0: ask; -errno: not now, for that reason. */
int patience_check(const struct patience *patience, int64_t now_ns);

/* It was asked at began_ns and has answered at ended_ns: 0 or -errno. A failure that took its time is not repeated before
 * twenty times as long has passed. */
void patience_take(struct patience *patience, int64_t began_ns, int64_t ended_ns, int code);

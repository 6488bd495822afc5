/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_processes.h - whose energy the machine's is, process by process, since the last glance */
#pragma once

#include "model/glance.h"
#include "session/session_private.h"

/* Of each channel. */
struct glance_idle {
    double watts; /* NAN: not known */
};

/**
 * session_processes_glance() - fills in the processes, and what is theirs, the others' and idle
 * @idle:    one for each channel
 * @seconds: since the last call, > 0
 * Return: 0 or -ENOMEM
 */
int session_processes_glance(struct session *session, const struct glance_idle *idle,
                             double seconds, struct glance *glance);

/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/slow_reader.h - a thread for an open reader whose calls may hang
 *
 * Not the worker of a session (sampler/worker.h): that one probes in its own thread, which would keep the capabilities that
 * everybody gives up here before a client is answered.
 */
#pragma once

#include <stdbool.h>

#include "readers/reader.h"

struct slow_reader;

/* The reader is the thread's from here on; read once a second. Return: 0 or -errno. */
int slow_reader_start(struct slow_reader **slow_out, struct reader *reader);
/* What it said last, once: after that, and before the first answer, samples without anything in them. A call that has
 * not come back for long is -ETIMEDOUT. */
void slow_reader_take(struct slow_reader *slow, struct sample *samples_out);
/* Return: false when the thread hangs in a call: it and its reader are left alone. NULL: true. */
bool slow_reader_stop(struct slow_reader *slow);

/* SPDX-License-Identifier: Apache-2.0 */
/* readers/gauges.h - what a monitor shows of this machine beside energy: loads, clocks, temperatures
 *
 * Nothing of it is metered or stored, so that none of it is opened by a run: it is for those who look
 * (`aico2 devices`, a monitor, a page). Every reading opens what it reads; one a second costs a
 * millisecond or so.
 */
#pragma once

#include "model/gauge.h"
#include "readers/reader.h"

struct gauges;

/* Return: 0 or -ENOMEM. */
int gauges_new(const struct reader_env *env, struct gauges **gauges_out);
void gauges_free(struct gauges *gauges);

/**
 * gauges_read() - everything that can be seen now, in the order a person should meet it
 * Loads of CPUs are over the time since the last reading: the first one has none.
 * @items_out: the reader's, until its next reading
 * Return: 0 or -ENOMEM, with what fitted
 */
int gauges_read(struct gauges *gauges, const struct gauge **items_out, size_t *count_out);

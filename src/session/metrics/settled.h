/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/settled.h - the machine's energy over a history, of which what is long past is not read again
 *
 * Where runs overlap, only their samples tell what would count twice, and a month of them is a second of CPU
 * time. So the energy until some hour ago is kept as lines beside the metrics, with the number of runs it is
 * of: while that is the same, nothing has come into that past.
 */
#pragma once

#include "base/error.h"
#include "base/strbuf.h"
#include "history/history.h"

struct settled_device {
    struct device device; /* what tells it apart, and its model */
    double joules;
};

struct settled {
    int64_t until_wall_ns; /* a whole hour; 0: nothing is kept */
    size_t runs;           /* that began before it */
    struct settled_device *items;
    size_t count;
    size_t capacity;
};

/* What settled_write() wrote, out of a text that has other lines too. What cannot be read is nothing kept.
 * Return: 0 or -ENOMEM; settled_deinit() in both cases */
int settled_parse(const char *text, struct settled *settled_out);
void settled_write(struct strbuf *out, const struct settled *settled);
void settled_deinit(struct settled *settled);

/**
 * settled_advance() - reads what came since, up to the last whole hour that nothing comes into any more
 * A history that has other runs in that past is read anew. Devices of other machines are left out.
 * Return: 0 or -errno of the history
 */
int settled_advance(struct settled *settled, struct history *history, int64_t now_wall_ns,
                    struct aico2_error *err);

/* All of it until now: what is settled and what came since. Devices and their energy alone; the caller frees with
 * history_record_deinit(). */
int settled_read(const struct settled *settled, struct history *history, int64_t now_wall_ns,
                 struct history_record *record_out, struct aico2_error *err);

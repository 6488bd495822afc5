/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/textfile.h - a history as metrics for node_exporter's textfile collector */
#pragma once

#include "base/strbuf.h"
#include "history/history.h"
#include "session/metrics/report.h"
#include "session/report/build.h"

struct textfile {
    const struct carbon_basis
        *basis; /* of the machine's own grams; runs have places of their own */
    int64_t now_wall_ns;
    int64_t ended_within_ns; /* how long runs are told after their end */
    size_t runs_most;
    const char *node;
    enum metrics_names names;
};

/**
 * textfile_make() - all of the file
 * @history:  NULL: there is none yet
 * @previous: the file as it was, NULL none: counters do not fall below what it told, and grams go on from
 *            it, so that another place is of the energy from then on
 * Return: 0 or -errno of the history; out->failed tells of ENOMEM
 */
int textfile_make(struct history *history, const struct textfile *textfile, const char *previous,
                  struct strbuf *out, struct aico2_error *err);

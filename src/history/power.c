/* SPDX-License-Identifier: Apache-2.0 */
/* history/power.c - the power of one run over time: all devices in one pass, and no more than that needs */
#include <errno.h>

#include "history/internal.h"
#include "history/rows.h"

int history_each_power(struct history *history, const char *run_id, size_t device_count,
                       history_power_fn *each, void *payload, struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    struct database *database;
    int64_t key;
    int r = history_find(history, run_id, &database, &key, err);

    if (r == 0)
        r = database_prepare(database,
                             "SELECT end_wall_ns, device, interval_seconds, joules, covered_seconds"
                             " FROM samples WHERE run = ? ORDER BY end_wall_ns, device",
                             &statement, err);
    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, key);
    while ((r = database_step(database, statement, err)) > 0) {
        struct row row = row_to_read(statement);
        struct history_sample sample = { .power_watts = NAN };

        sample.end_wall_ns = row_int(&row, INT64_MIN, INT64_MAX);
        sample.device = (int)row_int(&row, 0, (int64_t)device_count - 1);
        sample.interval_seconds = row_double(&row);
        sample.sums.joules = row_double(&row);
        sample.sums.covered_seconds = row_double(&row);
        r = row_check(&row, database, err);
        if (r == 0)
            r = each(payload, &sample);
        if (r != 0)
            return r;
    }
    return r;
}

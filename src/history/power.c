/* SPDX-License-Identifier: Apache-2.0 */
/* history/power.c - the power of one run over time: all devices in one pass, and no more than that needs */
#include <errno.h>

#include "history/internal.h"
#include "history/rollup.h"
#include "history/rows.h"

struct power_walk {
    struct database *database;
    int64_t run_key;
    size_t device_count;
    history_power_fn *each;
    void *payload;
};

static const char sample_query[] =
    "SELECT end_wall_ns, device, interval_seconds, joules, covered_seconds"
    " FROM samples WHERE run = ? AND end_wall_ns > ? AND end_wall_ns <= ?"
    " ORDER BY end_wall_ns, device";
static const char rollup_query[] =
    "SELECT end_wall_ns, device, interval_seconds, joules, covered_seconds, least_watts, most_watts"
    " FROM rollups WHERE run = ? AND end_wall_ns > ? AND end_wall_ns <= ?"
    " ORDER BY end_wall_ns, device";

static int call_back(const struct power_walk *walk, sqlite3_stmt *statement, bool together,
                     struct aico2_error *err)
{
    struct row row = row_to_read(statement);
    struct history_power power = { .together = together };
    int r;

    power.end_wall_ns = row_int(&row, INT64_MIN, INT64_MAX);
    power.device = (int)row_int(&row, 0, (int64_t)walk->device_count - 1);
    power.interval_seconds = row_double(&row);
    power.joules = row_double(&row);
    power.covered_seconds = row_double(&row);
    if (together) {
        power.least_watts = row_double(&row);
        power.most_watts = row_double(&row);
    }
    r = row_check(&row, walk->database, err);
    return r == 0 ? walk->each(walk->payload, &power) : r;
}

/* Those that end between two times. */
static int walk_rows(const struct power_walk *walk, bool together, int64_t from_wall_ns,
                     int64_t to_wall_ns, struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r =
        database_prepare(walk->database, together ? rollup_query : sample_query, &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, walk->run_key);
    (void)sqlite3_bind_int64(statement, 2, from_wall_ns);
    (void)sqlite3_bind_int64(statement, 3, to_wall_ns);
    while ((r = database_step(walk->database, statement, err)) > 0) {
        r = call_back(walk, statement, together, err);
        if (r != 0)
            return r;
    }
    return r;
}

/* What is rolled up of a run: after what was thinned, of which it is gone, and up to the mark. */
static int find_rolled(const struct power_walk *walk, int64_t *from_wall_ns_out,
                       int64_t *to_wall_ns_out, struct aico2_error *err)
{
    AICO2_CLEANUP(statement_finalizep) sqlite3_stmt *statement = NULL;
    int r = database_prepare(walk->database,
                             "SELECT max(thinned_minute_wall_ns, thinned_hour_wall_ns),"
                             " rolled_wall_ns FROM progress WHERE run = ?",
                             &statement, err);

    if (r < 0)
        return r;
    (void)sqlite3_bind_int64(statement, 1, walk->run_key);
    r = database_step(walk->database, statement, err);
    if (r <= 0)
        return r;
    *from_wall_ns_out = sqlite3_column_int64(statement, 0);
    *to_wall_ns_out = sqlite3_column_int64(statement, 1);
    return 0;
}

static int walk_together(const struct power_walk *walk, struct aico2_error *err)
{
    int64_t from_ns = 0;
    int64_t to_ns = 0;
    int r = find_rolled(walk, &from_ns, &to_ns, err);

    if (r == 0 && to_ns <= from_ns)
        return walk_rows(walk, false, INT64_MIN, INT64_MAX, err);
    if (r == 0)
        r = walk_rows(walk, false, INT64_MIN, from_ns, err);
    if (r == 0)
        r = walk_rows(walk, true, from_ns, to_ns, err);
    return r != 0 ? r : walk_rows(walk, false, to_ns, INT64_MAX, err);
}

int history_each_power(struct history *history, const char *run_id, size_t device_count,
                       bool together, history_power_fn *each, void *payload,
                       struct aico2_error *err)
{
    struct power_walk walk = { .device_count = device_count, .each = each, .payload = payload };
    int r = history_find(history, run_id, &walk.database, &walk.run_key, err);

    if (r == 0)
        r = database_begin_read(walk.database, err);
    if (r < 0)
        return r;
    r = together ? walk_together(&walk, err) : walk_rows(&walk, false, INT64_MIN, INT64_MAX, err);
    database_end_read(walk.database);
    return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* session/remote/store.c - a window of a server kept as a run of the history, once */
#include "session/remote/store.h"

#include "history/history.h"
#include "session/place/again.h"

void remote_store_name(struct remote_result *result)
{
    struct run *run = &result->record.run;
    unsigned char bits[DIGEST_SIZE];

    digest_bytes(&result->digest, bits);
    ulid_make_of(run->id, run->started_wall_ns, bits);
    run->state = RUN_IMPORTED;
}

int remote_store(const char *db_path, struct remote_result *result, const struct report *report,
                 bool *already_out, struct aico2_error *err)
{
    struct history_record *record = &result->record;
    struct history *history = NULL;
    struct run found;
    int r = history_open(db_path, HISTORY_WRITE, &history, err);

    if (r < 0)
        return r;
    *already_out = history_load_run(history, record->run.id, &found, NULL) == 0;
    if (*already_out) {
        run_deinit(&found);
    } else {
        place_keep_match(&record->run, report);
        r = history_store_samples(history, record, result->rows.items, result->rows.count,
                                  report->total.value, report->total_gco2e.value, err);
    }
    history_close(history);
    return r;
}

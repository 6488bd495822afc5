/* SPDX-License-Identifier: Apache-2.0 */
/* session/recover.c - runs of this machine whose measuring process is gone */
#include "session/recover.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "readers/machine.h"
#include "session/environment.h"
#include "session/place/again.h"
#include "session/report/build.h"

static int recover_one(struct history *history, const char *id, struct aico2_error *err)
{
    struct history_record record;
    struct carbon_basis basis = { 0 };
    struct report report;
    int r = history_load(history, id, &record, err);

    if (r < 0)
        return r;
    /* a place that the tables no longer know: the joules are kept, the grams are unknown */
    if (place_again(&record.run, &basis, NULL) < 0) {
        basis.intensity.gco2e_per_kwh = BAND_NONE;
        basis.pue = record.run.pue;
    }
    r = report_build(&record, &basis, &report, err);
    if (r == 0) {
        r = history_mark_recovered(history, id, report.total.value, report.total_gco2e.value, err);
        report_deinit(&report);
    }
    history_record_deinit(&record);
    return r;
}

int recover_dead_runs(struct history *history, char (**ids_out)[ULID_SIZE], size_t *count_out,
                      struct aico2_error *err)
{
    struct environment environment;
    struct machine machine;
    char boot_id[40];
    char(*ids)[ULID_SIZE] = NULL;
    size_t count = 0;
    size_t done = 0;
    int r = environment_open(&environment, NULL, NULL, &clock_system, NULL, err);

    if (r < 0)
        return r;
    machine_read(&environment.reader, &machine);
    environment_boot_id(&environment, boot_id, sizeof(boot_id));
    r = history_list_dead(history, machine.hostname, boot_id, environment.own_proc_fd, &ids, &count,
                          err);
    environment_close(&environment);
    if (r < 0)
        return r;

    /* one that cannot be read does not keep the others from being recovered */
    for (size_t i = 0; i < count; i++) {
        int one = recover_one(history, ids[i], err);

        if (one == 0 && done < i)
            memcpy(ids[done], ids[i], sizeof(ids[i]));
        done += one == 0;
        r = one < 0 ? one : r;
    }
    if (done == 0 && r < 0) {
        free(ids);
        return r;
    }
    *ids_out = ids;
    *count_out = done;
    return 0;
}

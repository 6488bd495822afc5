/* SPDX-License-Identifier: Apache-2.0 */
/* session/recover.c - runs of this machine whose measuring process is gone */
#include "session/recover.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "readers/machine.h"
#include "session/environment.h"
#include "session/place_again.h"
#include "session/report_build.h"

static int recover_one(struct history *history, const char *id, struct aico2_error *err)
{
    struct history_record record;
    struct carbon_basis basis = { 0 };
    struct report report;
    int r = history_load(history, id, &record, err);

    if (r < 0)
        return r;
    r = place_again(&record.run, &basis.intensity, err);
    basis.pue = record.run.pue;
    if (r == 0)
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
    int r = environment_open(&environment, NULL, NULL, &clock_system, NULL, err);

    if (r < 0)
        return r;
    machine_read(&environment.reader, &machine);
    environment_boot_id(&environment, boot_id, sizeof(boot_id));
    r = history_list_dead(history, machine.hostname, boot_id, environment.own_proc_fd, ids_out,
                          count_out, err);
    for (size_t i = 0; r == 0 && i < *count_out; i++)
        r = recover_one(history, (*ids_out)[i], err);
    environment_close(&environment);
    return r;
}

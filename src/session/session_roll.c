/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_roll.c - one run ends and the next begins while the meters go on */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "session/session_private.h"

#include "base/clock.h"
#include "base/lines.h"
#include "base/text.h"
#include "base/ulid.h"
#include "session/place/again.h"

/* The sums begin anew; what a meter knows of its counter stays. */
static void begin_channel(struct channel *channel)
{
    channel->totals = DEVICE_TOTALS_NULL;
    channel->row_sums = (struct energy_sums){ 0 };
    channel->row_seconds = 0;
    channel->shadow_sums = (struct energy_sums){ 0 };
    channel->shadow_peak_watts = NAN;
    channel->errors = 0;
    channel->activity_errors = 0;
    channel->meter.resets = 0;
    channel->gpu.hidden_seconds = 0;
    for (size_t i = 0; i < GPU_WAYS; i++)
        channel->gpu.activity_seconds[i] = 0;
}

static void take_place(struct session *session, const struct session_place *place)
{
    struct session_options *options = &session->options;

    options->intensity = place->intensity;
    options->place_option = place->place_option;
    options->pue = place->pue;
    options->pue_source = place->pue_source;
    options->price = place->price;
}

static void begin_run(struct session *session, int64_t now_mono_ns)
{
    const struct session_options *options = &session->options;
    struct run *run = &session->record.run;

    session->start_mono_ns = now_mono_ns;
    session->start_boot_ns = session_boot_ns(session);
    session->slept_seconds = 0;
    session->clock_step_seconds = 0;
    session->rolled_own_ns = session_own_cpu_ns(session);
    session->rolled_busy_ns = session->busy_ns;
    session->rolled_stolen_ns = session->stolen_ns;
    session->rolled_late_ticks = session->sampler.ticker.late_ticks;
    session->stored_mono_ns = 0;
    session->committed_from = 0;
    session->devices_changed = true;
    session->record.slices.count = 0;
    session->record.slices.changed_from = 0;
    lines_free(session->warnings, session->warning_count);
    session->warnings = NULL;
    session->warning_count = 0;

    ulid_make(run->id, session_wall_ns(session));
    run->state = RUN_RUNNING;
    run->started_wall_ns = session_wall_ns(session);
    run->ended_wall_ns = run->started_wall_ns;
    run->duration_ns = 0;
    run->pue = options->pue;
    run->price = options->price;
    run->price_matched = false;
    run->place_basis = options->intensity.place_basis;
    text_copy_clean(run->pue_source, sizeof(run->pue_source),
                    options->pue_source != NULL ? options->pue_source : "");
    text_copy_clean(run->place_option, sizeof(run->place_option),
                    options->place_option != NULL ? options->place_option : "");
    free(run->warnings_json);
    run->warnings_json = NULL;
    for (size_t i = 0; i < session->channel_count; i++)
        begin_channel(&session->channels[i]);
}

static int end_run(struct session *session, int64_t now_mono_ns, struct report *report_out,
                   struct aico2_error *err)
{
    struct run *run = &session->record.run;
    const struct carbon_basis basis = session_basis(session);
    int r;

    session_set_duration(session, now_mono_ns);
    session_flush_rows(session);
    session_settle(session);
    session_measure_self(session);
    session_warn_of_sources(session);
    if (session_store_warnings(session) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    run->state = RUN_FINISHED;
    r = report_build(&session->record, &basis, report_out, err);
    if (r == 0 && session->recorder != NULL) {
        place_keep_match(run, report_out);
        r = session_store_end(session, report_out->total.value, report_out->total_gco2e.value, err);
        if (r < 0)
            report_deinit(report_out);
    }
    if (r < 0)
        run->state = RUN_RUNNING;
    return r;
}

int session_roll(struct session *session, const struct session_place *place,
                 struct report *report_out, struct aico2_error *err)
{
    int64_t now_mono_ns = session_mono_ns(session);
    struct report report;
    int r;

    assert(session->job == NULL && session->epoch_log.path == NULL);
    if (!session_store_is_ready(session))
        return aico2_error_set(err, -EAGAIN, "the history is behind");
    r = end_run(session, now_mono_ns, &report, err);
    if (r < 0)
        return r;
    if (place != NULL)
        take_place(session, place);
    begin_run(session, now_mono_ns);
    session_store_progress(session, now_mono_ns);
    *report_out = report;
    return 0;
}

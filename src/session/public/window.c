/* SPDX-License-Identifier: Apache-2.0 */
/* session/public/window.c - implements include/aico2/window.h */
#include <aico2/window.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/text.h"
#include "history/fork_gate.h"
#include "history/history.h"
#include "session/public/public.h"
#include "session/public/report.h"
#include "session/public/settings.h"
#include "session/report/build.h"
#include "session/window.h"

/* The year 2200: past what nanoseconds hold. */
static const double LAST_S = 7258118400;

static int check(double start_s, double end_s, struct aico2_error *err)
{
    if (!(start_s >= 0 && start_s <= LAST_S))
        return aico2_error_set(err, -EINVAL, "start_s is %g: seconds since 1970 are meant",
                               start_s);
    if (!(end_s > start_s && end_s <= LAST_S))
        return aico2_error_set(err, -EINVAL, "end_s is %.3f, which is not after start_s, %.3f",
                               end_s, start_s);
    return 0;
}

static int describe(const struct public_settings *settings, const struct aico2_options *given,
                    struct run *run, struct aico2_error *err)
{
    const struct session_options *options = &settings->options;
    bool named = given != NULL && given->name != NULL;

    text_copy_clean(run->name, sizeof(run->name), named ? options->name : "window");
    text_copy_clean(run->stage, sizeof(run->stage),
                    options->stage != NULL ? options->stage : "training");
    text_copy_clean(run->unit, sizeof(run->unit), options->unit != NULL ? options->unit : "");
    text_copy_clean(run->pue_source, sizeof(run->pue_source), settings->pue_source);
    text_copy_clean(run->place_option, sizeof(run->place_option), settings->place);
    run->scope = options->scope;
    run->idle = options->idle;
    run->embodied = options->embodied;
    run->lifetime_years = options->lifetime_years;
    run->units = options->units;
    run->pue = options->pue;
    run->place_basis = options->intensity.place_basis;
    run->labels = strdup("source=history\n");
    return run->labels == NULL ? aico2_error_set(err, -ENOMEM, "out of memory") : 0;
}

static int read(const struct public_settings *settings, const struct aico2_options *given,
                int64_t from_ns, int64_t to_ns, struct report *report_out, struct aico2_error *err)
{
    const struct session_options *options = &settings->options;
    const struct carbon_basis basis = {
        .intensity = options->intensity,
        .series = options->series,
        .pue = options->pue,
        .price = options->price,
        .prices = options->prices,
    };
    struct history_record record;
    struct history *history;
    int r;

    fork_gate_enter();
    r = history_open(settings->db_path, HISTORY_READ, &history, err);
    if (r == 0) {
        r = window_read(history, from_ns, to_ns, options->cuts, &record, err);
        history_close(history);
    }
    fork_gate_leave();
    if (r < 0)
        return r;
    r = describe(settings, given, &record.run, err);
    if (r == 0)
        r = report_build(&record, &basis, report_out, err);
    history_record_deinit(&record);
    return r;
}

int aico2_window_report(struct aico2_report **report_out, const struct aico2_options *options,
                        double start_s, double end_s, struct aico2_error *err)
{
    struct public_settings settings;
    struct public_locale locale;
    struct report report;
    int r = check(start_s, end_s, err);

    if (r < 0)
        return r;
    r = public_locale_enter(&locale, err);
    if (r < 0)
        return r;
    r = public_settings_init(&settings, options, err);
    if (r == 0) {
        if (settings.db_path[0] == '\0')
            r = public_db_path(options != NULL ? options->db_path : NULL, settings.db_path,
                               sizeof(settings.db_path), err);
        if (r == 0)
            r = read(&settings, options, llround(start_s * (double)NSEC_PER_SEC),
                     llround(end_s * (double)NSEC_PER_SEC), &report, err);
        public_settings_deinit(&settings);
    }
    if (r == 0)
        r = public_report_new(report_out, &report, err);
    public_locale_leave(&locale);
    return r;
}

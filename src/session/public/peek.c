/* SPDX-License-Identifier: Apache-2.0 */
/* session/public/peek.c - implements include/aico2/session.h: looking on, forecasts, budgets */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "session/public/session.h"

#include "session/public/public.h"
#include "session/report/build.h"
#include "session/session_private.h"

static int peek(struct aico2_session *session, struct aico2_peek *peek_out, struct aico2_error *err)
{
    struct session_progress progress;
    struct aico2_peek filled;
    struct report report;
    int r;

    public_refresh(session);
    r = session_totals_so_far(session->session, &report, err);
    if (r < 0)
        return r;
    session_progress(session->session, &progress);
    filled = (struct aico2_peek){
        .duration_s = progress.duration_seconds,
        .energy_joules = public_band(report.total),
        .machine_joules = report.machine_joules,
        .power_watts = progress.watts,
        .total_gco2e = public_band(report.total_gco2e),
        .cpu_s = progress.job_cpu_seconds,
        .device_count = session->session->channel_count,
        .measures = session->measures ? 1 : 0,
    };
    report_deinit(&report);
    return public_fill(peek_out, &filled, sizeof(filled), sizeof(filled), "aico2_peek", err);
}

int aico2_session_peek(struct aico2_session *session, struct aico2_peek *peek_out,
                       struct aico2_error *err)
{
    struct public_call call;
    int r = public_enter_running(&call, session, err);

    if (r < 0)
        return r;
    r = peek(session, peek_out, err);
    public_leave(&call);
    return r;
}

static int peek_device(const struct session *session, size_t index,
                       struct aico2_peek_device *device_out, struct aico2_error *err)
{
    struct aico2_peek_device filled = { 0 };
    const struct channel *channel;
    const struct device *device;

    if (index >= session->channel_count)
        return aico2_error_set(err, -ENODATA, "there is no device %zu: there are %zu", index,
                               session->channel_count);
    channel = &session->channels[index];
    device = &session->record.devices[index];
    (void)snprintf(filled.id, sizeof(filled.id), "%s", device->id);
    (void)snprintf(filled.kind, sizeof(filled.kind), "%s", device_kind_name(device->kind));
    filled.energy_joules =
        channel->totals.sums.covered_seconds > 0 ? channel->totals.sums.joules : NAN;
    filled.power_watts = channel->watts;
    filled.is_added = session_is_counted(session, index) ? 1 : 0;
    return public_fill(device_out, &filled, sizeof(filled), sizeof(filled), "aico2_peek_device",
                       err);
}

int aico2_session_peek_device(struct aico2_session *session, size_t index,
                              struct aico2_peek_device *device_out, struct aico2_error *err)
{
    struct public_call call;
    int r = public_enter_running(&call, session, err);

    if (r < 0)
        return r;
    r = peek_device(session->session, index, device_out, err);
    public_leave(&call);
    return r;
}

int aico2_session_set_epochs(struct aico2_session *session, double epochs, struct aico2_error *err)
{
    struct public_call call;
    int r;

    if (!(epochs >= 0 && epochs <= 1e9))
        return aico2_error_set(err, -EINVAL, "epochs is %g: it must be 0 to 1e9", epochs);
    r = public_enter_running(&call, session, err);
    if (r < 0)
        return r;
    session_set_epochs(session->session, epochs);
    public_tell(session, &(struct figures_ask){ .kind = ASK_EPOCHS, .epochs = epochs });
    public_leave(&call);
    return 0;
}

static int forecast(const struct report *report, struct aico2_forecast *forecast_out,
                    struct aico2_error *err)
{
    static const char *const bases[] = { [PREDICTION_FIRST_EPOCH] = "first-epoch",
                                         [PREDICTION_STEADY_EPOCHS] = "steady-epochs",
                                         [PREDICTION_MEASURED] = "measured" };
    const struct report_prediction *prediction = &report->prediction;
    struct aico2_forecast filled;

    if (prediction->basis == PREDICTION_NONE)
        return aico2_error_set(err, -ENODATA, "%s",
                               report->training.epochs > 0
                                   ? "no epoch has ended yet"
                                   : "how many epochs the training has is not known");
    filled = (struct aico2_forecast){
        .epochs = prediction->epochs,
        .epochs_done = prediction->epochs_done,
        .energy_joules = public_band(prediction->energy_joules),
        .duration_s = public_band(prediction->duration_seconds),
        .total_gco2e = public_band(prediction->total_gco2e),
    };
    (void)snprintf(filled.basis, sizeof(filled.basis), "%s", bases[prediction->basis]);
    return public_fill(forecast_out, &filled, sizeof(filled), sizeof(filled), "aico2_forecast",
                       err);
}

int aico2_session_forecast(struct aico2_session *session, struct aico2_forecast *forecast_out,
                           struct aico2_error *err)
{
    struct public_call call;
    struct report report;
    int r = public_enter_running(&call, session, err);

    if (r < 0)
        return r;
    public_refresh(session);
    r = session_report_so_far(session->session, &report, err);
    if (r == 0) {
        r = forecast(&report, forecast_out, err);
        report_deinit(&report);
    }
    public_leave(&call);
    return r;
}

/* With what was used while another process measured, which is known before the first reading of one's own. */
static double used_so_far(const struct aico2_session *session, const struct report *report)
{
    double used = budget_used(&session->settings.budget, report);

    return isfinite(used) || session->used_before == 0 ? used + session->used_before
                                                       : session->used_before;
}

static int look(struct aico2_session *session, const struct report *report,
                struct aico2_budget *budget_out, struct aico2_error *err)
{
    const struct budget *budget = &session->settings.budget;
    double used = used_so_far(session, report);
    struct aico2_budget filled;

    if (used > budget->amount && !session->exceeded) {
        session->exceeded = true;
        session_set_budget_state(session->session, "exceeded");
        session_add_warning(session->session, "the budget is used up");
    }
    filled = (struct aico2_budget){
        .amount = budget->amount,
        .used = used,
        .predicted = budget_predicted(budget, report) + session->used_before,
        .exceeded = session->exceeded ? 1 : 0,
    };
    (void)snprintf(filled.unit, sizeof(filled.unit), "%s",
                   budget->of == BUDGET_ENERGY   ? "joules"
                   : budget->of == BUDGET_CARBON ? "gco2e"
                                                 : budget->currency);
    return public_fill(budget_out, &filled, sizeof(filled), sizeof(filled), "aico2_budget", err);
}

double public_budget_used(struct aico2_session *session)
{
    struct report report;
    double used = NAN;

    if (session->settings.budget.of != BUDGET_NONE &&
        session_totals_so_far(session->session, &report, NULL) == 0) {
        used = budget_used(&session->settings.budget, &report);
        report_deinit(&report);
    }
    return used;
}

int aico2_session_budget(struct aico2_session *session, struct aico2_budget *budget_out,
                         struct aico2_error *err)
{
    struct public_call call;
    struct report report;
    int r = public_enter_running(&call, session, err);

    if (r < 0)
        return r;
    if (session->settings.budget.of == BUDGET_NONE) {
        public_leave(&call);
        return aico2_error_set(err, -ENODATA, "the session has no budget");
    }
    public_refresh(session);
    r = session_report_so_far(session->session, &report, err);
    if (r == 0) {
        r = look(session, &report, budget_out, err);
        report_deinit(&report);
    }
    public_leave(&call);
    return r;
}

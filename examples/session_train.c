/* SPDX-License-Identifier: Apache-2.0 */
/*
 * examples/session_train.c - a training that measures itself, epoch by epoch
 *
 *     cc session_train.c -o session_train $(pkg-config --cflags --libs aico2)
 *
 * C99, and C++17 as it stands.
 */
#include <aico2/aico2.h>

#include <stdio.h>
#include <string.h>

enum { EPOCHS = 5, FORETELL_AFTER = 2 };

/* What stands for the work. */
static double train_an_epoch(void)
{
    double loss = 1;

    for (long i = 1; i < 20000000; i++)
        loss += 1.0 / (double)i;
    return loss;
}

static void foretell(struct aico2_session *session)
{
    struct aico2_forecast forecast;

    memset(&forecast, 0, sizeof(forecast));
    forecast.size = sizeof(forecast);
    if (aico2_session_forecast(session, &forecast, NULL) == 0)
        printf("all %d epochs will take %.3f s (%.3f ... %.3f) and %.3g J\n", EPOCHS,
               forecast.duration_s.value, forecast.duration_s.low, forecast.duration_s.high,
               forecast.energy_joules.value);
}

static int train(struct aico2_session *session, struct aico2_error *err)
{
    struct aico2_task_figures figures;
    uint64_t epoch;
    int r;

    memset(&figures, 0, sizeof(figures));
    figures.size = sizeof(figures);
    for (int i = 1; i <= EPOCHS; i++) {
        r = aico2_task_open(session, NULL, AICO2_TASK_EPOCH, &epoch, err);
        if (r < 0)
            return r;
        printf("epoch %d: loss %.2f", i, train_an_epoch());
        r = aico2_task_close(session, epoch, &figures, err);
        if (r < 0)
            return r;
        printf(", %.3f s, %.3g J\n", figures.duration_s, figures.energy_joules.value);
        if (i == FORETELL_AFTER)
            foretell(session);
    }
    return 0;
}

int main(void)
{
    struct aico2_session *session = NULL;
    struct aico2_report *report = NULL;
    struct aico2_options options;
    struct aico2_error err;
    int r;

    memset(&err, 0, sizeof(err));
    memset(&options, 0, sizeof(options));
    options.size = sizeof(options);
    options.country = "FR";
    options.epochs = EPOCHS;

    r = aico2_session_new(&session, &options, &err);
    if (r == 0)
        r = aico2_session_start(session, "session_train", &err);
    if (r == 0)
        r = train(session, &err);
    if (r == 0)
        r = aico2_session_stop(session, &report, &err);
    if (r == 0)
        printf("%s", aico2_report_text(report));
    else
        fprintf(stderr, "session_train: %s\n", err.message);
    aico2_report_free(report);
    aico2_session_free(session);
    return r == 0 ? 0 : 1;
}

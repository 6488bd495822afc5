/* SPDX-License-Identifier: Apache-2.0 */
/* tui/watch.c - the machine under watch: a session that stores nothing, and a glance a tick */
#include "tui/watch.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "session/session.h"

/* A slow driver may miss the first figures; it is not waited for any longer. */
static const int64_t DRIVER_WAIT_NS = 300 * NSEC_PER_MSEC;
/* More often nobody can look. */
static const int64_t SPACING_LEAST_NS = 100 * NSEC_PER_MSEC;

struct watch {
    const struct settings *settings;
    struct session *session;
    struct glance glance;
    int64_t spacing_ns;
    bool fresh;
    int watched_fd; /* -1: none yet */
};

/* Ticks come early and late by a part of the interval; long intervals are read several times. */
static void on_tick(void *payload)
{
    struct watch *watch = payload;
    const int64_t now_ns = clock_mono_ns();

    if (watch->glance.taken_mono_ns > 0 &&
        now_ns - watch->glance.taken_mono_ns < watch->spacing_ns * 3 / 4)
        return;
    watch->fresh = session_glance(watch->session, &watch->glance, NULL) == 0 || watch->fresh;
}

static struct session_options session_options(const struct settings *settings)
{
    const struct options *options = settings->options;

    return (struct session_options){
        .name = "monitor",
        .stage = "monitor",
        .interval_ns = options_integer(options, OPT_INTERVAL),
        .scope = SCOPE_MACHINE,
        .idle = IDLE_PROPORTIONAL,
        .lifetime_years = NAN,
        .units = NAN,
        .pue = settings->here.site.pue,
        .pue_source = settings->here.site.pue_source,
        .intensity = settings->here.intensity,
        .place_option = settings->here.place_option,
        .series = settings->series.count > 0 ? &settings->series : NULL,
        .price = { .per_kwh = NAN },
        .processes = true,
        .sysroot = options_text(options, OPT_SYSROOT),
        .nvml_path = options_text(options, OPT_NVML),
        .calibration = settings->calibrated ? &settings->calibration : NULL,
    };
}

int watch_start(struct watch **watch_out, const struct settings *settings, struct aico2_error *err)
{
    const struct session_options options = session_options(settings);
    struct watch *watch = calloc(1, sizeof(*watch));
    int r;

    if (watch == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    watch->settings = settings;
    watch->watched_fd = -1;
    watch->spacing_ns =
        options.interval_ns > SPACING_LEAST_NS ? options.interval_ns : SPACING_LEAST_NS;
    r = session_new(&watch->session, &options, err);
    if (r < 0) {
        free(watch);
        return r;
    }
    session_on_tick(watch->session, on_tick, watch);
    session_wait_for_drivers(watch->session, DRIVER_WAIT_NS);
    session_start(watch->session);
    *watch_out = watch;
    return 0;
}

void watch_stop(struct watch *watch)
{
    if (watch == NULL)
        return;
    session_free(watch->session);
    glance_deinit(&watch->glance);
    free(watch);
}

int watch_wait(struct watch *watch, int fd, int timeout_ms)
{
    if (watch->watched_fd != fd) {
        int r = session_watch(watch->session, fd, NULL);

        if (r < 0)
            return r;
        watch->watched_fd = fd;
    }
    return session_wait(watch->session, timeout_ms);
}

const struct glance *watch_take(struct watch *watch)
{
    if (!watch->fresh)
        return NULL;
    watch->fresh = false;
    return &watch->glance;
}

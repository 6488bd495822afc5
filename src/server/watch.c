/* SPDX-License-Identifier: Apache-2.0 */
/* server/watch.c - the measurement without end: a session, cut into a run a day */
#include "server/watch.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/notify.h"
#include "server/exposition.h"
#include "server/remote_write.h"
#include "server/say.h"
#include "session/report/build.h"
#include "session/session.h"

static const int64_t DAY_NS = 86400 * NSEC_PER_SEC;
static const int64_t PATIENCE_NS = 5 * NSEC_PER_SEC;

struct watch {
    struct settings *settings; /* of the start */
    struct settings *placed;   /* of the place of the run in hand */
    struct settings *fresh;    /* to be taken over; NULL: none */
    struct service *service;
    struct session *session;
    struct exposition exposition;
    struct remote_write *write; /* NULL: none asked for */
    int watched_fd;             /* -1: none yet */
    int64_t day;                /* that the run in hand is of, since 1970 */
    bool unstored;              /* the history cannot be written, and it was said so */
};

static int64_t today(void)
{
    return clock_wall_ns() / DAY_NS;
}

/* --- a tick --- */

static void roll(struct watch *watch)
{
    struct session_place place;
    struct report report;
    struct aico2_error err = { 0 };
    struct settings *fresh = watch->fresh;
    int r;

    if (fresh != NULL)
        place = (struct session_place){
            .intensity = fresh->intensity,
            .place_option = fresh->place_option,
            .pue = fresh->site.pue,
            .pue_source = fresh->site.pue_source,
            .price = fresh->price,
        };
    r = session_roll(watch->session, fresh != NULL ? &place : NULL, &report, &err);
    if (r < 0)
        return; /* the history is behind: the run goes on for a tick */
    watch->day = today();
    if (fresh != NULL) {
        settings_unref(watch->placed);
        watch->placed = fresh;
        watch->fresh = NULL;
    }
    exposition_end_run(&watch->exposition, &report, watch->service);
    report_deinit(&report);
}

/* Once when it begins and once when it is over, not at every tick. */
static void tell_of_history(struct watch *watch)
{
    struct aico2_error why = { 0 };
    bool stored = session_is_stored(watch->session, &why);

    if (!stored && !watch->unstored)
        say_warning("the history cannot be kept, and is tried again: %s", why.message);
    else if (stored && watch->unstored)
        say("the history is kept again");
    watch->unstored = !stored;
}

static void on_tick(void *payload)
{
    struct watch *watch = payload;

    atomic_store(&watch->service->ticked_mono_ns, clock_mono_ns());
    tell_of_history(watch);
    if (watch->fresh != NULL || today() != watch->day)
        roll(watch);
    exposition_make_raw(&watch->exposition, watch->session, watch->service);
    exposition_make(&watch->exposition, watch->session, &watch->placed->intensity, watch->write,
                    watch->service);
    if (watch->write != NULL)
        remote_write_tick(watch->write, &watch->exposition.metrics);
    notify("WATCHDOG=1");
}

/* --- from the start to the end --- */

/* A second that all are told of ends with a reading: what does not divide one becomes the next shorter time that does. */
static int64_t interval_ns(const struct options *options)
{
    const int64_t asked_ns = options_integer(options, OPT_INTERVAL);
    int64_t parts;

    if (asked_ns >= NSEC_PER_SEC)
        return asked_ns;
    parts = (NSEC_PER_SEC + asked_ns - 1) / asked_ns;
    if (NSEC_PER_SEC % asked_ns != 0)
        say("--interval %.9g ms does not divide a second: read every %.9g ms",
            (double)asked_ns / NSEC_PER_MSEC, (double)(NSEC_PER_SEC / parts) / NSEC_PER_MSEC);
    return NSEC_PER_SEC / parts;
}

static struct session_options session_options(const struct settings *settings)
{
    const struct options *options = &settings->options;

    return (struct session_options){
        .name = RUN_STAGE_WATCH,
        .stage = RUN_STAGE_WATCH,
        .interval_ns = interval_ns(options),
        .scope = SCOPE_MACHINE,
        .idle = IDLE_PROPORTIONAL,
        .embodied = options_flag(options, OPT_EMBODIED),
        .lifetime_years = NAN,
        .units = NAN,
        .pue = settings->site.pue,
        .pue_source = settings->site.pue_source,
        .intensity = settings->intensity,
        .place_option = settings->place_option,
        .price = settings->price,
        .sysroot = options_text(options, OPT_SYSROOT),
        .nvml_path = options_text(options, OPT_NVML),
        .db_path = settings->db_path[0] != '\0' ? settings->db_path : NULL,
        .log = &say_log,
        .calibration = settings->calibrated ? &settings->calibration : NULL,
    };
}

/* Without it the machine is told of all the same. */
static void start_feed(struct watch *watch, const char *db_path)
{
    struct aico2_error err = { 0 };

    if (run_feed_start(&watch->exposition.feed, db_path, &err) < 0)
        say_warning("/metrics tells of no runs: %s", err.message);
}

static void watch_free(struct watch *watch)
{
    session_free(watch->session);
    exposition_deinit(&watch->exposition);
    settings_unref(watch->settings);
    settings_unref(watch->placed);
    settings_unref(watch->fresh);
    free(watch);
}

int watch_start(struct watch **watch_out, struct settings *settings, struct service *service,
                struct aico2_error *err)
{
    struct session_options options = session_options(settings);
    struct watch *watch = calloc(1, sizeof(*watch));
    int r;

    if (watch == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    watch->settings = settings_ref(settings);
    watch->placed = settings_ref(settings);
    watch->service = service;
    watch->watched_fd = -1;
    exposition_init(&watch->exposition, service->proc_fd,
                    (enum metrics_names)options_integer(&settings->options, OPT_METRICS_NAMES));
    watch->exposition.keeps_history = options.db_path != NULL;
    watch->day = today();
    service->patience_ns = 2 * options.interval_ns + PATIENCE_NS;
    r = session_new(&watch->session, &options, err);
    if (r == 0 && settings->writes_remotely)
        r = remote_write_start(&watch->write, &settings->remote_write,
                               options_integer(&settings->options, OPT_REMOTE_WRITE_INTERVAL), err);
    if (r < 0) {
        watch_free(watch);
        return r;
    }
    if (options.db_path != NULL)
        start_feed(watch, options.db_path);
    session_on_tick(watch->session, on_tick, watch);
    session_keep_seconds(watch->session);
    session_start(watch->session);
    session_record(watch->session);
    *watch_out = watch;
    return 0;
}

int watch_wait(struct watch *watch, int fd)
{
    if (watch->watched_fd != fd) {
        int r = session_watch(watch->session, fd, NULL);

        if (r < 0)
            return r;
        watch->watched_fd = fd;
    }
    return session_wait(watch->session, -1);
}

static bool place_differs(const struct settings *a, const struct settings *b)
{
    return memcmp(&a->intensity.gco2e_per_kwh, &b->intensity.gco2e_per_kwh,
                  sizeof(a->intensity.gco2e_per_kwh)) != 0 ||
           strcmp(a->place_option, b->place_option) != 0 ||
           memcmp(&a->site.pue, &b->site.pue, sizeof(a->site.pue)) != 0 ||
           strcmp(a->price.currency, b->price.currency) != 0 ||
           memcmp(&a->price.per_kwh, &b->price.per_kwh, sizeof(a->price.per_kwh)) != 0;
}

void watch_change(struct watch *watch, struct settings *settings)
{
    settings_unref(watch->fresh);
    watch->fresh = place_differs(watch->placed, settings) ? settings_ref(settings) : NULL;
}

void watch_stop(struct watch *watch)
{
    const struct session_end end = { RUN_FINISHED, -1 };
    struct aico2_error err = { 0 };
    struct report report;

    if (watch == NULL)
        return;
    if (session_finish(watch->session, &end, &report, &err) == 0) {
        for (size_t i = 0; i < report.warning_count; i++) {
            if (strncmp(report.warnings[i], "not", 3) == 0)
                say_warning("%s", report.warnings[i]);
        }
        report_deinit(&report);
    } else {
        say("no report of the run: %s", err.message);
    }
    remote_write_stop(watch->write, &watch->exposition.metrics);
    watch_free(watch);
}

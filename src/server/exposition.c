/* SPDX-License-Identifier: Apache-2.0 */
/* server/exposition.c - from the measurement to the page that /metrics hands out, and to the live figures */
#include "server/exposition.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "server/coarse_row.h"
#include "session/metrics/report.h"
#include "session/report/build.h"
#include "session/report/tick.h"
#include "writers/metrics_text.h"

enum { READERS_MAX = 64 };

/* A little under a tenth of a second: a tick comes early now and then. */
static const int64_t RAW_SPACING_NS = 95 * NSEC_PER_MSEC;

void exposition_init(struct exposition *exposition, int proc_fd, enum metrics_names names)
{
    *exposition = (struct exposition){ .proc_fd = proc_fd,
                                       .names = names,
                                       .news = { .since_wall_ns = clock_wall_ns() } };
    if (gethostname(exposition->node, sizeof(exposition->node)) < 0)
        exposition->node[0] = '\0';
    exposition->node[sizeof(exposition->node) - 1] = '\0';
}

void exposition_deinit(struct exposition *exposition)
{
    run_feed_stop(exposition->feed);
    metrics_runs_deinit(&exposition->runs);
    device_counters_deinit(&exposition->counters);
    device_counters_deinit(&exposition->raw_counters);
    metrics_deinit(&exposition->metrics);
    tick_deinit(&exposition->tick);
}

void exposition_end_run(struct exposition *exposition, const struct report *report,
                        struct service *service)
{
    struct run_row row = run_row_of(report);

    (void)device_counters_take(&exposition->counters, report);
    run_row_coarsen(&row);
    live_ring_put_run(&service->live, &row);
    if (exposition->raw_mono_ns == 0)
        return;
    (void)device_counters_take(&exposition->raw_counters, report);
    live_ring_put_run(&service->raw, &row);
}

/* What the counters have just taken, to those who look on. */
static void tell(struct tick *tick, const struct session *session,
                 const struct device_counters *counters, const struct report *report,
                 int64_t since_ns, bool exact, struct live_ring *ring)
{
    if (tick_of_report(tick, counters, report, exact) < 0)
        return;
    session_tell_memory(session, tick);
    tick->wall_ns = clock_wall_ns();
    tick->interval_seconds = round(seconds_from_ns(since_ns) * 1000) / 1000;
    live_ring_put_tick(ring, tick);
}

void exposition_make_raw(struct exposition *exposition, struct session *session,
                         struct service *service)
{
    const int64_t now_ns = clock_mono_ns();
    const int64_t since_ns = now_ns - exposition->raw_mono_ns;
    struct report report;

    if (now_ns > atomic_load(&service->raw_until_mono_ns)) {
        if (exposition->raw_mono_ns != 0)
            device_counters_deinit(&exposition->raw_counters);
        exposition->raw_mono_ns = 0;
        return;
    }
    if (exposition->raw_mono_ns != 0 && since_ns < RAW_SPACING_NS)
        return;
    if (session_report_so_far(session, &report, NULL) < 0)
        return;
    /* the first take says where counting begins: it has no interval of its own */
    if (device_counters_take(&exposition->raw_counters, &report) > 0 &&
        exposition->raw_mono_ns != 0)
        tell(&exposition->tick, session, &exposition->raw_counters, &report, since_ns, true,
             &service->raw);
    report_deinit(&report);
    exposition->raw_mono_ns = now_ns;
}

static struct page *render(const struct metrics *metrics)
{
    struct strbuf texts[PAGE_FORMS] = { { 0 } };

    write_metrics(&texts[PAGE_TEXT], metrics, METRICS_PROMETHEUS);
    write_metrics(&texts[PAGE_OPENMETRICS], metrics, METRICS_OPENMETRICS);
    return page_new(texts);
}

void exposition_make(struct exposition *exposition, struct session *session,
                     const struct intensity *intensity, const struct remote_write *write,
                     struct service *service)
{
    struct metrics_reader readers[READERS_MAX];
    struct metrics_source source = {
        .counters = &exposition->counters,
        .intensity = intensity,
        .readers = readers,
        .process = &exposition->process,
        .node = exposition->node,
        .names = exposition->names,
        .wall_ns = clock_wall_ns(),
    };
    const bool stored = session_is_stored(session, NULL);
    int64_t now_ns = clock_mono_ns();
    struct report report;
    struct page *page;
    int taken;

    atomic_store(&service->is_unstored, !stored);
    if (exposition->keeps_history)
        source.history = stored ? METRICS_STORED : METRICS_NOT_STORED;
    if (!session_second_is_over(session))
        return;
    if (session_report_so_far(session, &report, NULL) < 0)
        return; /* short of memory: the next tick tries again */
    taken = device_counters_take(&exposition->counters, &report);
    if (taken > 0)
        tell(&exposition->tick, session, &exposition->counters, &report,
             exposition->made_mono_ns != 0 ? now_ns - exposition->made_mono_ns
                                           : report.run.duration_ns,
             false, &service->live);
    report_deinit(&report);
    if (taken < 0 || (taken == 0 && exposition->made_mono_ns == 0))
        return; /* no page before there are figures */
    source.reader_count = session_readers(session, readers, READERS_MAX);
    if (exposition->feed != NULL)
        run_feed_take(exposition->feed, &exposition->runs);
    run_news_tell(&exposition->news, &exposition->runs, &service->live);
    source.runs = exposition->runs.items;
    source.run_count = exposition->runs.count;
    own_process_read(exposition->proc_fd, &exposition->process);
    metrics_of_report(&exposition->metrics, &source);
    if (write != NULL)
        remote_write_add_metrics(write, &exposition->metrics);
    page = exposition->metrics.failed ? NULL : render(&exposition->metrics);
    if (page == NULL)
        return;
    exposition->made_mono_ns = now_ns;
    page_slot_put(&service->metrics, page);
}

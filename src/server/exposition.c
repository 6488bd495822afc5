/* SPDX-License-Identifier: Apache-2.0 */
/* server/exposition.c - from the measurement to the page that /metrics hands out, and to the live figures */
#include "server/exposition.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "server/coarse_row.h"
#include "session/report_build.h"
#include "session/report_metrics.h"
#include "session/tick_of_report.h"
#include "writers/metrics_text.h"

enum { READERS_MAX = 64 };

/* A little under a second: a tick comes early now and then. */
static const int64_t SPACING_NS = 950 * NSEC_PER_MSEC;

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
    metrics_deinit(&exposition->metrics);
    tick_deinit(&exposition->tick);
}

void exposition_end_run(struct exposition *exposition, const struct report *report,
                        struct service *service)
{
    const struct run *run = &report->run;
    struct run_row row = {
        .state = run->state,
        .started_wall_ns = run->started_wall_ns,
        .duration_seconds = seconds_from_ns(run->duration_ns),
        .total_joules = report->total.value,
        .total_gco2e = report->total_gco2e.value,
    };

    (void)device_counters_take(&exposition->counters, report);
    memcpy(row.id, run->id, sizeof(row.id));
    memcpy(row.name, run->name, sizeof(row.name));
    memcpy(row.stage, run->stage, sizeof(row.stage));
    run_row_coarsen(&row);
    live_ring_put_run(&service->live, &row);
}

/* What the counters have just taken, to those who look on. */
static void tell(struct exposition *exposition, const struct report *report, int64_t now_mono_ns,
                 struct live_ring *ring)
{
    struct tick *tick = &exposition->tick;
    const int64_t since_ns = exposition->made_mono_ns != 0 ? now_mono_ns - exposition->made_mono_ns
                                                           : report->run.duration_ns;

    if (tick_of_report(tick, &exposition->counters, report) < 0)
        return;
    tick->wall_ns = clock_wall_ns();
    tick->interval_seconds = round(seconds_from_ns(since_ns) * 1000) / 1000;
    live_ring_put_tick(ring, tick);
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
    int64_t now_ns = clock_mono_ns();
    struct report report;
    struct page *page;
    int taken;

    if (exposition->made_mono_ns != 0 && now_ns - exposition->made_mono_ns < SPACING_NS)
        return;
    if (session_report_so_far(session, &report, NULL) < 0)
        return; /* short of memory: the next tick tries again */
    taken = device_counters_take(&exposition->counters, &report);
    if (taken > 0)
        tell(exposition, &report, now_ns, &service->live);
    report_deinit(&report);
    if (taken < 0)
        return;
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

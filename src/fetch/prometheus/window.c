/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/window.c - the devices a server knows the energy of, and their samples of a window */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/time_text.h"
#include "fetch/prometheus/discover.h"
#include "fetch/prometheus/prometheus.h"
#include "fetch/prometheus/reader.h"
#include "fetch/prometheus/reply.h"

static size_t count_chosen(const struct survey *survey)
{
    size_t count = 0;

    for (size_t i = 0; i < survey->candidate_count; i++)
        count += survey->candidates[i].is_chosen;
    return count < REMOTE_DEVICES_MAX ? count : REMOTE_DEVICES_MAX;
}

/* Hosts of which something is told, in their new order. */
static void put_hosts(const struct survey *survey, struct frames *frames, uint32_t *order)
{
    uint32_t count = 0;

    for (size_t i = 0; i < survey->hosts.count; i++)
        order[i] = UINT32_MAX;
    for (size_t i = 0; i < survey->candidate_count; i++) {
        const struct candidate *candidate = &survey->candidates[i];

        if (!candidate->is_chosen || order[candidate->host] != UINT32_MAX)
            continue;
        order[candidate->host] = count++;
        frames_put(frames, REMOTE_HOST, &survey->hosts.items[candidate->host],
                   sizeof(struct remote_host));
    }
}

static void put_device(const struct survey *survey, const struct meter *meter, uint32_t host,
                       double range_joules, struct frames *frames)
{
    const struct candidate *candidate = meter->candidate;
    struct remote_device device = {
        .host = host,
        .kind = candidate->family->kind,
        .device_kind = candidate->kind,
        .index = candidate->index,
        .limit_watts = NAN,
        .range_joules = range_joules,
        .interval_seconds = meter->interval_seconds,
        .deltas = (candidate->family->flags & FAMILY_DELTAS) != 0,
    };

    text_copy_clean(device.exporter, sizeof(device.exporter), candidate->family->exporter);
    text_copy_clean(device.metric, sizeof(device.metric),
                    seen_metric(&survey->series[candidate->terms[0].series]));
    text_copy_clean(device.name, sizeof(device.name), candidate->name);
    text_copy_clean(device.model, sizeof(device.model), candidate->model);
    text_copy_clean(device.uuid, sizeof(device.uuid), candidate->uuid);
    text_copy_clean(device.passed_over, sizeof(device.passed_over), candidate->passed_over);
    facts_of_device(survey, candidate, &device);
    frames_put(frames, REMOTE_DEVICE, &device, sizeof(device));
}

/* Hosts, then devices, by which readings go. */
static int put_devices(struct reader *reader, const double *ranges)
{
    const struct survey *survey = reader->survey;
    AICO2_CLEANUP(freep) uint32_t *order = calloc(survey->hosts.count + 1, sizeof(*order));

    if (order == NULL)
        return -ENOMEM;
    put_hosts(survey, reader->frames, order);
    for (size_t i = 0; i < reader->meter_count; i++) {
        const struct meter *meter = &reader->meters[i];

        put_device(survey, meter, order[meter->candidate->host],
                   ranges[meter->candidate - survey->candidates], reader->frames);
    }
    return 0;
}

static int make_meters(struct reader *reader)
{
    const struct survey *survey = reader->survey;
    size_t count = count_chosen(survey);

    reader->meters = calloc(count + 1, sizeof(*reader->meters));
    if (reader->meters == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < survey->candidate_count && reader->meter_count < count; i++) {
        if (!survey->candidates[i].is_chosen)
            continue;
        reader->meters[reader->meter_count] = (struct meter){
            .candidate = &survey->candidates[i],
            .device = (uint32_t)reader->meter_count,
            .last_ns = -1,
            .source = SERIES_NONE_INDEX,
        };
        reader->meter_count++;
    }
    return groups_make(survey, reader->meters, reader->meter_count, &reader->groups);
}

/* Nothing there: why that may be. */
static int no_data(struct server *server, const struct remote_question *question,
                   const struct survey *survey)
{
    json_t *root = server_ask_once(server, "status/runtimeinfo");
    double kept_seconds = root != NULL ? reply_retention_seconds(root) : 0;
    double age_seconds = (double)(clock_wall_ns() - question->to_wall_ns) / 1e9;
    const char *host = server->access.origin.host;

    json_decref(root);
    if (kept_seconds > 0 && age_seconds > kept_seconds)
        return server_fail(server, REMOTE_NO_DATA,
                           "'%s' keeps %.0f days, and the window ended %.0f days ago", host,
                           kept_seconds / 86400, age_seconds / 86400);
    if (survey->unknown > 0)
        return server_fail(server, REMOTE_NO_DATA,
                           "'%s' is neither *_joules_total nor *_watts: what is its unit?",
                           survey->unknown_example);
    if (question->match_count > 0)
        return server_fail(server, REMOTE_NO_DATA,
                           "no series of '%s' is matched in this window: check the selectors and "
                           "the times",
                           host);
    if (question->instance[0] != '\0')
        return server_fail(server, REMOTE_NO_DATA,
                           "'%s' has no energy or load of '%.80s' in this window: check the name "
                           "(an instance, its address or a host name) and the times",
                           host, question->instance);
    return server_fail(
        server, REMOTE_NO_DATA,
        "'%s' has no series of a known exporter in this window: check the times, and "
        "that node_exporter or a GPU's exporter is scraped",
        host);
}

static void put_notes(struct reader *reader)
{
    const struct survey *survey = reader->survey;
    struct frames *frames = reader->frames;
    bool has_deltas = false;

    for (size_t i = 0; i < reader->meter_count; i++)
        has_deltas =
            has_deltas || (reader->meters[i].candidate->family->flags & FAMILY_DELTAS) != 0;
    if (survey->repeated > 0)
        frames_note(
            frames,
            "%zu series are of devices that others tell too, by another job, address or label; "
            "one of them counts at a time: %s",
            survey->repeated, survey->repeated_example);
    if (survey->unknown > 0)
        frames_note(frames,
                    "%zu series that were matched are neither *_joules_total nor *_watts and "
                    "were left out: '%s'",
                    survey->unknown, survey->unknown_example);
    if (reader->left.not_figures > 0)
        frames_note(frames,
                    "%llu samples were no figures (NaN, infinite, negative or \"not known\") "
                    "and were left out",
                    (unsigned long long)reader->left.not_figures);
    if (reader->left.malformed > 0)
        frames_note(frames, "%llu samples of the server could not be read",
                    (unsigned long long)reader->left.malformed);
    if (has_deltas)
        frames_note(frames,
                    "Alumet's figures are the joules of its own polling interval: their sum is "
                    "right only where the server scrapes as often");
}

static int read_window(struct reader *reader)
{
    const struct survey *survey = reader->survey;
    AICO2_CLEANUP(freep) double *ranges = calloc(survey->candidate_count + 1, sizeof(*ranges));
    bool is_whole;
    int r;

    if (ranges == NULL)
        return -ENOMEM;
    r = make_meters(reader);
    if (r == 0)
        r = reader_find_intervals(reader);
    if (r == 0)
        r = discover_ranges(reader->server, reader->question, survey, ranges);
    if (r == 0)
        r = put_devices(reader, ranges);
    if (r < 0)
        return r;
    is_whole = reader_wait_for_end(reader);
    r = reader_read(reader);
    put_notes(reader);
    if (r < 0)
        return r;
    if (reader->frames->readings == 0 && reader->frames->count == 0)
        return no_data(reader->server, reader->question, survey);
    if (!is_whole && reader->question->to_wall_ns <= reader->to_ns)
        frames_note(
            reader->frames,
            "not every series has a scrape after the window's end yet: its last seconds may be "
            "missing");
    return 0;
}

static int survey_and_read(struct server *server, const struct remote_question *question,
                           struct frames *frames, int64_t to_ns)
{
    AICO2_CLEANUP(survey_deinit) struct survey survey = { 0 };
    struct reader reader = {
        .server = server,
        .question = question,
        .survey = &survey,
        .frames = frames,
        .to_ns = to_ns,
        .shows_late = strncmp(server->name, "VictoriaMetrics", 15) == 0,
    };
    int r = discover(server, question, &survey);

    if (r == 0)
        r = count_chosen(&survey) > 0 ? read_window(&reader) : no_data(server, question, &survey);
    groups_deinit(&reader.groups);
    free(reader.meters);
    return r;
}

int prometheus_window(struct server *server, const struct remote_question *question,
                      struct frames *frames)
{
    int64_t now_ns = clock_wall_ns();
    int64_t to_ns = question->to_wall_ns < now_ns ? question->to_wall_ns : now_ns;
    char end[32];
    int r;

    wall_time_format(end, sizeof(end), now_ns);
    if (question->from_wall_ns >= now_ns)
        return server_fail(server, REMOTE_NO_DATA,
                           "the window begins in the future: by this machine's clock it is %s",
                           end);
    r = survey_and_read(server, question, frames, to_ns);
    if (r == 0 && to_ns < question->to_wall_ns) {
        (void)server_fail(server, REMOTE_PARTIAL,
                          "the window ends in the future: it was read up to %s", end);
    }
    return r;
}

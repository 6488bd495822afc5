/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/query.c - one expression of the caller's over a window: sums that the server makes */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "fetch/prometheus/prometheus.h"
#include "fetch/prometheus/promql.h"
#include "fetch/prometheus/reply.h"

enum { STEPS_PER_ASK = 10999, POINTS_MAX = 4 << 20 };

struct taking {
    struct frames *frames;
    struct remote_point *points;
    size_t capacity;
    uint64_t series;
    uint64_t not_figures;
};

static int take_row(const struct reply_row *row, void *payload)
{
    struct taking *taking = payload;
    size_t count = json_array_size(row->values);
    size_t used = 0;

    if (count > POINTS_MAX)
        return -EBADMSG;
    if (array_reserve(&taking->points, &taking->capacity, count + 1, sizeof(*taking->points)) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        struct remote_point *point = &taking->points[used];
        enum reply_sample is =
            reply_sample(json_array_get(row->values, i), &point->wall_ns, &point->value);

        if (is != SAMPLE_GOOD)
            taking->not_figures++;
        else if (used == 0 || point->wall_ns > point[-1].wall_ns)
            used++;
    }
    frames_points(taking->frames, row->labels, taking->points, used);
    taking->frames->readings += used;
    taking->series++;
    return 0;
}

static int ask(struct server *server, const struct remote_question *question, int64_t from_ns,
               int64_t to_ns, json_t **root_out)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf form = { 0 };
    char step[32];

    form_add(&form, "query", question->query);
    if (question->step_ms == 0) {
        form_add_time(&form, "time", to_ns);
    } else {
        (void)snprintf(step, sizeof(step), "%" PRId64 "ms", question->step_ms);
        form_add_time(&form, "start", from_ns);
        form_add_time(&form, "end", to_ns);
        form_add(&form, "step", step);
    }
    form_add_uncached(&form);
    return server_ask(server, question->step_ms == 0 ? "query" : "query_range", &form, root_out);
}

/* Steps [from, from + count) as far as they are within the window. */
static int take_steps(struct server *server, const struct remote_question *question,
                      struct taking *taking, int64_t from_ns, int64_t to_ns)
{
    json_t *root = NULL;
    int r = ask(server, question, from_ns, to_ns, &root);

    if (r == 0)
        r = reply_each_row(root, take_row, taking);
    json_decref(root);
    return r == -EBADMSG ? server_fail(server, REMOTE_BAD_ANSWER,
                                       "'%s' answers this query with no series of figures",
                                       server->access.origin.host)
                         : r;
}

static int take_all(struct server *server, const struct remote_question *question,
                    struct taking *taking)
{
    int64_t step_ns = question->step_ms * NSEC_PER_MSEC;
    int64_t steps = STEPS_PER_ASK;
    int64_t from_ns = question->from_wall_ns;
    int r = 0;

    if (step_ns == 0) {
        r = take_steps(server, question, taking, from_ns, question->to_wall_ns);
        return r == -EFBIG ? -EPROTO : r;
    }
    while (r == 0 && from_ns <= question->to_wall_ns && !taking->frames->unheard) {
        int64_t left = (question->to_wall_ns - from_ns) / step_ns;
        int64_t now = left < steps - 1 ? left : steps - 1;

        r = take_steps(server, question, taking, from_ns, from_ns + now * step_ns);
        if (r == -EFBIG && now > 0) {
            steps = (now + 1) / 2;
            r = 0;
            continue;
        }
        from_ns += (now + 1) * step_ns;
    }
    return r == -EFBIG ? -EPROTO : r;
}

int prometheus_query(struct server *server, const struct remote_question *question,
                     struct frames *frames)
{
    struct taking taking = { .frames = frames };
    int r = take_all(server, question, &taking);

    free(taking.points);
    if (taking.not_figures > 0)
        frames_note(frames, "%llu points were no figures (NaN or infinite) and were left out",
                    (unsigned long long)taking.not_figures);
    if (r == 0 && taking.series == 0)
        return server_fail(
            server, REMOTE_NO_DATA,
            "'%s' has nothing that this query matches in the window: check names and "
            "times",
            server->access.origin.host);
    if (r == 0)
        server->end = (struct remote_end){ 0 };
    return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/reader.c - the samples of the chosen devices, chunk by chunk
 *
 * A range selector at an instant brings the samples as they were stored, with their own times. Version 2 counts
 * both ends of a range, version 3 leaves out its left end: each chunk begins a millisecond early, and what was
 * there before is dropped by its time.
 */
#include "fetch/prometheus/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "fetch/prometheus/promql.h"
#include "fetch/prometheus/reply.h"

enum {
    SAMPLES_PER_CHUNK = 48000, /* of all series of an answer: 2 MB of it */
    POINTS_PER_SERIES = 10900, /* servers refuse more than 11,000 */
    CHUNK_LEAST_MS = 1000,
};

static const double HOLE_INTERVALS = 2.5; /* as the meters have it: further away nothing is met */
static const double UNKNOWN_PAD_SECONDS = 300;
static const double USUAL_INTERVAL_SECONDS = 15;
static const double STEP_MOST_SECONDS =
    240; /* servers look back for five minutes, and no sample is missed */

static int64_t to_ms(int64_t ns)
{
    return ns / NSEC_PER_MSEC * NSEC_PER_MSEC;
}

/* The samples of (from, to], and one at from. */
static int ask_raw(struct reader *reader, const struct group *group, int64_t from_ns, int64_t to_ns,
                   json_t **root_out)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf query = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf form = { 0 };

    strbuf_printf(&query, "%s[", group->selector.text);
    promql_add_range(&query, to_ns - from_ns + NSEC_PER_MSEC);
    strbuf_add(&query, "]");
    form_add(&form, "query", strbuf_text(&query));
    form_add_time(&form, "time", to_ns);
    form_add_uncached(&form);
    form.failed = form.failed || query.failed;
    return server_ask(reader->server, "query", &form, root_out);
}

static double interval_of(const struct group *group, double unknown)
{
    double seconds = 0;

    for (size_t i = 0; i < group->meter_count; i++) {
        double own = group->meters[i]->interval_seconds;

        if (own > 0 && (seconds == 0 || own < seconds))
            seconds = own;
    }
    return seconds > 0 ? seconds : unknown;
}

static int ask_load(struct reader *reader, const struct group *group, int64_t from_ns,
                    int64_t to_ns, json_t **root_out)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf query = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf form = { 0 };
    char step[32];

    if (load_query(group, &query) < 0)
        return -ENOMEM;
    (void)snprintf(step, sizeof(step), "%" PRId64 "ms",
                   (int64_t)(fmin(interval_of(group, USUAL_INTERVAL_SECONDS), STEP_MOST_SECONDS) *
                             1000));
    form_add(&form, "query", query.text);
    form_add_time(&form, "start", from_ns);
    form_add_time(&form, "end", to_ns);
    form_add(&form, "step", step);
    form_add_uncached(&form);
    return server_ask(reader->server, "query_range", &form, root_out);
}

static int wrong_answer(struct reader *reader, int code)
{
    return code == -EBADMSG ? server_fail(reader->server, REMOTE_BAD_ANSWER,
                                          "'%s' answers a query in another way than Prometheus",
                                          reader->server->access.origin.host)
                            : code;
}

static bool knows_intervals(const struct group *group)
{
    for (size_t i = 0; i < group->meter_count; i++) {
        if (group->meters[i]->interval_seconds == 0)
            return false;
    }
    return true;
}

struct targets {
    struct reader *reader;
};

static int take_target(const char *instance, const char *job, double interval_seconds,
                       void *payload)
{
    const struct targets *targets = payload;

    for (size_t i = 0; i < targets->reader->meter_count; i++) {
        struct meter *meter = &targets->reader->meters[i];
        const struct label_set *labels =
            &targets->reader->survey->series[meter->candidate->terms[0].series].labels;

        if (meter->interval_seconds == 0 && strcmp(label_of(labels, "instance"), instance) == 0 &&
            strcmp(label_of(labels, "job"), job) == 0)
            meter->interval_seconds = interval_seconds;
    }
    return 0;
}

/* Looks at both edges of the window; then longer at its end, and a short one where that is too much. */
static int look_at_steps(struct reader *reader, struct group *group)
{
    const int64_t from_ns = reader->question->from_wall_ns;
    const int64_t to_ns = reader->to_ns;
    const int64_t now_ns = clock_wall_ns();
    const int64_t behind_ns = to_ns + 300 * NSEC_PER_SEC;
    const struct {
        int64_t from_ns;
        int64_t to_ns;
        bool always;
    } looks[] = {
        { to_ns - 600 * NSEC_PER_SEC, behind_ns < now_ns ? behind_ns : to_ns, true },
        { from_ns - 300 * NSEC_PER_SEC, from_ns + 300 * NSEC_PER_SEC,
          from_ns < to_ns - 300 * NSEC_PER_SEC },
        { from_ns, from_ns + 600 * NSEC_PER_SEC, false },
        { to_ns - 3600 * NSEC_PER_SEC, to_ns, false },
        { to_ns - 20 * NSEC_PER_SEC, to_ns, false },
    };
    int r = 0;

    for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(looks); i++) {
        json_t *root = NULL;

        if (!looks[i].always && knows_intervals(group))
            continue;
        r = ask_raw(reader, group, to_ms(looks[i].from_ns), to_ms(looks[i].to_ns), &root);
        if (r == 0)
            r = group_take_intervals(group, reader->survey, root, from_ns, to_ns);
        json_decref(root);
        if (r == -EFBIG) {
            i = i + 2 < ARRAY_LENGTH(looks) ? ARRAY_LENGTH(looks) - 2 : i;
            r = 0;
        }
    }
    return wrong_answer(reader, r);
}

int reader_find_intervals(struct reader *reader)
{
    bool known = true;
    json_t *root;
    int r = 0;

    for (size_t i = 0; r == 0 && i < reader->groups.count; i++) {
        r = look_at_steps(reader, &reader->groups.items[i]);
        known = known && knows_intervals(&reader->groups.items[i]);
    }
    if (r < 0 || known)
        return r;
    root = server_ask_once(reader->server, "targets?state=active");
    if (root != NULL)
        (void)reply_each_target(root, take_target, &(struct targets){ reader });
    json_decref(root);
    return 0;
}

static int64_t pad_ns(const struct group *group)
{
    double longest = 0;

    for (size_t i = 0; i < group->meter_count; i++) {
        double own = group->meters[i]->interval_seconds;

        longest = fmax(longest, own > 0 ? HOLE_INTERVALS * own : UNKNOWN_PAD_SECONDS);
    }
    return (int64_t)ceil(fmin(longest, 86400) * 1000) * NSEC_PER_MSEC;
}

/* Whether each group that still has samples has one at the window's end or behind it. */
static bool has_end(struct reader *reader)
{
    for (size_t i = 0; i < reader->groups.count && i < 8; i++) {
        const struct group *group = &reader->groups.items[i];
        int64_t now_ns = to_ms(clock_wall_ns());
        json_t *root = NULL;
        int64_t latest_ns;

        if (ask_raw(reader, group, reader->to_ns - pad_ns(group), now_ns, &root) < 0)
            return true; /* reading it all will say what is wrong */
        latest_ns = rows_latest_ns(root);
        json_decref(root);
        if (latest_ns > 0 && latest_ns < reader->to_ns)
            return false;
    }
    return true;
}

/* Half the time is left for reading. */
static bool may_wait(const struct reader *reader, int64_t pause_ns)
{
    int64_t now_ns = clock_mono_ns();
    int64_t left_ns = reader->server->deadline_mono_ns - now_ns;

    return pause_ns < left_ns / 2;
}

bool reader_wait_for_end(struct reader *reader)
{
    int64_t longest_ns = 0;
    int64_t until_ns;
    int64_t first_ns;

    for (size_t i = 0; i < reader->groups.count; i++) {
        int64_t own_ns = pad_ns(&reader->groups.items[i]);

        longest_ns = own_ns > longest_ns ? own_ns : longest_ns;
    }
    until_ns = reader->to_ns + longest_ns + (reader->shows_late ? 35 : 3) * NSEC_PER_SEC;
    if (clock_wall_ns() >= until_ns)
        return true;
    first_ns = reader->to_ns - clock_wall_ns() + NSEC_PER_SEC / 2;
    if (first_ns > 0 && may_wait(reader, first_ns))
        clock_pause_ns(first_ns);
    while (!has_end(reader)) {
        int64_t pause_ns = longest_ns / 10 < NSEC_PER_SEC ? NSEC_PER_SEC / 4 : NSEC_PER_SEC;

        if (clock_wall_ns() >= until_ns || !may_wait(reader, pause_ns))
            return false;
        clock_pause_ns(pause_ns);
    }
    return true;
}

/* Series that have samples at one time: of those that stand in for each other two at most, mostly. */
static double series_at_once(const struct group *group)
{
    double count = 0;

    for (size_t i = 0; i < group->meter_count; i++) {
        const struct candidate *candidate = group->meters[i]->candidate;
        bool is_product = candidate->terms[0].factor != SERIES_NONE_INDEX;

        count += candidate->term_count * (is_product ? 2.0 : 1.0);
        count += candidate->alternate_count > 0 ? 1 : 0;
    }
    return group->is_load ? 3 * count : count;
}

static void set_chunk(struct group *group)
{
    double interval = interval_of(group, USUAL_INTERVAL_SECONDS);
    double series = series_at_once(group);
    double samples = fmin(POINTS_PER_SERIES, SAMPLES_PER_CHUNK / series);

    group->chunk_ns = (int64_t)(fmax(samples * interval * 1000, CHUNK_LEAST_MS)) * NSEC_PER_MSEC;
}

static struct group *earliest(struct groups *groups, int64_t to_ns)
{
    struct group *found = NULL;

    for (size_t i = 0; i < groups->count; i++) {
        struct group *group = &groups->items[i];

        if (group->cursor_ns < to_ns + pad_ns(group) &&
            (found == NULL || group->cursor_ns < found->cursor_ns))
            found = group;
    }
    return found;
}

static int read_chunk(struct reader *reader, struct group *group)
{
    int64_t end_ns = to_ms(reader->to_ns + pad_ns(group));
    int64_t to_ns =
        group->cursor_ns + group->chunk_ns < end_ns ? group->cursor_ns + group->chunk_ns : end_ns;
    json_t *root = NULL;
    int r = group->is_load ? ask_load(reader, group, group->cursor_ns, to_ns, &root)
                           : ask_raw(reader, group, group->cursor_ns, to_ns, &root);

    if (r == -EFBIG && group->chunk_ns >= 2 * CHUNK_LEAST_MS * NSEC_PER_MSEC) {
        group->chunk_ns = to_ms((to_ns - group->cursor_ns) / 2);
        return 0;
    }
    if (r == 0)
        r = group->is_load ? load_take(group, reader->survey, root, reader->frames)
                           : group_take(group, reader->survey, root, reader->frames, &reader->left);
    json_decref(root);
    if (r == 0)
        group->cursor_ns = to_ns >= end_ns ? INT64_MAX : to_ns;
    return r == -EFBIG ? -EPROTO : wrong_answer(reader, r);
}

int reader_read(struct reader *reader)
{
    struct group *group;
    int r = 0;

    for (size_t i = 0; i < reader->groups.count; i++) {
        struct group *one = &reader->groups.items[i];
        int64_t begin_ns = to_ms(reader->question->from_wall_ns - pad_ns(one));

        one->cursor_ns = begin_ns > 0 ? begin_ns : 0;
        set_chunk(one);
    }
    /* by the time of what they read, so that readings of all come in about that order */
    while (r == 0 && !reader->frames->unheard &&
           (group = earliest(&reader->groups, reader->to_ns)) != NULL)
        r = read_chunk(reader, group);
    return r;
}

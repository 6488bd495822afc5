/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_remote_rows.c - any bytes as the series a server lists, and behind a line end as their samples */
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fetch/prometheus/group.h"
#include "fetch/prometheus/reply.h"

enum { METERS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static int take_series(struct label_set *labels, void *payload)
{
    return survey_add(payload, labels);
}

/* Twice, as answers overlap; what is put has to be believed by who reads it. */
static void read_rows(const struct survey *survey, struct groups *groups, const json_t *root,
                      struct frames *frames)
{
    struct left_out left = { 0 };

    for (size_t i = 0; i < 2 * groups->count; i++) {
        struct group *group = &groups->items[i % groups->count];

        (void)group_take_intervals(group, survey, root, 10, INT64_MAX / 2);
        if (group->is_load)
            (void)load_take(group, survey, root, frames);
        else
            (void)group_take(group, survey, root, frames, &left);
    }
    frames_flush(frames);
    must(!frames->is_wrong && rows_latest_ns(root) >= 0);
}

static void use(struct survey *survey, const json_t *rows)
{
    static struct frames frames;
    struct meter meters[METERS_MAX];
    struct groups groups = { 0 };
    size_t count = 0;

    frames = (struct frames){ .fd = open("/dev/null", O_WRONLY | O_CLOEXEC) };
    facts_of_hosts(survey);
    if (candidates_make(survey) < 0)
        return;
    candidates_choose(survey);
    for (size_t i = 0; i < survey->candidate_count && count < METERS_MAX; i++) {
        if (survey->candidates[i].is_chosen) {
            meters[count] = (struct meter){ .candidate = &survey->candidates[i],
                                            .device = (uint32_t)count,
                                            .last_ns = -1,
                                            .source = SERIES_NONE_INDEX };
            count++;
        }
    }
    if (groups_make(survey, meters, count, &groups) == 0)
        read_rows(survey, &groups, rows, &frames);
    groups_deinit(&groups);
    (void)close(frames.fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *split = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t first = split != NULL ? (size_t)(split - data) : size;
    struct survey survey = { 0 };
    struct reply_said said;
    json_t *series = reply_open((const char *)data, first, &said);
    json_t *rows = reply_open((const char *)data + first, size - first, &said);

    if (series != NULL && rows != NULL && reply_each_series(series, take_series, &survey) == 0 &&
        survey_settle(&survey) == 0) {
        for (size_t i = 0; i < survey.count; i++)
            survey.series[i].value = 1e10;
        use(&survey, rows);
    }
    survey_deinit(&survey);
    json_decref(series);
    json_decref(rows);
    return 0;
}

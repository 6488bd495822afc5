/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/presence.c - at which moments of a window series have samples */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "fetch/prometheus/discover.h"
#include "fetch/prometheus/promql.h"
#include "fetch/prometheus/reply.h"

struct looking {
    struct survey *survey;
    int64_t from_ns;
    int64_t step_ns;
};

static int take_row(const struct reply_row *row, void *payload)
{
    const struct looking *looking = payload;
    uint32_t presence = 0;

    for (size_t i = 0; i < json_array_size(row->values); i++) {
        int64_t wall_ns;
        double value;
        int64_t look;

        if (reply_sample(json_array_get(row->values, i), &wall_ns, &value) != SAMPLE_GOOD)
            continue;
        look = (wall_ns - looking->from_ns + looking->step_ns / 2) / looking->step_ns;
        if (look >= 0 && look < SURVEY_LOOKS)
            presence |= UINT32_C(1) << look;
    }
    for (size_t i = 0; i < looking->survey->count; i++) {
        if (label_set_equal(&looking->survey->series[i].labels, row->labels))
            looking->survey->series[i].presence = presence;
    }
    return 0;
}

static int look_at(struct server *server, const struct family *family,
                   const struct remote_question *question, struct looking *looking)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf query = { 0 };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf form = { 0 };
    json_t *root = NULL;
    char step[32];
    int r;

    strbuf_printf(&query, "%s{%s}", family->metric,
                  family->matchers != NULL ? family->matchers : "");
    (void)snprintf(step, sizeof(step), "%" PRId64 "ms", looking->step_ns / NSEC_PER_MSEC);
    form_add(&form, "query", strbuf_text(&query));
    form_add_time(&form, "start", question->from_wall_ns);
    form_add_time(&form, "end", question->to_wall_ns);
    form_add(&form, "step", step);
    form_add_uncached(&form);
    form.failed = form.failed || query.failed;
    r = server_ask(server, "query_range", &form, &root);
    if (r == 0)
        r = reply_each_row(root, take_row, looking);
    json_decref(root);
    return r;
}

static bool is_told(const struct survey *survey, const struct family *family)
{
    for (size_t i = 0; i < survey->candidate_count; i++) {
        if (survey->candidates[i].family == family)
            return true;
    }
    return false;
}

/* One that the server does not look at is taken for there all the time. */
static void suppose(struct survey *survey, const struct family *family)
{
    for (size_t i = 0; i < survey->count; i++) {
        if (survey->series[i].family == family)
            survey->series[i].presence = (UINT32_C(1) << SURVEY_LOOKS) - 1;
    }
}

int discover_presence(struct server *server, const struct remote_question *question,
                      struct survey *survey)
{
    int64_t step_ms =
        (question->to_wall_ns - question->from_wall_ns) / NSEC_PER_MSEC / (SURVEY_LOOKS - 1);
    struct looking looking = {
        .survey = survey,
        .from_ns = question->from_wall_ns,
        .step_ns = (step_ms > 1000 ? step_ms : 1000) * NSEC_PER_MSEC,
    };

    if (survey->by_match || !coverage_matters(survey))
        return 0;
    for (size_t i = 0; i < family_count; i++) {
        const struct family *family = &family_table[i];
        int r;

        if (family->kind == SERIES_UTILIZATION || !is_told(survey, family))
            continue;
        r = look_at(server, family, question, &looking);
        if (r == -EFBIG || r == -EBADMSG)
            suppose(survey, family);
        else if (r < 0)
            return r;
    }
    server->end = (struct remote_end){ 0 };
    return 0;
}

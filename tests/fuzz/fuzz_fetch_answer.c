/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_fetch_answer.c - any bytes as what the fetcher hands back: what is believed can be shown and summed */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/fetch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t size)
{
    if (memchr(text, '\0', size) == NULL || strchr(text, '\n') != NULL ||
        strchr(text, '\033') != NULL)
        abort();
}

static void check_answer(const struct fetch_answer *answer)
{
    if (answer->point_count > FETCH_POINTS_MAX || answer->step_count > FETCH_CHAIN_MAX ||
        answer->status > 0)
        abort();
    if (!(answer->origin.band_ratio >= 0 && answer->origin.band_ratio <= 1))
        abort();
    check_text(answer->origin.provider, sizeof(answer->origin.provider));
    check_text(answer->origin.source, sizeof(answer->origin.source));
    check_text(answer->cloud, sizeof(answer->cloud));
    for (uint32_t i = 0; i < answer->step_count; i++) {
        check_text(answer->steps[i].reason, sizeof(answer->steps[i].reason));
        if (fetch_outcome_name(answer->steps[i].outcome) == NULL)
            abort();
    }
}

static void check_points(const struct intensity_point *points, uint32_t count)
{
    double sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && points[i].wall_ns <= points[i - 1].wall_ns)
            abort();
        if (!isnan(points[i].gco2e_per_kwh))
            sum += points[i].gco2e_per_kwh;
    }
    if (!(sum >= 0 && sum <= 5000.0 * count))
        abort();
}

/* Patched so that what follows the stamp is looked at, too. */
static void as_answer(const uint8_t *data, size_t size, bool stamped)
{
    struct fetch_answer answer = { 0 };

    memcpy(&answer, data, size < sizeof(answer) ? size : sizeof(answer));
    if (stamped) {
        answer.magic = FETCH_MAGIC;
        answer.version = FETCH_VERSION;
    }
    if (fetch_answer_check(&answer))
        check_answer(&answer);
}

static void as_question(const uint8_t *data, size_t size)
{
    struct fetch_question *question = calloc(1, sizeof(*question));

    if (question == NULL)
        return;
    memcpy(question, data, size < sizeof(*question) ? size : sizeof(*question));
    question->magic = FETCH_MAGIC;
    question->version = FETCH_VERSION;
    if (fetch_question_check(question)) {
        if (question->choice_count > FETCH_CHAIN_MAX || question->deadline_ms <= 0)
            abort();
        check_text(question->cache_dir, sizeof(question->cache_dir));
        for (uint32_t i = 0; i < question->choice_count; i++)
            check_text(question->choices[i].url, sizeof(question->choices[i].url));
    }
    free(question);
}

static void as_points(const uint8_t *data, size_t size)
{
    uint32_t count = (uint32_t)(size / sizeof(struct intensity_point));
    struct intensity_point *points = count == 0 ? NULL : malloc(count * sizeof(*points));

    if (points == NULL)
        return;
    memcpy(points, data, count * sizeof(*points));
    if (fetch_points_check(points, count))
        check_points(points, count);
    free(points);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    as_answer(data, size, false);
    as_answer(data, size, true);
    as_question(data, size);
    as_points(data, size);
    return 0;
}

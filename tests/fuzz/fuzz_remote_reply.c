/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_remote_reply.c - any bytes as what a time-series server answers */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/prometheus/reply.h"
#include "fetch/prometheus/survey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static int take_row(const struct reply_row *row, void *payload)
{
    (void)payload;
    must(strlen(label_of(row->labels, "instance")) < row->labels->size);
    for (size_t i = 0; i < json_array_size(row->values); i++) {
        int64_t wall_ns;
        double value;

        if (reply_sample(json_array_get(row->values, i), &wall_ns, &value) == SAMPLE_GOOD)
            must(wall_ns >= 0 && isfinite(value));
    }
    return 0;
}

static int take_series(struct label_set *labels, void *payload)
{
    return survey_add(payload, labels);
}

static int take_target(const char *instance, const char *job, double interval_seconds,
                       void *payload)
{
    (void)payload;
    must(strlen(instance) + strlen(job) < SIZE_MAX && interval_seconds > 0);
    return 0;
}

/* Devices made of whatever series it lists. */
static void survey_of(const json_t *root)
{
    struct survey survey = { 0 };

    if (reply_each_series(root, take_series, &survey) == 0 && survey_settle(&survey) == 0) {
        facts_of_hosts(&survey);
        if (candidates_make(&survey) == 0)
            candidates_choose(&survey);
    }
    for (size_t i = 0; i < survey.candidate_count; i++) {
        const struct candidate *one = &survey.candidates[i];
        struct remote_device device = { .limit_watts = NAN };

        must(one->host < survey.hosts.count && one->term_count > 0 && one->index >= -1);
        must(one->terms[0].series < survey.count);
        facts_of_device(&survey, one, &device);
    }
    survey_deinit(&survey);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reply_said said;
    char text[120];
    char name[64];
    json_t *root = reply_open((const char *)data, size, &said);

    reply_plain((const char *)data, size, text);
    must(strlen(text) < sizeof(text));
    if (root == NULL)
        return 0;
    (void)reply_each_row(root, take_row, NULL);
    (void)reply_each_target(root, take_target, NULL);
    reply_server_name(root, name);
    must(strlen(name) < sizeof(name) && reply_retention_seconds(root) >= 0);
    survey_of(root);
    json_decref(root);
    return 0;
}

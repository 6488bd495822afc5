/* SPDX-License-Identifier: Apache-2.0 */
/* cli/remote/options.c - --prometheus-url and what goes with it, as a question to the fetcher */
#include "cli/remote/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/options/access.h"

enum { SOURCE_PROMETHEUS = 1 };

bool remote_is_source(const struct options *options)
{
    return options_integer(options, OPT_SOURCE) == SOURCE_PROMETHEUS;
}

int remote_check_unused(const struct options *options, struct aico2_error *err)
{
    static const enum option_id ids[] = {
        OPT_PROMETHEUS_URL,        OPT_INSTANCE,          OPT_MATCH, OPT_PROMETHEUS_USER,
        OPT_PROMETHEUS_TOKEN_FILE, OPT_PROMETHEUS_TENANT, OPT_SAVE,  OPT_SAMPLES,
    };

    for (size_t i = 0; i < ARRAY_LENGTH(ids); i++) {
        if (options_origin(options, ids[i]) == ORIGIN_COMMAND_LINE)
            return aico2_error_set(err, -EINVAL, "--%s needs --source prometheus",
                                   option_rows[ids[i]].name);
    }
    return 0;
}

static int take_matches(const struct options *options, struct remote_question *question,
                        struct aico2_error *err)
{
    size_t count = options_value_count(options, OPT_MATCH);

    if (count > REMOTE_MATCH_MAX)
        return aico2_error_set(err, -EINVAL, "--match: no more than %d of them", REMOTE_MATCH_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *text = options_text_at(options, OPT_MATCH, i);
        char *field = question->matches[question->match_count++];

        if (strlen(text) >= REMOTE_TEXT_SIZE)
            return aico2_error_set(err, -EINVAL, "--match '%.40s...': longer than %d bytes", text,
                                   REMOTE_TEXT_SIZE - 1);
        (void)snprintf(field, REMOTE_TEXT_SIZE, "%s", text);
        if (!text_is_line(field, REMOTE_TEXT_SIZE))
            return aico2_error_set(err, -EINVAL, "--match: no control characters");
    }
    return 0;
}

int remote_question_from_options(const struct options *options, int64_t from_wall_ns,
                                 int64_t to_wall_ns, struct remote_question *question_out,
                                 struct aico2_error *err)
{
    struct remote_question question = {
        .magic = REMOTE_MAGIC,
        .version = REMOTE_VERSION,
        .what = REMOTE_WINDOW,
        .from_wall_ns = from_wall_ns,
        .to_wall_ns = to_wall_ns,
        .deadline_ms = options_integer(options, OPT_PROMETHEUS_TIMEOUT) / NSEC_PER_MSEC,
    };
    int r = access_from_options(options, &access_of_prometheus, &question.access, err);

    if (r == 0)
        r = access_take_text(options, OPT_INSTANCE, question.instance, sizeof(question.instance),
                             err);
    if (r == 0)
        r = take_matches(options, &question, err);
    if (r < 0)
        return r;
    *question_out = question;
    return 0;
}

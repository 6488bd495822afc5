/* SPDX-License-Identifier: Apache-2.0 */
/* server/routes.c - the table of what can be asked for, and the short answers */
#include <string.h>

#include "server/request.h"

#include "base/clock.h"

/* Whoever gets this answer knows that requests are answered. */
static enum MHD_Result answer_health(struct answers *answers, struct request *request)
{
    (void)answers;
    return reply_text(request, 200, "ok\n");
}

static enum MHD_Result answer_ready(struct answers *answers, struct request *request)
{
    int64_t ticked_ns = atomic_load(&answers->service->ticked_mono_ns);

    if (ticked_ns == 0)
        return reply_problem(request, 503, "nothing has been measured yet");
    if (clock_mono_ns() - ticked_ns > answers->service->patience_ns)
        return reply_problem(request, 503, "nothing has been measured for some time");
    return reply_text(request, 200, "ready\n");
}

static const struct route routes[] = {
    { "/", false, false, asset_answer_index },     { "/more.js", false, false, asset_answer_more },
    { "/api/v1/live", false, false, live_answer }, { "/metrics", false, false, metrics_answer },
    { "/healthz", false, true, answer_health },    { "/readyz", false, true, answer_ready },
};

const struct route *route_find(const char *path)
{
    for (size_t i = 0; i < ARRAY_LENGTH(routes); i++) {
        if (strcmp(routes[i].path, path) == 0)
            return &routes[i];
    }
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* server/routes.c - the table of what can be asked for, and the short answers */
#include <string.h>

#include "server/api.h"

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
    { .path = "/", .answer = asset_answer_index },
    { .path = "/more.js", .answer = asset_answer_more },
    { .path = "/openapi.json", .answer = asset_answer_openapi },
    { .path = "/api/v1/live", .answer = live_answer },
    { .path = "/metrics", .of_agent = true, .answer = metrics_answer },
    { .path = "/healthz", .is_open = true, .of_agent = true, .answer = answer_health },
    { .path = "/readyz", .is_open = true, .of_agent = true, .answer = answer_ready },
    { .path = "/carbonfootprint", .may_post = true, .of_seed = true, .work = api_carbonfootprint },
    { .path = "/api/v1/runs", .work = api_runs },
    { .path = "/api/v1/runs/", .work = api_run },
    { .path = "/api/v1/runs/", .tail = "/samples", .work = api_samples },
    { .path = "/api/v1/compare", .work = api_compare },
    { .path = "/api/v1/devices", .work = api_devices },
    { .path = "/api/v1/doctor", .work = api_doctor },
    { .path = "/api/v1/intensity", .work = api_intensities },
    { .path = "/api/v1/intensity/", .work = api_intensity },
};

static bool fits(const struct route *route, const char *path)
{
    size_t length = strlen(route->path);
    size_t part;

    if (length == 1 || route->path[length - 1] != '/')
        return strcmp(route->path, path) == 0;
    if (strncmp(route->path, path, length) != 0)
        return false;
    /* one more part, and no more than one, then the tail */
    part = strcspn(path + length, "/");
    return part > 0 && strcmp(path + length + part, route->tail != NULL ? route->tail : "") == 0;
}

const struct route *route_find(const char *path, bool agent)
{
    for (size_t i = 0; i < ARRAY_LENGTH(routes); i++) {
        if (fits(&routes[i], path) && (routes[i].of_agent || !agent))
            return &routes[i];
    }
    return NULL;
}

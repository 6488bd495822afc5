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
    if (atomic_load(&answers->service->is_unstored))
        return reply_text(request, 200,
                          "ready, but the history cannot be written: an hour is kept in memory\n");
    return reply_text(request, 200, "ready\n");
}

static const struct route routes[] = {
    { .path = "/", .is_page = true, .answer = asset_answer_index },
    { .path = "/more.js", .is_page = true, .answer = asset_answer_more },
    { .path = "/openapi.json", .answer = asset_answer_openapi },
    { .path = "/api/v1/live", .answer = live_answer },
    { .path = "/metrics", .of_agent = true, .answer = metrics_answer },
    { .path = "/healthz", .is_open = true, .of_agent = true, .answer = answer_health },
    { .path = "/readyz", .is_open = true, .of_agent = true, .answer = answer_ready },
    { .path = "/indexPage", .is_page = true, .answer = asset_answer_page },
    { .path = "/carbonfootprint",
      .asked = ROUTE_POST,
      .of_seed = true,
      .work = api_carbonfootprint },
    { .path = "/responseai/getData", .asked = ROUTE_BOTH, .of_seed = true, .work = api_get_data },
    { .path = "/api/v1/runs", .asked = ROUTE_BOTH, .writes = true, .work = api_runs_or_import },
    { .path = "/api/v1/runs/", .work = api_run },
    { .path = "/api/v1/runs/", .tail = "/samples", .takes_long = true, .work = api_samples },
    { .path = "/api/v1/compare", .work = api_compare },
    { .path = "/api/v1/devices", .takes_long = true, .work = api_devices },
    { .path = "/api/v1/doctor", .takes_long = true, .work = api_doctor },
    { .path = "/api/v1/estimate", .asked = ROUTE_POST, .work = api_estimate },
    { .path = "/api/v1/intensity", .work = api_intensities },
    { .path = "/api/v1/intensity/", .work = api_intensity },
    { .path = "/api/v1/intensity/", .tail = "/series", .work = api_series },
};

const char *route_methods(const struct route *route)
{
    static const char *const methods[] = {
        [ROUTE_GET] = "GET, HEAD",
        [ROUTE_POST] = "POST",
        [ROUTE_BOTH] = "GET, HEAD, POST",
    };

    return methods[route->asked];
}

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

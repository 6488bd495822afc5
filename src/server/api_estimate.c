/* SPDX-License-Identifier: Apache-2.0 */
/* server/api_estimate.c - POST /api/v1/estimate: a footprint without measuring, as `aico2 estimate` */
#include "server/api.h"

#include <errno.h>

#include "base/attributes.h"
#include "cli/options/estimate.h"
#include "cli/options/own_figures.h"
#include "server/estimate_body.h"
#include "server/settings.h"
#include "writers/writer.h"

static int answer(struct request *request, const struct options *options, struct aico2_error *err)
{
    AICO2_CLEANUP(own_table_deinit) struct own_table own = { 0 };
    struct estimate estimate;
    int r = own_figures_load(options, &own, err);

    if (r == 0)
        r = estimate_of_options(options, &own, &estimate, err);
    if (r < 0)
        return r;
    write_estimate_json(&request->made.body, &estimate);
    estimate_deinit(&estimate);
    return 0;
}

void api_estimate(struct request *request, const struct settings *settings)
{
    struct options options;
    struct aico2_error err = { 0 };
    int r;

    if (!request_has_json(request)) {
        made_problem(request, 415, "the body is to be JSON (Content-Type: application/json)");
        return;
    }
    r = estimate_body_read(&request->body, &settings->options, &options, &err);
    if (r == 0) {
        r = answer(request, &options, &err);
        options_deinit(&options);
    } else if (r == -EBADMSG) {
        err.code = -EINVAL; /* the client's, not a file of ours */
    }
    if (r < 0)
        made_failure(request, &err);
}

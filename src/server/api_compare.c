/* SPDX-License-Identifier: Apache-2.0 */
/* server/api_compare.c - GET /api/v1/compare: two runs with their bands */
#include "server/api.h"

#include "session/report/build.h"
#include "session/report/compare.h"
#include "writers/writer.h"

static void answer(struct request *request, const struct report *a, const struct report *b)
{
    struct comparison comparison;
    struct aico2_error err = { 0 };

    if (comparison_make(a, b, &comparison, &err) < 0) {
        made_failure(request, &err);
        return;
    }
    write_comparison_json(&request->made.body, &comparison);
    comparison_deinit(&comparison);
}

void api_compare(struct request *request, const struct settings *settings)
{
    const char *a_id = request_argument(request, "a");
    const char *b_id = request_argument(request, "b");
    struct report a = { 0 };
    struct report b = { 0 };

    if (a_id == NULL || b_id == NULL) {
        made_problem(request, 400, "two runs are wanted: ?a=ID&b=ID");
        return;
    }
    if (api_read_report(request, settings, a_id, NULL, &a) == 0 &&
        api_read_report(request, settings, b_id, NULL, &b) == 0)
        answer(request, &a, &b);
    report_deinit(&a);
    report_deinit(&b);
}

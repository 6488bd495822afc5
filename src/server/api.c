/* SPDX-License-Identifier: Apache-2.0 */
/* server/api.c - what the answers of the API have in common */
#include "server/api.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json_out.h"
#include "server/coding.h"
#include "server/say.h"
#include "server/scope.h"

void made_problem(struct request *request, unsigned status, const char *format, ...)
{
    struct json_out json;
    char detail[320];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(detail, sizeof(detail), format, arguments);
    va_end(arguments);
    strbuf_deinit(&request->made.body);
    json_out_init(&json, &request->made.body);
    json_object_begin(&json, NULL);
    json_string(&json, "title", MHD_get_reason_phrase_for(status));
    json_int(&json, "status", status);
    json_string(&json, "detail", detail);
    json_object_end(&json);
    request->made.status = status;
    request->made.type = "application/problem+json";
}

void made_failure(struct request *request, const struct aico2_error *err)
{
    switch (err->code) {
    case -EINVAL:
        made_problem(request, 400, "%s", err->message);
        return;
    case -ENODATA:
    case -ENOENT:
        made_problem(request, 404, "%s", err->message);
        return;
    case -ECANCELED:
        made_problem(request, 503, "%s", err->message);
        return;
    default:
        say_warning("%s: %s", request->url, err->message);
        made_problem(request, 500, "this cannot be answered now: the server's log says why");
    }
}

const char *request_argument(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool request_has_json(const struct request *request)
{
    return type_is_json(MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                    MHD_HTTP_HEADER_CONTENT_TYPE));
}

bool request_sees_raw(const struct request *request)
{
    return (request->scopes & SCOPE_RAW) != 0;
}

const char *request_rest(const struct request *request)
{
    return request->url + strlen(request->route->path);
}

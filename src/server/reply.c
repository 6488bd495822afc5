/* SPDX-License-Identifier: Apache-2.0 */
/* server/reply.c - answers, with the headers that every one of them has */
#include <string.h>

#include "server/request.h"

#include "base/array.h"
#include "base/json_out.h"

static const struct {
    const char *name;
    const char *value;
} every_answer[] = {
    { "Cache-Control", "no-store" },
    { "X-Content-Type-Options", "nosniff" },
    { "Referrer-Policy", "no-referrer" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'" },
};

bool reply_add_headers(struct MHD_Response *response, const char *type)
{
    bool added = MHD_add_response_header(response, "Content-Type", type) == MHD_YES;

    for (size_t i = 0; i < ARRAY_LENGTH(every_answer); i++)
        added = MHD_add_response_header(response, every_answer[i].name, every_answer[i].value) ==
                    MHD_YES &&
                added;
    return added;
}

enum MHD_Result reply_response(struct request *request, unsigned status,
                               struct MHD_Response *response, size_t length)
{
    request->status = status;
    request->sent = length;
    return MHD_queue_response(request->connection, status, response);
}

static enum MHD_Result reply_bytes(struct request *request, unsigned status, const char *type,
                                   const struct strbuf *text)
{
    struct MHD_Response *response;
    enum MHD_Result queued = MHD_NO;

    if (text->failed)
        return MHD_NO;
    response = MHD_create_response_from_buffer(text->length, (void *)(uintptr_t)strbuf_text(text),
                                               MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    if (reply_add_headers(response, type) &&
        (status != 405 || MHD_add_response_header(response, "Allow",
                                                  request->route != NULL && request->route->may_post
                                                      ? "POST"
                                                      : "GET, HEAD") == MHD_YES))
        queued = reply_response(request, status, response, text->length);
    MHD_destroy_response(response);
    return queued;
}

enum MHD_Result reply_text(struct request *request, unsigned status, const char *text)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf body = { 0 };

    strbuf_add(&body, text);
    return reply_bytes(request, status, "text/plain; charset=utf-8", &body);
}

enum MHD_Result reply_problem(struct request *request, unsigned status, const char *detail)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf body = { 0 };
    struct json_out json;

    json_out_init(&json, &body);
    json_object_begin(&json, NULL);
    json_string(&json, "title", MHD_get_reason_phrase_for(status));
    json_int(&json, "status", status);
    json_string(&json, "detail", detail);
    json_object_end(&json);
    return reply_bytes(request, status, "application/problem+json", &body);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* server/reply.c - answers, with the headers that every one of them has */
#include <string.h>

#include "server/request.h"

#include "base/array.h"
#include "base/json_out.h"
#include "server/origin.h"

static const struct {
    const char *name;
    const char *value;
} every_answer[] = {
    { "X-Content-Type-Options", "nosniff" },
    { "Referrer-Policy", "no-referrer" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
};

/* The user's own stand in place of ours. */
static bool is_replaced(const struct web_pairs *own, const char *name)
{
    for (size_t i = 0; i < own->count; i++) {
        if (strcmp(own->items[i].name, name) == 0)
            return true;
    }
    return false;
}

static bool add(struct MHD_Response *response, const char *name, const char *value)
{
    return value[0] == '\0' || MHD_add_response_header(response, name, value) == MHD_YES;
}

/* Unless the user has a value of his own for it. */
static bool add_ours(struct MHD_Response *response, const struct web_pairs *own, const char *name,
                     const char *value)
{
    return is_replaced(own, name) || add(response, name, value);
}

bool reply_add_page_headers(struct MHD_Response *response, const char *type, const char *cache,
                            const char *policy, const struct access_rules *rules)
{
    const struct web_pairs *own = &rules->web.headers;
    bool added = add(response, "Content-Type", type) &&
                 add_ours(response, own, "Cache-Control", cache) &&
                 add_ours(response, own, "Content-Security-Policy", policy);

    for (size_t i = 0; i < ARRAY_LENGTH(every_answer); i++)
        added = added && add_ours(response, own, every_answer[i].name, every_answer[i].value);
    for (size_t i = 0; i < own->count; i++)
        added = added && add(response, own->items[i].name, own->items[i].value);
    return added;
}

bool reply_add_headers(struct MHD_Response *response, const char *type,
                       const struct access_rules *rules)
{
    return reply_add_page_headers(response, type, "no-store",
                                  "default-src 'none'; frame-ancestors 'none'", rules);
}

/* What a status wants beside its body. */
static bool add_of_status(const struct request *request, unsigned status,
                          struct MHD_Response *response)
{
    const struct access_rules *rules = request->rules;

    switch (status) {
    case 401:
        return (rules->web.users.count == 0 ||
                add(response, "WWW-Authenticate", "Basic realm=\"aico2\", charset=\"UTF-8\"")) &&
               (rules->tokens.count == 0 ||
                add(response, "WWW-Authenticate", "Bearer realm=\"aico2\""));
    case 405:
        return add(response, "Allow",
                   request->route != NULL ? route_methods(request->route) : "GET, HEAD");
    case 429:
        return add(response, "Retry-After", "1");
    default:
        return true;
    }
}

static const char *header_of(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

bool request_is_of_own_page(const struct request *request)
{
    return origin_is_of_host(header_of(request, "Origin"), header_of(request, "Host"));
}

bool request_is_of_own_origin(const struct request *request)
{
    const char *origin = header_of(request, "Origin");

    return origin == NULL || origin_is_host(origin, header_of(request, "Host"));
}

/* What lets a page of another port read the answer. */
static bool add_of_origin(const struct request *request, struct MHD_Response *response)
{
    if (request->route == NULL || !request->route->of_seed)
        return true;
    return add(response, "Vary", "Origin") &&
           (!request_is_of_own_page(request) ||
            (add(response, "Access-Control-Allow-Origin", header_of(request, "Origin")) &&
             add(response, "Access-Control-Allow-Methods", route_methods(request->route)) &&
             add(response, "Access-Control-Allow-Headers", "Content-Type")));
}

enum MHD_Result reply_response(struct request *request, unsigned status,
                               struct MHD_Response *response, size_t length)
{
    request->status = status;
    request->sent = length;
    return MHD_queue_response(request->connection, status, response);
}

/* What a cache has to know: others may not take gzip. */
static bool add_of_coding(bool packed, struct MHD_Response *response)
{
    return !packed ||
           (add(response, "Content-Encoding", "gzip") && add(response, "Vary", "Accept-Encoding"));
}

static enum MHD_Result reply_coded(struct request *request, unsigned status, const char *type,
                                   const struct strbuf *text, bool packed)
{
    struct MHD_Response *response;
    enum MHD_Result queued = MHD_NO;

    if (text->failed)
        return MHD_NO;
    response = MHD_create_response_from_buffer(text->length, (void *)(uintptr_t)strbuf_text(text),
                                               MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    if (reply_add_headers(response, type, request->rules) &&
        add_of_status(request, status, response) && add_of_origin(request, response) &&
        add_of_coding(packed, response))
        queued = reply_response(request, status, response, text->length);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result reply_bytes(struct request *request, unsigned status, const char *type,
                                   const struct strbuf *text)
{
    return reply_coded(request, status, type, text, false);
}

enum MHD_Result reply_text(struct request *request, unsigned status, const char *text)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf body = { 0 };

    strbuf_add(&body, text);
    return reply_bytes(request, status, "text/plain; charset=utf-8", &body);
}

enum MHD_Result reply_elsewhere(struct request *request, const char *path)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result queued = MHD_NO;

    if (response == NULL)
        return MHD_NO;
    if (reply_add_headers(response, "text/plain; charset=utf-8", request->rules) &&
        add(response, "Location", path))
        queued = reply_response(request, 307, response, 0);
    MHD_destroy_response(response);
    return queued;
}

enum MHD_Result reply_json(struct request *request, unsigned status, const struct strbuf *text)
{
    return reply_bytes(request, status, "application/json", text);
}

static enum MHD_Result reply_detail(struct request *request, unsigned status, const char *detail)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf body = { 0 };
    struct json_out json;

    json_out_init_line(&json, &body);
    json_object_begin(&json, NULL);
    json_string(&json, "detail", detail);
    json_object_end(&json);
    return reply_bytes(request, status, "application/json", &body);
}

enum MHD_Result reply_problem(struct request *request, unsigned status, const char *detail)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf body = { 0 };
    struct json_out json;

    if (request->route != NULL && request->route->of_seed)
        return reply_detail(request, status, detail);
    json_out_init(&json, &body);
    json_object_begin(&json, NULL);
    json_string(&json, "title", MHD_get_reason_phrase_for(status));
    json_int(&json, "status", status);
    json_string(&json, "detail", detail);
    json_object_end(&json);
    return reply_bytes(request, status, "application/problem+json", &body);
}

enum MHD_Result reply_made(struct request *request)
{
    const struct made *made = &request->made;

    return reply_coded(request, made->status != 0 ? made->status : 200,
                       made->type != NULL ? made->type : "application/json", &made->body,
                       made->packed);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* server/assets.c - GET /, /more.js and /openapi.json: the page and what the API is, out of the program itself
 *
 * Only the compressed form is in the program: the first who does not take gzip has it unpacked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "server/request.h"

#include "server/coding.h"
#include "server/settings.h"
#include "server/web_assets.h"

enum { GZIP_WINDOW = 15 + 16 };

struct asset {
    const char *type;
    const char *tag; /* of the bytes, quoted */
    const unsigned char *gzip;
    size_t gzip_length;
    size_t length;
};

static const struct asset assets[ASSETS] = {
    [ASSET_PAGE] = { "text/html; charset=utf-8", web_index_tag, web_index_gzip,
                     sizeof(web_index_gzip), web_index_length },
    [ASSET_PAGE_LOCKED] = { "text/html; charset=utf-8", web_locked_tag, web_locked_gzip,
                            sizeof(web_locked_gzip), web_locked_length },
    [ASSET_MORE] = { "text/javascript; charset=utf-8", web_more_tag, web_more_gzip,
                     sizeof(web_more_gzip), web_more_length },
    [ASSET_OPENAPI] = { "application/json", web_openapi_tag, web_openapi_gzip,
                        sizeof(web_openapi_gzip), web_openapi_length },
};

/* Return: the bytes on the heap, or NULL. */
static char *unpack(const struct asset *asset)
{
    z_stream stream = { .next_in = (Bytef *)(uintptr_t)asset->gzip,
                        .avail_in = (uInt)asset->gzip_length };
    char *bytes = malloc(asset->length);
    bool whole;

    if (bytes == NULL || inflateInit2(&stream, GZIP_WINDOW) != Z_OK) {
        free(bytes);
        return NULL;
    }
    stream.next_out = (Bytef *)bytes;
    stream.avail_out = (uInt)asset->length;
    whole = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out == asset->length;
    (void)inflateEnd(&stream);
    if (whole)
        return bytes;
    free(bytes);
    return NULL;
}

static struct MHD_Response *make_body(const struct asset *asset, bool gzip)
{
    char *bytes;

    if (gzip)
        return MHD_create_response_from_buffer(asset->gzip_length, (void *)(uintptr_t)asset->gzip,
                                               MHD_RESPMEM_PERSISTENT);
    bytes = unpack(asset);
    return bytes == NULL
               ? NULL
               : MHD_create_response_from_buffer(asset->length, bytes, MHD_RESPMEM_MUST_FREE);
}

/* Return: it with its headers, or NULL. */
static struct MHD_Response *complete(struct MHD_Response *response, const struct asset *asset,
                                     bool gzip, const struct access_rules *rules)
{
    char tag[2 + sizeof(web_index_tag)];

    if (response == NULL)
        return NULL;
    (void)snprintf(tag, sizeof(tag), "W/%s", asset->tag);
    if (reply_add_page_headers(response, asset->type, "no-cache", web_policy, rules) &&
        MHD_add_response_header(response, "ETag", tag) == MHD_YES &&
        MHD_add_response_header(response, "Vary", "Accept-Encoding") == MHD_YES &&
        (!gzip || MHD_add_response_header(response, "Content-Encoding", "gzip") == MHD_YES))
        return response;
    MHD_destroy_response(response);
    return NULL;
}

static const char *header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* The tag's quotes are part of it, and so it is found as a whole in a list, weak or not. */
static bool is_known(const struct request *request, const struct asset *asset)
{
    const char *known = header(request, "If-None-Match");

    return known != NULL && (strcmp(known, "*") == 0 || strstr(known, asset->tag) != NULL);
}

static enum MHD_Result answer_unchanged(struct request *request, const struct asset *asset)
{
    struct MHD_Response *response =
        complete(MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT), asset, false,
                 request->rules);
    enum MHD_Result queued;

    if (response == NULL)
        return MHD_NO;
    queued = reply_response(request, 304, response, 0);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result answer(struct answers *answers, struct request *request,
                              enum asset_name name)
{
    const struct asset *asset = &assets[name];
    bool gzip = coding_takes_gzip(header(request, "Accept-Encoding"));
    struct MHD_Response **response = &answers->assets[name][gzip];

    if (is_known(request, asset))
        return answer_unchanged(request, asset);
    if (*response == NULL)
        *response = complete(make_body(asset, gzip), asset, gzip, request->rules);
    if (*response == NULL)
        return MHD_NO;
    return reply_response(request, 200, *response, gzip ? asset->gzip_length : asset->length);
}

void assets_forget(struct answers *answers)
{
    for (size_t i = 0; i < ASSETS; i++) {
        for (size_t j = 0; j < 2; j++) {
            if (answers->assets[i][j] != NULL)
                MHD_destroy_response(answers->assets[i][j]);
            answers->assets[i][j] = NULL;
        }
    }
}

/* Where a token is wanted the page knows it from its first line, and asks for it before it asks for figures. Who was
 * asked for a password by the browser has shown it already. */
static enum asset_name page_for(const struct access_rules *rules)
{
    return access_needs_login(rules) && rules->web.users.count == 0 ? ASSET_PAGE_LOCKED
                                                                    : ASSET_PAGE;
}

enum MHD_Result asset_answer_page(struct answers *answers, struct request *request)
{
    return answer(answers, request, page_for(request->rules));
}

/* At the port of the original project's page the page has that one's address. */
enum MHD_Result asset_answer_index(struct answers *answers, struct request *request)
{
    if (answers->service->seed && connection_port(request->peer) == SEED_PAGE_PORT)
        return reply_elsewhere(request, "/indexPage");
    return answer(answers, request, page_for(request->rules));
}

enum MHD_Result asset_answer_more(struct answers *answers, struct request *request)
{
    return answer(answers, request, ASSET_MORE);
}

enum MHD_Result asset_answer_openapi(struct answers *answers, struct request *request)
{
    return answer(answers, request, ASSET_OPENAPI);
}

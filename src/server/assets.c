/* SPDX-License-Identifier: Apache-2.0 */
/* server/assets.c - GET /, /more.js and /openapi.json: the page and what the API is, out of the program itself
 *
 * Only the compressed form is in the program: who does not take gzip has it unpacked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "server/request.h"

#include "server/coding.h"
#include "server/web_assets.h"

enum { GZIP_WINDOW = 15 + 16 };

struct asset {
    const char *type;
    const char *tag; /* of the bytes, quoted */
    const unsigned char *gzip;
    size_t gzip_length;
    size_t length;
};

static const struct asset index_page = {
    "text/html; charset=utf-8", web_index_tag,    web_index_gzip,
    sizeof(web_index_gzip),     web_index_length,
};
static const struct asset more_script = {
    "text/javascript; charset=utf-8",
    web_more_tag,
    web_more_gzip,
    sizeof(web_more_gzip),
    web_more_length,
};
static const struct asset api_description = {
    "application/json",       web_openapi_tag,    web_openapi_gzip,
    sizeof(web_openapi_gzip), web_openapi_length,
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

static struct MHD_Response *make(const struct asset *asset, bool gzip, size_t *length_out)
{
    char *bytes = NULL;

    if (gzip) {
        *length_out = asset->gzip_length;
        return MHD_create_response_from_buffer(asset->gzip_length, (void *)(uintptr_t)asset->gzip,
                                               MHD_RESPMEM_PERSISTENT);
    }
    bytes = unpack(asset);
    *length_out = asset->length;
    return bytes == NULL
               ? NULL
               : MHD_create_response_from_buffer(asset->length, bytes, MHD_RESPMEM_MUST_FREE);
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

static enum MHD_Result answer(struct request *request, const struct asset *asset)
{
    bool gzip = coding_takes_gzip(header(request, "Accept-Encoding"));
    bool known = is_known(request, asset);
    struct MHD_Response *response;
    enum MHD_Result queued = MHD_NO;
    size_t length = 0;
    char tag[2 + sizeof(web_index_tag)];

    response = known ? MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT)
                     : make(asset, gzip, &length);
    if (response == NULL)
        return MHD_NO;
    (void)snprintf(tag, sizeof(tag), "W/%s", asset->tag);
    if (reply_add_page_headers(response, asset->type, "no-cache", web_policy, request->rules) &&
        MHD_add_response_header(response, "ETag", tag) == MHD_YES &&
        MHD_add_response_header(response, "Vary", "Accept-Encoding") == MHD_YES &&
        (!gzip || known ||
         MHD_add_response_header(response, "Content-Encoding", "gzip") == MHD_YES))
        queued = reply_response(request, known ? 304 : 200, response, length);
    MHD_destroy_response(response);
    return queued;
}

enum MHD_Result asset_answer_index(struct answers *answers, struct request *request)
{
    (void)answers;
    return answer(request, &index_page);
}

enum MHD_Result asset_answer_more(struct answers *answers, struct request *request)
{
    (void)answers;
    return answer(request, &more_script);
}

enum MHD_Result asset_answer_openapi(struct answers *answers, struct request *request)
{
    (void)answers;
    return answer(request, &api_description);
}

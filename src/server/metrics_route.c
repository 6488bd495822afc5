/* SPDX-License-Identifier: Apache-2.0 */
/* server/metrics_route.c - GET /metrics: the tick's page, as text or OpenMetrics, plain or gzip
 *
 * A response is made once for each form that somebody asks for, and then handed out until the next tick.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "server/request.h"

#include "server/coding.h"
#include "writers/metrics_text.h"

enum { GZIP_WINDOW = 15 + 16, GZIP_MEMORY = 8 };

void answers_forget(struct answers *answers)
{
    for (size_t i = 0; i < PAGE_FORMS; i++) {
        for (size_t j = 0; j < 2; j++) {
            if (answers->metrics[i][j] != NULL)
                MHD_destroy_response(answers->metrics[i][j]);
            answers->metrics[i][j] = NULL;
        }
    }
    page_unref(answers->page);
    answers->page = NULL;
}

/* Return: the compressed bytes on the heap, or NULL. */
static char *compress_page(const char *bytes, size_t length, size_t *length_out)
{
    z_stream stream = { 0 };
    uLong bound;
    char *out;

    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return NULL;
    bound = deflateBound(&stream, (uLong)length);
    out = malloc(bound);
    if (out != NULL) {
        stream.next_in = (Bytef *)(uintptr_t)bytes;
        stream.avail_in = (uInt)length;
        stream.next_out = (Bytef *)out;
        stream.avail_out = (uInt)bound;
        if (deflate(&stream, Z_FINISH) != Z_STREAM_END) {
            free(out);
            out = NULL;
        }
    }
    *length_out = stream.total_out;
    (void)deflateEnd(&stream);
    return out;
}

static struct MHD_Response *make(const struct page *page, enum page_form form, bool gzip,
                                 const struct access_rules *rules)
{
    const char *type =
        metrics_content_type(form == PAGE_TEXT ? METRICS_PROMETHEUS : METRICS_OPENMETRICS);
    size_t length = page->length[form];
    char *packed = gzip ? compress_page(page->bytes[form], length, &length) : NULL;
    struct MHD_Response *response;

    if (gzip && packed == NULL)
        return NULL;
    response =
        MHD_create_response_from_buffer(length, gzip ? packed : page->bytes[form],
                                        gzip ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_MUST_COPY);
    if (response == NULL) {
        free(packed);
        return NULL;
    }
    if (!reply_add_headers(response, type, rules) ||
        MHD_add_response_header(response, "Vary", "Accept, Accept-Encoding") != MHD_YES ||
        (gzip && MHD_add_response_header(response, "Content-Encoding", "gzip") != MHD_YES)) {
        MHD_destroy_response(response);
        return NULL;
    }
    return response;
}

static const char *header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

enum MHD_Result metrics_answer(struct answers *answers, struct request *request)
{
    struct page *page = page_slot_get(&answers->service->metrics);
    enum page_form form = metrics_accepted(header(request, "Accept")) == METRICS_OPENMETRICS
                              ? PAGE_OPENMETRICS
                              : PAGE_TEXT;
    bool gzip = coding_takes_gzip(header(request, "Accept-Encoding"));
    struct MHD_Response **response;

    if (page == NULL)
        return reply_problem(request, 503, "nothing has been measured yet");
    if (page != answers->page) {
        answers_forget(answers);
        answers->page = page;
    } else {
        page_unref(page);
    }
    response = &answers->metrics[form][gzip];
    if (*response == NULL)
        *response = make(answers->page, form, gzip, request->rules);
    if (*response == NULL)
        return MHD_NO;
    return reply_response(request, 200, *response, answers->page->length[form]);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/provider.c - the memory of a request */
#include "fetch/provider.h"

#include <string.h>

/* A header or an address may hold a secret. */
static void wipe(struct strbuf *buffer)
{
    if (buffer->text != NULL)
        explicit_bzero(buffer->text, buffer->capacity);
    strbuf_deinit(buffer);
}

void provider_request_deinit(struct provider_request *request)
{
    if (request == NULL)
        return;
    wipe(&request->url);
    wipe(&request->shown);
    for (size_t i = 0; i < PROVIDER_HEADERS_MAX; i++)
        wipe(&request->headers[i]);
    wipe(&request->body);
    *request = (struct provider_request){ 0 };
}

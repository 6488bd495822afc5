/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_fetch_retry_after.c - any bytes as a Retry-After */
#include <stdlib.h>
#include <string.h>

#include "fetch/retry_after.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t now_ns = INT64_C(1795000000000000000);
    char *text = calloc(1, size + 1);
    int64_t until_ns;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    if (retry_after_parse(text, now_ns, &until_ns) &&
        (until_ns < now_ns || until_ns > now_ns + INT64_C(86400000000000)))
        abort();
    free(text);
    return 0;
}

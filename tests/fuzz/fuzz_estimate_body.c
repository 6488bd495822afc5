/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_estimate_body.c - any bytes as the body of an estimate, and what it asks for as one */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options/estimate.h"
#include "server/estimate_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_estimate(const struct options *options)
{
    struct own_table own = { 0 };
    struct estimate estimate;
    struct aico2_error err = { 0 };
    int r = estimate_of_options(options, &own, &estimate, &err);

    if (r == 0)
        estimate_deinit(&estimate);
    else if (err.message[0] == '\0')
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct options none = { 0 };
    struct options options;
    struct strbuf body = { 0 };
    struct aico2_error err = { 0 };
    int r;

    strbuf_add_bytes(&body, (const char *)data, size);
    r = estimate_body_read(&body, &none, &options, &err);
    if (r == 0) {
        try_estimate(&options);
        options_deinit(&options);
    } else if ((r != -EINVAL && r != -EBADMSG) || err.message[0] == '\0') {
        abort();
    }
    strbuf_deinit(&body);
    return 0;
}

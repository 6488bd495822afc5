/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_fetch_cloud.c - any bytes as what a metadata service answers */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/cloud.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const clouds[] = { "aws", "gcp", "scaleway", "vultr", "linode", "nobody" };

    for (size_t i = 0; i < sizeof(clouds) / sizeof(clouds[0]); i++) {
        char region[48];

        if (!cloud_parse(clouds[i], (const char *)data, size, region))
            continue;
        if (region[0] == '\0' || strlen(region) >= sizeof(region))
            abort();
        for (const char *at = region; *at != '\0'; at++) {
            if (!isalnum((unsigned char)*at) && *at != '-')
                abort();
        }
    }
    return 0;
}

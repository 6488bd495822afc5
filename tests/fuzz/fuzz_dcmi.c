/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_dcmi.c - any bytes as the answer of a management controller */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "readers/dcmi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char *bytes = malloc(size + 1); /* of its very size, for the sanitizer */
    struct dcmi_power power = { .current_watts = 70000 };
    struct dcmi_capabilities capabilities = { .major = 700 };
    unsigned completion = 700;
    int r;

    if (bytes == NULL)
        return 0;
    if (size > 0)
        memcpy(bytes, data, size);
    r = dcmi_parse_power(bytes, size, &power, &completion);
    if ((r == 0) != (power.current_watts != 70000) || (size == 0) != (completion == 700) ||
        (r == -EREMOTEIO) != (size > 0 && bytes[0] != 0) || (r == 0 && size < 19))
        abort();
    r = dcmi_parse_capabilities(bytes, size, &capabilities, &completion);
    if ((r == 0) != (capabilities.major != 700) || (r == 0 && size < 7))
        abort();
    if (size > 0 && strlen(ipmi_completion_text(bytes[0])) == 0)
        abort();
    free(bytes);
    return 0;
}

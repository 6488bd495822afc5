/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_import_any.c - any bytes as a log whose form nobody has named */
#include <stddef.h>
#include <stdint.h>

#include "../unit/import_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    import_check_any(NULL, data, size);
    return 0;
}

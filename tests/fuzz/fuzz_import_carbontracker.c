/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_import_carbontracker.c - any bytes as a log of this form: what can be read of them adds up */
#include <stddef.h>
#include <stdint.h>

#include "../unit/import_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    import_check_any("carbontracker", data, size);
    return 0;
}

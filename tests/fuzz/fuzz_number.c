/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_number.c - any text as a number: refused, or one that is written and read back as the same */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_whole(const char *text)
{
    uint64_t natural = 7;
    int64_t whole = -7;
    bool is_natural = number_parse_u64(text, &natural);
    bool is_whole = number_parse_i64(text, &whole);

    if ((!is_natural && natural != 7) || (!is_whole && whole != -7))
        abort();
    /* what both take is the same number; only the sign and what is past 2^63 part them */
    if (is_natural && is_whole && (whole < 0 || (uint64_t)whole != natural))
        abort();
    if (is_natural && !is_whole && natural <= INT64_MAX)
        abort();
    if (is_whole && !is_natural && whole > 0)
        abort();
}

static void check_double(const char *text)
{
    char shortest[32];
    char fixed[352];
    double value = -7;
    double back = 0;

    if (!number_parse_double(text, &value)) {
        if (value != -7)
            abort();
        return;
    }
    if (!isfinite(value) ||
        number_format_double(shortest, sizeof(shortest), value) >= sizeof(shortest) ||
        !number_parse_double(shortest, &back) || back != value)
        abort();
    if (number_format_fixed(fixed, sizeof(fixed), value, 2) >= sizeof(fixed) ||
        strncmp(fixed, "-0.00", sizeof("-0.00")) == 0 || !number_parse_double(fixed, &back) ||
        !(fabs(back - value) <= 0.005000001 + fabs(value) * DBL_EPSILON))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    check_whole(text);
    check_double(text);
    free(text);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_budget.c - any text as a budget: refused, or an amount above 0 of a known kind */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "session/budget.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct aico2_error err = { 0 };
    struct budget budget = { 0 };
    struct budget again = { 0 };
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (budget_parse(text, &budget, &err) < 0) {
        if (err.message[0] == '\0' || budget.of != BUDGET_NONE)
            abort();
    } else if (!(budget.amount > 0) || !isfinite(budget.amount) || budget.of == BUDGET_NONE ||
               budget_parse(budget.text, &again, NULL) != 0 || again.amount != budget.amount) {
        abort();
    }
    free(text);
    return 0;
}

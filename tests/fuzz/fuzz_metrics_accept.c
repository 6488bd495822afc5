/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_metrics_accept.c - any Accept header: one of the forms, OpenMetrics only where it is asked for */
#include <stdlib.h>
#include <string.h>

#include "writers/metrics_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    enum metrics_form form;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    form = metrics_accepted(text);
    if (form != METRICS_PROMETHEUS && form != METRICS_OPENMETRICS)
        abort();
    /* by "anything" only where the plain text was put behind it */
    if (form == METRICS_OPENMETRICS && strcasestr(text, "application/openmetrics-text") == NULL &&
        strcasestr(text, "application/*") == NULL &&
        (strstr(text, "*/*") == NULL || strcasestr(text, "text/") == NULL))
        abort();
    free(text);
    return 0;
}

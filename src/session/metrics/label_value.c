/* SPDX-License-Identifier: Apache-2.0 */
/* session/metrics/label_value.c - the value of a label as the text form of metrics writes it, read again
 *
 * Prometheus, exposition formats: a backslash, a quote and a line feed are escaped, and nothing else.
 */
#include "session/metrics/label_value.h"

int label_value_next(const char **at)
{
    char c = **at;

    if (c == '\n' || c == '\0')
        return -1;
    (*at)++;
    if (c == '"')
        return 0;
    if (c != '\\')
        return (unsigned char)c;

    c = **at;
    if (c != '\\' && c != '"' && c != 'n')
        return -1;
    (*at)++;
    return c == 'n' ? '\n' : c;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* readers/proc_stat.c - the lines of /proc/stat, in the kernel's ticks
 *
 * Columns: Linux Documentation/filesystems/proc.rst, "1.7 Miscellaneous kernel statistics". Old
 * kernels have four of them, new ones ten; what is missing is 0.
 */
#include "readers/proc_stat.h"

#include <string.h>

enum {
    COLUMN_USER,
    COLUMN_NICE,
    COLUMN_SYSTEM,
    COLUMN_IDLE,
    COLUMN_IOWAIT,
    COLUMN_IRQ,
    COLUMN_SOFTIRQ,
    COLUMN_STEAL,
    COLUMN_COUNT,
    COLUMNS_NEEDED = COLUMN_IDLE + 1,
    CPU_NUMBER_MAX = 1 << 20,
};

/* So that no sum of eight columns, and no such sum in nanoseconds, can overflow. */
static const uint64_t TICKS_MAX = UINT64_C(100000000000);

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool parse_ticks(const char **cursor, uint64_t *ticks_out)
{
    const char *at = *cursor;
    uint64_t ticks = 0;

    while (*at == ' ' || *at == '\t')
        at++;
    if (!is_digit(*at))
        return false;
    for (; is_digit(*at); at++) {
        ticks = ticks * 10 + (uint64_t)(*at - '0');
        if (ticks > TICKS_MAX)
            return false;
    }
    *cursor = at;
    *ticks_out = ticks;
    return true;
}

static bool parse_line(const char *at, struct proc_stat_cpu *cpu_out)
{
    uint64_t columns[COLUMN_COUNT] = { 0 };
    int number = -1;
    int count = 0;

    if (is_digit(*at)) {
        for (number = 0; is_digit(*at); at++) {
            number = number * 10 + (*at - '0');
            if (number > CPU_NUMBER_MAX)
                return false;
        }
    }
    if (*at != ' ' && *at != '\t')
        return false;
    while (count < COLUMN_COUNT && parse_ticks(&at, &columns[count]))
        count++;
    if (count < COLUMNS_NEEDED)
        return false;
    while (*at == ' ' || *at == '\t' || *at == '\r')
        at++;
    if (count < COLUMN_COUNT && *at != '\0' && *at != '\n')
        return false; /* a word, or a number past all reason */

    *cpu_out = (struct proc_stat_cpu){
        .number = number,
        .busy_ticks = columns[COLUMN_USER] + columns[COLUMN_NICE] + columns[COLUMN_SYSTEM] +
                      columns[COLUMN_IRQ] + columns[COLUMN_SOFTIRQ],
        .rest_ticks = columns[COLUMN_IDLE] + columns[COLUMN_IOWAIT] + columns[COLUMN_STEAL],
        .steal_ticks = columns[COLUMN_STEAL],
    };
    return true;
}

static const char *next_line(const char *line)
{
    const char *end = strchrnul(line, '\n');

    return *end == '\n' ? end + 1 : end;
}

bool proc_stat_next_cpu(const char **cursor, struct proc_stat_cpu *cpu_out)
{
    while (strncmp(*cursor, "cpu", 3) == 0) {
        const char *line = *cursor;

        *cursor = next_line(line);
        if (parse_line(line + 3, cpu_out))
            return true;
    }
    return false;
}

int proc_stat_count_cpus(const char **cursor)
{
    int count = 0;

    while (strncmp(*cursor, "cpu", 3) == 0) {
        count += is_digit((*cursor)[3]);
        *cursor = next_line(*cursor);
    }
    return count;
}

bool proc_stat_value(const char *text, const char *key, uint64_t *value_out)
{
    size_t length = strlen(key);

    for (const char *line = text; *line != '\0'; line = next_line(line)) {
        const char *at = line + length;

        if (strncmp(line, key, length) == 0 && *at == ' ')
            return parse_ticks(&at, value_out);
    }
    return false;
}

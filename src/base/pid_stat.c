/* SPDX-License-Identifier: Apache-2.0 */
/* base/pid_stat.c - what tells processes apart in /proc/PID/stat, and what they waited for */
#include "base/pid_stat.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/number.h"

enum {
    FIELD_STATE = 3,
    FIELD_PARENT = 4,
    FIELD_UTIME = 14,
    FIELD_STIME = 15,
    FIELD_CUTIME = 16,
    FIELD_CSTIME = 17,
    FIELD_START = 22,
    STAT_SIZE = 1024, /* comm 64, 50 numbers of at most 20 digits are never all that long */
};

/* 126 years of 100 Hz: more is no time, and two of them are still nanoseconds in 63 bits */
static const int64_t TICKS_MOST = INT64_C(400000000000);

static bool next_word(const char **at, char *word, size_t size)
{
    size_t length;

    *at += strspn(*at, " ");
    length = strcspn(*at, " \n");
    if (length == 0 || length >= size)
        return false;
    memcpy(word, *at, length);
    word[length] = '\0';
    *at += length;
    return true;
}

static int64_t within_reason(int64_t ticks)
{
    return ticks < 0 ? 0 : ticks > TICKS_MOST ? TICKS_MOST : ticks;
}

bool pid_stat_parse(const char *text, struct pid_stat *stat_out)
{
    const char *at = strrchr(text, ')');
    int64_t numbers[FIELD_START + 1] = { 0 };
    char state = '\0';

    if (at == NULL || at[1] != ' ')
        return false;
    at++;
    for (int field = FIELD_STATE; field <= FIELD_START; field++) {
        char word[24];

        if (!next_word(&at, word, sizeof(word)))
            return false;
        if (field == FIELD_STATE)
            state = word[0];
        else if (field == FIELD_PARENT || (field >= FIELD_UTIME && field <= FIELD_CSTIME) ||
                 field == FIELD_START) {
            if (!number_parse_i64(word, &numbers[field]))
                return false;
        }
    }
    if (numbers[FIELD_PARENT] < 0 || numbers[FIELD_PARENT] > INT32_MAX)
        return false;

    *stat_out = (struct pid_stat){
        .state = state,
        .parent = (int32_t)numbers[FIELD_PARENT],
        .own_ticks = within_reason(numbers[FIELD_UTIME]) + within_reason(numbers[FIELD_STIME]),
        .children_ticks =
            within_reason(numbers[FIELD_CUTIME]) + within_reason(numbers[FIELD_CSTIME]),
        .start_ticks = within_reason(numbers[FIELD_START]),
    };
    return true;
}

bool pid_stat_read(int proc_fd, int64_t pid, struct pid_stat *stat_out)
{
    char path[40];
    char text[STAT_SIZE];

    (void)snprintf(path, sizeof(path), "%" PRId64 "/stat", pid);
    return fs_read_text_at(proc_fd, path, text, sizeof(text), NULL) > 0 &&
           pid_stat_parse(text, stat_out);
}

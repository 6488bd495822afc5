/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_rank_env.c - any lines of NAME=value as the environment of a rank */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "session/ranks/env.h"

enum { LINES_MAX = 64 };

static const char *get(const void *payload, const char *name)
{
    char *const *lines = payload;
    size_t length = strlen(name);

    for (; *lines != NULL; lines++) {
        if (strncmp(*lines, name, length) == 0 && (*lines)[length] == '=')
            return *lines + length + 1;
    }
    return NULL;
}

/* Fit for a file's name, and the end of it is in it. */
static void check(const char *job)
{
    if (memchr(job, '\0', RANK_JOB_SIZE) == NULL || strchr(job, '/') != NULL || job[0] == '.')
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    char *lines[LINES_MAX + 1] = { NULL };
    char *rest = text;
    struct rank rank;

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    for (size_t i = 0; i < LINES_MAX && rest != NULL; i++)
        lines[i] = strsep(&rest, "\n");
    if (rank_find(get, lines, 77, &rank)) {
        check(rank.job);
        check(rank.training);
        if (rank.job[0] == '\0' || rank.world < 2 || rank.local < -1)
            abort();
    }
    free(text);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_drm_fdinfo.c - any text as /proc/PID/fdinfo/FD */
#include <stdlib.h>
#include <string.h>

#include "readers/drm_fdinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *word, size_t size, bool may_be_empty)
{
    const char *end = memchr(word, '\0', size);

    if (end == NULL || (end == word && !may_be_empty) || memchr(word, '\n', size) != NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct drm_fdinfo info;
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (drm_fdinfo_parse(text, &info)) {
        check(info.driver, sizeof(info.driver), false);
        check(info.slot, sizeof(info.slot), true);
        if (info.engine_count > DRM_ENGINES_MAX || (!info.has_memory && info.memory_bytes != 0))
            abort();
        for (size_t i = 0; i < info.engine_count; i++) {
            check(info.engines[i].name, sizeof(info.engines[i].name), false);
            if (info.engines[i].capacity == 0)
                abort();
            for (size_t j = 0; j < i; j++) {
                if (strcmp(info.engines[i].name, info.engines[j].name) == 0)
                    abort();
            }
        }
    }
    free(text);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_epoch_lines.c - any bytes as a log, in pieces: the same epochs as in one */
#include <stdlib.h>

#include "session/epoch/count.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct taken {
    struct epoch_count count;
    struct task_list tasks;
    size_t marks;
};

static void take(void *payload, const struct epoch_mark *mark)
{
    struct taken *taken = payload;

    taken->marks++;
    if (epoch_count_take(&taken->count, mark, (int64_t)taken->marks * 1000) < 0)
        abort();
}

static size_t read_all(const uint8_t *data, size_t size, size_t piece)
{
    struct epoch_lines *lines = calloc(1, sizeof(*lines));
    struct taken taken = { 0 };
    int64_t at_ns = 0;

    if (lines == NULL || epoch_count_init(&taken.count, &taken.tasks, EPOCH_AT_AUTO, 0) < 0 ||
        epoch_lines_init(lines, NULL, take, &taken, NULL) < 0 ||
        epoch_lines_set_validation(lines, "[Vv]al", NULL) < 0)
        abort();
    for (size_t at = 0; at < size; at += piece)
        epoch_lines_add(lines, (const char *)data + at, size - at < piece ? size - at : piece);
    epoch_lines_end(lines);
    epoch_count_end(&taken.count, (int64_t)(taken.marks + 1) * 1000, true);
    for (size_t i = 0; i < taken.tasks.count; i++) {
        const struct task *task = &taken.tasks.items[i];

        if (task->start_ns != at_ns || task->duration_ns < 0 || !(task->epochs >= 0))
            abort();
        at_ns += task->duration_ns;
    }
    epoch_lines_deinit(lines);
    free(lines);
    free(taken.tasks.items);
    return taken.marks;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (read_all(data, size, size + 1) != read_all(data, size, 7))
        abort();
    return 0;
}

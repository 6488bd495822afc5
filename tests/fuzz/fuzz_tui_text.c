/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_tui_text.c - any bytes as the name of something on the monitor */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tui/canvas.h"

enum { COLUMNS = 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nothing that a terminal would take for a command, or that moves what stands beside it. */
static void check(const struct canvas *canvas, int used)
{
    if (used < 0 || used > COLUMNS)
        abort();
    for (int i = 0; i < COLUMNS; i++) {
        const uint32_t code = canvas->cells[i].code;

        if ((code > 0 && code < ' ') || (code >= 0x7f && code < 0xa0) ||
            (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
            abort();
        if (i >= used && code != ' ')
            abort();
        if (!canvas->unicode && code >= 0x80)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct canvas canvas = { 0 };
    char *text = malloc(size + 1);

    (void)setlocale(LC_CTYPE, "C.UTF-8");
    if (text == NULL || canvas_resize(&canvas, 1, COLUMNS) < 0) {
        free(text);
        return 0;
    }
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    for (int i = 0; i < 2; i++) {
        canvas.unicode = i > 0;
        canvas_clear(&canvas);
        check(&canvas, canvas_text(&canvas, 0, 0, COLUMNS, TINT_NORMAL, text));
        canvas_clear(&canvas);
        canvas_right(&canvas, 0, 0, COLUMNS, TINT_NORMAL, text);
        check(&canvas, COLUMNS);
    }
    canvas_deinit(&canvas);
    free(text);
    return 0;
}

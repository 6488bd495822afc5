/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_jetson.c - any lines as the names of a Jetson's rails, any bytes as its device tree */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/rails.h"
#include "readers/jetson_board.h"
#include "readers/jetson_rails.h"

static void check_covers(const char *label)
{
    unsigned covers = rails_covers(label);
    char words[64];

    rails_covers_text(covers, words, sizeof(words));
    if ((covers == 0) != (words[0] == '\0') ||
        ((covers & RAIL_GPU) != 0 && strstr(label, "GPU") == NULL) ||
        ((covers & RAIL_CPU) != 0 && strstr(label, "CPU") == NULL))
        abort();
}

static void make_rails(const char *text, struct jetson_rails *rails)
{
    rails->count = 0;
    while (*text != '\0' && rails->count < JETSON_RAILS_MAX) {
        int length = (int)strcspn(text, "\n");
        struct jetson_rail *rail = &rails->items[rails->count];

        *rail = (struct jetson_rail){ .channel = (int)(rails->count++ % 3) };
        (void)snprintf(rail->label, sizeof(rail->label), "%.*s", length, text);
        check_covers(rail->label);
        text += length + (text[length] != '\0');
    }
}

/* Each rail is one of the board's, and no name is there twice; an input is never added to. */
static void check(const struct jetson_rails *rails, const struct jetson_total *total)
{
    if (total->count > JETSON_TOTAL_MAX || total->count > rails->count)
        abort();
    for (size_t i = 0; i < total->count; i++) {
        const char *label = total->rails[i]->label;

        if (total->rails[i] < rails->items || total->rails[i] >= rails->items + rails->count ||
            strcmp(label, "VDDQ_VDD2_1V8AO") == 0 ||
            (strcmp(label, "VDD_IN") == 0 && total->count > 1))
            abort();
        for (size_t j = 0; j < i; j++) {
            if (strcmp(total->rails[j]->label, label) == 0)
                abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct jetson_rails rails;
    struct jetson_total total;
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (jetson_is_compatible(text, size) && memmem(text, size, "nvidia,tegra", 12) == NULL)
        abort();
    if (jetson_product(text, size) != NULL && memmem(text, size, "nvidia,", 7) == NULL)
        abort();
    make_rails(text, &rails);
    jetson_choose_module(&rails, &total);
    check(&rails, &total);
    jetson_choose_carrier(&rails, &total);
    check(&rails, &total);
    free(text);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* model/rails.c - which rails of a Jetson add up to a whole, told by their names alone */
#include "model/rails.h"

#include <string.h>

#include "base/attributes.h"
#include "base/text.h"

struct rail_set {
    const char *board;
    const char *names[RAILS_TOTAL_MAX];
};

/*
 * What a module draws. VDD_IN and POM_5V_IN feed it all and hold every other rail. The AGX boards
 * have no such rail, but these add up to it; on AGX Orin VDDQ_VDD2_1V8AO hangs off VIN_SYS_5V0 and
 * is not added. Rails of a board that is not here are not added up: which holds which is unknown.
 */
static const struct rail_set modules[] = {
    { "TX1, TX2, Xavier NX, Orin Nano or Orin NX", { "VDD_IN" } },
    { "Nano", { "POM_5V_IN" } },
    { "AGX Orin", { "VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0" } },
    { "AGX Xavier", { "GPU", "CPU", "SOC", "CV", "VDDRQ", "SYS5V" } },
    { "AGX Thor", { "VDD_GPU", "VDD_CPU_SOC_MSS", "VIN_SYS_5V0" } },
};
static const struct rail_set carriers[] = {
    { "TX1 or TX2", { "VDD_MUX" } },
    { "AGX Thor", { "VIN" } },
};

static bool find_rail(const char *const *names, size_t count, const char *name, size_t *index_out)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            *index_out = i;
            return true;
        }
    }
    return false;
}

static void choose(const struct rail_set *sets, size_t set_count, const char *const *names,
                   size_t count, struct rails_total *total_out)
{
    *total_out = (struct rails_total){ .count = 0 };
    for (size_t i = 0; i < set_count; i++) {
        struct rails_total total = { .board = sets[i].board };

        while (total.count < RAILS_TOTAL_MAX && sets[i].names[total.count] != NULL &&
               find_rail(names, count, sets[i].names[total.count], &total.index[total.count]))
            total.count++;
        if (total.count == RAILS_TOTAL_MAX || sets[i].names[total.count] == NULL) {
            *total_out = total;
            return;
        }
    }
}

void rails_choose_module(const char *const *names, size_t count, struct rails_total *total_out)
{
    choose(modules, ARRAY_LENGTH(modules), names, count, total_out);
}

void rails_choose_carrier(const char *const *names, size_t count, struct rails_total *total_out)
{
    choose(carriers, ARRAY_LENGTH(carriers), names, count, total_out);
}

static unsigned cover_of_word(const char *word, size_t length)
{
    static const struct {
        const char *word;
        unsigned cover;
    } words[] = {
        { "CPU", RAIL_CPU },     { "GPU", RAIL_GPU },    { "CV", RAIL_CV },
        { "SOC", RAIL_SOC },     { "DDR", RAIL_MEMORY }, { "VDDRQ", RAIL_MEMORY },
        { "VDDQ", RAIL_MEMORY }, { "MSS", RAIL_MEMORY }, /* the memory's part of the chip */
    };

    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        if (strlen(words[i].word) == length && strncmp(word, words[i].word, length) == 0)
            return words[i].cover;
    }
    return 0;
}

unsigned rails_covers(const char *name)
{
    unsigned covers = 0;

    while (*name != '\0' && *name != '@') { /* behind it: a machine's name (model/device.h) */
        size_t length = strcspn(name, "_ @");

        covers |= cover_of_word(name, length);
        name += length;
        name += *name == '_' || *name == ' ';
    }
    return covers;
}

void rails_covers_text(unsigned covers, char *text, size_t size)
{
    static const struct {
        unsigned cover;
        const char *name;
    } names[] = {
        { RAIL_CPU, "CPU" }, { RAIL_GPU, "GPU" },       { RAIL_CV, "CV" },
        { RAIL_SOC, "SoC" }, { RAIL_MEMORY, "memory" },
    };

    text[0] = '\0';
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if ((covers & names[i].cover) != 0)
            text_append(text, size, "%s%s", text[0] != '\0' ? " + " : "", names[i].name);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/cpu_arm.c - which chip an ARM implementer and part number belong to
 *
 * /proc/cpuinfo of aarch64 names the core design, not the chip (Linux
 * arch/arm64/include/asm/cputype.h). Where only one chip of our table has that design the chip is
 * known; else the class is. Watts a core of the small designs are typical ones of boards at full
 * load, not published figures.
 */
#include "catalog/cpu_arm.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/attributes.h"

enum { SAME_START = 4 };

enum {
    ARM = 0x41,
    BROADCOM = 0x42,
    CAVIUM = 0x43,
    FUJITSU = 0x46,
    HISILICON = 0x48,
    NVIDIA = 0x4e,
    QUALCOMM = 0x51,
    APPLE = 0x61,
    PHYTIUM = 0x70,
    AMPERE = 0xc0
};

#define SMALL(implementer, part, label, watts)                         \
    {                                                                  \
        implementer, part, label, NULL, 0, NULL, CPU_CLASS_NONE, watts \
    }
#define CLASS(implementer, part, label, cpu_class)            \
    {                                                         \
        implementer, part, label, NULL, 0, NULL, cpu_class, 0 \
    }
#define CHIP(implementer, part, label, key)                       \
    {                                                             \
        implementer, part, label, key, 0, NULL, CPU_CLASS_NONE, 0 \
    }

static const struct arm_core cores[] = {
    CLASS(ARM, 0xd0c, "Neoverse-N1", CPU_CLASS_NEOVERSE_N1),
    CHIP(ARM, 0xd40, "Neoverse-V1", "graviton3"),
    CLASS(ARM, 0xd4f, "Neoverse-V2", CPU_CLASS_NEOVERSE_V2),
    CLASS(ARM, 0xd49, "Neoverse-N2", CPU_CLASS_NEOVERSE),
    CLASS(ARM, 0xd4a, "Neoverse-E1", CPU_CLASS_NEOVERSE),
    CLASS(ARM, 0xd8e, "Neoverse-N3", CPU_CLASS_NEOVERSE),
    CLASS(ARM, 0xd84, "Neoverse-V3", CPU_CLASS_NEOVERSE),
    CLASS(ARM, 0xd83, "Neoverse-V3AE", CPU_CLASS_NEOVERSE),
    SMALL(ARM, 0xd42, "Cortex-A78AE", 2.0),
    SMALL(ARM, 0xd03, "Cortex-A53", 0.8),
    SMALL(ARM, 0xd04, "Cortex-A35", 0.4),
    SMALL(ARM, 0xd05, "Cortex-A55", 0.7),
    SMALL(ARM, 0xd07, "Cortex-A57", 1.8),
    SMALL(ARM, 0xd08, "Cortex-A72", 1.5),
    SMALL(ARM, 0xd09, "Cortex-A73", 1.3),
    SMALL(ARM, 0xd0a, "Cortex-A75", 1.5),
    SMALL(ARM, 0xd0b, "Cortex-A76", 2.0),
    SMALL(ARM, 0xd0d, "Cortex-A77", 2.0),
    SMALL(ARM, 0xd41, "Cortex-A78", 2.0),
    SMALL(ARM, 0xd44, "Cortex-X1", 3.0),
    SMALL(ARM, 0xd46, "Cortex-A510", 0.7),
    SMALL(ARM, 0xd47, "Cortex-A710", 2.0),
    SMALL(ARM, 0xd80, "Cortex-A520", 0.7),
    SMALL(ARM, 0xd81, "Cortex-A720", 2.0),
    SMALL(ARM, 0xd87, "Cortex-A725", 2.0),
    SMALL(ARM, 0xd85, "Cortex-X925", 4.0),
    SMALL(ARM, 0xc07, "Cortex-A7", 0.4),
    SMALL(ARM, 0xc08, "Cortex-A8", 0.8),
    SMALL(ARM, 0xc09, "Cortex-A9", 0.8),
    SMALL(ARM, 0xc0f, "Cortex-A15", 1.8),
    SMALL(ARM, 0xb76, "ARM1176", 0.6),
    SMALL(NVIDIA, 0x004, "Carmel", 2.0),
    SMALL(NVIDIA, 0x003, "Denver 2", 2.0),
    CLASS(NVIDIA, 0x010, "Olympus", CPU_CLASS_NEOVERSE),
    CLASS(CAVIUM, 0x0af, "ThunderX2", CPU_CLASS_THUNDERX2),
    CLASS(BROADCOM, 0x516, "ThunderX2", CPU_CLASS_THUNDERX2),
    CLASS(HISILICON, 0xd01, "TaiShan-v110", CPU_CLASS_KUNPENG),
    CLASS(FUJITSU, 0x001, "A64FX", CPU_CLASS_NEOVERSE),
    CLASS(PHYTIUM, 0x663, "Phytium FTC663", CPU_CLASS_NEOVERSE),
    CLASS(PHYTIUM, 0x662, "Phytium FTC662", CPU_CLASS_NEOVERSE),
    CLASS(AMPERE, 0xac3, "Ampere-1", CPU_CLASS_AMPERE_1),
    CLASS(AMPERE, 0xac4, "Ampere-1a", CPU_CLASS_AMPERE_1),
    CLASS(QUALCOMM, 0x001, "Oryon", CPU_CLASS_SNAPDRAGON),
    CHIP(APPLE, 0x022, "Apple M1", "m1"),
    CHIP(APPLE, 0x023, "Apple M1", "m1"),
    CHIP(APPLE, 0x024, "Apple M1 Pro", "m1pro"),
    CHIP(APPLE, 0x025, "Apple M1 Pro", "m1pro"),
    { APPLE, 0x028, "Apple M1 Max or Ultra", "m1max", 10, "m1ultra", CPU_CLASS_NONE, 0 },
    { APPLE, 0x029, "Apple M1 Max or Ultra", "m1max", 10, "m1ultra", CPU_CLASS_NONE, 0 },
    CHIP(APPLE, 0x032, "Apple M2", "m2"),
    CHIP(APPLE, 0x033, "Apple M2", "m2"),
    CHIP(APPLE, 0x034, "Apple M2 Pro", "m2pro"),
    CHIP(APPLE, 0x035, "Apple M2 Pro", "m2pro"),
    { APPLE, 0x038, "Apple M2 Max or Ultra", "m2max", 12, "m2ultra", CPU_CLASS_NONE, 0 },
    { APPLE, 0x039, "Apple M2 Max or Ultra", "m2max", 12, "m2ultra", CPU_CLASS_NONE, 0 },
};

/* What else these designs are called: boards' own names and lscpu's. */
static const struct {
    const char *start;
    const char *label;
} other_names[] = {
    { "raspberrypi5", "Cortex-A76" },   { "raspberrypi4", "Cortex-A72" },
    { "raspberrypi400", "Cortex-A72" }, { "raspberrypi3", "Cortex-A53" },
    { "raspberrypi2", "Cortex-A7" },    { "kunpeng920", "TaiShan-v110" },
    { "thunderx2", "ThunderX2" },       { "altra", "Neoverse-N1" },
    { "ampereone", "Ampere-1" },        { "tsv110", "TaiShan-v110" },
};

const struct arm_core *arm_core_by_id(int implementer, int part)
{
    for (size_t i = 0; i < ARRAY_LENGTH(cores); i++) {
        if (cores[i].implementer == implementer && cores[i].part == part)
            return &cores[i];
    }
    return NULL;
}

static void key_of_label(const char *label, char key_out[NAME_KEY_SIZE])
{
    struct name_words words;

    name_split(label, "", false, &words);
    if (!name_join(&words, key_out))
        key_out[0] = '\0';
}

const struct arm_core *arm_core_by_name(const struct name_words *words)
{
    char key[NAME_KEY_SIZE];
    const char *label = NULL;

    if (!name_join(words, key))
        return NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(other_names); i++) {
        if (strncmp(key, other_names[i].start, strlen(other_names[i].start)) == 0)
            label = other_names[i].label;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(cores); i++) {
        char own[NAME_KEY_SIZE];

        if (cores[i].implementer == APPLE)
            continue; /* these are names of chips: rows of the table */
        if (label == NULL && strncasecmp(cores[i].label, key, SAME_START) != 0)
            continue; /* most names are no ARM design's at all */
        key_of_label(cores[i].label, own);
        if (label != NULL ? strcmp(cores[i].label, label) == 0 : strcmp(own, key) == 0)
            return &cores[i];
    }
    return NULL;
}

static int parse_id(const char *word)
{
    char *end;
    unsigned long id = strtoul(word, &end, 16);

    return end != word && *end == '\0' && id <= 0xffff ? (int)id : -1;
}

bool arm_ids_from_words(const struct name_words *words, int *implementer_out, int *part_out)
{
    if (words->count != 4 || strcmp(words->words[0], "implementer") != 0 ||
        strcmp(words->words[2], "part") != 0)
        return false;
    *implementer_out = parse_id(words->words[1]);
    *part_out = parse_id(words->words[3]);
    return *implementer_out >= 0 && *part_out >= 0;
}

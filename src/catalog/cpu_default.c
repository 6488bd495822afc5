/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/cpu_default.c - what stands in for a CPU whose name matches nothing
 *
 * The narrowest class that structure tells: the generation a hypervisor or a model number names,
 * the letters behind a number, family and model number of x86, the brand. Figures are medians of a
 * class in cpu_tdp.csv, never those of one model.
 */
#include "catalog/cpu_default.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"

/* The last resort: 4 W a hardware thread, as CodeCarbon assumes; 16 where none are known. */
static const double UNKNOWN_WATTS_PER_THREAD = 4;
static const int UNKNOWN_THREADS = 16;
static const double UNKNOWN_BAND = 1.5;

/* Generations that hypervisors and clouds name: "Intel Xeon Processor (Icelake)", "EPYC-Rome". */
static const struct {
    const char *word;
    enum cpu_class cpu_class;
} generations[] = {
    { "cascadelake", CPU_CLASS_XEON_CASCADE },     { "skylake", CPU_CLASS_XEON_SKYLAKE },
    { "cooperlake", CPU_CLASS_XEON_ICE },          { "icelake", CPU_CLASS_XEON_ICE },
    { "sapphirerapids", CPU_CLASS_XEON_SAPPHIRE }, { "emeraldrapids", CPU_CLASS_XEON_EMERALD },
    { "graniterapids", CPU_CLASS_XEON_6P },        { "sierraforest", CPU_CLASS_XEON_6E },
    { "clearwaterforest", CPU_CLASS_XEON_6E },     { "broadwell", CPU_CLASS_XEON_BROADWELL },
    { "haswell", CPU_CLASS_XEON_HASWELL },         { "ivybridge", CPU_CLASS_XEON_IVY },
    { "sandybridge", CPU_CLASS_XEON_SANDY },       { "westmere", CPU_CLASS_XEON_NEHALEM },
    { "nehalem", CPU_CLASS_XEON_NEHALEM },         { "epycrome", CPU_CLASS_EPYC_ROME },
    { "epycmilan", CPU_CLASS_EPYC_MILAN },         { "epycgenoa", CPU_CLASS_EPYC_GENOA },
    { "epycbergamo", CPU_CLASS_EPYC_GENOA },       { "epycsiena", CPU_CLASS_EPYC_GENOA },
    { "epycturin", CPU_CLASS_EPYC_TURIN },         { "epycnaples", CPU_CLASS_EPYC_NAPLES },
};

/* Servers by family and model number (Linux arch/x86/include/asm/intel-family.h; AMD PPRs). */
static const struct {
    enum cpu_vendor vendor;
    int family;
    int model_first;
    int model_last;
    enum cpu_class cpu_class;
} signatures[] = {
    { CPU_VENDOR_INTEL, 6, 26, 26, CPU_CLASS_XEON_NEHALEM },
    { CPU_VENDOR_INTEL, 6, 44, 44, CPU_CLASS_XEON_NEHALEM },
    { CPU_VENDOR_INTEL, 6, 46, 47, CPU_CLASS_XEON_NEHALEM },
    { CPU_VENDOR_INTEL, 6, 45, 45, CPU_CLASS_XEON_SANDY },
    { CPU_VENDOR_INTEL, 6, 62, 62, CPU_CLASS_XEON_IVY },
    { CPU_VENDOR_INTEL, 6, 63, 63, CPU_CLASS_XEON_HASWELL },
    { CPU_VENDOR_INTEL, 6, 79, 79, CPU_CLASS_XEON_BROADWELL },
    { CPU_VENDOR_INTEL, 6, 86, 86, CPU_CLASS_XEON_D },
    { CPU_VENDOR_INTEL, 6, 85, 85, CPU_CLASS_XEON_SKYLAKE_CASCADE },
    { CPU_VENDOR_INTEL, 6, 106, 106, CPU_CLASS_XEON_ICE },
    { CPU_VENDOR_INTEL, 6, 108, 108, CPU_CLASS_XEON_D },
    { CPU_VENDOR_INTEL, 6, 143, 143, CPU_CLASS_XEON_SAPPHIRE },
    { CPU_VENDOR_INTEL, 6, 207, 207, CPU_CLASS_XEON_EMERALD },
    { CPU_VENDOR_INTEL, 6, 173, 173, CPU_CLASS_XEON_6P },
    { CPU_VENDOR_INTEL, 6, 175, 175, CPU_CLASS_XEON_6E },
    { CPU_VENDOR_AMD, 23, 0x01, 0x01, CPU_CLASS_EPYC_NAPLES },
    { CPU_VENDOR_AMD, 23, 0x31, 0x31, CPU_CLASS_EPYC_ROME },
    { CPU_VENDOR_AMD, 25, 0x01, 0x01, CPU_CLASS_EPYC_MILAN },
    { CPU_VENDOR_AMD, 25, 0x10, 0x11, CPU_CLASS_EPYC_GENOA },
    { CPU_VENDOR_AMD, 25, 0xa0, 0xaf, CPU_CLASS_EPYC_GENOA },
    { CPU_VENDOR_AMD, 26, 0x00, 0x11, CPU_CLASS_EPYC_TURIN },
    { CPU_VENDOR_AMD, 21, 0x00, 0x02, CPU_CLASS_OPTERON },
};

static const struct {
    const char *word;
    enum cpu_class cpu_class;
} brands[] = {
    { "xeon", CPU_CLASS_XEON },         { "epyc", CPU_CLASS_EPYC },
    { "opteron", CPU_CLASS_OPTERON },   { "threadripper", CPU_CLASS_THREADRIPPER },
    { "ryzen", CPU_CLASS_RYZEN },       { "core", CPU_CLASS_CORE },
    { "celeron", CPU_CLASS_CELERON },   { "pentium", CPU_CLASS_PENTIUM },
    { "atom", CPU_CLASS_ATOM },         { "athlon", CPU_CLASS_ATHLON },
    { "sempron", CPU_CLASS_ATHLON },    { "snapdragon", CPU_CLASS_SNAPDRAGON },
    { "neoverse", CPU_CLASS_NEOVERSE }, { "graviton", CPU_CLASS_NEOVERSE },
    { "axion", CPU_CLASS_NEOVERSE_V2 }, { "cobalt", CPU_CLASS_NEOVERSE },
    { "power9", CPU_CLASS_POWER9 },
};

static bool is_client(const struct name_words *words)
{
    static const char *const client[] = { "core", "ryzen",  "celeron", "pentium",
                                          "atom", "athlon", NULL };

    for (size_t i = 0; i < words->count; i++) {
        if (name_is_one_of(words->words[i], client))
            return true;
    }
    return false;
}

static enum cpu_class by_generation(const struct name_words *words)
{
    char flat[NAME_WORDS_MAX * NAME_WORD_SIZE] = "";
    size_t used = 0;

    for (size_t i = 0; i < words->count; i++) {
        size_t length = strlen(words->words[i]);

        memcpy(flat + used, words->words[i], length + 1);
        used += length;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(generations); i++) {
        if (strstr(flat, generations[i].word) != NULL)
            return generations[i].cpu_class;
    }
    return CPU_CLASS_NONE;
}

/* Word i + 1 of a number of four characters whose place `at` tells the generation; 0: no. */
static char digit_of(const struct name_words *words, size_t i, size_t at)
{
    const char *word = i + 1 < words->count ? words->words[i + 1] : "";

    if (strlen(word) < 4 || !isdigit((unsigned char)word[0]) || !isdigit((unsigned char)word[at]))
        return '\0';
    return word[at];
}

static enum cpu_class xeon_by_number(const struct name_words *words, size_t i)
{
    static const char *const tiers[] = { "bronze", "silver", "gold", "platinum", NULL };
    static const enum cpu_class scalable[] = { CPU_CLASS_XEON_SKYLAKE, CPU_CLASS_XEON_CASCADE,
                                               CPU_CLASS_XEON_ICE, CPU_CLASS_XEON_SAPPHIRE,
                                               CPU_CLASS_XEON_EMERALD };
    static const enum cpu_class e5[] = { CPU_CLASS_XEON_SANDY, CPU_CLASS_XEON_IVY,
                                         CPU_CLASS_XEON_HASWELL, CPU_CLASS_XEON_BROADWELL };
    const char *next = i + 1 < words->count ? words->words[i + 1] : "";

    if (name_is_one_of(next, tiers)) {
        char digit = digit_of(words, i + 1, 1);

        return digit >= '1' && digit <= '5' ? scalable[digit - '1'] : CPU_CLASS_XEON;
    }
    if (strcmp(next, "e5") == 0 || strcmp(next, "e7") == 0) {
        const char *last = words->words[words->count - 1];

        if (last[0] == 'v' && last[1] >= '2' && last[1] <= '4' && last[2] == '\0')
            return e5[last[1] - '1'];
        return CPU_CLASS_XEON_SANDY;
    }
    if (strcmp(next, "e3") == 0 || strcmp(next, "e") == 0)
        return CPU_CLASS_XEON_E3;
    if (strcmp(next, "d") == 0)
        return CPU_CLASS_XEON_D;
    if (next[0] == 'w' && (next[1] == '\0' || isdigit((unsigned char)next[1])))
        return CPU_CLASS_XEON_W;
    return CPU_CLASS_NONE;
}

static enum cpu_class epyc_by_number(const struct name_words *words, size_t i)
{
    char series = digit_of(words, i, 0);
    char last = digit_of(words, i, 3);

    if (series == '7' && last >= '1' && last <= '3')
        return last == '1' ? CPU_CLASS_EPYC_NAPLES
                           : (last == '2' ? CPU_CLASS_EPYC_ROME : CPU_CLASS_EPYC_MILAN);
    if ((series == '8' || series == '9') && last == '4')
        return CPU_CLASS_EPYC_GENOA;
    return series == '9' && last == '5' ? CPU_CLASS_EPYC_TURIN : CPU_CLASS_NONE;
}

static enum cpu_class by_number(const struct name_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->words[i], "xeon") == 0)
            return xeon_by_number(words, i);
        if (strcmp(words->words[i], "epyc") == 0)
            return epyc_by_number(words, i);
    }
    return CPU_CLASS_NONE;
}

static enum cpu_class by_signature(const struct cpu_query *query, enum cpu_vendor vendor)
{
    for (size_t i = 0; i < ARRAY_LENGTH(signatures); i++) {
        if (signatures[i].vendor == vendor && signatures[i].family == query->family &&
            query->model_number >= signatures[i].model_first &&
            query->model_number <= signatures[i].model_last)
            return signatures[i].cpu_class;
    }
    return CPU_CLASS_NONE;
}

/* Letters behind the last number of a Core or Ryzen name: "core*k" of an unknown Core i7-12701K. */
static const struct cpu_suffix_row *by_suffix(const struct name_words *words)
{
    const char *last = words->count > 1 ? words->words[words->count - 1] : "";
    size_t digits = strspn(last, "0123456789");
    const char *brand = NULL;
    char key[NAME_WORD_SIZE + 16];

    if (digits < 3)
        return NULL;
    if (name_has(words, "ultra"))
        brand = "ultra";
    else if (name_has(words, "core") || (words->words[0][0] == 'i' && words->words[0][2] == '\0'))
        brand = "core";
    else if (name_has(words, "ryzen") && !name_has(words, "threadripper"))
        brand = name_has(words, "ai") ? "ryzenai" : "ryzen";
    if (brand == NULL)
        return NULL;
    (void)snprintf(key, sizeof(key), "%s*%s", brand, last + digits);
    if (brand[0] == 'c') { /* the G7 of i7-1065G7: letters only */
        size_t length = strlen(key);

        while (length > 0 && isdigit((unsigned char)key[length - 1]))
            key[--length] = '\0';
    }
    return cpu_suffix_by_key(key);
}

/* "core*k" in words. */
static void label_suffix(const char *key, char *label, size_t size)
{
    static const struct {
        const char *brand;
        const char *name;
    } names[] = {
        { "core*", "Intel Core i" },
        { "ultra*", "Intel Core Ultra" },
        { "ryzen*", "AMD Ryzen" },
        { "ryzenai*", "AMD Ryzen AI" },
    };
    char letters[NAME_WORD_SIZE];
    const char *suffix = strchr(key, '*') + 1;
    size_t length = strlen(suffix);

    for (size_t i = 0; i <= length && i < sizeof(letters); i++)
        letters[i] = (char)toupper((unsigned char)suffix[i]);
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (strncmp(key, names[i].brand, strlen(names[i].brand)) != 0)
            continue;
        if (length == 0)
            (void)snprintf(label, size, "%s without letters behind the number", names[i].name);
        else
            (void)snprintf(label, size, "%s with %s behind the number", names[i].name, letters);
    }
}

static enum cpu_class by_brand(const struct name_words *words)
{
    for (size_t i = 0; i < ARRAY_LENGTH(brands); i++) {
        for (size_t j = 0; j < words->count; j++) {
            if (strncmp(words->words[j], brands[i].word, strlen(brands[i].word)) == 0)
                return brands[i].cpu_class;
        }
    }
    return CPU_CLASS_NONE;
}

static void use_class(enum cpu_class cpu_class, struct cpu_default *out)
{
    const struct cpu_class_row *row = cpu_class_at((int)cpu_class);

    *out =
        (struct cpu_default){ row->tdp_watts, row->band_ratio, row->threads, row->per_package, "" };
    (void)snprintf(out->label, sizeof(out->label), "%s", cpu_text(row->label));
}

static void use_arm(const struct arm_core *core, struct cpu_default *out)
{
    if (core->cpu_class != CPU_CLASS_NONE) {
        use_class(core->cpu_class, out);
        return;
    }
    *out = (struct cpu_default){ .tdp_watts = core->watts_per_core * 4,
                                 .threads = 4,
                                 .band_ratio = 1 };
    (void)snprintf(out->label, sizeof(out->label), "%s", core->label);
}

void cpu_default_find(const struct cpu_query *query, const struct cpu_name *name,
                      const struct arm_core *core, struct cpu_default *default_out)
{
    const struct cpu_suffix_row *suffix;
    enum cpu_class cpu_class = CPU_CLASS_NONE;

    if (core != NULL) {
        use_arm(core, default_out);
        return;
    }
    if (!is_client(&name->loose)) {
        cpu_class = by_generation(&name->loose);
        if (cpu_class == CPU_CLASS_NONE)
            cpu_class = by_number(&name->loose);
        if (cpu_class == CPU_CLASS_NONE)
            cpu_class = by_signature(query, name->vendor);
    }
    suffix = cpu_class == CPU_CLASS_NONE ? by_suffix(&name->loose) : NULL;
    if (suffix != NULL) {
        *default_out = (struct cpu_default){ suffix->tdp_watts, suffix->band_ratio, suffix->threads,
                                             true, "" };
        label_suffix(cpu_text(suffix->key), default_out->label, sizeof(default_out->label));
        return;
    }
    if (cpu_class == CPU_CLASS_NONE)
        cpu_class = by_brand(&name->loose);
    if (cpu_class == CPU_CLASS_NONE && query->virtualized && query->threads > 0)
        cpu_class = CPU_CLASS_SERVER;
    if (cpu_class != CPU_CLASS_NONE) {
        use_class(cpu_class, default_out);
        return;
    }
    *default_out = (struct cpu_default){ UNKNOWN_WATTS_PER_THREAD * UNKNOWN_THREADS, UNKNOWN_BAND,
                                         UNKNOWN_THREADS, false, "any CPU" };
}

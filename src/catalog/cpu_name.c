/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/cpu_name.c - what a CPU's name says: maker, words, and the row it stands for
 *
 * Brand strings are made of maker, brand, number and decoration ("CPU", "Processor", "12th Gen",
 * "8-Core", "with Radeon Graphics", "@ 2.30GHz"). Decoration goes, all else must agree with the
 * table, so an i7-8700T is never an i7-8700. tools/catalog_names.py does the same to the names of
 * the table.
 */
#include "catalog/cpu_name.h"

#include <string.h>

#include "base/text.h"

struct vendor_word {
    const char *word;
    enum cpu_vendor vendor;
};

static const struct vendor_word vendor_words[] = {
    { "intel", CPU_VENDOR_INTEL },       { "amd", CPU_VENDOR_AMD },
    { "aws", CPU_VENDOR_AWS },           { "amazon", CPU_VENDOR_AWS },
    { "ampere", CPU_VENDOR_AMPERE },     { "apple", CPU_VENDOR_APPLE },
    { "huawei", CPU_VENDOR_HUAWEI },     { "hisilicon", CPU_VENDOR_HUAWEI },
    { "ibm", CPU_VENDOR_IBM },           { "marvell", CPU_VENDOR_MARVELL },
    { "cavium", CPU_VENDOR_MARVELL },    { "nvidia", CPU_VENDOR_NVIDIA },
    { "qualcomm", CPU_VENDOR_QUALCOMM }, { "hygon", CPU_VENDOR_OTHER },
    { "zhaoxin", CPU_VENDOR_OTHER },     { "google", CPU_VENDOR_OTHER },
};

static const struct vendor_word vendor_ids[] = {
    { "GenuineIntel", CPU_VENDOR_INTEL }, { "AuthenticAMD", CPU_VENDOR_AMD },
    { "HygonGenuine", CPU_VENDOR_OTHER }, { "CentaurHauls", CPU_VENDOR_OTHER },
    { "  Shanghai  ", CPU_VENDOR_OTHER },
};

static const char *const noise[] = {
    "cpu", "processor", "processors", "apu", "soc", "genuine", "oryon", "ghz", "mhz", NULL,
};

static enum cpu_vendor find_vendor(const struct vendor_word *list, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal_nocase(list[i].word, word))
            return list[i].vendor;
    }
    return CPU_VENDOR_NONE;
}

/* "12th" before "gen". */
static bool is_ordinal(const char *word)
{
    static const char *const endings[] = { "st", "nd", "rd", "th", NULL };
    size_t digits = strspn(word, "0123456789");

    return digits > 0 && name_is_one_of(word + digits, endings);
}

/* "2.80ghz" is "2.80". true when it was a frequency. */
static bool strip_frequency(char *word)
{
    size_t digits = strspn(word, "0123456789.");

    if (digits == 0 || (strcmp(word + digits, "ghz") != 0 && strcmp(word + digits, "mhz") != 0))
        return false;
    word[digits] = '\0';
    return true;
}

static bool is_pair(const struct name_words *words, size_t i, const char *first, const char *second)
{
    return i + 1 < words->count && strcmp(words->words[i], first) == 0 &&
           strcmp(words->words[i + 1], second) == 0;
}

/* Where the name ends and the graphics or the hypervisor's remarks begin, or the BIOS's:
 * "To Be Filled By O.E.M.", "N/A". */
static void cut_tail(struct name_words *words)
{
    for (size_t i = 1; i < words->count; i++) {
        const char *word = words->words[i];

        if (strcmp(word, "with") == 0 || is_pair(words, i, "to", "be") ||
            is_pair(words, i, "n", "a") || strcmp(word, "radeon") == 0 ||
            is_pair(words, i, "w", "radeon"))
            words->count = i;
    }
}

/* "AMD PRO A10-8770 R7, 10 COMPUTE CORES 4C+6G": the graphics again, without their brand. */
static void cut_graphics_tier(struct name_words *words)
{
    const char *last = words->count > 2 ? words->words[words->count - 1] : "";

    if (last[0] == 'r' && last[1] >= '2' && last[1] <= '7' && last[2] == '\0')
        words->count--;
}

static bool is_core_count(const char *word)
{
    static const char *const counts[] = { "single", "dual", "triple", "quad",   "six",     "hexa",
                                          "eight",  "octa", "ten",    "twelve", "sixteen", NULL };

    return name_is_number(word) || name_is_one_of(word, counts);
}

/* 2.80 is 2.8. */
static void strip_zeros(char *word)
{
    size_t length = strlen(word);
    size_t digits = strspn(word, "0123456789");

    if (digits == 0 || word[digits] != '.' || word[digits + 1] == '\0' ||
        !name_is_number(word + digits + 1))
        return;
    while (word[length - 1] == '0')
        length--;
    if (word[length - 1] == '.')
        length--;
    word[length] = '\0';
}

/* "v2.2" of a stepping, as ThunderX2 has it; the "v4" of a Xeon has no dot. */
static bool is_stepping(const char *word)
{
    return word[0] == 'v' && strchr(word, '.') != NULL &&
           word[1 + strspn(word + 1, "0123456789.")] == '\0';
}

static void loosen(struct name_words *words)
{
    for (size_t i = 0; i < words->count;) {
        char *word = words->words[i];

        strip_zeros(word);
        if ((strcmp(word, "core") == 0 || strcmp(word, "cores") == 0) && i > 0 &&
            is_core_count(words->words[i - 1])) {
            name_remove(words, i);
            name_remove(words, --i);
        } else if (is_stepping(word) ||
                   (i >= 2 && i + 1 == words->count && strcmp(word, "0") == 0)) {
            name_remove(words, i); /* "Xeon E5-2680 0": no version */
        } else {
            i++;
        }
    }
}

void cpu_name_parse(const char *name, const char *vendor_id, struct cpu_name *name_out)
{
    size_t vendor_count = ARRAY_LENGTH(vendor_words);
    struct name_words *words = &name_out->words;

    name_out->vendor = CPU_VENDOR_NONE;
    name_split(name != NULL ? name : "", "@,", false, words);
    cut_tail(words);
    cut_graphics_tier(words);
    for (size_t i = 0; i < words->count;) {
        char *word = words->words[i];
        enum cpu_vendor vendor = find_vendor(vendor_words, vendor_count, word);

        (void)strip_frequency(word);
        /* a cloud's name within another's is for whom the CPU was made: "Xeon AWS-1100 v4" */
        if (vendor != CPU_VENDOR_NONE && name_out->vendor == CPU_VENDOR_NONE &&
            (vendor != CPU_VENDOR_AWS || i == 0))
            name_out->vendor = vendor;
        if (is_ordinal(word) && i + 1 < words->count && strcmp(words->words[i + 1], "gen") == 0) {
            name_remove(words, i + 1);
            name_remove(words, i);
        } else if (vendor != CPU_VENDOR_NONE || name_is_one_of(word, noise)) {
            name_remove(words, i);
        } else {
            i++;
        }
    }
    if (name_out->vendor == CPU_VENDOR_NONE && vendor_id != NULL)
        name_out->vendor = find_vendor(vendor_ids, ARRAY_LENGTH(vendor_ids), vendor_id);
    name_out->loose = *words;
    loosen(&name_out->loose);
}

static const struct cpu_row *find_words(const struct name_words *words, enum cpu_vendor vendor)
{
    char key[NAME_KEY_SIZE];
    const struct cpu_row *row;

    if (words->count == 0 || !name_join(words, key))
        return NULL;
    row = cpu_row_by_key(key);
    if (row == NULL || (vendor != CPU_VENDOR_NONE && row->vendor != vendor))
        return NULL;
    return row;
}

const struct cpu_row *cpu_name_find(const struct cpu_name *name)
{
    const struct cpu_row *row = find_words(&name->words, name->vendor);
    struct name_words words = name->loose;
    const char *last;

    if (row != NULL)
        return row;

    row = find_words(&words, name->vendor);
    if (row != NULL || words.count < 3)
        return row;

    /* "Xeon E5-2620 v4 2.10GHz", "Core i9-9980XE Extreme Edition" */
    last = words.words[words.count - 1];
    if (strchr(last, '.') != NULL && last[strspn(last, "0123456789.")] == '\0')
        words.count--;
    else if (strcmp(last, "edition") == 0 && strcmp(words.words[words.count - 2], "extreme") == 0)
        words.count -= 2;
    else
        return NULL;
    return find_words(&words, name->vendor);
}

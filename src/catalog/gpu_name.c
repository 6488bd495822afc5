/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/gpu_name.c - what a GPU's name says: maker, model, interface, memory, and that it is a
 * part
 *
 * Names come from NVML ("NVIDIA A100-SXM4-80GB", without the maker before driver 470), from lspci
 * ("NVIDIA Corporation GA100 [A100 PCIe 40GB] (rev a1)"), from ROCm ("AMD Instinct MI250X") and
 * from people ("RTX 3090"). tools/catalog_names.py does the same to the names of the table.
 */
#include "catalog/gpu_name.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "model/units.h"

/* What the driver reports is less than what is sold: ECC, reserved memory. */
static const double MEMORY_TOLERANCE = 0.12;
static const double HBM_SOLD_GIB = 90;
static const double HBM_SOLD_MORE = 0.07;

static const char *const noise[] = {
    "nvidia",  "corporation", "corp",     "amd",   "ati",        "intel", "google",
    "inc",     "gpu",         "graphics", "card",  "generation", "with",  "design",
    "edition", "accelerator", "series",   "cloud", "oam",        "chip",  NULL,
};

/* "[10de:1e04]" of lspci -nn: ids that say more than any name. Taken out of the text. */
static void take_pci_ids(char *text, struct gpu_name *name)
{
    for (char *at = strchr(text, '['); at != NULL; at = strchr(at + 1, '[')) {
        size_t digits = strspn(at + 1, "0123456789abcdefABCDEF");
        size_t more;

        if (digits != 4)
            continue;
        more = at[5] == ':' ? strspn(at + 6, "0123456789abcdefABCDEF") : 0;
        if (at[5] == ']') { /* the class: "VGA compatible controller [0300]" */
            memmove(at, at + 6, strlen(at + 6) + 1);
            at--;
        } else if (more == 4 && at[10] == ']') {
            name->pci_vendor = (int)strtol(at + 1, NULL, 16);
            name->pci_device = (int)strtol(at + 6, NULL, 16);
            *at = '\0';
            return;
        }
    }
}

/* "A100 PCIe 40/80GB": both sizes, so none. */
static void drop_either_size(char *label)
{
    for (char *slash = strchr(label, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        size_t digits = strspn(slash + 1, "0123456789");
        char *start = slash;

        while (start > label && isdigit((unsigned char)start[-1]))
            start--;
        if (start == slash || digits == 0 || tolower((unsigned char)slash[1 + digits]) != 'g')
            continue;
        memset(start, ' ', (size_t)(slash - start) + 1 + digits);
        slash += digits;
        for (char *unit = slash + 1; isalpha((unsigned char)*unit); unit++)
            *unit = ' ';
    }
}

/* The product's name within an lspci line: what stands in the last brackets, else all of it. */
static void copy_label(const char *name, char *label, size_t size)
{
    const char *controller = strcasestr(name, "controller");
    const char *colon = controller != NULL ? strstr(controller, ": ") : NULL;
    const char *open;
    const char *close;

    if (colon != NULL)
        name = colon + 2;
    open = strrchr(name, '[');
    close = open == NULL ? NULL : strchr(open, ']');
    if (close != NULL && strncasecmp(open, "[AMD/ATI]", 9) != 0 && close > open + 1)
        (void)snprintf(label, size, "%.*s", (int)(close - open - 1), open + 1);
    else
        text_copy_clean(label, size, name);
    open = strcasestr(label, "(rev ");
    if (open != NULL)
        label[open - label] = '\0';
    /* what Mesa adds: "(POLARIS10, DRM 3.42.0)", "(RADV NAVI31)" */
    open = strchr(label, '(');
    if (open != NULL && (strstr(open, "DRM ") != NULL || strstr(open, "RADV") != NULL ||
                         strstr(open, "LLVM") != NULL))
        label[open - label] = '\0';
    drop_either_size(label);
}

static enum gpu_vendor find_vendor(const char *name)
{
    struct name_words words;

    name_split(name, "", false, &words);
    for (size_t i = 0; i < words.count; i++) {
        const char *word = words.words[i];

        if (strcmp(word, "nvidia") == 0)
            return GPU_VENDOR_NVIDIA;
        if (strcmp(word, "amd") == 0 || strcmp(word, "ati") == 0)
            return GPU_VENDOR_AMD;
        if (strcmp(word, "intel") == 0)
            return GPU_VENDOR_INTEL;
        if (strcmp(word, "google") == 0)
            return GPU_VENDOR_GOOGLE;
    }
    return GPU_VENDOR_NONE;
}

/* "80gb", "80g", "80gib"; 0: no size. */
static unsigned memory_size(const char *word)
{
    size_t digits = strspn(word, "0123456789");
    const char *unit = word + digits;

    if (digits == 0 || digits > 4 ||
        (strcmp(unit, "g") != 0 && strcmp(unit, "gb") != 0 && strcmp(unit, "gib") != 0))
        return 0;
    return (unsigned)strtoul(word, NULL, 10);
}

static bool is_interface(const char *word)
{
    static const char *const whole[] = { "pcie", "fhhl", "dgxs", NULL };

    if (name_is_one_of(word, whole) || strncmp(word, "hbm", 3) == 0)
        return true;
    return strncmp(word, "sxm", 3) == 0 && (word[3] == '\0' || name_is_number(word + 3));
}

static void sort_words(struct gpu_name *name, const struct name_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->words[i];
        unsigned size = memory_size(word);
        size_t count = name->model.count;

        if ((strcmp(word, "gb") == 0 || strcmp(word, "gib") == 0) && count > 0 &&
            name_is_number(name->model.words[count - 1])) {
            name->memory_gib = (unsigned)strtoul(name->model.words[count - 1], NULL, 10);
            name->model.count--;
        } else if (size > 0) {
            name->memory_gib = size;
        } else if (is_interface(word)) {
            (void)snprintf(name->interface, sizeof(name->interface), "%s", word);
        } else if (!name_is_one_of(word, noise)) {
            bool laptop = strcmp(word, "mobile") == 0;

            (void)snprintf(name->model.words[name->model.count++], NAME_WORD_SIZE, "%s",
                           laptop ? "laptop" : word);
        }
    }
}

/* vGPU types end in the size of their frame buffer and a letter for what they are sold for:
 * "GRID T4-16Q", "NVIDIA A100-4-20C" (NVIDIA vGPU software user guide). */
static void take_vgpu(struct gpu_name *name)
{
    struct name_words *model = &name->model;
    const char *last = model->count > 1 ? model->words[model->count - 1] : "";
    size_t digits = strspn(last, "0123456789");
    char mark[NAME_WORD_SIZE + 1];

    if (digits == 0 || digits > 3 || last[digits] == '\0' || last[digits + 1] != '\0' ||
        strchr("qabc", last[digits]) == NULL)
        return;
    (void)snprintf(mark, sizeof(mark), "-%s", last);
    if (strcasestr(name->label, mark) == NULL)
        return;
    name->vgpu_gib = (unsigned)strtoul(last, NULL, 10);
    model->count--;
    if (model->count > 1 && strlen(model->words[model->count - 1]) == 1 &&
        name_is_number(model->words[model->count - 1]))
        model->count--;
    if (model->count > 1 && strcmp(model->words[0], "grid") == 0)
        name_remove(model, 0);
}

static int pci_vendor_id(enum gpu_vendor vendor)
{
    return vendor == GPU_VENDOR_NVIDIA ? 0x10de : (vendor == GPU_VENDOR_AMD ? 0x1002 : 0x8086);
}

static void take_pci_device(struct gpu_name *name)
{
    const struct name_words *model = &name->model;

    if (name->pci_device < 0 && model->count == 2 && strcmp(model->words[0], "device") == 0 &&
        strlen(model->words[1]) == 4 && strspn(model->words[1], "0123456789abcdef") == 4)
        name->pci_device = (int)strtol(model->words[1], NULL, 16);
    if (name->pci_device >= 0 && name->pci_vendor < 0)
        name->pci_vendor = pci_vendor_id(name->vendor);
}

void gpu_name_parse(const char *name, struct gpu_name *name_out)
{
    char whole[NAME_KEY_SIZE * 4];
    struct name_words words;
    char *mig;

    *name_out = (struct gpu_name){ .pci_vendor = -1, .pci_device = -1 };
    (void)snprintf(whole, sizeof(whole), "%s", name != NULL ? name : "");
    name_out->vendor = find_vendor(whole);
    mig = strcasestr(whole, " mig ");
    if (mig != NULL) {
        name_out->is_slice = true;
        *mig = '\0';
    }
    take_pci_ids(whole, name_out);
    copy_label(whole, name_out->label, sizeof(name_out->label));
    name_split(name_out->label, "", true, &words);
    for (size_t i = 0; i + 1 < words.count; i++) { /* of "Advanced Micro Devices, Inc." */
        if (strcmp(words.words[i], "micro") == 0 && i > 0 &&
            strcmp(words.words[i + 1], "devices") == 0) {
            name_remove(&words, i + 1);
            name_remove(&words, i);
            name_remove(&words, i - 1);
        }
    }
    sort_words(name_out, &words);
    take_vgpu(name_out);
    take_pci_device(name_out);
}

static bool make_key(const struct gpu_name *name, unsigned memory_gib, char key_out[NAME_KEY_SIZE])
{
    char base[NAME_KEY_SIZE];
    char memory[16] = "";

    if (name->model.count == 0 || !name_join(&name->model, base))
        return false;
    if (memory_gib > 0)
        (void)snprintf(memory, sizeof(memory), "%u", memory_gib);
    return snprintf(key_out, NAME_KEY_SIZE, "%s|%s|%s", base, name->interface, memory) <
           NAME_KEY_SIZE;
}

bool gpu_name_key(const struct gpu_name *name, char key_out[NAME_KEY_SIZE])
{
    return make_key(name, name->memory_gib, key_out);
}

bool gpu_memory_agrees(const struct gpu_row *row, double gib)
{
    double board = row->memory_gib;

    if (!(board > 0) || !(gib > 0))
        return false;
    return fabs(board - gib) <= MEMORY_TOLERANCE * board ||
           fabs(board / row->devices - gib) <= MEMORY_TOLERANCE * board / row->devices;
}

static void add_rows(const char *key, enum gpu_vendor vendor, struct gpu_matches *matches)
{
    const uint16_t *members = NULL;
    size_t count = gpu_rows_by_key(key, &members);

    for (size_t i = 0; i < count && matches->count < GPU_MATCHES_MAX; i++) {
        const struct gpu_row *row = gpu_row_at(members[i]);
        bool known = vendor != GPU_VENDOR_NONE && row->vendor != vendor;

        for (size_t j = 0; j < matches->count; j++)
            known = known || matches->rows[j] == row;
        if (!known)
            matches->rows[matches->count++] = row;
    }
}

/* "Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M": pci.ids has one name for several products. */
static bool slash_key(const char *label, char key_out[NAME_KEY_SIZE])
{
    size_t used = 0;

    for (;;) {
        const char *slash = strchrnul(label, '/');
        struct name_words words;
        char part[NAME_KEY_SIZE * 2];
        char key[NAME_KEY_SIZE];

        (void)snprintf(part, sizeof(part), "%.*s", (int)(slash - label), label);
        name_split(part, "", false, &words);
        if (!name_join(&words, key))
            key[0] = '\0';
        if (used + strlen(key) + 2 > NAME_KEY_SIZE)
            return false;
        used += (size_t)snprintf(key_out + used, NAME_KEY_SIZE - used, "%s%s", key,
                                 *slash != '\0' ? "/" : "");
        if (*slash == '\0')
            return true;
        label = slash + 1;
    }
}

/* Each product of a list that pci.ids does not have; the brand is said once, before the first. */
static void find_listed(const struct gpu_name *name, struct gpu_matches *matches)
{
    const char *label = name->label;
    struct gpu_name first = { .pci_device = -1 };

    for (;;) {
        const char *slash = strchrnul(label, '/');
        struct gpu_name part = { .pci_device = -1 };
        struct name_words words;
        char text[sizeof(part.label)];
        char key[NAME_KEY_SIZE];

        (void)snprintf(text, sizeof(text), "%.*s", (int)(slash - label), label);
        name_split(text, "", true, &words);
        sort_words(&part, &words);
        if (label == name->label)
            first = part;
        for (size_t i = 0; part.model.count > 0 && i <= first.model.count; i++) {
            struct gpu_name full = part;

            /* i words of the first product before this one's */
            if (i + part.model.count > NAME_WORDS_MAX || (label == name->label && i > 0))
                break;
            memcpy(full.model.words, first.model.words, i * sizeof(first.model.words[0]));
            memcpy(full.model.words + i, part.model.words,
                   part.model.count * sizeof(part.model.words[0]));
            full.model.count = i + part.model.count;
            if (make_key(&full, full.memory_gib, key))
                add_rows(key, name->vendor, matches);
        }
        if (*slash == '\0')
            return;
        label = slash + 1;
    }
}

/* Sizes in names are exact, but for large HBM, which is sold with more than a driver ever shows
 * (B200: 192 and 180). */
static bool size_is_sold(const struct gpu_row *row, double gib)
{
    double board = row->memory_gib;

    if (fabs(board - gib) < 0.5 || fabs(board / row->devices - gib) < 0.5)
        return true;
    return board >= HBM_SOLD_GIB && gib > board && gib <= board * (1 + HBM_SOLD_MORE);
}

/* A board of that name with another memory size than the name says is another board. */
static void drop_other_memory(struct gpu_matches *matches, double gib)
{
    size_t kept = 0;

    for (size_t i = 0; i < matches->count; i++) {
        if (size_is_sold(matches->rows[i], gib))
            matches->rows[kept++] = matches->rows[i];
    }
    matches->count = kept;
}

static void find_named(const struct gpu_name *name, double gib, struct gpu_matches *matches)
{
    char key[NAME_KEY_SIZE];

    if (strchr(name->label, '/') != NULL) {
        if (slash_key(name->label, key))
            add_rows(key, name->vendor, matches);
        if (matches->count == 0)
            find_listed(name, matches);
        return;
    }
    /* NVML has one name for an RTX 3080 of 12 GiB and of 10 GiB: the memory tells them apart */
    if (name->memory_gib == 0 && gib >= 1 && gib < 4096 &&
        make_key(name, (unsigned)lround(gib), key))
        add_rows(key, name->vendor, matches);
    if (matches->count == 0 && gpu_name_key(name, key))
        add_rows(key, name->vendor, matches);
    if (matches->count == 0 && name->memory_gib > 0 && make_key(name, 0, key)) {
        add_rows(key, name->vendor, matches);
        drop_other_memory(matches, name->memory_gib);
    }
}

void gpu_name_find(const struct gpu_name *name, uint64_t memory_bytes,
                   struct gpu_matches *matches_out)
{
    size_t first = 0;
    size_t count;

    matches_out->count = 0;
    find_named(name, (double)memory_bytes / BYTES_PER_GIB, matches_out);
    if (matches_out->count > 0 || name->pci_device < 0)
        return;
    /* products that share a chip: their memory may tell them apart */
    count = gpu_rows_by_pci((unsigned)name->pci_vendor, (unsigned)name->pci_device, &first);
    for (size_t i = 0; i < count && i < GPU_MATCHES_MAX; i++)
        matches_out->rows[matches_out->count++] = gpu_row_of_pci(first + i);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/gpu_default.c - what stands in for a GPU whose name matches nothing */
#include "catalog/gpu_default.h"

#include <ctype.h>
#include <string.h>

#include "base/attributes.h"

static const struct {
    const char *word; /* a word of the name, or its beginning where a number follows */
    enum gpu_class gpu_class;
    bool numbered; /* says something before a number only: "Max 1550", not "M1 Max" */
} words[] = {
    { "jetson", GPU_CLASS_JETSON },
    { "orin", GPU_CLASS_JETSON },
    { "thor", GPU_CLASS_JETSON },
    { "xavier", GPU_CLASS_JETSON },
    { "tegra", GPU_CLASS_JETSON },
    { "tpu", GPU_CLASS_TPU },
    { "tpuv", GPU_CLASS_TPU },
    { "instinct", GPU_CLASS_AMD_INSTINCT },
    { "mi", GPU_CLASS_AMD_INSTINCT },
    { "gaudi", GPU_CLASS_INTEL_CENTER },
    { "max", GPU_CLASS_INTEL_CENTER, .numbered = true },
    { "flex", GPU_CLASS_INTEL_CENTER, .numbered = true },
    { "arc", GPU_CLASS_INTEL_ARC },
    { "firepro", GPU_CLASS_AMD_PRO },
    { "geforce", GPU_CLASS_NVIDIA_GEFORCE },
    { "gtx", GPU_CLASS_NVIDIA_GEFORCE },
    { "quadro", GPU_CLASS_NVIDIA_WORKSTATION },
    { "rtx", GPU_CLASS_NVIDIA_GEFORCE },
    { "tesla", GPU_CLASS_NVIDIA_CENTER },
};

static bool begins_with(const char *word, const char *start)
{
    size_t length = strlen(start);

    return strncmp(word, start, length) == 0 &&
           (word[length] == '\0' || isdigit((unsigned char)word[length]));
}

/* "h123", "gb123", "l41": how NVIDIA names what goes into data centres. */
static bool is_center_number(const char *word)
{
    size_t letters = word[0] == 'g' && strchr("bh", word[1]) != NULL ? 2 : 1;

    return strchr("abhlvptr", word[letters - 1]) != NULL && isdigit((unsigned char)word[letters]);
}

/* The tier of an RTX of another generation: "6090" is a ..90. */
static enum gpu_class geforce_tier(const char *word)
{
    static const enum gpu_class tiers[] = { GPU_CLASS_GEFORCE_50, GPU_CLASS_GEFORCE_60,
                                            GPU_CLASS_GEFORCE_70, GPU_CLASS_GEFORCE_80,
                                            GPU_CLASS_GEFORCE_90 };

    if (name_is_number(word) && strlen(word) == 4 && word[1] == '0' && word[3] == '0' &&
        word[2] >= '5')
        return tiers[word[2] - '5'];
    return GPU_CLASS_NVIDIA_GEFORCE;
}

enum gpu_class gpu_default_class(const struct gpu_name *name)
{
    const struct name_words *model = &name->model;
    bool is_laptop = name_has(model, "laptop") || name_has(model, "q");
    bool is_radeon = name_has(model, "radeon");

    if (is_laptop && name->vendor != GPU_VENDOR_AMD && !is_radeon)
        return GPU_CLASS_NVIDIA_LAPTOP;
    if (name_has(model, "rtx") && (name_has(model, "pro") || name_has(model, "ada")))
        return GPU_CLASS_NVIDIA_WORKSTATION;
    for (size_t i = 0; i + 1 < model->count; i++) {
        if (strcmp(model->words[i], "rtx") == 0 && !name_has(model, "quadro"))
            return geforce_tier(model->words[i + 1]);
    }
    for (size_t i = 0; i < model->count; i++) {
        for (size_t j = 0; j < ARRAY_LENGTH(words); j++) {
            bool before_number = i + 1 < model->count && name_is_number(model->words[i + 1]);

            if (begins_with(model->words[i], words[j].word) &&
                (before_number || !words[j].numbered))
                return words[j].gpu_class;
        }
    }
    if (is_radeon || name->vendor == GPU_VENDOR_AMD) {
        if (is_laptop)
            return GPU_CLASS_AMD_LAPTOP;
        return name_has(model, "pro") ? GPU_CLASS_AMD_PRO : GPU_CLASS_AMD_RADEON;
    }
    for (size_t i = 0; i < model->count && name->vendor != GPU_VENDOR_INTEL; i++) {
        if (is_center_number(model->words[i]))
            return GPU_CLASS_NVIDIA_CENTER;
    }
    return GPU_CLASS_ANY;
}

bool gpu_is_integrated(const struct gpu_name *name)
{
    static const char *const marks[] = { "uhd", "iris", "llvmpipe", "softpipe", "swrast", NULL };
    const struct name_words *model = &name->model;

    for (size_t i = 0; i < model->count; i++) {
        if (name_is_one_of(model->words[i], marks))
            return true;
    }
    /* nothing but ids is how a reader names a card; it leaves a processor's graphics out */
    if (name->vendor == GPU_VENDOR_INTEL &&
        (name_has(model, "hd") || (model->count == 0 && name->pci_device < 0)))
        return true;
    return model->count == 1 && (strcmp(model->words[0], "radeon") == 0);
}

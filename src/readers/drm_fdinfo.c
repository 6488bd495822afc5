/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/drm_fdinfo.c - what the kernel tells of one open graphics device, /proc/PID/fdinfo/FD
 *
 * Linux Documentation/gpu/drm-usage-stats.rst, and of the drivers: i915.rst, panfrost.rst,
 * panthor.rst, xe_drm_client.c, amdgpu_fdinfo.c. Before 5.19 amdgpu had words of its own.
 */
#include "readers/drm_fdinfo.h"

#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/number.h"
#include "base/text.h"

enum { REGIONS_MAX = 16, REGION_NAME_SIZE = 24, NUMBER_SIZE = 24 };

/* Memory of one kind. What lies there counts; what was only asked for stands in. */
struct region {
    char name[REGION_NAME_SIZE];
    bool has_resident;
    bool has_total;
    uint64_t resident_bytes;
    uint64_t total_bytes;
};

struct parse {
    struct drm_fdinfo info;
    struct region regions[REGIONS_MAX];
    size_t region_count;
    bool has_client;
};

/* A key and its value, without the blanks around them; both point into the line. */
struct word {
    const char *at;
    size_t length;
};

static bool is_word(struct word word, const char *text)
{
    return word.length == strlen(text) && memcmp(word.at, text, word.length) == 0;
}

/* What stands behind a start, "render" of "drm-engine-render". */
static bool take_start(struct word word, const char *start, struct word *rest_out)
{
    size_t length = strlen(start);

    if (word.length <= length || memcmp(word.at, start, length) != 0)
        return false;
    *rest_out = (struct word){ word.at + length, word.length - length };
    return true;
}

static bool copy_word(char *target, size_t size, struct word word)
{
    if (word.length == 0 || word.length >= size)
        return false;
    memcpy(target, word.at, word.length);
    target[word.length] = '\0';
    return true;
}

struct unit {
    const char *name;
    uint64_t factor;
};

/* "6044 KiB": a whole number and one of the units, or none. */
static bool take_number(struct word value, const struct unit *units, size_t count,
                        uint64_t *value_out)
{
    char number[NUMBER_SIZE];
    struct word unit;
    size_t digits = 0;
    uint64_t parsed;
    uint64_t factor = 0;

    while (digits < value.length && value.at[digits] >= '0' && value.at[digits] <= '9')
        digits++;
    if (!copy_word(number, sizeof(number), (struct word){ value.at, digits }) ||
        !number_parse_u64(number, &parsed))
        return false;
    unit = (struct word){ value.at + digits, value.length - digits };
    while (unit.length > 0 && (*unit.at == ' ' || *unit.at == '\t')) {
        unit.at++;
        unit.length--;
    }
    if (unit.length == 0)
        factor = 1;
    for (size_t i = 0; i < count; i++) {
        if (is_word(unit, units[i].name))
            factor = units[i].factor;
    }
    if (factor == 0 || parsed > UINT64_MAX / factor)
        return false;
    *value_out = parsed * factor;
    return true;
}

static bool take_count(struct word value, uint64_t *value_out)
{
    return take_number(value, NULL, 0, value_out);
}

static bool take_ns(struct word value, uint64_t *value_out)
{
    static const struct unit units[] = { { "ns", 1 } };

    return take_number(value, units, ARRAY_LENGTH(units), value_out);
}

static bool take_hertz(struct word value, uint64_t *value_out)
{
    static const struct unit units[] = { { "Hz", 1 }, { "KHz", 1000 }, { "MHz", 1000000 } };

    return take_number(value, units, ARRAY_LENGTH(units), value_out);
}

static bool take_bytes(struct word value, uint64_t *value_out)
{
    static const struct unit units[] = { { "kB", 1024 }, { "KiB", 1024 }, { "MiB", 1048576 } };

    return take_number(value, units, ARRAY_LENGTH(units), value_out);
}

/* NULL: there are too many, or its name is no name. */
static struct drm_engine *find_engine(struct drm_fdinfo *info, struct word name)
{
    struct drm_engine *engine;

    for (size_t i = 0; i < info->engine_count; i++) {
        if (is_word(name, info->engines[i].name))
            return &info->engines[i];
    }
    if (info->engine_count == DRM_ENGINES_MAX)
        return NULL;
    engine = &info->engines[info->engine_count];
    *engine = (struct drm_engine){ .capacity = 1 };
    if (!copy_word(engine->name, sizeof(engine->name), name))
        return NULL;
    info->engine_count++;
    return engine;
}

static struct region *find_region(struct parse *parse, struct word name)
{
    struct region *region;

    for (size_t i = 0; i < parse->region_count; i++) {
        if (is_word(name, parse->regions[i].name))
            return &parse->regions[i];
    }
    if (parse->region_count == REGIONS_MAX)
        return NULL;
    region = &parse->regions[parse->region_count];
    *region = (struct region){ .has_total = false };
    if (!copy_word(region->name, sizeof(region->name), name))
        return NULL;
    parse->region_count++;
    return region;
}

static void take_engine(struct parse *parse, struct word key, struct word value)
{
    struct drm_engine *engine;
    struct word name;
    uint64_t number;

    /* the longer start first: "drm-engine-" begins it */
    if (take_start(key, "drm-engine-capacity-", &name)) {
        if (take_count(value, &number) && number > 0 && number <= 1024 &&
            (engine = find_engine(&parse->info, name)) != NULL)
            engine->capacity = (unsigned)number;
    } else if (take_start(key, "drm-engine-", &name)) {
        if (take_ns(value, &number) && (engine = find_engine(&parse->info, name)) != NULL) {
            engine->has_busy = true;
            engine->busy_ns = number;
        }
    } else if (take_start(key, "drm-cycles-", &name)) {
        if (take_count(value, &number) && (engine = find_engine(&parse->info, name)) != NULL) {
            engine->has_cycles = true;
            engine->cycles = number;
        }
    } else if (take_start(key, "drm-total-cycles-", &name)) {
        if (take_count(value, &number) && (engine = find_engine(&parse->info, name)) != NULL) {
            engine->has_total_cycles = true;
            engine->total_cycles = number;
        }
    } else if (take_start(key, "drm-maxfreq-", &name)) {
        if (take_hertz(value, &number) && (engine = find_engine(&parse->info, name)) != NULL)
            engine->max_hz = number;
    }
}

/* "drm-memory-" is the old word for "drm-resident-"; where both stand they say the same. */
static void take_memory(struct parse *parse, struct word key, struct word value)
{
    struct region *region;
    struct word name;
    uint64_t bytes;

    if (take_start(key, "drm-total-cycles-", &name))
        return;
    if (take_start(key, "drm-resident-", &name) || take_start(key, "drm-memory-", &name)) {
        if (take_bytes(value, &bytes) && (region = find_region(parse, name)) != NULL) {
            region->has_resident = true;
            if (bytes > region->resident_bytes)
                region->resident_bytes = bytes;
        }
    } else if (take_start(key, "drm-total-", &name)) {
        if (take_bytes(value, &bytes) && (region = find_region(parse, name)) != NULL) {
            region->has_total = true;
            region->total_bytes = bytes;
        }
    }
}

/* amdgpu before Linux 5.19. Its "gfx0: 12.34%" is a mean over an unknown time: no use. */
static void take_old(struct parse *parse, struct word key, struct word value)
{
    struct region *region;
    uint64_t number;

    if (is_word(key, "pdev")) {
        if (copy_word(parse->info.slot, sizeof(parse->info.slot), value))
            (void)copy_word(parse->info.driver, sizeof(parse->info.driver),
                            (struct word){ "amdgpu", 6 });
    } else if (is_word(key, "pasid")) {
        /* of the address space, which each opening has one of */
        if (!parse->has_client && take_count(value, &number))
            parse->info.client_id = number;
    } else if (is_word(key, "vram mem")) {
        if (take_bytes(value, &number) &&
            (region = find_region(parse, (struct word){ "vram", 4 })) != NULL) {
            region->has_resident = true;
            region->resident_bytes = number;
        }
    }
}

static void take_line(struct parse *parse, struct word key, struct word value)
{
    uint64_t number;

    if (is_word(key, "drm-driver")) {
        (void)copy_word(parse->info.driver, sizeof(parse->info.driver), value);
    } else if (is_word(key, "drm-pdev")) {
        (void)copy_word(parse->info.slot, sizeof(parse->info.slot), value);
    } else if (is_word(key, "drm-client-id")) {
        if (take_count(value, &number)) {
            parse->info.client_id = number;
            parse->has_client = true;
        }
    } else {
        take_engine(parse, key, value);
        take_memory(parse, key, value);
        take_old(parse, key, value);
    }
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct word trim(struct word word)
{
    while (word.length > 0 && is_blank(word.at[0])) {
        word.at++;
        word.length--;
    }
    while (word.length > 0 && is_blank(word.at[word.length - 1]))
        word.length--;
    return word;
}

/* Memory that a card has of its own; the rest is the machine's, lent to it. */
static bool is_card_memory(const char *region)
{
    return strncmp(region, "vram", 4) == 0 || strncmp(region, "local", 5) == 0 ||
           strcmp(region, "stolen-local0") == 0;
}

static void add_up_memory(struct parse *parse)
{
    bool own = false;
    uint64_t sum = 0;

    for (size_t i = 0; i < parse->region_count; i++)
        own = own || is_card_memory(parse->regions[i].name);
    for (size_t i = 0; i < parse->region_count; i++) {
        const struct region *region = &parse->regions[i];
        uint64_t bytes = region->has_resident ? region->resident_bytes : region->total_bytes;

        if (own && !is_card_memory(region->name))
            continue;
        sum = bytes > UINT64_MAX - sum ? UINT64_MAX : sum + bytes;
        parse->info.has_memory = true;
    }
    parse->info.memory_bytes = sum;
}

bool drm_fdinfo_parse(const char *text, struct drm_fdinfo *info_out)
{
    struct parse parse = { .has_client = false };

    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        const char *colon = memchr(line, ':', length);

        if (colon != NULL)
            take_line(&parse, trim((struct word){ line, (size_t)(colon - line) }),
                      trim((struct word){ colon + 1, length - (size_t)(colon + 1 - line) }));
        line += length;
        line += *line == '\n';
    }
    if (parse.info.driver[0] == '\0' || (!parse.has_client && parse.info.client_id == 0))
        return false;
    for (size_t i = 0; i < parse.info.engine_count; i++)
        parse.info.tells_time = parse.info.tells_time || parse.info.engines[i].has_busy ||
                                parse.info.engines[i].has_cycles;
    /* amdgpu leaves out engines that were never used */
    if (parse.has_client && strcmp(parse.info.driver, "amdgpu") == 0)
        parse.info.tells_time = true;
    add_up_memory(&parse);
    *info_out = parse.info;
    return true;
}

bool drm_engine_is_aside(const char *name)
{
    static const char *const aside[] = {
        "copy", "video",       "video-enhance", "bcs",   "vcs",  "vecs", /* i915, xe */
        "dma",  "dec",         "enc",           "enc_1", "jpeg", "vpe",  /* amdgpu */
        "tfu",  "cache_clean", "cpu",                                    /* v3d */
    };

    return text_index(name, aside, ARRAY_LENGTH(aside)) >= 0;
}

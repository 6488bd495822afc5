/* SPDX-License-Identifier: Apache-2.0 */
/* readers/memory_modules.c - the memory modules that are plugged in, by firmware or by the memory
 * controllers
 *
 * DMTF DSP0134 7.17 (Physical Memory Array) and 7.18 (Memory Device); Linux
 * Documentation/ABI/testing/sysfs-devices-edac, drivers/edac/edac_mc.c (names of types). Firmware
 * lists all that holds bits: flash of the BIOS, caches, persistent memory, memory behind CXL, HBM
 * of a processor, whose power is its package's. Only DIMMs of the system's main memory count here.
 */
#include "readers/memory_modules.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "readers/smbios.h"

enum {
    MODULES_MAX = 4096,
    PHYSICAL_MEMORY_ARRAY = 16,
    ARRAYS_MAX = 64,

    ARRAY_LOCATION_AT = 0x04,
    ARRAY_USE_AT = 0x05,
    LOCATION_CXL = 0xa4,
    USE_SYSTEM_MEMORY = 0x03,

    DEVICE_ARRAY_AT = 0x04,
    DEVICE_SIZE_AT = 0x0c,
    DEVICE_TYPE_AT = 0x12,
    DEVICE_EXTENDED_SIZE_AT = 0x1c,
    DEVICE_TECHNOLOGY_AT = 0x28,

    SIZE_EMPTY = 0,
    SIZE_UNKNOWN = 0xffff,
    SIZE_EXTENDED = 0x7fff,
    SIZE_IN_KIB = 0x8000,

    TECHNOLOGY_DRAM = 0x03, /* below: other, unknown; above: NVDIMMs, Optane */
};

static const uint64_t MODULE_BYTES_MAX = UINT64_C(1) << 42;

/* --- into groups --- */

static void add_module(struct installed_memory *memory, enum memory_type type, uint64_t bytes,
                       bool *too_many)
{
    struct memory_modules *modules = &memory->modules;

    memory->bytes += bytes;
    for (size_t i = 0; i < modules->group_count; i++) {
        if (modules->groups[i].type == type && modules->groups[i].bytes_each == bytes) {
            modules->groups[i].count++;
            return;
        }
    }
    if (modules->group_count == MEMORY_GROUPS_MAX) {
        *too_many = true;
        return;
    }
    modules->groups[modules->group_count++] =
        (struct memory_group){ .type = type, .count = 1, .bytes_each = bytes };
}

/* --- SMBIOS --- */

/* What firmware says of where an array of modules is, and what for. */
struct array_facts {
    uint16_t handle;
    bool main_memory;
};

struct arrays {
    struct array_facts items[ARRAYS_MAX];
    size_t count;
};

static void find_arrays(const uint8_t *table, size_t size, struct arrays *arrays)
{
    struct smbios_structure structure;
    size_t offset = 0;

    while (arrays->count < ARRAYS_MAX && smbios_next(table, size, &offset, &structure)) {
        uint8_t location;
        uint8_t use;

        if (structure.type != PHYSICAL_MEMORY_ARRAY ||
            !smbios_u8(&structure, ARRAY_LOCATION_AT, &location) ||
            !smbios_u8(&structure, ARRAY_USE_AT, &use))
            continue;
        arrays->items[arrays->count++] = (struct array_facts){
            .handle = structure.handle,
            .main_memory = use == USE_SYSTEM_MEMORY && location != LOCATION_CXL,
        };
    }
}

/* An array that is not described is the ordinary one. */
static bool is_main_memory(const struct arrays *arrays, uint16_t handle)
{
    for (size_t i = 0; i < arrays->count; i++) {
        if (arrays->items[i].handle == handle)
            return arrays->items[i].main_memory;
    }
    return true;
}

static bool parse_size(const struct smbios_structure *device, uint64_t *bytes_out)
{
    uint16_t word;
    uint32_t extended;
    uint64_t bytes;

    if (!smbios_u16(device, DEVICE_SIZE_AT, &word) || word == SIZE_UNKNOWN)
        return false;
    if (word == SIZE_EXTENDED) {
        if (!smbios_u32(device, DEVICE_EXTENDED_SIZE_AT, &extended))
            return false;
        bytes = (uint64_t)(extended & 0x7fffffff) << 20;
    } else if ((word & SIZE_IN_KIB) != 0) {
        bytes = (uint64_t)(word & 0x7fff) << 10;
    } else {
        bytes = (uint64_t)word << 20;
    }
    if (bytes > MODULE_BYTES_MAX)
        return false;
    *bytes_out = bytes;
    return true;
}

/* Return: 1: a DIMM of DRAM, or memory that may be one; 0: another kind of memory; -1: none. */
static int parse_type(const struct smbios_structure *device, enum memory_type *type_out)
{
    uint8_t type = 0;
    uint8_t technology = TECHNOLOGY_DRAM;

    (void)smbios_u8(device, DEVICE_TYPE_AT, &type);
    (void)smbios_u8(device, DEVICE_TECHNOLOGY_AT, &technology);
    if (technology > TECHNOLOGY_DRAM)
        return 0;
    switch (type) {
    case 0x01: /* other */
    case 0x02: /* unknown */
    case 0x03: /* DRAM */
    case 0x07: /* RAM */
        *type_out = MEMORY_TYPE_UNKNOWN;
        return 1;
    case 0x0f: /* SDRAM */
    case 0x12: /* DDR */
    case 0x13: /* DDR2 */
    case 0x14: /* DDR2 FB-DIMM */
    case 0x18: /* DDR3 */
    case 0x19: /* FBD2 */
        *type_out = MEMORY_DDR3;
        return 1;
    case 0x1a:
        *type_out = MEMORY_DDR4;
        return 1;
    case 0x22:
        *type_out = MEMORY_DDR5;
        return 1;
    case 0x1b: /* LPDDR */
    case 0x1c: /* LPDDR2 */
    case 0x1d: /* LPDDR3 */
    case 0x1e: /* LPDDR4 */
        *type_out = MEMORY_LPDDR4;
        return 1;
    case 0x23:
        *type_out = MEMORY_LPDDR5;
        return 1;
    case 0x1f: /* logical non-volatile device */
    case 0x20: /* HBM */
    case 0x21: /* HBM2 */
    case 0x24: /* HBM3 */
        return 0;
    default: /* ROM, flash, EEPROM, video memory, caches */
        return -1;
    }
}

bool memory_modules_parse(const uint8_t *table, size_t size, struct installed_memory *memory_out)
{
    struct installed_memory memory = { .bytes = 0 };
    struct arrays arrays = { .count = 0 };
    struct smbios_structure structure;
    size_t offset = 0;
    bool vague = false;

    find_arrays(table, size, &arrays);
    for (int i = 0; i < MODULES_MAX && smbios_next(table, size, &offset, &structure);) {
        enum memory_type type = MEMORY_TYPE_UNKNOWN;
        uint64_t bytes = 0;
        uint16_t array = 0;
        int kind;

        if (structure.type != SMBIOS_MEMORY_DEVICE)
            continue;
        i++;
        kind = parse_type(&structure, &type);
        if (kind < 0)
            continue;
        if (!parse_size(&structure, &bytes)) {
            vague = true;
            continue;
        }
        if (bytes == SIZE_EMPTY)
            continue;
        if (kind == 0 ||
            (smbios_u16(&structure, DEVICE_ARRAY_AT, &array) && !is_main_memory(&arrays, array)))
            memory.other_bytes += bytes;
        else
            add_module(&memory, type, bytes, &vague);
    }
    if (vague)
        memory.modules = (struct memory_modules){ .group_count = 0 };
    if (memory.bytes == 0)
        return false;
    *memory_out = memory;
    return true;
}

int memory_modules_by_smbios(int sys_fd, struct installed_memory *memory_out)
{
    AICO2_CLEANUP(freep) uint8_t *table = NULL;
    int size = smbios_read(sys_fd, &table);

    if (size < 0)
        return size;
    return memory_modules_parse(table, (size_t)size, memory_out) ? 0 : -ENODATA;
}

/* --- EDAC --- */

bool memory_type_parse_edac(const char *text, enum memory_type *type_out)
{
    bool low_power = strstr(text, "Low-Power") != NULL || strstr(text, "LPDDR") != NULL;

    if (strncmp(text, "Non-volatile", 12) == 0 || strncmp(text, "High-bandwidth", 14) == 0)
        return false;
    if (strstr(text, "DDR5") != NULL)
        *type_out = low_power ? MEMORY_LPDDR5 : MEMORY_DDR5;
    else if (strstr(text, "DDR4") != NULL)
        *type_out = low_power ? MEMORY_LPDDR4 : MEMORY_DDR4;
    else if (strstr(text, "DDR") != NULL || strstr(text, "SDR") != NULL)
        *type_out = low_power ? MEMORY_LPDDR4 : MEMORY_DDR3;
    else
        *type_out = MEMORY_TYPE_UNKNOWN;
    return true;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void add_entry(int controller_fd, const char *name, struct installed_memory *memory,
                      bool *vague)
{
    enum memory_type type = MEMORY_TYPE_UNKNOWN;
    char path[80];
    char text[64] = "";
    uint64_t mib = 0;

    (void)snprintf(path, sizeof(path), "%.40s/size", name);
    if (fs_read_u64_at(controller_fd, path, &mib, NULL) < 0 || mib == 0 ||
        mib > MODULE_BYTES_MAX >> 20)
        return;
    (void)snprintf(path, sizeof(path), "%.40s/dimm_mem_type", name);
    (void)fs_read_text_at(controller_fd, path, text, sizeof(text), NULL);
    if (!memory_type_parse_edac(text, &type))
        memory->other_bytes += mib << 20;
    else
        add_module(memory, type, mib << 20, vague);
}

static void add_controller(int edac_fd, const char *controller, struct installed_memory *memory,
                           bool *vague)
{
    AICO2_CLEANUP(fs_closedirp) DIR *entries = fs_list_at(edac_fd, controller);
    const struct dirent *entry;
    int seen = 0;

    while (entries != NULL && seen < MODULES_MAX && (entry = readdir(entries)) != NULL) {
        bool is_rank = starts_with(entry->d_name, "rank");

        if (!is_rank && !starts_with(entry->d_name, "dimm"))
            continue;
        if (is_rank) /* parts of modules: their sizes add up, their number says nothing */
            *vague = true;
        add_entry(dirfd(entries), entry->d_name, memory, vague);
        seen++;
    }
}

void memory_modules_by_edac(int sys_fd, struct installed_memory *memory_out)
{
    AICO2_CLEANUP(fs_closedirp) DIR *entries = fs_list_at(sys_fd, "devices/system/edac/mc");
    struct installed_memory memory = { .bytes = 0 };
    const struct dirent *entry;
    bool vague = false;
    int seen = 0;

    while (entries != NULL && seen < MODULES_MAX && (entry = readdir(entries)) != NULL) {
        if (!starts_with(entry->d_name, "mc") || strlen(entry->d_name) > 16)
            continue;
        add_controller(dirfd(entries), entry->d_name, &memory, &vague);
        seen++;
    }
    if (vague)
        memory.modules = (struct memory_modules){ .group_count = 0 };
    *memory_out = memory;
}

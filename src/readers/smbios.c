/* SPDX-License-Identifier: Apache-2.0 */
/* readers/smbios.c - the table in which firmware describes the machine, structure by structure
 *
 * DMTF DSP0134, sections 6.1 and 7; Linux Documentation/ABI/testing/sysfs-firmware-dmi-tables. A
 * structure is a formatted part of the length it says, then its strings. Older firmware has shorter
 * structures: every offset is held against that length.
 */
#include "readers/smbios.h"

#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/text.h"

#define TABLE_PATH "firmware/dmi/tables/DMI"

enum { HEADER_SIZE = 4, TABLE_LIMIT = 1 << 20 };

/* Where the strings end: behind the first two NULs in a row. 0: they do not. */
static size_t strings_size(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i + 1 < size; i++) {
        if (bytes[i] == 0 && bytes[i + 1] == 0)
            return i + 2;
    }
    return 0;
}

bool smbios_next(const uint8_t *table, size_t size, size_t *offset,
                 struct smbios_structure *structure_out)
{
    const uint8_t *at = table + *offset;
    size_t left = size - *offset;
    size_t strings;

    if (*offset >= size || left < HEADER_SIZE || at[1] < HEADER_SIZE || at[1] > left ||
        at[0] == SMBIOS_END)
        return false;
    strings = strings_size(at + at[1], left - at[1]);
    if (strings == 0)
        return false;
    *structure_out = (struct smbios_structure){
        .type = at[0],
        .length = at[1],
        .handle = (uint16_t)(at[2] | at[3] << 8),
        .bytes = at,
        .strings = at + at[1],
        .strings_size = strings,
    };
    *offset += at[1] + strings;
    return true;
}

static bool has(const struct smbios_structure *structure, size_t offset, size_t width)
{
    return offset + width <= structure->length;
}

bool smbios_u8(const struct smbios_structure *structure, size_t offset, uint8_t *value_out)
{
    if (!has(structure, offset, 1))
        return false;
    *value_out = structure->bytes[offset];
    return true;
}

bool smbios_u16(const struct smbios_structure *structure, size_t offset, uint16_t *value_out)
{
    if (!has(structure, offset, 2))
        return false;
    *value_out = (uint16_t)(structure->bytes[offset] | structure->bytes[offset + 1] << 8);
    return true;
}

bool smbios_u32(const struct smbios_structure *structure, size_t offset, uint32_t *value_out)
{
    uint16_t low;
    uint16_t high;

    if (!smbios_u16(structure, offset, &low) || !smbios_u16(structure, offset + 2, &high))
        return false;
    *value_out = (uint32_t)high << 16 | low;
    return true;
}

void smbios_text(const struct smbios_structure *structure, size_t offset, char *text_out,
                 size_t size)
{
    const char *at = (const char *)structure->strings;
    const char *end = at + structure->strings_size;
    uint8_t number = 0;

    text_out[0] = '\0';
    if (!smbios_u8(structure, offset, &number) || number == 0)
        return;
    for (; number > 1 && at < end; number--)
        at += strlen(at) + 1; /* within: the last byte is a NUL */
    if (at < end)
        text_copy_clean(text_out, size, at);
}

int smbios_open(int sys_fd)
{
    return fs_open_at(sys_fd, TABLE_PATH, NULL);
}

int smbios_read(int sys_fd, uint8_t **table_out)
{
    char *text = NULL;
    int r = fs_read_all_at(sys_fd, TABLE_PATH, TABLE_LIMIT, &text, NULL);

    if (r >= 0)
        *table_out = (uint8_t *)text;
    return r;
}

bool smbios_has(const uint8_t *table, size_t size, uint8_t type)
{
    struct smbios_structure structure;
    size_t offset = 0;

    while (smbios_next(table, size, &offset, &structure)) {
        if (structure.type == type)
            return true;
    }
    return false;
}

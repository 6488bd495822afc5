/* SPDX-License-Identifier: Apache-2.0 */
/* readers/smbios.h - the table in which firmware describes the machine, structure by structure */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum smbios_type {
    SMBIOS_MEMORY_DEVICE = 17,
    SMBIOS_IPMI_DEVICE = 38,
    SMBIOS_END = 127,
};

/* Points into the table. */
struct smbios_structure {
    uint8_t type;
    uint8_t length; /* of the formatted part, its header of 4 bytes included */
    uint16_t handle;
    const uint8_t *bytes;
    const uint8_t *strings; /* each ends with a NUL; the list ends with one more */
    size_t strings_size;
};

/**
 * smbios_next() - the structure at *offset, which is moved to the next
 * Return: false at the end of the table (type 127, or no bytes left), and where it is broken: what
 * was handed out before is whole.
 */
bool smbios_next(const uint8_t *table, size_t size, size_t *offset,
                 struct smbios_structure *structure_out);

/* A little-endian number at an offset. false: this structure is too short to have it. */
bool smbios_u8(const struct smbios_structure *structure, size_t offset, uint8_t *value_out);
bool smbios_u16(const struct smbios_structure *structure, size_t offset, uint16_t *value_out);
bool smbios_u32(const struct smbios_structure *structure, size_t offset, uint32_t *value_out);

/* The string whose number stands at an offset, cleaned; "": there is none. */
void smbios_text(const struct smbios_structure *structure, size_t offset, char *text_out,
                 size_t size);

/* The file of the table, to look at who may read it. Return: a descriptor or -errno. */
int smbios_open(int sys_fd);

/**
 * smbios_read() - the whole table of a machine
 * @table_out: the caller frees it
 * Return: its length or -errno; -EACCES: root's alone
 */
int smbios_read(int sys_fd, uint8_t **table_out);

/* Whether the table has a structure of a type. */
bool smbios_has(const uint8_t *table, size_t size, uint8_t type);

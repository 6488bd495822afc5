/* SPDX-License-Identifier: Apache-2.0 */
/* readers/memory_modules.h - the memory modules that are plugged in, by firmware or by the memory
 * controllers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/memory.h"

/**
 * struct installed_memory - what is plugged in as the machine's main memory
 * @modules: none where their sizes are told without their number, or they are of too many sorts
 * @bytes:   of all of them; 0: nothing is known
 * @other_bytes: HBM within processors, memory behind CXL, persistent memory: no DIMM of DRAM
 */
struct installed_memory {
    struct memory_modules modules;
    uint64_t bytes;
    uint64_t other_bytes;
};

/* From SMBIOS, structures of type 17 and the arrays (type 16) that they belong to. false: it has
 * none of known size. */
bool memory_modules_parse(const uint8_t *table, size_t size, struct installed_memory *memory_out);

/* The same of this machine. Return: 0; -ENODATA: the table does not say; -errno: it is not there
 * (-ENOENT) or not ours to read (-EACCES). */
int memory_modules_by_smbios(int sys_fd, struct installed_memory *memory_out);

/* By the drivers of the memory controllers (EDAC), which everybody may read. bytes 0: there are
 * none. */
void memory_modules_by_edac(int sys_fd, struct installed_memory *memory_out);

/* "Registered-DDR4" and so on. false: no DIMM of DRAM. */
bool memory_type_parse_edac(const char *text, enum memory_type *type_out);

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_smbios.c - any bytes as a firmware's table */
#include <stdlib.h>
#include <string.h>

#include "readers/memory_modules.h"
#include "readers/smbios.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const uint8_t *table, size_t size)
{
    struct smbios_structure structure;
    size_t offset = 0;
    size_t before = 0;

    while (smbios_next(table, size, &offset, &structure)) {
        char text[64];
        uint32_t value;

        if (offset <= before || offset > size)
            abort();
        before = offset;
        for (size_t at = 0; at < 256; at++) {
            memset(text, 'x', sizeof(text));
            smbios_text(&structure, at, text, sizeof(text));
            if (memchr(text, '\0', sizeof(text)) == NULL ||
                (smbios_u32(&structure, at, &value) && at + 4 > structure.length))
                abort();
        }
    }
}

/* What a memory controller's driver calls its modules. */
static void name_type(const uint8_t *data, size_t size)
{
    enum memory_type type = (enum memory_type)77;
    char text[64];

    if (size >= sizeof(text))
        size = sizeof(text) - 1;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (memory_type_parse_edac(text, &type) ? memory_type_name(type) == NULL
                                            : type != (enum memory_type)77)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *table = malloc(size + 1); /* of its very size, for the sanitizer */
    struct installed_memory memory = { .bytes = 7 };

    if (table == NULL)
        return 0;
    if (size > 0)
        memcpy(table, data, size);
    walk(table, size);
    name_type(data, size);
    if (memory_modules_parse(table, size, &memory)) {
        if (memory.bytes == 0 || (memory.modules.group_count > 0 &&
                                  memory_modules_bytes(&memory.modules) != memory.bytes))
            abort();
    } else if (memory.bytes != 7) {
        abort();
    }
    free(table);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_memory_modules.c - modules by SMBIOS and by the memory controllers, byte by byte */
#include "machine_tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readers/memory_modules.h"
#include "readers/smbios.h"

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)

/* A table that grows structure by structure. */
struct table {
    uint8_t bytes[4096];
    size_t size;
    uint16_t handle;
};

static void add(struct table *table, uint8_t type, uint8_t length, const uint8_t *body)
{
    uint8_t *at = table->bytes + table->size;

    at[0] = type;
    at[1] = length;
    at[2] = (uint8_t)table->handle;
    at[3] = (uint8_t)(table->handle++ >> 8);
    memcpy(at + 4, body + 4, length - 4);
    at[length] = at[length + 1] = 0;
    table->size += length + 2u;
}

static void add_array(struct table *table, uint8_t location, uint8_t use)
{
    uint8_t body[0x17] = { [4] = location, [5] = use };

    add(table, 16, sizeof(body), body);
}

/* A memory device of SMBIOS 3.3; size as the word stands there. */
static void add_device(struct table *table, uint16_t array, uint16_t size, uint32_t extended,
                       uint8_t type, uint8_t technology)
{
    uint8_t body[0x54] = {
        [0x04] = (uint8_t)array,
        [0x05] = (uint8_t)(array >> 8),
        [0x0c] = (uint8_t)size,
        [0x0d] = (uint8_t)(size >> 8),
        [0x0e] = 9,
        [0x12] = type,
        [0x1c] = (uint8_t)extended,
        [0x1d] = (uint8_t)(extended >> 8),
        [0x1e] = (uint8_t)(extended >> 16),
        [0x1f] = (uint8_t)(extended >> 24),
        [0x28] = technology,
    };

    add(table, 17, sizeof(body), body);
}

static struct installed_memory parse(const struct table *table)
{
    struct installed_memory memory = { .bytes = 0 };

    assert_true(memory_modules_parse(table->bytes, table->size, &memory));
    return memory;
}

static void test_each_module_by_its_size_and_type(void **state)
{
    struct table table = { .size = 0 };
    struct installed_memory memory;

    (void)state;
    for (int i = 0; i < 8; i++)
        add_device(&table, 0xfffe, 0x7fff, 65536, 0x22, 3); /* 64 GiB of DDR5 */
    add_device(&table, 0xfffe, 16384, 0, 0x1a, 3);
    add_device(&table, 0xfffe, 0x8000 | 512, 0, 0x18, 3); /* 512 KiB */
    add_device(&table, 0xfffe, 0, 0, 0x02, 2);            /* an empty slot */
    memory = parse(&table);
    assert_true(memory.bytes == 8 * 64 * GIB + 16 * GIB + 512 * 1024);
    assert_true(memory.other_bytes == 0);
    assert_int_equal(memory.modules.group_count, 3);
    assert_int_equal(memory.modules.groups[0].type, MEMORY_DDR5);
    assert_int_equal(memory.modules.groups[0].count, 8);
    assert_true(memory.modules.groups[0].bytes_each == 64 * GIB);
    assert_int_equal(memory.modules.groups[1].type, MEMORY_DDR4);
    assert_int_equal(memory_modules_count(&memory.modules), 10);
    assert_true(memory_modules_bytes(&memory.modules) == memory.bytes);
}

/* What holds bits and is no DIMM of the main memory. */
static void test_what_is_no_dimm_is_not_taken_for_one(void **state)
{
    struct table table = { .size = 0 };
    struct installed_memory memory;

    (void)state;
    add_array(&table, 0x03, 0x03); /* handle 0: the board's main memory */
    add_array(&table, 0xa4, 0x03); /* 1: behind CXL */
    add_array(&table, 0x03, 0x05); /* 2: flash */
    add_device(&table, 0, 0x7fff, 32768, 0x1a, 3);
    add_device(&table, 0, 16384, 0, 0x21, 3);       /* HBM2 of the processor */
    add_device(&table, 0, 0x7fff, 131072, 0x1a, 7); /* 128 GiB of Optane that calls itself DDR4 */
    add_device(&table, 0, 8192, 0, 0x1f, 0);        /* logical non-volatile */
    add_device(&table, 1, 0x7fff, 65536, 0x22, 3);  /* 64 GiB of DDR5 behind CXL */
    add_device(&table, 2, 16, 0, 0x09, 2);          /* flash: no memory at all */
    memory = parse(&table);
    assert_true(memory.bytes == 32 * GIB);
    assert_int_equal(memory_modules_count(&memory.modules), 1);
    assert_true(memory.other_bytes == (16 + 128 + 8 + 64) * GIB);
}

/* The modules are not all known: their number says nothing, what is known of their sizes does. */
static void test_a_module_of_unknown_size_leaves_the_number_open(void **state)
{
    struct table table = { .size = 0 };
    struct installed_memory memory;

    (void)state;
    add_device(&table, 0xfffe, 8192, 0, 0x1a, 3);
    add_device(&table, 0xfffe, 0xffff, 0, 0x1a, 3);
    memory = parse(&table);
    assert_true(memory.bytes == 8 * GIB);
    assert_int_equal(memory.modules.group_count, 0);
}

static void test_more_sorts_than_there_is_room_for(void **state)
{
    struct table table = { .size = 0 };
    struct installed_memory memory;

    (void)state;
    for (uint16_t i = 1; i <= MEMORY_GROUPS_MAX + 1; i++)
        add_device(&table, 0xfffe, (uint16_t)(i * 1024), 0, 0x1a, 3);
    memory = parse(&table);
    assert_true(memory.bytes == 28 * GIB); /* 1 + ... + 7 */
    assert_int_equal(memory.modules.group_count, 0);
}

/* SMBIOS 2.1: the structure ends at 0x15, before the extended size and the technology. */
static void test_short_structures_of_old_firmware(void **state)
{
    struct table table = { .size = 0 };
    uint8_t body[0x15] = { [0x0c] = 0x00, [0x0d] = 0x08, [0x12] = 0x18 };
    struct installed_memory memory;

    (void)state;
    add(&table, 17, sizeof(body), body);
    memory = parse(&table);
    assert_true(memory.bytes == 2 * GIB);
    assert_int_equal(memory.modules.groups[0].type, MEMORY_DDR3);
    /* it says "see the extended size", which is not there */
    body[0x0c] = 0xff;
    body[0x0d] = 0x7f;
    table.size = 0;
    add(&table, 17, sizeof(body), body);
    add_device(&table, 0xfffe, 1024, 0, 0x1a, 3);
    memory = parse(&table);
    assert_true(memory.bytes == GIB);
    assert_int_equal(memory.modules.group_count, 0);
}

static void test_a_broken_table_gives_what_was_whole(void **state)
{
    struct table table = { .size = 0 };
    struct installed_memory memory = { .bytes = 7 };

    (void)state;
    assert_false(memory_modules_parse(table.bytes, 0, &memory));
    assert_true(memory.bytes == 7);
    add_device(&table, 0xfffe, 1024, 0, 0x1a, 3);
    add_device(&table, 0xfffe, 1024, 0, 0x1a, 3);
    for (size_t size = 0; size < table.size; size++) {
        uint8_t *exact = malloc(size + 1);

        assert_non_null(exact);
        memcpy(exact, table.bytes, size);
        assert_true(memory_modules_parse(exact, size, &memory) == (size >= 0x56));
        assert_true(memory.bytes == (size >= 0x56 ? GIB : 7));
        free(exact);
    }
    /* behind the end there may be anything */
    table.bytes[0x56] = 127;
    assert_true(memory_modules_parse(table.bytes, table.size, &memory));
    assert_int_equal(memory_modules_count(&memory.modules), 1);
    /* a length below the header's would never end */
    table.bytes[1] = 3;
    assert_false(memory_modules_parse(table.bytes, table.size, &memory));
}

static void test_strings_are_found_by_number(void **state)
{
    static const uint8_t table[] = "\x11\x06\x01\x00\x01\x02"
                                   "DIMM_A1\0Bank\1 0\0";
    struct smbios_structure structure;
    size_t offset = 0;
    char text[32];

    (void)state;
    assert_true(smbios_next(table, sizeof(table), &offset, &structure));
    assert_int_equal(structure.handle, 1);
    smbios_text(&structure, 4, text, sizeof(text));
    assert_string_equal(text, "DIMM_A1");
    smbios_text(&structure, 5, text, sizeof(text));
    assert_string_equal(text, "Bank 0");
    smbios_text(&structure, 6, text, sizeof(text)); /* beyond the structure */
    assert_string_equal(text, "");
    assert_false(smbios_next(table, sizeof(table), &offset, &structure));
}

/* hardware captured in the tree: DIMM_A1 of 32 GiB by the extended size, B1 of 16 GiB, A2 empty. */
static void test_the_table_of_a_xeon(void **state)
{
    struct test_machine machine;
    struct installed_memory memory = { .bytes = 0 };

    (void)state;
    machine_set_up(&machine, "xeon-2s-dram");
    assert_int_equal(memory_modules_by_smbios(machine.env.sys_fd, &memory), 0);
    assert_true(memory.bytes == 48 * GIB);
    assert_int_equal(memory.modules.group_count, 2);
    assert_int_equal(memory.modules.groups[0].type, MEMORY_DDR4);
    assert_true(memory.modules.groups[0].bytes_each == 32 * GIB);
    memory_modules_by_edac(machine.env.sys_fd, &memory);
    assert_true(memory.bytes == 32 * GIB);
    assert_int_equal(memory.modules.groups[0].type, MEMORY_DDR4);
    machine_tear_down(&machine);
}

static void test_there_may_be_no_table(void **state)
{
    struct test_machine machine;
    struct installed_memory memory = { .bytes = 7 };

    (void)state;
    machine_set_up(&machine, "vm");
    assert_int_equal(memory_modules_by_smbios(machine.env.sys_fd, &memory), -ENOENT);
    tree_write(machine.fd, "sys/firmware/dmi/tables/DMI", "");
    assert_int_equal(memory_modules_by_smbios(machine.env.sys_fd, &memory), -ENODATA);
    tree_write(machine.fd, "sys/firmware/dmi/tables/DMI", "rubbish, and more of it");
    assert_int_equal(memory_modules_by_smbios(machine.env.sys_fd, &memory), -ENODATA);
    assert_true(memory.bytes == 7);
    memory_modules_by_edac(machine.env.sys_fd, &memory);
    assert_true(memory.bytes == 0 && memory.modules.group_count == 0);
    machine_tear_down(&machine);
}

static void write_edac(int fd, const char *entry, const char *size, const char *type)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "sys/devices/system/edac/mc/mc0/%s/size", entry);
    tree_write(fd, path, size);
    (void)snprintf(path, sizeof(path), "sys/devices/system/edac/mc/mc0/%s/dimm_mem_type", entry);
    tree_write(fd, path, type);
}

static void test_the_memory_controllers_know_modules(void **state)
{
    struct test_machine machine;
    struct installed_memory memory;

    (void)state;
    machine_set_up(&machine, "vm");
    write_edac(machine.fd, "dimm0", "32768\n", "Registered-DDR5\n");
    write_edac(machine.fd, "dimm3", "32768\n", "Registered-DDR5\n");
    write_edac(machine.fd, "dimm4", "131072\n", "Non-volatile-RAM\n");
    write_edac(machine.fd, "dimm5", "16384\n", "High-bandwidth-memory-Gen2\n");
    write_edac(machine.fd, "dimm6", "rubbish\n", "Registered-DDR5\n");
    memory_modules_by_edac(machine.env.sys_fd, &memory);
    assert_true(memory.bytes == 64 * GIB && memory.other_bytes == 144 * GIB);
    assert_int_equal(memory.modules.group_count, 1);
    assert_int_equal(memory.modules.groups[0].count, 2);
    assert_int_equal(memory.modules.groups[0].type, MEMORY_DDR5);
    /* ranks are parts of modules */
    write_edac(machine.fd, "rank0", "4096\n", "Unbuffered-DDR3\n");
    memory_modules_by_edac(machine.env.sys_fd, &memory);
    assert_true(memory.bytes == 68 * GIB);
    assert_int_equal(memory.modules.group_count, 0);
    machine_tear_down(&machine);
}

static void test_names_of_types(void **state)
{
    static const struct {
        const char *text;
        enum memory_type type;
    } cases[] = {
        { "Unbuffered-DDR4", MEMORY_DDR4 },
        { "Load-Reduced-DDR4-RAM", MEMORY_DDR4 },
        { "Registered-DDR5", MEMORY_DDR5 },
        { "Low-Power-DDR4-RAM", MEMORY_LPDDR4 },
        { "Low-Power-DDR3-RAM", MEMORY_LPDDR4 },
        { "Unbuffered-LPDDR5", MEMORY_LPDDR5 },
        { "FullyBuffered-DDR2", MEMORY_DDR3 },
        { "Unknown", MEMORY_TYPE_UNKNOWN },
        { "", MEMORY_TYPE_UNKNOWN },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum memory_type type = MEMORY_TYPES;

        assert_true(memory_type_parse_edac(cases[i].text, &type));
        assert_int_equal(type, cases[i].type);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_module_by_its_size_and_type),
        cmocka_unit_test(test_what_is_no_dimm_is_not_taken_for_one),
        cmocka_unit_test(test_a_module_of_unknown_size_leaves_the_number_open),
        cmocka_unit_test(test_more_sorts_than_there_is_room_for),
        cmocka_unit_test(test_short_structures_of_old_firmware),
        cmocka_unit_test(test_a_broken_table_gives_what_was_whole),
        cmocka_unit_test(test_strings_are_found_by_number),
        cmocka_unit_test(test_the_table_of_a_xeon),
        cmocka_unit_test(test_there_may_be_no_table),
        cmocka_unit_test(test_the_memory_controllers_know_modules),
        cmocka_unit_test(test_names_of_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

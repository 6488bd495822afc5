/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_machine_built.c - what a computer is built as, and the disks in it */
#include "machine_tree.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "readers/machine.h"

/* DMTF DSP0134, table 17. */
static void test_the_firmware_tells_the_chassis(void **state)
{
    static const struct {
        const char *type;
        enum chassis chassis;
    } cases[] = {
        { "3\n", CHASSIS_DESKTOP },
        { "4\n", CHASSIS_DESKTOP },
        { "6\n", CHASSIS_DESKTOP },
        { "7\n", CHASSIS_DESKTOP },
        { "13\n", CHASSIS_DESKTOP },
        { "35\n", CHASSIS_DESKTOP },
        { "8\n", CHASSIS_LAPTOP },
        { "9\n", CHASSIS_LAPTOP },
        { "10\n", CHASSIS_LAPTOP },
        { "14\n", CHASSIS_LAPTOP },
        { "31\n", CHASSIS_LAPTOP },
        { "32\n", CHASSIS_LAPTOP },
        { "17\n", CHASSIS_SERVER },
        { "23\n", CHASSIS_SERVER },
        { "25\n", CHASSIS_SERVER },
        { "28\n", CHASSIS_BLADE },
        { "1\n", CHASSIS_UNKNOWN },
        { "2\n", CHASSIS_UNKNOWN },
        { "5\n", CHASSIS_UNKNOWN }, /* a server or a desktop: pizza box */
        { "0\n", CHASSIS_UNKNOWN },
        { "36\n", CHASSIS_UNKNOWN },
        { "99\n", CHASSIS_UNKNOWN },
        { "rack\n", CHASSIS_UNKNOWN },
        { "\n", CHASSIS_UNKNOWN },
        { "-3\n", CHASSIS_UNKNOWN },
        { "18446744073709551619\n", CHASSIS_UNKNOWN }, /* 2^64 + 3 */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct test_machine machine;
        struct machine facts;

        machine_set_up(&machine, "xeon-2s-mixed");
        tree_write(machine.fd, "sys/class/dmi/id/chassis_type", cases[i].type);
        machine_read(&machine.env, &facts);
        if (facts.chassis != cases[i].chassis)
            fail_msg("%s: '%s' is not '%s'", cases[i].type, chassis_name(facts.chassis),
                     chassis_name(cases[i].chassis));
        machine_tear_down(&machine);
    }
}

static void test_without_firmware_the_chassis_is_unknown(void **state)
{
    struct test_machine machine;
    struct machine facts;

    (void)state;
    machine_set_up(&machine, "jetson-orin-nano");
    machine_read(&machine.env, &facts);
    assert_int_equal(facts.chassis, CHASSIS_UNKNOWN);
    assert_int_equal(facts.drives.solid + facts.drives.spinning, 0);
    machine_tear_down(&machine);
    machine_set_up(&machine, NULL);
    machine_read(&machine.env, &facts);
    assert_int_equal(facts.chassis, CHASSIS_UNKNOWN);
    machine_tear_down(&machine);
}

static void add_drive(int fd, const char *name, const char *target, const char *size,
                      const char *rotational, const char *removable)
{
    char path[160];
    char link[192];

    (void)snprintf(path, sizeof(path), "sys/devices/%s/%s/size", target, name);
    tree_write(fd, path, size);
    (void)snprintf(path, sizeof(path), "sys/devices/%s/%s/removable", target, name);
    tree_write(fd, path, removable);
    if (rotational != NULL) {
        (void)snprintf(path, sizeof(path), "sys/devices/%s/%s/queue/rotational", target, name);
        tree_write(fd, path, rotational);
    }
    (void)snprintf(path, sizeof(path), "sys/block/%s", name);
    (void)snprintf(link, sizeof(link), "../devices/%s/%s", target, name);
    tree_link(fd, path, link);
}

#define SATA "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block"

/* 3 750 748 848 sectors of 512 bytes are 1 920 383 410 176 bytes, those of a drive sold as 1.92 TB. */
static void test_drives_of_the_machine_count(void **state)
{
    struct test_machine machine;
    struct machine facts;

    (void)state;
    machine_set_up(&machine, "xeon-2s-mixed");
    add_drive(machine.fd, "sda", SATA, "3750748848\n", "0\n", "0\n");
    add_drive(machine.fd, "sdb", SATA, "7814037168\n", "1\n", "0\n");
    add_drive(machine.fd, "nvme0n1", "pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0", "1000\n",
              "0\n", "0\n");
    /* the same drive's second name space: more bytes, no other drive */
    add_drive(machine.fd, "nvme0n2", "pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0", "24\n",
              "0\n", "0\n");
    machine_read(&machine.env, &facts);
    assert_int_equal(facts.drives.solid, 2);
    assert_true(facts.drives.solid_bytes == UINT64_C(1920383410176) + 1024 * 512);
    assert_int_equal(facts.drives.spinning, 1);
    assert_int_equal(facts.drives.unknown, 0);
    machine_tear_down(&machine);
}

static void test_what_is_no_part_of_the_machine_does_not(void **state)
{
    static const char usb[] =
        "pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host1/target1:0:0/1:0:0:0/block";
    static const char raid[] = "pci0000:00/0000:01:00.0/host2/target2:2:0/2:2:0:0/block";
    static const char iscsi[] = "platform/host3/session1/target3:0:0/3:0:0:0/block";
    struct test_machine machine;
    struct machine facts;

    (void)state;
    machine_set_up(&machine, "xeon-2s-mixed");
    add_drive(machine.fd, "sdc", usb, "1000\n", "0\n", "0\n");
    add_drive(machine.fd, "sdd", SATA, "1000\n", "0\n", "1\n"); /* removable */
    add_drive(machine.fd, "sde", SATA, "0\n", "0\n", "0\n");    /* no medium */
    add_drive(machine.fd, "sdf", iscsi, "1000\n", "0\n", "0\n");
    add_drive(machine.fd, "loop0", "virtual/block", "1000\n", "0\n", "0\n");
    add_drive(machine.fd, "dm-0", "virtual/block", "1000\n", "0\n", "0\n");
    add_drive(machine.fd, "mmcblk0boot0", "platform/mmc_host/mmc0/mmc0:0001/block", "8\n", "0\n",
              "0\n");
    add_drive(machine.fd, "nvme1n1", "virtual/nvme-fabrics/ctl/nvme1", "1000\n", "0\n", "0\n");
    /* one path of several to a drive, and names that are none */
    add_drive(machine.fd, "nvme2c0n1", "pci0000:00/0000:00:1d.0/nvme/nvme2", "1000\n", "0\n",
              "0\n");
    add_drive(machine.fd, "nvme99999999999999999999n1", "pci0000:00/nvme", "1000\n", "0\n", "0\n");
    add_drive(machine.fd, "nvme", "pci0000:00/nvme", "1000\n", "0\n", "0\n");
    machine_read(&machine.env, &facts);
    assert_int_equal(facts.drives.solid, 0);
    assert_true(facts.drives.solid_bytes == 0);
    assert_int_equal(facts.drives.spinning, 0);
    assert_int_equal(facts.drives.unknown, 0);
    /* a volume of a controller, flash on the board, one that does not say what it is, one of no size that there is */
    add_drive(machine.fd, "sdg", raid, "1000\n", "1\n", "0\n");
    add_drive(machine.fd, "mmcblk0", "platform/mmc_host/mmc0/mmc0:0001/block", "1000\n", "0\n",
              "0\n");
    add_drive(machine.fd, "sdh", SATA, "1000\n", NULL, "0\n");
    add_drive(machine.fd, "sdi", SATA, "18446744073709551615\n", "0\n", "0\n");
    machine_read(&machine.env, &facts);
    assert_int_equal(facts.drives.solid + facts.drives.spinning, 0);
    assert_int_equal(facts.drives.unknown, 4);
    machine_tear_down(&machine);
}

/* A drive with several paths to it hangs on none of them; its controller says that it is of PCI. */
static void test_a_drive_with_several_paths_counts_where_it_is_local(void **state)
{
    struct test_machine machine;
    struct machine facts;

    (void)state;
    machine_set_up(&machine, "xeon-2s-mixed");
    add_drive(machine.fd, "nvme2n1", "virtual/nvme-subsystem/nvme-subsys2", "1000\n", "0\n", "0\n");
    add_drive(machine.fd, "nvme3n1", "virtual/nvme-subsystem/nvme-subsys3", "1000\n", "0\n", "0\n");
    tree_write(machine.fd, "sys/class/nvme/nvme2/transport", "pcie\n");
    tree_write(machine.fd, "sys/class/nvme/nvme3/transport", "tcp\n");
    machine_read(&machine.env, &facts);
    assert_int_equal(facts.drives.solid, 1);
    assert_true(facts.drives.solid_bytes == 1000 * 512);
    machine_tear_down(&machine);
}

/* Hyper-V says desktop of all its guests, and their disks are files. */
static void test_a_guest_has_neither(void **state)
{
    struct test_machine machine;
    struct machine facts;

    (void)state;
    machine_set_up(&machine, "vm");
    tree_write(machine.fd, "sys/class/dmi/id/chassis_type", "3\n");
    add_drive(machine.fd, "sda", SATA, "1000\n", "0\n", "0\n");
    machine_read(&machine.env, &facts);
    assert_true(facts.virtualized);
    assert_int_equal(facts.chassis, CHASSIS_UNKNOWN);
    assert_int_equal(facts.drives.solid, 0);
    machine_tear_down(&machine);
}

static void test_words_go_both_ways(void **state)
{
    (void)state;
    for (int i = CHASSIS_UNKNOWN; i <= CHASSIS_LAPTOP; i++)
        assert_int_equal(chassis_parse(chassis_name((enum chassis)i)), i);
    assert_int_equal(chassis_parse("toaster"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_firmware_tells_the_chassis),
        cmocka_unit_test(test_without_firmware_the_chassis_is_unknown),
        cmocka_unit_test(test_drives_of_the_machine_count),
        cmocka_unit_test(test_what_is_no_part_of_the_machine_does_not),
        cmocka_unit_test(test_a_drive_with_several_paths_counts_where_it_is_local),
        cmocka_unit_test(test_a_guest_has_neither),
        cmocka_unit_test(test_words_go_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

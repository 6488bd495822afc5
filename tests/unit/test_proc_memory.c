/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_proc_memory.c - memory installed, allowed and used */
#include "machine_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "readers/gpu_nodes.h"
#include "readers/proc_memory.h"

#define KIB UINT64_C(1024)
#define GIB (UINT64_C(1) << 30)

struct probed {
    struct test_machine machine;
    struct reader *reader;
    struct reader_status status;
    struct sample sample;
};

static void probe(struct probed *probed)
{
    struct aico2_error err = { 0 };

    machine_reopen(&probed->machine);
    probed->reader = NULL;
    assert_int_equal(reader_proc_memory.probe(&probed->machine.env, &probed->reader,
                                              &probed->status, &err),
                     0);
}

static void tear_down(struct probed *probed)
{
    reader_proc_memory.close(probed->reader);
    machine_tear_down(&probed->machine);
}

static void read_one(struct probed *probed)
{
    reader_proc_memory.read(probed->reader, &probed->sample);
}

static void test_used_is_what_is_not_available(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, "vm");
    probe(&probed);
    assert_int_equal(probed.status.state, READER_USED);
    assert_int_equal(probed.reader->device_count, 1);
    assert_int_equal(probed.reader->devices[0].kind, DEVICE_MEMORY);
    assert_int_equal(probed.reader->devices[0].basis, BASIS_MODELLED);
    assert_true(probed.reader->devices[0].memory_bytes == 8052000 * KIB);
    read_one(&probed);
    assert_int_equal(probed.sample.valid, SAMPLE_MEMORY | SAMPLE_UTILIZATION);
    assert_true(probed.sample.memory_used_bytes == (8052000 - 6052000) * KIB);
    assert_true(fabs(probed.sample.utilization_ratio - 2000000.0 / 8052000) < 1e-12);
    tear_down(&probed);
}

static void test_old_kernels_do_not_tell_what_is_available(void **state)
{
    struct meminfo meminfo;

    (void)state;
    assert_true(meminfo_parse("MemTotal: 1000 kB\nMemFree: 200 kB\nBuffers: 30 kB\nCached: 40 kB\n",
                              &meminfo));
    assert_true(meminfo.total_bytes == 1000 * KIB && meminfo.available_bytes == 270 * KIB);
}

static void test_text_that_does_not_fit_together(void **state)
{
    static const char *const bad[] = {
        "",
        "MemTotal: 0 kB\nMemFree: 0 kB\n",
        "MemTotal: 5 kB\n",
        "MemTotal: x kB\nMemFree: 1 kB\n",
        "MemTotal: 5\nMemFree: 1 kB\n",
        "MemTotal: -5 kB\nMemFree: 1 kB\n",
        "MemTotal: 99999999999999999999999 kB\nMemFree: 1 kB\n",
        "MemTotal: 9999999999999999999 kB\nMemFree: 1 kB\n",
        " MemTotal: 5 kB\nMemFree: 1 kB\n",
    };
    struct meminfo meminfo = { 1, 2 };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(meminfo_parse(bad[i], &meminfo));
    assert_true(meminfo.total_bytes == 1 && meminfo.available_bytes == 2);
    /* LXCFS: more available than there is */
    assert_true(meminfo_parse("MemTotal: 10 kB\nMemAvailable: 90 kB\n", &meminfo));
    assert_true(meminfo.available_bytes == 10 * KIB);
    /* unbelievable parts count for nothing */
    assert_true(meminfo_parse("MemTotal: 10 kB\nMemFree: 2 kB\nBuffers: 9999999999999999999 kB\n",
                              &meminfo));
    assert_true(meminfo.available_bytes == 2 * KIB);
}

static void write_dimm(int fd, int controller, int dimm, const char *size)
{
    char path[96];

    (void)snprintf(path, sizeof(path), "sys/devices/system/edac/mc/mc%d/dimm%d/size", controller,
                   dimm);
    tree_write(fd, path, size);
}

static void test_installed_memory_is_what_the_controllers_say(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, "vm"); /* 7.68 GiB by MemTotal */
    write_dimm(probed.machine.fd, 0, 0, "4096\n");
    write_dimm(probed.machine.fd, 0, 1, "0\n");
    write_dimm(probed.machine.fd, 0, 2, "rubbish\n");
    write_dimm(probed.machine.fd, 1, 0, "4096\n");
    probe(&probed);
    assert_true(probed.reader->devices[0].memory_bytes == 8 * GIB);
    assert_non_null(strstr(probed.reader->devices[0].note, "2 x 4 GiB"));
    tear_down(&probed);
}

/* Two modules of 4 GiB by SMBIOS: DDR4, sizes 0x1000 MiB; 7.68 GiB by MemTotal. */
static void test_modules_by_firmware_come_first(void **state)
{
    char manifest[512];
    struct probed probed;

    (void)state;
    (void)snprintf(manifest, sizeof(manifest),
                   "@ sys/firmware/dmi/tables\n%%DMI=%s%s7f0400ff0000\n",
                   "11150000"
                   "feff"
                   "ffff"
                   "4800"
                   "4000"
                   "0010"
                   "09"
                   "00"
                   "01"
                   "02"
                   "1a"
                   "0000"
                   "0000",
                   "11150100"
                   "feff"
                   "ffff"
                   "4800"
                   "4000"
                   "0010"
                   "09"
                   "00"
                   "01"
                   "02"
                   "1a"
                   "0000"
                   "0000");
    machine_set_up(&probed.machine, "vm");
    write_dimm(probed.machine.fd, 0, 0, "16384\n");
    assert_true(machine_tree_build_text(probed.machine.fd, manifest));
    probe(&probed);
    assert_true(probed.reader->devices[0].memory_bytes == 8 * GIB);
    assert_int_equal(probed.reader->devices[0].modules.group_count, 1);
    assert_int_equal(probed.reader->devices[0].modules.groups[0].type, MEMORY_DDR4);
    assert_string_equal(probed.reader->devices[0].note, "2 x 4 GiB DDR4, by SMBIOS");
    tear_down(&probed);
}

/* The table is root's: the controllers tell, and the way to better is named. */
static void test_a_table_that_is_roots_is_said(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, "vm");
    tree_mkdir(probed.machine.fd, "sys/firmware/dmi/tables/DMI");
    write_dimm(probed.machine.fd, 0, 0, "8192\n");
    machine_reopen(&probed.machine);
    probed.machine.env.explain = true;
    probed.reader = NULL;
    assert_int_equal(reader_proc_memory.probe(&probed.machine.env, &probed.reader, &probed.status,
                                              &(struct aico2_error){ 0 }),
                     0);
    assert_string_equal(probed.reader->devices[0].note,
                        "1 x 8 GiB of unknown type, by the memory controllers");
    assert_int_equal(probed.status.state, READER_USED);
    assert_string_equal(probed.status.reason, "");
    assert_int_equal(probed.status.door_count, 1);
    assert_string_equal(probed.status.doors[0].name, "proc_memory-smbios");
    assert_int_equal(probed.status.doors[0].state, READER_DENIED);
    assert_int_equal(probed.status.doors[0].remedy, REMEDY_DMI_GROUP);
    tear_down(&probed);
}

/* The Xeon tree has one of its modules in sysfs: less than there is cannot be all. */
static void test_controllers_that_know_too_little_are_not_believed(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, "xeon-2s-dram");
    probe(&probed);
    assert_true(probed.reader->devices[0].memory_bytes == 527910000 * KIB);
    tear_down(&probed);
}

/* Grace-Hopper: 599,000,000 kB, of which node 1, which has no CPU, is 96 GiB of the GPU. */
static void test_memory_of_a_gpu_is_not_the_machines(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, "gh200");
    probe(&probed);
    assert_true(probed.reader->devices[0].memory_bytes == (599000000 - 100663296) * KIB);
    assert_non_null(strstr(probed.reader->devices[0].note, "GPU"));
    reader_proc_memory.close(probed.reader);
    /* without NVIDIA's driver such a node is ordinary memory behind CXL */
    assert_int_equal(unlinkat(probed.machine.fd, "proc/driver/nvidia/version", 0), 0);
    probe(&probed);
    assert_true(probed.reader->devices[0].memory_bytes == 599000000 * KIB);
    tear_down(&probed);
}

static void test_size_of_a_node(void **state)
{
    static const char *const bad[] = { "", "MemTotal: 5 kB\n", "Node 1 MemTotal: x kB\n",
                                       "Node 1 MemTotal: 5\n",
                                       "Node 1 MemTotal: 99999999999999999999999 kB\n" };
    uint64_t bytes = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(gpu_nodes_parse_total(bad[i], &bytes));
    assert_true(bytes == 7);
    assert_true(
        gpu_nodes_parse_total("Node 1 MemTotal:       5 kB\nNode 1 MemFree: 1 kB\n", &bytes));
    assert_true(bytes == 5 * KIB);
}

static void test_a_control_group_allows_less(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, "vm");
    write_dimm(probed.machine.fd, 0, 0, "8192\n");
    tree_write(probed.machine.fd, "proc/self/cgroup", "0::/\n");
    tree_write(probed.machine.fd, "proc/self/mountinfo",
               "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n");
    tree_write(probed.machine.fd, "sys/fs/cgroup/memory.max", "2147483648\n");
    probe(&probed);
    assert_true(probed.reader->devices[0].memory_bytes == 2 * GIB);
    assert_non_null(strstr(probed.reader->devices[0].note, "control group"));
    tear_down(&probed);
}

static void test_gaps_end(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, "vm");
    probe(&probed);
    tree_update(probed.machine.fd, "proc/meminfo", "rubbish");
    read_one(&probed);
    assert_int_equal(probed.sample.valid, 0);
    assert_int_equal(probed.sample.error, -EBADMSG);
    assert_int_equal(unlinkat(probed.machine.fd, "proc/meminfo", 0), 0);
    read_one(&probed);
    assert_int_equal(probed.sample.valid, 0);
    assert_int_equal(probed.sample.error, -ENOENT);
    tree_write(probed.machine.fd, "proc/meminfo", "MemTotal: 100 kB\nMemAvailable: 75 kB\n");
    read_one(&probed);
    assert_true(fabs(probed.sample.utilization_ratio - 0.25) < 1e-12);
    tree_write(probed.machine.fd, "proc/new", "MemTotal: 100 kB\nMemAvailable: 50 kB\n");
    assert_int_equal(renameat(probed.machine.fd, "proc/new", probed.machine.fd, "proc/meminfo"), 0);
    probed.machine.time.now_ns += NSEC_PER_SEC;
    read_one(&probed);
    assert_true(fabs(probed.sample.utilization_ratio - 0.5) < 1e-12);
    assert_int_equal(probed.sample.error, 0);
    tear_down(&probed);
}

/* Each is a reading of its own time; a file that fails is looked at again at once. */
static void test_readings_at_short_intervals_share_a_look(void **state)
{
    static const char *const texts[] = { "MemTotal: 100 kB\nMemAvailable: 75 kB\n",
                                         "MemTotal: 100 kB\nMemAvailable: 50 kB\n" };
    struct probed probed;
    int64_t start_ns;

    (void)state;
    machine_set_up(&probed.machine, "vm");
    probe(&probed);
    start_ns = probed.machine.time.now_ns;
    tree_update(probed.machine.fd, "proc/meminfo", texts[0]);
    read_one(&probed);
    tree_update(probed.machine.fd, "proc/meminfo", texts[1]);
    probed.machine.time.now_ns = start_ns + 700 * NSEC_PER_MSEC;
    read_one(&probed);
    assert_true(probed.sample.mono_ns == start_ns + 700 * NSEC_PER_MSEC);
    assert_true(fabs(probed.sample.utilization_ratio - 0.25) < 1e-12);
    probed.machine.time.now_ns = start_ns + 900 * NSEC_PER_MSEC; /* a tick of 1 s, moved */
    read_one(&probed);
    assert_true(fabs(probed.sample.utilization_ratio - 0.5) < 1e-12);
    tree_update(probed.machine.fd, "proc/meminfo", "rubbish");
    probed.machine.time.now_ns += NSEC_PER_SEC;
    read_one(&probed);
    assert_int_equal(probed.sample.error, -EBADMSG);
    tree_update(probed.machine.fd, "proc/meminfo", texts[0]);
    read_one(&probed);
    assert_int_equal(probed.sample.error, 0);
    assert_true(fabs(probed.sample.utilization_ratio - 0.25) < 1e-12);
    tear_down(&probed);
}

static void test_absent_and_unusable_files_are_explained(void **state)
{
    struct probed probed;

    (void)state;
    machine_set_up(&probed.machine, NULL);
    probe(&probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_ABSENT);
    tree_write(probed.machine.fd, "proc/meminfo", "");
    probe(&probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_BROKEN);
    assert_non_null(strstr(probed.status.reason, "MemTotal"));
    assert_int_equal(unlinkat(probed.machine.fd, "proc/meminfo", 0), 0);
    tree_mkdir(probed.machine.fd, "proc/meminfo");
    probe(&probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, READER_BROKEN);
    reader_proc_memory.close(NULL);
    tear_down(&probed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_used_is_what_is_not_available),
        cmocka_unit_test(test_old_kernels_do_not_tell_what_is_available),
        cmocka_unit_test(test_text_that_does_not_fit_together),
        cmocka_unit_test(test_installed_memory_is_what_the_controllers_say),
        cmocka_unit_test(test_modules_by_firmware_come_first),
        cmocka_unit_test(test_a_table_that_is_roots_is_said),
        cmocka_unit_test(test_controllers_that_know_too_little_are_not_believed),
        cmocka_unit_test(test_memory_of_a_gpu_is_not_the_machines),
        cmocka_unit_test(test_size_of_a_node),
        cmocka_unit_test(test_a_control_group_allows_less),
        cmocka_unit_test(test_gaps_end),
        cmocka_unit_test(test_readings_at_short_intervals_share_a_look),
        cmocka_unit_test(test_absent_and_unusable_files_are_explained),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

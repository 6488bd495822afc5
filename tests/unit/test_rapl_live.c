/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_rapl_live.c - what becomes of a counter while it is read: garbage, gone,
 * replaced, back */
#include "machine_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "readers/rapl.h"

#define ZONES "sys/devices/virtual/powercap/intel-rapl/"
#define RANGE "262143328850"

struct probed {
    struct reader *reader;
    struct reader_status status;
    struct sample samples[8];
};

static void probe(struct test_machine *machine, struct probed *probed)
{
    struct aico2_error err = { 0 };

    machine_reopen(machine);
    *probed = (struct probed){ .reader = NULL };
    assert_int_equal(reader_rapl.probe(&machine->env, &probed->reader, &probed->status, &err), 0);
}

static void read_all(struct probed *probed)
{
    assert_true(probed->reader->device_count <= 8);
    reader_rapl.read(probed->reader, probed->samples);
}

static void tear_down(struct test_machine *machine, struct probed *probed)
{
    reader_rapl.close(probed->reader);
    machine_tear_down(machine);
}

/* One Intel package that says 1000 uJ. */
static void one_package(struct test_machine *machine, struct probed *probed)
{
    machine_set_up(machine, NULL);
    machine_add_zone(machine->fd, "intel-rapl:0", "package-0", "1000\n", RANGE);
    probe(machine, probed);
    assert_non_null(probed->reader);
}

static void assert_gap(const struct probed *probed, int error)
{
    assert_int_equal(probed->samples[0].valid, 0);
    assert_int_equal(probed->samples[0].error, error);
}

static void assert_energy(const struct probed *probed, uint64_t energy_uj)
{
    assert_int_equal(probed->samples[0].valid, SAMPLE_ENERGY);
    assert_int_equal(probed->samples[0].error, 0);
    assert_true(probed->samples[0].energy_uj == energy_uj);
}

static void test_garbage_is_a_gap_and_then_goes_on(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    one_package(&machine, &probed);
    tree_update(machine.fd, ZONES "intel-rapl:0/energy_uj", "what\n");
    read_all(&probed);
    assert_gap(&probed, -EBADMSG);
    tree_update(machine.fd, ZONES "intel-rapl:0/energy_uj", "");
    read_all(&probed);
    assert_gap(&probed, -EBADMSG);
    tree_update(machine.fd, ZONES "intel-rapl:0/energy_uj", "2000\n");
    read_all(&probed); /* no time has passed: nothing is waited for */
    assert_energy(&probed, 2000);
    tear_down(&machine, &probed);
}

static void replace_file(int fd, const char *path, const char *content)
{
    char fresh[256];

    (void)snprintf(fresh, sizeof(fresh), "%s.new", path);
    tree_write(fd, fresh, content);
    assert_int_equal(renameat(fd, fresh, fd, path), 0);
}

static void test_a_renamed_file_is_followed(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    one_package(&machine, &probed);
    for (unsigned i = 2; i < 6; i++) {
        char text[32];

        (void)snprintf(text, sizeof(text), "%u\n", i * 1000);
        replace_file(machine.fd, ZONES "intel-rapl:0/energy_uj", text);
        read_all(&probed);
        assert_energy(&probed, i * 1000);
    }
    tear_down(&machine, &probed);
}

static void test_a_vanished_zone_is_a_gap_until_it_is_back(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    one_package(&machine, &probed);
    assert_int_equal(unlinkat(machine.fd, ZONES "intel-rapl:0/energy_uj", 0), 0);
    read_all(&probed);
    assert_gap(&probed, -ENODEV);
    read_all(&probed);
    assert_gap(&probed, -ENODEV);
    tree_write(machine.fd, ZONES "intel-rapl:0/energy_uj", "3000\n");
    machine.time.now_ns += NSEC_PER_SEC / 10;
    read_all(&probed);
    assert_energy(&probed, 3000);
    tear_down(&machine, &probed);
}

static void test_a_zone_whose_directory_is_moved_is_gone(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    one_package(&machine, &probed);
    assert_int_equal(renameat(machine.fd, ZONES "intel-rapl:0", machine.fd, ZONES "elsewhere"), 0);
    read_all(&probed);
    assert_gap(&probed, -ENODEV);
    tear_down(&machine, &probed);
}

static void test_a_file_that_becomes_unreadable_is_a_gap(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    one_package(&machine, &probed);
    assert_int_equal(unlinkat(machine.fd, ZONES "intel-rapl:0/energy_uj", 0), 0);
    tree_mkdir(machine.fd, ZONES "intel-rapl:0/energy_uj");
    read_all(&probed);
    assert_gap(&probed, -EISDIR);
    read_all(&probed);
    assert_gap(&probed, -EISDIR);
    tear_down(&machine, &probed);
}

static void test_a_counter_that_stands_still_is_read_all_the_same(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    one_package(&machine, &probed);
    for (int i = 0; i < 3; i++) {
        read_all(&probed);
        assert_energy(&probed, 1000);
    }
    tear_down(&machine, &probed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_garbage_is_a_gap_and_then_goes_on),
        cmocka_unit_test(test_a_renamed_file_is_followed),
        cmocka_unit_test(test_a_vanished_zone_is_a_gap_until_it_is_back),
        cmocka_unit_test(test_a_zone_whose_directory_is_moved_is_gone),
        cmocka_unit_test(test_a_file_that_becomes_unreadable_is_a_gap),
        cmocka_unit_test(test_a_counter_that_stands_still_is_read_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

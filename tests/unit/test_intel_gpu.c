/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_intel_gpu.c - one counter for each Intel card, the widest there is */
#include "gpu_tree.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "readers/intel_gpu.h"

#define HWMON "hwmon/hwmon3/"

static void add_card(int fd, unsigned number, const char *driver, const char *energy_uj)
{
    char text[16];

    gpu_tree_add(fd, number, driver, "0x8086", "0x56a0");
    (void)snprintf(text, sizeof(text), "%s\n", driver);
    gpu_tree_write(fd, number, HWMON "name", text);
    if (energy_uj != NULL)
        gpu_tree_write(fd, number, HWMON "energy1_input", energy_uj);
}

static void one_card(struct test_machine *machine)
{
    machine_set_up(machine, NULL);
    add_card(machine->fd, 3, "i915", "1000\n");
}

/* i915_gt0 lies within; card0 is the processor's. */
static void test_an_arc_under_i915_is_its_device_counter(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;
    const struct device *device;

    (void)state;
    machine_set_up(&machine, "arc-a770");
    gpu_tree_probe(&machine, &reader_intel_gpu, &probed);
    assert_int_equal(probed.status.state, READER_USED);
    assert_string_equal(probed.status.reason, "");
    assert_int_equal(probed.reader->device_count, 1);
    device = gpu_tree_device(&probed, 0);
    assert_string_equal(device->id, "gpu0");
    assert_string_equal(device->model, "Intel GPU [8086:56a0]");
    assert_int_equal(device->fields, SAMPLE_ENERGY | SAMPLE_UTILIZATION | SAMPLE_PROCESSES);
    assert_true(device->rated_watts == 225); /* the rating before the limit that was set */
    assert_true(device->counter_range_uj == 0);
    assert_true(fabs(device->band_ratio - 0.20) < 1e-9);
    assert_string_equal(device->note, "");
    gpu_tree_read(&machine, &probed, 1);
    assert_true((probed.samples[0].valid & SAMPLE_ENERGY) != 0);
    assert_true(probed.samples[0].energy_uj == UINT64_C(482913004512));
    gpu_tree_tear_down(&machine, &probed);
}

static void test_the_card_counts_and_not_the_package_within(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    machine_set_up(&machine, "arc-b580-xe");
    gpu_tree_probe(&machine, &reader_intel_gpu, &probed);
    assert_int_equal(probed.reader->device_count, 1);
    assert_true(gpu_tree_device(&probed, 0)->rated_watts == 190);
    assert_string_equal(gpu_tree_device(&probed, 0)->note, "");
    gpu_tree_read(&machine, &probed, 1);
    assert_true(probed.samples[0].energy_uj == UINT64_C(90311004512));
    gpu_tree_tear_down(&machine, &probed);
}

/* Where only the package tells, the rest of the card is missing, and that is said. */
static void test_the_package_stands_in_and_says_so(void **state)
{
    static const struct {
        const char *first;
        const char *label;
        const char *second;
        uint64_t expected;
        double band_ratio;
    } cases[] = {
        { NULL, NULL, "7\n", 7, 0.40 },
        { "5\n", NULL, NULL, 5, 0.40 }, /* the first xe: nobody knows which */
        { "5\n", "pkg\n", NULL, 5, 0.40 },
        { "5\n", "card\n", NULL, 5, 0.20 },
        { "rubbish\n", NULL, "7\n", 7, 0.40 },
        { "5\n", NULL, "7\n", 5, 0.20 },
    };
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct device *device;

        machine_set_up(&machine, NULL);
        add_card(machine.fd, 3, "xe", cases[i].first);
        if (cases[i].label != NULL)
            gpu_tree_write(machine.fd, 3, HWMON "energy1_label", cases[i].label);
        if (cases[i].second != NULL)
            gpu_tree_write(machine.fd, 3, HWMON "energy2_input", cases[i].second);
        gpu_tree_probe(&machine, &reader_intel_gpu, &probed);
        device = gpu_tree_device(&probed, 0);
        assert_true(fabs(device->band_ratio - cases[i].band_ratio) < 1e-9);
        assert_int_equal(device->note[0] != '\0', cases[i].band_ratio > 0.3);
        gpu_tree_read(&machine, &probed, 1);
        assert_true(probed.samples[0].energy_uj == cases[i].expected);
        gpu_tree_tear_down(&machine, &probed);
    }
}

static void assert_nothing(struct test_machine *machine, enum reader_state state, const char *why,
                           bool has_fix)
{
    struct probed_gpus probed;

    gpu_tree_probe(machine, &reader_intel_gpu, &probed);
    assert_null(probed.reader);
    assert_int_equal(probed.status.state, state);
    assert_non_null(strstr(probed.status.reason, why));
    assert_int_equal(probed.status.fix[0] != '\0', has_fix);
    gpu_tree_tear_down(machine, &probed);
}

static void test_absence_is_explained_as_it_is(void **state)
{
    struct test_machine machine;

    (void)state;
    machine_set_up(&machine, NULL);
    assert_nothing(&machine, READER_ABSENT, "no card of the i915 or xe driver", false);
    machine_set_up(&machine, "mi250");
    assert_nothing(&machine, READER_ABSENT, "no card of the i915 or xe driver", false);
    machine_set_up(&machine, NULL);
    gpu_tree_add(machine.fd, 3, "vfio-pci", "0x8086", "0x56a0");
    machine.env.explain = true; /* the bus is looked through for who asks, not at each start */
    assert_nothing(&machine, READER_ABSENT, "not in the hands", false);
    machine_set_up(&machine, NULL);
    gpu_tree_add(machine.fd, 3, "vfio-pci", "0x8086", "0x56a0");
    assert_nothing(&machine, READER_ABSENT, "no card of the i915 or xe driver", false);
    /* bus 0: the processor's own graphics */
    machine_set_up(&machine, NULL);
    gpu_tree_add(machine.fd, 0, "i915", "0x8086", "0x4692");
    assert_nothing(&machine, READER_ABSENT, "graphics of a processor", false);
    /* a card whose driver is too old */
    machine_set_up(&machine, NULL);
    gpu_tree_add(machine.fd, 3, "i915", "0x8086", "0x56a0");
    assert_nothing(&machine, READER_BROKEN, "no energy counter", true);
}

/* A card that was given to a virtual machine is on bus 0, as a processor's graphics are: its counter tells them
 * apart, to the look that spares a thread as well. */
static void test_a_card_in_a_virtual_machine_is_no_graphics_of_a_processor(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;
    struct reader_status status;

    (void)state;
    machine_set_up(&machine, NULL);
    gpu_tree_add(machine.fd, 0, "i915", "0x8086", "0x4692");
    machine_reopen(&machine);
    assert_true(reader_intel_gpu.is_absent(&machine.env, &status));
    machine_tear_down(&machine);

    machine_set_up(&machine, NULL);
    add_card(machine.fd, 0, "i915", "1000\n");
    machine_reopen(&machine);
    assert_false(reader_intel_gpu.is_absent(&machine.env, &status));
    gpu_tree_probe(&machine, &reader_intel_gpu, &probed);
    assert_int_equal(probed.reader->device_count, 1);
    gpu_tree_tear_down(&machine, &probed);
}

static void test_forbidden_counters_say_how_to_open_them(void **state)
{
    struct test_machine machine;

    (void)state;
    machine_set_up(&machine, NULL);
    add_card(machine.fd, 3, "i915", NULL);
    gpu_tree_write(machine.fd, 3, HWMON "energy1_input", NULL);
    assert_nothing(&machine, READER_DENIED, "no permission", true);
}

static void test_counters_without_a_number_are_broken(void **state)
{
    static const char *const contents[] = { "",     "\n",    "garbage\n",
                                            "-5\n", "1 2\n", "99999999999999999999\n" };
    struct test_machine machine;

    (void)state;
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        machine_set_up(&machine, NULL);
        add_card(machine.fd, 3, "i915", contents[i]);
        assert_nothing(&machine, READER_BROKEN, "no number", false);
    }
}

static void test_padding_does_not_matter(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    one_card(&machine);
    gpu_tree_write_bytes(machine.fd, 3, HWMON "energy1_input", "42\n\0\0\0", 6);
    gpu_tree_probe(&machine, &reader_intel_gpu, &probed);
    gpu_tree_read(&machine, &probed, 1);
    assert_true(probed.samples[0].energy_uj == 42);
    gpu_tree_tear_down(&machine, &probed);
}

static void test_what_cannot_be_read_is_a_gap(void **state)
{
    static const struct {
        const char *text;
        int error;
    } cases[] = { { "", -EBADMSG }, { "rubbish\n", -EBADMSG }, { NULL, -EISDIR } };
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    one_card(&machine);
    gpu_tree_probe(&machine, &reader_intel_gpu, &probed);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gpu_tree_write(machine.fd, 3, HWMON "energy1_input", cases[i].text);
        gpu_tree_read(&machine, &probed, 1 + (double)i);
        assert_int_equal(probed.samples[0].valid, 0);
        assert_int_equal(probed.samples[0].error, cases[i].error);
    }
    gpu_tree_write(machine.fd, 3, HWMON "energy1_input", "5000\n");
    gpu_tree_read(&machine, &probed, 9);
    assert_int_equal(probed.samples[0].error, 0);
    assert_true(probed.samples[0].energy_uj == 5000);
    gpu_tree_tear_down(&machine, &probed);
}

#define CARD "sys/devices/pci0000:00/0000:03:00.0"

static void test_a_card_that_vanishes_is_found_again(void **state)
{
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    one_card(&machine);
    add_card(machine.fd, 4, "xe", "70\n");
    gpu_tree_probe(&machine, &reader_intel_gpu, &probed);
    assert_int_equal(probed.reader->device_count, 2);
    gpu_tree_read(&machine, &probed, 1);
    assert_int_equal(renameat(machine.fd, CARD, machine.fd, CARD "-away"), 0);
    gpu_tree_read(&machine, &probed, 2);
    assert_int_equal(probed.samples[0].valid, 0);
    assert_int_equal(probed.samples[0].error, -ENODEV);
    assert_true(probed.samples[1].energy_uj == 70);
    assert_int_equal(renameat(machine.fd, CARD "-away", machine.fd, CARD), 0);
    assert_int_equal(renameat(machine.fd, CARD "/hwmon/hwmon3", machine.fd, CARD "/hwmon/hwmon11"),
                     0);
    gpu_tree_write(machine.fd, 3, "hwmon/hwmon11/energy1_input", "3000\n");
    gpu_tree_read(&machine, &probed, 3.5);
    assert_int_equal(probed.samples[0].error, 0);
    assert_true(probed.samples[0].energy_uj == 3000);
    gpu_tree_tear_down(&machine, &probed);
}

static void test_300_cards_are_in_the_order_of_their_slots(void **state)
{
    enum { CARDS = 300 };
    static struct sample samples[CARDS];
    struct test_machine machine;
    struct probed_gpus probed;

    (void)state;
    machine_set_up(&machine, NULL);
    for (unsigned i = CARDS; i > 0; i--) {
        char text[32];

        (void)snprintf(text, sizeof(text), "%u\n", i);
        add_card(machine.fd, i, i % 2 == 0 ? "i915" : "xe", text);
    }
    gpu_tree_probe(&machine, &reader_intel_gpu, &probed);
    assert_int_equal(probed.reader->device_count, CARDS);
    reader_intel_gpu.read(probed.reader, samples);
    for (size_t i = 0; i < CARDS; i++)
        assert_true(samples[i].energy_uj == i + 1);
    gpu_tree_tear_down(&machine, &probed);
}

static void test_close_accepts_nothing(void **state)
{
    (void)state;
    reader_intel_gpu.close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_arc_under_i915_is_its_device_counter),
        cmocka_unit_test(test_the_card_counts_and_not_the_package_within),
        cmocka_unit_test(test_the_package_stands_in_and_says_so),
        cmocka_unit_test(test_absence_is_explained_as_it_is),
        cmocka_unit_test(test_a_card_in_a_virtual_machine_is_no_graphics_of_a_processor),
        cmocka_unit_test(test_forbidden_counters_say_how_to_open_them),
        cmocka_unit_test(test_counters_without_a_number_are_broken),
        cmocka_unit_test(test_padding_does_not_matter),
        cmocka_unit_test(test_what_cannot_be_read_is_a_gap),
        cmocka_unit_test(test_a_card_that_vanishes_is_found_again),
        cmocka_unit_test(test_300_cards_are_in_the_order_of_their_slots),
        cmocka_unit_test(test_close_accepts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

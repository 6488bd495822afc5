/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_rapl_ways.c - one counter and two ways to it: which is believed, and what becomes
 * of the figures when the way changes */
#include "rapl_tests.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ENERGY ZONES "intel-rapl:0/energy_uj"

static struct fake_perf perf;
static struct fake_perf_counter *counter;
static uint64_t powercap_uj;

static void set_powercap(struct test_machine *machine, uint64_t energy_uj)
{
    char text[32];

    powercap_uj = energy_uj;
    (void)snprintf(text, sizeof(text), "%20llu\n", (unsigned long long)energy_uj);
    tree_update(machine->fd, ENERGY, text);
}

/* A desktop with both: powercap stands at 9,384,756,102 uJ. */
static void set_up(struct test_machine *machine, struct probed *probed)
{
    machine_set_up(machine, "core-psys");
    fake_perf_init(&perf);
    machine->env.perf = &perf.events;
    machine->env.explain = true;
    counter = fake_perf_add(&perf, 20, 2, 0);
    powercap_uj = 9384756102;
    rapl_probe_machine(machine, probed);
    assert_string_equal(rapl_device_at(probed, 0)->id, "cpu0");
    rapl_read_all(probed);
    rapl_assert_energy(probed, 0, powercap_uj);
}

static void tear_down(struct test_machine *machine, struct probed *probed)
{
    rapl_tear_down(machine, probed);
    assert_int_equal(perf.open_now, 0);
}

/* Both count in a stretch of time; then they are read. */
static void pass(struct test_machine *machine, struct probed *probed, double seconds,
                 double perf_joules, double powercap_joules)
{
    fake_perf_use(counter, perf_joules);
    set_powercap(machine, powercap_uj + (uint64_t)llround(powercap_joules * 1e6));
    rapl_read_after(machine, probed, seconds);
}

static void test_perf_takes_over_once_it_agrees(void **state)
{
    struct test_machine machine;
    struct probed probed;
    uint64_t start_uj = 9384756102;

    (void)state;
    set_up(&machine, &probed);
    assert_string_equal(rapl_device_at(&probed, 0)->note, "through perf");
    assert_int_equal(probed.status.doors[0].state, READER_USED);
    assert_int_equal(probed.status.doors[1].state, READER_USED); /* psys: perf has none here */
    assert_string_equal(probed.status.detail, "perf: package-0; powercap: psys");
    pass(&machine, &probed, 1, 49.1, 50); /* 1.8 % apart */
    rapl_assert_energy(&probed, 0, start_uj + 50000000);
    pass(&machine, &probed, 1, 49.1, 50);
    rapl_assert_energy(&probed, 0, start_uj + 100000000);
    pass(&machine, &probed, 0.5, 10, 11); /* perf's from here on */
    rapl_assert_energy(&probed, 0, start_uj + 110000000);
    assert_null(probed.samples[0].note);
    assert_int_equal(probed.samples[0].epoch, 0);
    assert_int_equal(rapl_device_at(&probed, 0)->counter_range_uj, 0);
    tear_down(&machine, &probed);
}

static void test_powercap_stays_where_the_two_disagree(void **state)
{
    static const double perf_watts[] = { 48, 52, 25, 100 };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct test_machine machine;
        struct probed probed;

        set_up(&machine, &probed);
        for (int second = 1; second <= 4; second++) {
            pass(&machine, &probed, 1, perf_watts[i], 50);
            rapl_assert_energy(&probed, 0, 9384756102 + (uint64_t)second * 50000000);
        }
        assert_non_null(strstr(probed.samples[0].note, "where powercap counted 100 J"));
        assert_non_null(strstr(probed.samples[0].note, "read through powercap"));
        assert_int_equal(perf.open_now, 0);
        assert_int_equal(probed.samples[0].epoch, 0);
        tear_down(&machine, &probed);
    }
}

/* Before the session would call the counter dead, which is after a second. */
static void test_of_two_the_one_that_moves_is_taken(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    set_up(&machine, &probed);
    for (int i = 1; i <= 6; i++)
        pass(&machine, &probed, 0.1, 0, 5);
    assert_non_null(strstr(probed.samples[0].note, "read through powercap"));
    rapl_assert_energy(&probed, 0, 9384756102 + 30000000);
    tear_down(&machine, &probed);

    set_up(&machine, &probed);
    for (int i = 1; i <= 6; i++)
        pass(&machine, &probed, 0.1, 5, 0);
    assert_non_null(strstr(probed.samples[0].note, "does not move: read through perf"));
    rapl_assert_energy(&probed, 0, 9384756102 + 30000000); /* all since the start */
    pass(&machine, &probed, 1, 7, 3);
    rapl_assert_energy(&probed, 0, 9384756102 + 37000000);
    tear_down(&machine, &probed);
}

static void test_a_wrap_while_they_are_compared_is_counted_once(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    machine_set_up(&machine, "core-psys");
    fake_perf_init(&perf);
    machine.env.perf = &perf.events;
    counter = fake_perf_add(&perf, 20, 2, 0);
    set_powercap(&machine, 262143328850 - 999999); /* a joule, and it is 0 again */
    rapl_probe_machine(&machine, &probed);
    rapl_read_all(&probed);
    fake_perf_use(counter, 50);
    set_powercap(&machine, 49000000);
    rapl_read_after(&machine, &probed, 1);
    rapl_assert_energy(&probed, 0, 262143328850 - 999999 + 50000000);
    pass(&machine, &probed, 1, 50, 50);
    pass(&machine, &probed, 1, 40, 50);
    rapl_assert_energy(&probed, 0, 262143328850 - 999999 + 140000000);
    assert_int_equal(probed.samples[0].epoch, 0);
    tear_down(&machine, &probed);
}

static void agree(struct test_machine *machine, struct probed *probed)
{
    set_up(machine, probed);
    pass(machine, probed, 1, 50, 50);
    pass(machine, probed, 1, 50, 50);
    pass(machine, probed, 1, 50, 50);
    rapl_assert_energy(probed, 0, 9384756102 + 150000000);
}

/* Nothing is lost: both were read at one moment before, and powercap has gone on counting. */
static void test_what_fails_ten_times_is_left_for_the_next(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    agree(&machine, &probed);
    counter->read_error = -EIO;
    counter->open_error = -EIO;
    for (int i = 1; i <= 9; i++) {
        pass(&machine, &probed, 1, 50, 50);
        rapl_assert_gap(&probed, 0, -EIO);
    }
    assert_null(probed.samples[0].note);
    pass(&machine, &probed, 1, 50, 50);
    rapl_assert_energy(&probed, 0, 9384756102 + 650000000);
    assert_int_equal(probed.samples[0].epoch, 0);
    assert_non_null(strstr(probed.samples[0].note, "perf failed 10 times in a row"));
    assert_non_null(strstr(probed.samples[0].note, "read through powercap"));
    pass(&machine, &probed, 1, 50, 20);
    rapl_assert_energy(&probed, 0, 9384756102 + 670000000);
    tear_down(&machine, &probed);
}

/* perf has told half a joule more in the last half second than powercap tells of it with what came
 * after: the figure waits, and does not go back. */
static void test_a_change_of_ways_never_goes_back(void **state)
{
    struct test_machine machine;
    struct probed probed;
    uint64_t last_uj;

    (void)state;
    agree(&machine, &probed);
    pass(&machine, &probed, 0.5, 25.5, 25);
    last_uj = 9384756102 + 175500000;
    rapl_assert_energy(&probed, 0, last_uj);
    counter->read_error = counter->open_error = -EIO;
    for (int i = 1; i <= 10; i++)
        pass(&machine, &probed, 0.001, 0.01, 0.01);
    rapl_assert_energy(&probed, 0, last_uj); /* powercap: 175.1 J */
    pass(&machine, &probed, 1, 50, 50);
    rapl_assert_energy(&probed, 0, last_uj + 50000000);
    assert_int_equal(probed.samples[0].epoch, 0);
    tear_down(&machine, &probed);
}

static void test_one_failure_is_only_a_gap(void **state)
{
    struct test_machine machine;
    struct probed probed;

    (void)state;
    agree(&machine, &probed);
    for (int i = 0; i < 3; i++) {
        counter->read_error = counter->open_error = -EIO;
        for (int j = 0; j < 6; j++)
            pass(&machine, &probed, 1, 1, 1);
        rapl_assert_gap(&probed, 0, -EIO);
        counter->read_error = counter->open_error = 0;
        /* it begins at 0 again: powercap tells what was used meanwhile */
        pass(&machine, &probed, 10, 4, 4);
        rapl_assert_energy(&probed, 0, 9384756102 + 150000000 + (uint64_t)(i + 1) * 10000000);
    }
    assert_null(probed.samples[0].note);
    assert_int_equal(probed.samples[0].epoch, 0);
    tear_down(&machine, &probed);
}

/* Of the registers nothing is known from before: a new epoch, and no figure that jumps. */
static void test_the_registers_come_last(void **state)
{
    static const unsigned char unit[8] = { 0x03, 0x0e, 0x0a };
    static const unsigned char first[8] = { 0, 0, 1 };     /* 65536 counts are 4 J */
    static const unsigned char second[8] = { 0, 0, 1, 1 }; /* 2^24 more: 1024 J */
    struct test_machine machine;
    struct probed probed;
    const char *left;
    int fd;

    (void)state;
    machine_set_up(&machine, "laptop");
    tree_mkdir(machine.fd, "dev");
    rapl_probe_machine(&machine, &probed);
    assert_string_equal(rapl_device_at(&probed, 0)->note, "");
    rapl_read_all(&probed);
    rapl_assert_energy(&probed, 0, 240422366267);
    tree_write(machine.fd, "dev/cpu/0/msr", "");
    fd = openat(machine.fd, "dev/cpu/0/msr", O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, unit, 8, 0x606), 8);
    assert_int_equal(pwrite(fd, first, 8, 0x611), 8);
    assert_int_equal(renameat(machine.fd, ZONES "intel-rapl:0", machine.fd, ZONES "gone"), 0);
    for (int i = 0; i < 9; i++) {
        rapl_read_after(&machine, &probed, 1);
        rapl_assert_gap(&probed, 0, -ENODEV);
    }
    rapl_read_after(&machine, &probed, 1);
    assert_int_equal(probed.samples[0].valid, SAMPLE_ENERGY);
    assert_int_equal(probed.samples[0].epoch, 1);
    left = probed.samples[0].note;
    assert_non_null(strstr(left, "read through the processor's registers"));
    rapl_assert_energy(&probed, 0, 240422366267);
    assert_int_equal(pwrite(fd, second, 8, 0x611), 8);
    (void)close(fd);
    rapl_read_after(&machine, &probed, 1);
    rapl_assert_energy(&probed, 0, 240422366267 + 1024000000);
    assert_int_equal(probed.samples[0].epoch, 1);

    /* the zone is back, and has a figure of its own: what it says from there on is added */
    assert_int_equal(renameat(machine.fd, ZONES "gone", machine.fd, ZONES "intel-rapl:0"), 0);
    rapl_read_after(&machine, &probed, 59);
    rapl_assert_energy(&probed, 0, 240422366267 + 1024000000);
    assert_non_null(strstr(probed.samples[0].note, "powercap can be read again"));
    assert_true(probed.samples[0].note != left); /* a note stays what it is */
    assert_non_null(strstr(left, "read through the processor's registers"));
    set_powercap(&machine, 240422366267 + 7000000);
    rapl_read_after(&machine, &probed, 1);
    rapl_assert_energy(&probed, 0, 240422366267 + 1031000000);
    assert_int_equal(probed.samples[0].epoch, 1);
    rapl_tear_down(&machine, &probed);
}

static uint64_t random_state;

static double random_ratio(void)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(random_state >> 11) / 9007199254740992.0;
}

/* The zone, as it is at an energy since the start; it goes round at its range. */
static void show_powercap(struct test_machine *machine, double joules, bool there)
{
    char text[32];
    uint64_t value = (9384756102 + (uint64_t)llround(joules * 1e6)) % UINT64_C(262143328851);

    /* not unlinked: the open descriptor would go on with an old value, which the kernel's does not */
    (void)snprintf(text, sizeof(text), "%20llu\n", (unsigned long long)value);
    if (!there)
        text[0] = '?';
    tree_update(machine->fd, ENERGY, text);
}

/*
 * Two ways that differ by up to 1.5 % and fail as they like: what the figures add up to is never
 * more than was used (and the 2 % that the two may differ by), and all of it while one of them
 * could always tell.
 */
static void test_whatever_fails_nothing_is_counted_twice(void **state)
{
    size_t whole = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct test_machine machine;
        struct probed probed;
        double perf_over = 0;
        double truth = 0;
        double added = 0;
        uint64_t last_uj = 9384756102;
        uint32_t last_epoch = 0;
        bool there = true;
        bool perf_works = true;

        random_state = seed;
        set_up(&machine, &probed);
        perf_over = (random_ratio() - 0.5) * 0.03;
        for (int i = 0; i < 400; i++) {
            double seconds = random_ratio() < 0.3 ? 0.01 : 0.2 + 3 * random_ratio();
            double joules = seconds * (5 + 250 * random_ratio());

            if (random_ratio() < 0.05)
                perf_works = !perf_works;
            if (random_ratio() < 0.03)
                there = !there;
            counter->read_error = counter->open_error = perf_works ? 0 : -EIO;
            if (random_ratio() < 0.02)
                counter->read_error = -ENODEV; /* it may be opened again, and fails again */
            truth += joules;
            fake_perf_use(counter, joules * (1 + perf_over));
            show_powercap(&machine, truth, there);
            rapl_read_after(&machine, &probed, seconds);
            if (probed.samples[0].valid == 0)
                continue;
            if (probed.samples[0].epoch == last_epoch) {
                assert_true(probed.samples[0].energy_uj >= last_uj);
                added += (double)(probed.samples[0].energy_uj - last_uj) / 1e6;
            }
            last_uj = probed.samples[0].energy_uj;
            last_epoch = probed.samples[0].epoch;
            if (!(added <= 1.02 * truth + 1))
                fail_msg("seed %d, step %d: %f J of %f J", (int)seed, i, added, truth);
        }
        if (probed.samples[0].valid != 0 && last_epoch == 0) {
            whole++;
            if (!(added >= 0.98 * truth - 1))
                fail_msg("seed %d: only %f J of %f J", (int)seed, added, truth);
        }
        tear_down(&machine, &probed);
    }
    assert_true(whole > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_perf_takes_over_once_it_agrees),
        cmocka_unit_test(test_powercap_stays_where_the_two_disagree),
        cmocka_unit_test(test_of_two_the_one_that_moves_is_taken),
        cmocka_unit_test(test_a_wrap_while_they_are_compared_is_counted_once),
        cmocka_unit_test(test_what_fails_ten_times_is_left_for_the_next),
        cmocka_unit_test(test_a_change_of_ways_never_goes_back),
        cmocka_unit_test(test_one_failure_is_only_a_gap),
        cmocka_unit_test(test_the_registers_come_last),
        cmocka_unit_test(test_whatever_fails_nothing_is_counted_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_doctor.c - each sensor's state and bands on built machines, and what --apply writes */
#include "machine_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "session/doctor.h"
#include "session/inventory.h"

#define ZONES "sys/devices/virtual/powercap/intel-rapl/"
#define RULE "etc/udev/rules.d/70-aico2-powercap.rules"

static const int64_t WAIT_NS = 10 * NSEC_PER_SEC;

struct asked {
    int64_t watch_ns;
    struct test_machine machine;
    struct inventory inventory;
    struct doctor doctor;
    struct aico2_error err;
};

static void build(struct asked *asked, const char *manifest)
{
    memset(asked, 0, sizeof(*asked));
    machine_set_up(&asked->machine, manifest);
    (void)mkdirat(asked->machine.fd, "etc", 0755);
}

/* A directory for a file: closed even to root. */
static void deny(struct asked *asked, const char *path)
{
    assert_int_equal(unlinkat(asked->machine.fd, path, 0), 0);
    tree_mkdir(asked->machine.fd, path);
}

/* Of every chip of the class, those that are there. */
static void deny_all(struct asked *asked, const char *folder, const char *const *names,
                     size_t count)
{
    DIR *stream = fs_list_at(asked->machine.fd, folder);
    const struct dirent *entry;

    assert_non_null(stream);
    while ((entry = readdir(stream)) != NULL) {
        for (size_t i = 0; i < count && entry->d_name[0] != '.'; i++) {
            char path[512];

            (void)snprintf(path, sizeof(path), "%s/%s/%s", folder, entry->d_name, names[i]);
            if (faccessat(asked->machine.fd, path, F_OK, 0) == 0)
                deny(asked, path);
        }
    }
    (void)closedir(stream);
}

static void ask(struct asked *asked, const char *sensor)
{
    const struct inventory_options options = {
        .sysroot = asked->machine.path,
        .program = "aico2",
        .wait_ns = WAIT_NS,
        .watch_ns = asked->watch_ns,
    };

    assert_int_equal(inventory_make(&options, &asked->inventory, &asked->err), 0);
    assert_int_equal(doctor_choose(&asked->inventory, sensor, asked->machine.path, &asked->doctor,
                                   &asked->err),
                     0);
}

static void forget(struct asked *asked)
{
    doctor_deinit(&asked->doctor);
    inventory_deinit(&asked->inventory);
}

static void tear_down(struct asked *asked)
{
    forget(asked);
    machine_tear_down(&asked->machine);
}

/* The check of a reader whose only door, or the one through powercap, it is. */
static const struct sensor_check *check_of(const struct asked *asked, const char *reader)
{
    const struct sensor_check *found = NULL;

    for (size_t i = 0; i < asked->doctor.check_count; i++) {
        const struct sensor_check *check = &asked->doctor.checks[i];

        if (strcmp(check->reader, reader) == 0 &&
            (strcmp(check->sensor, reader) == 0 || strstr(check->sensor, "powercap") != NULL))
            found = check;
    }
    assert_non_null(found);
    return found;
}

static void assert_band(double is, double should)
{
    assert_true(isnan(should) ? isnan(is) : fabs(is - should) < 1e-9);
}

/* Intel client: +-10 % by RAPL, +-40 % its DRAM; docs/readers.md. */
static void test_open_sensor_has_shrunk_the_band(void **state)
{
    struct asked asked;

    (void)state;
    build(&asked, "laptop");
    ask(&asked, NULL);
    assert_int_equal(check_of(&asked, "rapl")->state, READER_USED);
    assert_band(check_of(&asked, "rapl")->band_now, 0.10);
    assert_band(check_of(&asked, "rapl")->band_then, 0.10);
    assert_band(check_of(&asked, "proc_memory")->band_now, 0.40);
    /* psys has +-40 %, the battery +-30 %: each says its own */
    assert_band(check_of(&asked, "battery")->band_now, 0.30);
    assert_int_equal(asked.doctor.device_count, 2);
    assert_int_equal(asked.doctor.measured_count, 2);
    tear_down(&asked);
}

/* The model of this CPU has +-80 % (docs/models.md); RAPL on an Intel client +-10 %. */
static void test_denied_sensor_says_what_it_would_buy(void **state)
{
    struct asked asked;
    const struct sensor_check *check;
    double modelled = NAN;

    (void)state;
    build(&asked, "laptop");
    deny(&asked, ZONES "intel-rapl:0/energy_uj");
    deny(&asked, ZONES "intel-rapl:0/intel-rapl:0:2/energy_uj");
    deny(&asked, ZONES "intel-rapl:1/energy_uj");
    ask(&asked, NULL);
    check = check_of(&asked, "rapl");
    assert_int_equal(check->state, READER_DENIED);
    assert_false(check->root_only);
    assert_non_null(strstr(check->reason, "package-0"));
    for (size_t i = 0; i < asked.inventory.device_count; i++) {
        if (asked.inventory.devices[i].used && asked.inventory.devices[i].device.kind == DEVICE_CPU)
            modelled = asked.inventory.devices[i].device.band_ratio;
    }
    assert_true(modelled > 0.5);
    assert_band(check->band_now, modelled);
    assert_band(check->band_then, 0.10);
    assert_non_null(strstr(check->fix, "sudo aico2 doctor rapl"));
    assert_non_null(strstr(check->fix, "--apply && sudo groupadd"));
    assert_int_equal(asked.doctor.measured_count, 0);
    tear_down(&asked);
}

struct mover {
    int fd;
    atomic_bool stop;
};

/* A counter that moves, as that of a processor does. */
static void *move_counter(void *payload)
{
    struct mover *mover = payload;
    int fd = openat(mover->fd, ZONES "intel-rapl:0/energy_uj", O_WRONLY | O_CLOEXEC);
    char text[32];

    /* one write of a length that stays: never half a number, nor an empty file */
    for (uint64_t energy_uj = 240422366267; !atomic_load(&mover->stop); energy_uj += 5000) {
        int length = snprintf(text, sizeof(text), "%" PRIu64 "\n", energy_uj);

        if (pwrite(fd, text, (size_t)length, 0) != length)
            break; /* the counter stands still, and the test says so */
        clock_pause_ns(NSEC_PER_MSEC);
    }
    (void)close(fd);
    return NULL;
}

/* A built machine stands still, as the counter of some hypervisors does. */
static void test_counter_that_stands_still_is_broken(void **state)
{
    struct mover mover = { .stop = false };
    struct asked asked;
    pthread_t thread;

    (void)state;
    build(&asked, "laptop");
    asked.watch_ns = 20 * NSEC_PER_MSEC;
    ask(&asked, "rapl");
    assert_int_equal(check_of(&asked, "rapl")->state, READER_BROKEN);
    assert_non_null(strstr(check_of(&asked, "rapl")->reason, "does not move"));
    assert_true(check_of(&asked, "rapl")->band_now > 0.5); /* of the model that stands in */
    assert_band(check_of(&asked, "rapl")->band_then, NAN);
    forget(&asked);

    mover.fd = asked.machine.fd;
    asked.watch_ns = NSEC_PER_SEC;
    assert_int_equal(pthread_create(&thread, NULL, move_counter, &mover), 0);
    ask(&asked, "rapl");
    atomic_store(&mover.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(check_of(&asked, "rapl")->state, READER_USED);
    assert_band(check_of(&asked, "rapl")->band_now, 0.10);
    tear_down(&asked);
}

/* A GPU whose meters are denied is modelled from utilisation, +-70 %; by them it has +-20 %. */
static void test_used_for_a_model_could_be_a_meter(void **state)
{
    static const char *const meters[] = { "power1_average", "power1_input", "energy1_input" };
    struct asked asked;
    const struct sensor_check *check;

    (void)state;
    build(&asked, "rx7900xtx");
    deny_all(&asked, "sys/class/hwmon", meters, sizeof(meters) / sizeof(meters[0]));
    ask(&asked, NULL);
    check = check_of(&asked, "amdgpu");
    assert_int_equal(check->state, READER_USED);
    assert_non_null(strstr(check->reason, "no permission"));
    assert_band(check->band_now, 0.70);
    assert_band(check->band_then, 0.20);
    tear_down(&asked);
}

/* xeon-2s-msr: the registers are read; powercap would give the same counters. */
static void test_a_second_way_is_no_gain(void **state)
{
    struct asked asked;

    (void)state;
    build(&asked, "xeon-2s-msr");
    ask(&asked, NULL);
    assert_int_equal(check_of(&asked, "rapl")->state, READER_ABSENT);
    assert_band(check_of(&asked, "rapl")->band_now, 0.06);
    assert_band(check_of(&asked, "rapl")->band_then, 0.06);
    assert_true(check_of(&asked, "rapl")->no_better);
    doctor_plan(&asked.doctor);
    assert_int_equal(asked.doctor.check_count, 0);
    tear_down(&asked);
}

static void test_what_nothing_opens_has_no_then(void **state)
{
    static const struct {
        const char *machine;
        const char *reader;
        double band_now;
    } cases[] = {
        { "laptop", "pm_counters", 0.30 }, /* its battery is the meter it has */
        { "jetson-nano", "rapl", NAN },    /* the module holds the CPU */
        { "vm", "battery", NAN },
        { "vm", "amdgpu", NAN },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct asked asked;

        build(&asked, cases[i].machine);
        ask(&asked, NULL);
        assert_int_equal(check_of(&asked, cases[i].reader)->state, READER_ABSENT);
        assert_string_equal(check_of(&asked, cases[i].reader)->fix, "");
        assert_band(check_of(&asked, cases[i].reader)->band_now, cases[i].band_now);
        assert_band(check_of(&asked, cases[i].reader)->band_then, NAN);
        tear_down(&asked);
    }
}

static void test_virtual_machine_and_container_are_told(void **state)
{
    struct asked asked;

    (void)state;
    build(&asked, "vm");
    ask(&asked, NULL);
    assert_true(asked.doctor.virtualized);
    assert_int_equal(asked.doctor.measured_count, 0);
    tear_down(&asked);

    build(&asked, "container-masked");
    ask(&asked, "rapl");
    assert_non_null(strstr(check_of(&asked, "rapl")->reason, "masked"));
    assert_non_null(strstr(check_of(&asked, "rapl")->fix, "systempaths=unconfined"));
    tear_down(&asked);
}

static void test_a_name_is_a_sensor_or_its_reader(void **state)
{
    static const struct {
        const char *name;
        const char *said;
    } cases[] = {
        { "nvmll", "'nvmll': nearest is 'nvml'" },
        { "batery", "'batery': nearest is 'battery'" },
        { "", "unknown sensor ''" },
        { "warp-drive", "'warp-drive'" },
        { "NVML\n\033[31m", "unknown sensor 'NVML [31m'" },
    };
    struct asked asked;
    struct doctor doctor = { 0 };

    (void)state;
    build(&asked, "laptop");
    ask(&asked, "battery");
    assert_int_equal(asked.doctor.check_count, 1);
    assert_true(asked.doctor.named);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(doctor_choose(&asked.inventory, cases[i].name, NULL, &doctor, &asked.err),
                         -EINVAL);
        assert_non_null(strstr(asked.err.message, cases[i].said));
        assert_null(doctor.checks);
    }
    tear_down(&asked);
}

static void assert_file(const struct asked *asked, const char *path, const char *part)
{
    char *text = NULL;

    assert_true(fs_read_all_at(asked->machine.fd, path, 4096, &text, NULL) > 0);
    assert_non_null(strstr(text, part));
    free(text);
}

/* Twice: the second time nothing is changed. */
static void test_rule_is_written_once(void **state)
{
    struct asked asked;
    struct stat before = { 0 };

    (void)state;
    build(&asked, "laptop");
    deny(&asked, ZONES "intel-rapl:0/energy_uj");
    for (int i = 0; i < 2; i++) {
        struct stat after;

        ask(&asked, NULL);
        doctor_plan(&asked.doctor);
        assert_int_equal(asked.doctor.check_count, 1);
        assert_int_equal(asked.doctor.checks[0].file_there, i > 0);
        assert_int_equal(doctor_apply(&asked.doctor, asked.machine.path, &asked.err), 0);
        assert_int_equal(asked.doctor.checks[0].applied, i == 0 ? APPLY_WRITTEN : APPLY_THERE);
        assert_file(&asked, RULE, "chgrp aico2 /sys%p/energy_uj");
        assert_int_equal(fstatat(asked.machine.fd, RULE, &after, 0), 0);
        assert_int_equal(after.st_mode & 07777, 0644);
        if (i > 0)
            assert_true(before.st_ino == after.st_ino);
        before = after;
        forget(&asked);
    }
    machine_tear_down(&asked.machine);
}

/* Run as root nothing is denied, and the rule is wanted all the same: mode 0400 in the manifest. */
static void test_what_is_open_to_root_alone_is_opened_to_the_group(void **state)
{
    struct asked asked;

    (void)state;
    build(&asked, "xeon-2s-dram");
    ask(&asked, NULL);
    assert_int_equal(check_of(&asked, "rapl")->state, READER_USED);
    assert_true(check_of(&asked, "rapl")->root_only);
    assert_true(check_of(&asked, "rapl")->band_others > 0.5); /* a model, for who is not root */
    doctor_plan(&asked.doctor);
    assert_int_equal(asked.doctor.check_count, 1);
    assert_int_equal(doctor_apply(&asked.doctor, asked.machine.path, &asked.err), 0);
    assert_file(&asked, RULE, "SUBSYSTEM==\"powercap\"");
    tear_down(&asked);
}

static void test_foreign_file_and_link_are_left(void **state)
{
    struct asked asked;

    (void)state;
    build(&asked, "laptop");
    tree_write(asked.machine.fd, RULE, "# mine\n");
    ask(&asked, "rapl");
    doctor_plan(&asked.doctor);
    assert_int_equal(doctor_apply(&asked.doctor, asked.machine.path, &asked.err), -EEXIST);
    assert_int_equal(asked.doctor.checks[0].applied, APPLY_FAILED);
    assert_non_null(strstr(asked.doctor.checks[0].apply_error, "70-aico2-powercap.rules"));
    assert_file(&asked, RULE, "# mine\n");
    tear_down(&asked);

    build(&asked, "laptop");
    assert_int_equal(unlinkat(asked.machine.fd, "etc", AT_REMOVEDIR), 0);
    tree_mkdir(asked.machine.fd, "elsewhere");
    tree_link(asked.machine.fd, "etc", "elsewhere");
    ask(&asked, "rapl");
    doctor_plan(&asked.doctor);
    assert_true(doctor_apply(&asked.doctor, asked.machine.path, &asked.err) < 0);
    assert_int_equal(faccessat(asked.machine.fd, "elsewhere/udev", F_OK, 0), -1);
    tear_down(&asked);
}

/* What is only a guess, or opens more than a reading, has to be named. */
static void test_a_guess_is_not_applied_unless_named(void **state)
{
    struct asked asked;

    (void)state;
    build(&asked, NULL);
    tree_write(asked.machine.fd, "proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\n");
    ask(&asked, NULL);
    assert_int_equal(check_of(&asked, "rapl")->state, READER_ABSENT);
    doctor_plan(&asked.doctor);
    assert_int_equal(asked.doctor.check_count, 0);
    forget(&asked);
    ask(&asked, "rapl");
    doctor_plan(&asked.doctor);
    assert_true(asked.doctor.check_count >= 1);
    assert_int_equal(doctor_apply(&asked.doctor, asked.machine.path, &asked.err), 0);
    assert_file(&asked, "etc/modules-load.d/aico2-rapl.conf", "intel_rapl_msr\n");
    tear_down(&asked);
}

/* Who may talk to the management controller can switch the machine off. */
static void test_more_than_a_reading_is_not_opened_unless_named(void **state)
{
    struct sensor_check checks[2] = {
        { .sensor = "ipmi", .state = READER_DENIED, .fix = "sudo x" },
        { .sensor = "rapl", .state = READER_DENIED, .fix = "sudo y" },
    };
    struct doctor doctor = { .checks = checks, .check_count = 2 };

    (void)state;
    checks[0].remedy = remedy_find(REMEDY_IPMI_GROUP);
    checks[1].remedy = remedy_find(REMEDY_POWERCAP_GROUP);
    doctor_plan(&doctor);
    assert_int_equal(doctor.check_count, 1);
    assert_string_equal(doctor.checks[0].sensor, "rapl");

    checks[0] = (struct sensor_check){ .sensor = "ipmi",
                                       .state = READER_DENIED,
                                       .fix = "sudo x",
                                       .remedy = remedy_find(REMEDY_IPMI_GROUP) };
    doctor = (struct doctor){ .checks = checks, .check_count = 1, .named = true };
    doctor_plan(&doctor);
    assert_int_equal(doctor.check_count, 1);
}

static void test_a_container_is_told_to_ask_its_host(void **state)
{
    struct doctor doctor = { .container = true };
    struct aico2_error err = { 0 };

    (void)state;
    assert_int_equal(doctor_apply(&doctor, NULL, &err), -EPERM);
    assert_non_null(strstr(err.message, "container"));
}

/* A driver that forgot to say what it measures would be taken for one of a CPU. */
static void test_every_driver_says_what_it_would_buy(void **state)
{
    (void)state;
    for (size_t i = 0; reader_drivers[i] != NULL; i++) {
        const struct reader_driver *driver = reader_drivers[i];
        bool cpu = strcmp(driver->name, "rapl") == 0 || strcmp(driver->name, "sensord") == 0 ||
                   strcmp(driver->name, "proc_cpu") == 0;

        if (driver->domain == DEVICE_CPU && !cpu && !(driver->band_ratio > 0))
            fail_msg("'%s' has neither domain nor band_ratio", driver->name);
        if (driver->of_machine)
            assert_int_equal(driver->domain, DEVICE_BOARD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_sensor_has_shrunk_the_band),
        cmocka_unit_test(test_denied_sensor_says_what_it_would_buy),
        cmocka_unit_test(test_counter_that_stands_still_is_broken),
        cmocka_unit_test(test_used_for_a_model_could_be_a_meter),
        cmocka_unit_test(test_a_second_way_is_no_gain),
        cmocka_unit_test(test_what_nothing_opens_has_no_then),
        cmocka_unit_test(test_virtual_machine_and_container_are_told),
        cmocka_unit_test(test_a_name_is_a_sensor_or_its_reader),
        cmocka_unit_test(test_rule_is_written_once),
        cmocka_unit_test(test_what_is_open_to_root_alone_is_opened_to_the_group),
        cmocka_unit_test(test_foreign_file_and_link_are_left),
        cmocka_unit_test(test_a_guess_is_not_applied_unless_named),
        cmocka_unit_test(test_more_than_a_reading_is_not_opened_unless_named),
        cmocka_unit_test(test_a_container_is_told_to_ask_its_host),
        cmocka_unit_test(test_every_driver_says_what_it_would_buy),
    };

    return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}

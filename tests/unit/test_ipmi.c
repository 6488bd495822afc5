/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_ipmi.c - the power of a machine by its management controller, all of it faked */
#include "machine_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ipmi.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_ipmi.h"
#include "readers/dcmi.h"
#include "readers/ipmi_dcmi.h"

struct fixture {
    struct test_machine machine;
    struct fake_ipmi fake;
    struct reader *reader;
    struct reader_status status;
    struct sample samples[IPMI_DEVICES_MAX];
};

static struct fixture *fixture_new(const char *device)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    machine_set_up(&fixture->machine, NULL);
    if (device != NULL)
        tree_write(fixture->machine.fd, device, "");
    fake_ipmi_init(&fixture->fake, &fixture->machine.time.now_ns);
    fixture->fake.bmcs[0].watts = 332;
    return fixture;
}

static void probe(struct fixture *fixture)
{
    struct aico2_error err = { 0 };

    machine_reopen(&fixture->machine);
    fixture->machine.env.ipmi = &fixture->fake.io;
    assert_int_equal(reader_ipmi_dcmi.probe(&fixture->machine.env, &fixture->reader,
                                            &fixture->status, &err),
                     0);
}

static struct fixture *probed(const char *device)
{
    struct fixture *fixture = fixture_new(device);

    probe(fixture);
    assert_non_null(fixture->reader);
    assert_int_equal(fixture->status.state, READER_USED);
    return fixture;
}

static void read_later(struct fixture *fixture, int64_t later_ns)
{
    fixture->machine.time.now_ns += later_ns;
    reader_ipmi_dcmi.read(fixture->reader, fixture->samples);
}

static void free_fixture(struct fixture *fixture)
{
    reader_ipmi_dcmi.close(fixture->reader);
    for (size_t i = 0; i < FAKE_IPMI_BMCS; i++)
        assert_int_equal(fixture->fake.bmcs[i].opened, 0);
    assert_false(fixture->fake.malformed);
    assert_int_equal(fixture->fake.foreign_open, 0);
    machine_tear_down(&fixture->machine);
    free(fixture);
}

static void assert_watts(struct fixture *fixture, int64_t later_ns, double watts)
{
    read_later(fixture, later_ns);
    assert_int_equal(fixture->samples[0].error, 0);
    assert_int_equal(fixture->samples[0].valid, SAMPLE_POWER);
    assert_true(fixture->samples[0].power_watts == watts);
    assert_true(fixture->samples[0].mono_ns == fixture->machine.time.now_ns);
}

static void assert_gap(struct fixture *fixture, int error)
{
    read_later(fixture, 40 * NSEC_PER_SEC);
    assert_int_equal(fixture->samples[0].valid, 0);
    assert_int_equal(fixture->samples[0].error, error);
}

static void test_sizes_are_the_kernels(void **state)
{
    (void)state;
    if (sizeof(long) != 8)
        skip();
    assert_int_equal(sizeof(struct ipmi_req), 40);
    assert_int_equal(sizeof(struct ipmi_recv), 48);
    assert_true(IPMICTL_SEND_COMMAND == 0x8028690d);
    assert_true(IPMICTL_RECEIVE_MSG_TRUNC == 0xc030690b);
}

static void test_a_server_has_a_board(void **state)
{
    static const char *const names[] = { "dev/ipmi0", "dev/ipmi/0", "dev/ipmidev/0" };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct fixture *fixture = probed(names[i]);
        const struct device *device = &fixture->reader->devices[0];

        assert_int_equal(fixture->reader->device_count, 1);
        assert_string_equal(device->id, "board-ipmi");
        assert_string_equal(device->reader, "ipmi");
        assert_int_equal(device->kind, DEVICE_BOARD);
        assert_int_equal(device->basis, BASIS_MEASURED);
        assert_int_equal(device->fields, SAMPLE_POWER);
        assert_true(fabs(device->band_ratio - 0.10) < 1e-9); /* 5 % (1 sigma) */
        assert_true(device->refresh_seconds == 1);
        assert_string_equal(fixture->status.detail + 1, names[i]);
        assert_watts(fixture, 0, 332);
        free_fixture(fixture);
    }
}

/* 0.1 s apart for 10 s, from 0 to 10: asked at 0, 1, ... 10 or a little before, never a twelfth
 * time; in between nothing is said, and that is no failure. */
static void test_it_is_asked_once_a_second(void **state)
{
    struct fixture *fixture = probed("dev/ipmi0");
    int before = fixture->fake.bmcs[0].sent;
    int answers = 0;

    (void)state;
    for (int i = 0; i <= 100; i++) {
        read_later(fixture, i == 0 ? 0 : NSEC_PER_SEC / 10);
        assert_int_equal(fixture->samples[0].error, 0);
        answers += fixture->samples[0].valid != 0;
    }
    assert_int_equal(answers, fixture->fake.bmcs[0].sent - before);
    assert_true(answers >= 10 && answers <= 11);
    free_fixture(fixture);
}

/* Ticks of a second come up to a twentieth of one early or late: none is passed over. */
static void test_each_tick_of_a_second_is_a_reading(void **state)
{
    static const int early_ms[] = { 0, -50, 50, -50, 50, 0, -50, -50, 50, 50, -50 };
    struct fixture *fixture = probed("dev/ipmi0");
    int64_t start_ns = fixture->machine.time.now_ns;

    (void)state;
    for (int i = 0; i < 11; i++) {
        int64_t at_ns = start_ns + i * NSEC_PER_SEC + early_ms[i] * NSEC_PER_MSEC;

        read_later(fixture, at_ns - fixture->machine.time.now_ns);
        assert_int_equal(fixture->samples[0].valid, SAMPLE_POWER);
    }
    free_fixture(fixture);
}

static void test_what_is_not_the_answer_is_passed_over(void **state)
{
    struct fixture *fixture = probed("dev/ipmi0");

    (void)state;
    fixture->fake.bmcs[0].events = 40;
    fixture->fake.bmcs[0].mimic = true;
    fixture->fake.bmcs[0].interrupts = 3;
    fixture->fake.bmcs[0].false_alarms = 5;
    assert_watts(fixture, NSEC_PER_SEC, 332);
    free_fixture(fixture);
}

/* Its answer of 332 W comes when 500 W are asked for: neither is taken for the other. */
static void test_an_answer_that_comes_late_is_of_another_question(void **state)
{
    struct fixture *fixture = probed("dev/ipmi0");
    struct fake_bmc *bmc = &fixture->fake.bmcs[0];

    (void)state;
    bmc->late = true;
    assert_gap(fixture, -ETIMEDOUT);
    bmc->late = false;
    bmc->watts = 500;
    assert_watts(fixture, 2 * NSEC_PER_SEC, 500);
    free_fixture(fixture);
}

static void test_a_busy_controller_is_asked_again(void **state)
{
    struct fixture *fixture = probed("dev/ipmi0");

    (void)state;
    fixture->fake.bmcs[0].busy = 2;
    read_later(fixture, NSEC_PER_SEC);
    assert_int_equal(fixture->samples[0].valid, SAMPLE_POWER);
    fixture->fake.bmcs[0].busy = 3;
    assert_gap(fixture, -EBUSY);
    free_fixture(fixture);
}

/* Busy at the start is no reason to be without it for the whole run. */
static void test_a_controller_that_is_busy_at_first_counts(void **state)
{
    struct fixture *fixture = fixture_new("dev/ipmi0");

    (void)state;
    fixture->fake.bmcs[0].busy = 5;
    probe(fixture);
    assert_int_equal(fixture->status.state, READER_USED);
    read_later(fixture, NSEC_PER_SEC);
    assert_int_equal(fixture->samples[0].valid, SAMPLE_POWER);
    free_fixture(fixture);
}

static void test_bad_answers_are_gaps(void **state)
{
    struct fixture *fixture = probed("dev/ipmi0");
    struct fake_bmc *bmc = &fixture->fake.bmcs[0];

    (void)state;
    bmc->length = 18; /* one byte less than a reading has */
    assert_gap(fixture, -EBADMSG);
    bmc->length = 290; /* cut by the kernel */
    assert_gap(fixture, -EBADMSG);
    bmc->length = 1;
    assert_gap(fixture, -EBADMSG);
    bmc->length = 0;
    bmc->group = 0xdd;
    assert_gap(fixture, -EBADMSG);
    bmc->group = 0;
    bmc->watts = 0;
    assert_gap(fixture, -ENODATA);
    bmc->watts = 65001;
    assert_gap(fixture, -ERANGE);
    bmc->watts = 400;
    bmc->inactive = true;
    assert_gap(fixture, -ENODATA);
    bmc->inactive = false;
    bmc->completion = 0xff;
    assert_gap(fixture, -EREMOTEIO);
    bmc->completion = 0;
    assert_watts(fixture, 40 * NSEC_PER_SEC, 400);
    free_fixture(fixture);
}

static void test_errors_of_the_kernel_are_gaps(void **state)
{
    struct fixture *fixture = probed("dev/ipmi0");
    struct fake_bmc *bmc = &fixture->fake.bmcs[0];

    (void)state;
    bmc->send_error = -EIO;
    assert_gap(fixture, -EIO);
    bmc->send_error = -EAGAIN;
    assert_gap(fixture, -EAGAIN);
    bmc->send_error = 0;
    bmc->receive_error = -EIO;
    assert_gap(fixture, -EIO);
    bmc->receive_error = -EAGAIN; /* poll says that there is something, for ever */
    bmc->false_alarms = 100000;
    assert_gap(fixture, -ETIMEDOUT);
    bmc->false_alarms = 0;
    bmc->receive_error = 0;
    bmc->hung = true;
    assert_gap(fixture, -ETIMEDOUT);
    bmc->hung = false;
    bmc->poll_events = POLLERR;
    assert_gap(fixture, -ENODEV);
    bmc->poll_events = 0;
    assert_watts(fixture, 40 * NSEC_PER_SEC, 332);
    free_fixture(fixture);
}

/* The driver goes and comes back: the open descriptor is dead for ever, a new one is not. */
static void test_a_device_that_comes_back_is_opened_again(void **state)
{
    struct fixture *fixture = probed("dev/ipmi0");
    struct fake_bmc *bmc = &fixture->fake.bmcs[0];

    (void)state;
    bmc->send_error = -ENODEV;
    bmc->open_error = -ENOENT;
    assert_gap(fixture, -ENODEV);
    assert_int_equal(bmc->opened, 0);
    assert_gap(fixture, -ENODEV);
    bmc->send_error = bmc->open_error = 0;
    assert_watts(fixture, 40 * NSEC_PER_SEC, 332);
    free_fixture(fixture);
}

/* After the third failure it is asked after 2, 4, 8, 16, 32, 32 ... seconds: in 200 s at one tick a
 * second 3 + about 9 questions, each of which takes the 2 s of its patience. */
static void test_a_hung_controller_is_left_in_peace(void **state)
{
    struct fixture *fixture = probed("dev/ipmi0");
    struct fake_bmc *bmc = &fixture->fake.bmcs[0];
    int before = bmc->sent;
    int64_t end_ns;
    int64_t waited_ns = 0;

    (void)state;
    bmc->hung = true;
    end_ns = fixture->machine.time.now_ns + 200 * NSEC_PER_SEC;
    while (fixture->machine.time.now_ns < end_ns)
        read_later(fixture, NSEC_PER_SEC);
    assert_true(bmc->sent - before >= 8 && bmc->sent - before <= 14);
    bmc->hung = false;
    do {
        read_later(fixture, NSEC_PER_SEC);
        waited_ns += NSEC_PER_SEC;
    } while (fixture->samples[0].valid == 0 && waited_ns < 60 * NSEC_PER_SEC);
    assert_true(waited_ns <= 35 * NSEC_PER_SEC); /* back within a minute of its return */
    assert_watts(fixture, NSEC_PER_SEC, 332);
    free_fixture(fixture);
}

static void test_each_of_several_controllers_is_a_board(void **state)
{
    struct fixture *fixture = fixture_new("dev/ipmi0");

    (void)state;
    tree_write(fixture->machine.fd, "dev/ipmi1", "");
    tree_write(fixture->machine.fd, "dev/ipmi2", "");
    fixture->fake.bmcs[1].no_dcmi = true;
    fixture->fake.bmcs[2].watts = 900;
    probe(fixture);
    assert_int_equal(fixture->reader->device_count, 2);
    assert_string_equal(fixture->reader->devices[1].id, "board-ipmi1");
    assert_string_equal(fixture->status.detail, "/dev/ipmi0, /dev/ipmi2");
    read_later(fixture, 0);
    assert_true(fixture->samples[0].power_watts == 332 && fixture->samples[1].power_watts == 900);
    free_fixture(fixture);
}

static void assert_refused(struct fixture *fixture, enum reader_state state, const char *word,
                           bool fix)
{
    probe(fixture);
    assert_null(fixture->reader);
    assert_int_equal(fixture->status.state, state);
    if (strstr(fixture->status.reason, word) == NULL)
        fail_msg("'%s' not in '%s'", word, fixture->status.reason);
    assert_true((fixture->status.fix[0] != '\0' || fixture->status.remedy != REMEDY_NONE) == fix);
    free_fixture(fixture);
}

static void test_why_there_is_no_reading_is_said(void **state)
{
    struct fixture *fixture;

    (void)state;
    assert_refused(fixture_new(NULL), READER_ABSENT, "no management controller", false);

    fixture = fixture_new("dev/ipmi0");
    fixture->fake.bmcs[0].open_error = -EACCES;
    probe(fixture);
    assert_int_equal(fixture->status.remedy, REMEDY_IPMI_GROUP);
    assert_refused(fixture, READER_DENIED, "no permission to open /dev/ipmi0", true);

    fixture = fixture_new("dev/ipmi0");
    fixture->fake.bmcs[0].no_dcmi = true;
    assert_refused(fixture, READER_ABSENT, "not supported (0xC1)", false);

    fixture = fixture_new("dev/ipmi0");
    fixture->fake.bmcs[0].completion = 0xc1;
    fixture->fake.bmcs[0].no_capability = true;
    assert_refused(fixture, READER_ABSENT, "speaks DCMI and says that it cannot", false);

    fixture = fixture_new("dev/ipmi0");
    fixture->fake.bmcs[0].completion = 0xd4;
    assert_refused(fixture, READER_BROKEN, "not allowed (0xD4)", false);

    fixture = fixture_new("dev/ipmi0");
    fixture->fake.bmcs[0].hung = true;
    assert_refused(fixture, READER_BROKEN, "does not answer", false);

    fixture = fixture_new("dev/ipmi0");
    fixture->fake.bmcs[0].watts = 0;
    assert_refused(fixture, READER_BROKEN, "0 W", false);

    fixture = fixture_new("dev/ipmi0");
    fixture->fake.bmcs[0].inactive = true;
    assert_refused(fixture, READER_BROKEN, "does not measure", false);

    fixture = fixture_new("dev/ipmi0");
    fixture->fake.bmcs[0].length = 3;
    assert_refused(fixture, READER_BROKEN, "none of DCMI", false);

    fixture = fixture_new("dev/ipmi0");
    fixture->fake.bmcs[0].send_error = -EIO;
    assert_refused(fixture, READER_BROKEN, "Input/output error", false);
}

/* 8 interfaces of which each would be waited for: 4 s are spent on all of them, not 16. */
static void test_hung_controllers_do_not_hold_up_the_start(void **state)
{
    struct fixture *fixture = fixture_new("dev/ipmi0");
    int64_t start_ns = fixture->machine.time.now_ns;

    (void)state;
    for (int i = 0; i < 8; i++) {
        char path[] = "dev/ipmi0";

        path[8] = (char)('0' + i);
        tree_write(fixture->machine.fd, path, "");
        fixture->fake.bmcs[i].hung = true;
    }
    probe(fixture);
    assert_null(fixture->reader);
    assert_true(fixture->machine.time.now_ns - start_ns <= 4 * NSEC_PER_SEC);
    free_fixture(fixture);
}

static void test_a_controller_without_a_driver_is_named(void **state)
{
    struct fixture *fixture = fixture_new(NULL);

    (void)state;
    tree_mkdir(fixture->machine.fd, "sys/bus/acpi/devices/IPI0001:00");
    probe(fixture);
    assert_non_null(strstr(fixture->status.reason, "IPI0001"));
    assert_int_equal(fixture->status.remedy, REMEDY_IPMI_MODULE);
    tree_mkdir(fixture->machine.fd, "sys/class/ipmi/ipmi0");
    assert_refused(fixture, READER_ABSENT, "not in /dev", true);

    /* SMBIOS: a type 38 of 18 bytes without strings, then the end */
    fixture = fixture_new(NULL);
    machine_tree_build_text(fixture->machine.fd,
                            "@ sys/firmware/dmi/tables\n"
                            "%DMI=26120000010200000000000000000000000000007f0400ff0000\n");
    assert_refused(fixture, READER_ABSENT, "SMBIOS type 38", true);
}

/* With the kernel's own calls: a captured machine has a file where the device was, or a link to it. */
static void test_a_captured_machine_is_not_asked(void **state)
{
    struct fixture *fixture = fixture_new("dev/ipmi0");
    struct aico2_error err = { 0 };

    (void)state;
    machine_reopen(&fixture->machine);
    fixture->machine.env.sysroot = true;
    assert_int_equal(reader_ipmi_dcmi.probe(&fixture->machine.env, &fixture->reader,
                                            &fixture->status, &err),
                     0);
    assert_null(fixture->reader);
    assert_int_equal(fixture->status.state, READER_BROKEN);
    assert_string_equal(fixture->status.reason, "/dev/ipmi0: no IPMI device");
    free_fixture(fixture);

    fixture = fixture_new(NULL);
    tree_mkdir(fixture->machine.fd, "dev");
    tree_link(fixture->machine.fd, "dev/ipmi0", "/dev/null");
    machine_reopen(&fixture->machine);
    fixture->machine.env.sysroot = true;
    assert_int_equal(reader_ipmi_dcmi.probe(&fixture->machine.env, &fixture->reader,
                                            &fixture->status, &err),
                     0);
    assert_null(fixture->reader);
    assert_non_null(strstr(fixture->status.reason, "left alone"));
    free_fixture(fixture);
}

/* Bytes of an answer by hand: 0x014C = 332 W now, 156 to 748 W, 315 W on average over 1000 ms. */
static void test_an_answer_byte_by_byte(void **state)
{
    static const unsigned char bytes[] = { 0x00, 0xdc, 0x4c, 0x01, 0x9c, 0x00, 0xec,
                                           0x02, 0x3b, 0x01, 0x13, 0x78, 0x08, 0x69,
                                           0xe8, 0x03, 0x00, 0x00, 0x40 };
    struct dcmi_power power = { .current_watts = 7 };
    unsigned completion = 7;

    (void)state;
    for (size_t length = 0; length < sizeof(bytes); length++) {
        assert_int_equal(dcmi_parse_power(bytes, length, &power, &completion), -EBADMSG);
        assert_int_equal(power.current_watts, 7);
    }
    assert_int_equal(dcmi_parse_power(bytes, sizeof(bytes), &power, &completion), 0);
    assert_int_equal(completion, 0);
    assert_int_equal(power.current_watts, 332);
    assert_int_equal(power.minimum_watts, 156);
    assert_int_equal(power.maximum_watts, 748);
    assert_int_equal(power.average_watts, 315);
    assert_int_equal(power.period_ms, 1000);
    assert_true(power.active);
}

/* In a process of its own: root may write what it likes. Return: 0: opened. */
static int open_as_another(int dirfd)
{
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
        return 2;
    if (openat(dirfd, "ipmi0", O_RDWR | O_CLOEXEC) >= 0)
        return 3; /* nothing is shown then */
    return ipmi_kernel.open(NULL, dirfd, "ipmi0") >= 0 ? 0 : 1;
}

/* As aico2-sensord, whose capability is to read. */
static void test_a_device_that_may_only_be_read_is_opened(void **state)
{
    char path[64];
    int dirfd = temp_dir_open(path);
    int status = -1;
    pid_t child;

    (void)state;
    tree_write(dirfd, "ipmi0", "");
    assert_int_equal(fchmodat(dirfd, "ipmi0", 0444, 0), 0);
    assert_int_equal(fchmod(dirfd, 0755), 0);
    child = fork();
    if (child == 0)
        _exit(open_as_another(dirfd));
    assert_true(waitpid(child, &status, 0) == child);
    assert_int_equal(status, 0);
    (void)close(dirfd);
    temp_dir_remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_are_the_kernels),
        cmocka_unit_test(test_a_server_has_a_board),
        cmocka_unit_test(test_it_is_asked_once_a_second),
        cmocka_unit_test(test_each_tick_of_a_second_is_a_reading),
        cmocka_unit_test(test_what_is_not_the_answer_is_passed_over),
        cmocka_unit_test(test_an_answer_that_comes_late_is_of_another_question),
        cmocka_unit_test(test_a_busy_controller_is_asked_again),
        cmocka_unit_test(test_a_controller_that_is_busy_at_first_counts),
        cmocka_unit_test(test_bad_answers_are_gaps),
        cmocka_unit_test(test_errors_of_the_kernel_are_gaps),
        cmocka_unit_test(test_a_device_that_comes_back_is_opened_again),
        cmocka_unit_test(test_a_hung_controller_is_left_in_peace),
        cmocka_unit_test(test_each_of_several_controllers_is_a_board),
        cmocka_unit_test(test_why_there_is_no_reading_is_said),
        cmocka_unit_test(test_hung_controllers_do_not_hold_up_the_start),
        cmocka_unit_test(test_a_controller_without_a_driver_is_named),
        cmocka_unit_test(test_a_captured_machine_is_not_asked),
        cmocka_unit_test(test_an_answer_byte_by_byte),
        cmocka_unit_test(test_a_device_that_may_only_be_read_is_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

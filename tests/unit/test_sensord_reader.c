/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_sensord_reader.c - the reader of aico2-sensord against a daemon of the test's own, in a thread */
#include "machine_tree.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "model/sensord.h"
#include "readers/sensord.h"

enum mood { ANSWERS, IS_SILENT, TALKS_RUBBISH, REFUSES, IS_ANOTHER_VERSION, HAS_NOTHING };

/* The figures are the test's to change while nobody asks. */
struct daemon {
    char path[108];
    pthread_t thread;
    int listen_fd;
    _Atomic int mood;
    atomic_bool stopping;
    atomic_uint asked;
    bool raw;
    uint64_t counter;
    uint64_t energy_uj;
    uint64_t sequence;
    int64_t mono_ns;
    int32_t error;
};

struct fixture {
    struct test_machine machine;
    struct daemon daemon;
    struct reader *reader;
    struct reader_status status;
    struct sample sample;
};

static size_t answer_read(const struct daemon *daemon, uint32_t tag, char *answer)
{
    struct aico2_sensord_reading reading = {
        .type = AICO2_SENSORD_READING_RECORD,
        .tag = tag,
        .key = sensord_key("cpu0"),
        .counter = daemon->counter,
        .mono_ns = daemon->mono_ns,
        .energy_uj = daemon->energy_uj,
        .valid = daemon->error == 0 && daemon->mono_ns > 0 ? AICO2_SENSORD_ENERGY : 0,
        .error = daemon->error,
        .sequence = daemon->sequence,
    };

    memcpy(answer, &reading, sizeof(reading));
    return sizeof(reading);
}

static size_t answer(struct daemon *daemon, const struct aico2_sensord_request *request, char *text)
{
    struct aico2_sensord_hello hello = {
        .type = AICO2_SENSORD_HELLO_RECORD,
        .version = (uint16_t)(daemon->mood == IS_ANOTHER_VERSION ? 2 : 1),
        .tag = request->tag,
        .device_count = daemon->mood == HAS_NOTHING ? 0 : 1,
        .interval_ms = daemon->raw ? 10 : 1000,
        .raw = daemon->raw,
        .program = "aico2-sensord of a test",
    };
    struct device device = DEVICE_NULL;

    if (daemon->mood == TALKS_RUBBISH) {
        memset(text, 'x', 64);
        memcpy(text + 4, &request->tag, sizeof(request->tag));
        return 64;
    }
    if (daemon->mood == REFUSES) {
        struct aico2_sensord_refused refused = { .type = AICO2_SENSORD_REFUSED,
                                                 .tag = request->tag,
                                                 .error = EACCES,
                                                 .reason = "not a member of the group" };
        memcpy(text, &refused, sizeof(refused));
        return sizeof(refused);
    }
    if (request->command == AICO2_SENSORD_HELLO) {
        memcpy(text, &hello, sizeof(hello));
        return sizeof(hello);
    }
    if (request->command == AICO2_SENSORD_READ)
        return answer_read(daemon, request->tag, text);
    device.kind = DEVICE_CPU;
    device.fields = SAMPLE_ENERGY;
    device.band_ratio = 0.06;
    (void)snprintf(device.id, sizeof(device.id), "cpu0");
    (void)snprintf(device.reader, sizeof(device.reader), "rapl");
    (void)snprintf(device.note, sizeof(device.note), "through perf");
    return sensord_put_device(&device, (uint16_t)request->argument, request->tag, text);
}

static bool is_readable(int fd)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };

    return poll(&wait, 1, 10) > 0;
}

static void *run_daemon(void *payload)
{
    struct daemon *daemon = payload;
    char text[SENSORD_DEVICE_BYTES_MAX];
    int client = -1;

    while (!daemon->stopping) {
        struct aico2_sensord_request request;

        if (client < 0) {
            client = is_readable(daemon->listen_fd) ? accept(daemon->listen_fd, NULL, NULL) : -1;
            continue;
        }
        if (daemon->mood == IS_SILENT || !is_readable(client)) {
            clock_pause_ns(NSEC_PER_MSEC);
            continue;
        }
        if (recv(client, &request, sizeof(request), 0) != (ssize_t)sizeof(request)) {
            (void)close(client);
            client = -1;
            continue;
        }
        daemon->asked++;
        (void)send(client, text, answer(daemon, &request, text), MSG_NOSIGNAL);
    }
    if (client >= 0)
        (void)close(client);
    return NULL;
}

static void daemon_start(struct daemon *daemon)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    daemon->stopping = false;
    (void)unlink(daemon->path);
    memcpy(address.sun_path, daemon->path, sizeof(address.sun_path));
    daemon->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(daemon->listen_fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(daemon->listen_fd, 4), 0);
    assert_int_equal(pthread_create(&daemon->thread, NULL, run_daemon, daemon), 0);
}

static void daemon_stop(struct daemon *daemon)
{
    daemon->stopping = true;
    (void)pthread_join(daemon->thread, NULL);
    (void)close(daemon->listen_fd);
}

static struct fixture *set_up(enum mood mood, bool raw)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct aico2_error err = { 0 };

    assert_non_null(fixture);
    machine_set_up(&fixture->machine, NULL);
    tree_mkdir(fixture->machine.fd, "run/aico2");
    machine_reopen(&fixture->machine);
    fixture->machine.time.now_ns = 100 * NSEC_PER_SEC;
    (void)snprintf(fixture->daemon.path, sizeof(fixture->daemon.path), "%s/run/aico2/sensord.sock",
                   fixture->machine.path);
    fixture->daemon.mood = (int)mood;
    fixture->daemon.raw = raw;
    fixture->daemon.counter = 1;
    daemon_start(&fixture->daemon);
    assert_int_equal(reader_sensord.probe(&fixture->machine.env, &fixture->reader, &fixture->status,
                                          &err),
                     0);
    return fixture;
}

static void tear_down(struct fixture *fixture)
{
    reader_sensord.close(fixture->reader);
    daemon_stop(&fixture->daemon);
    machine_tear_down(&fixture->machine);
    free(fixture);
}

/* What the daemon says from now on. */
static void tell(struct fixture *fixture, uint64_t energy_uj)
{
    fixture->daemon.energy_uj = energy_uj;
    fixture->daemon.sequence++;
    fixture->daemon.mono_ns = fixture->machine.time.now_ns;
}

static const struct sample *read_after(struct fixture *fixture, int64_t later_ns)
{
    fixture->machine.time.now_ns += later_ns;
    reader_sensord.read(fixture->reader, &fixture->sample);
    return &fixture->sample;
}

/* A busy machine may let a good answer come late: then it is taken with a later reading. */
static const struct sample *read_until_valid(struct fixture *fixture)
{
    for (int i = 0; i < 1000; i++) {
        if ((read_after(fixture, 0)->valid & SAMPLE_ENERGY) != 0)
            return &fixture->sample;
        clock_pause_ns(5 * NSEC_PER_MSEC);
    }
    fail_msg("never answered");
    return NULL;
}

static void test_its_devices_say_which_way_they_came(void **state)
{
    struct fixture *fixture = set_up(ANSWERS, false);
    const struct device *device = &fixture->reader->devices[0];

    (void)state;
    assert_int_equal(fixture->status.state, READER_USED);
    assert_int_equal(fixture->reader->device_count, 1);
    assert_string_equal(device->id, "cpu0");
    assert_string_equal(device->reader, "rapl");
    assert_string_equal(device->note,
                        "RAPL through sensord, once a second and to 0.1 J; through perf");
    assert_true(device->relayed && device->spacing_seconds == 1);
    tear_down(fixture);
    fixture = set_up(ANSWERS, true);
    assert_string_equal(fixture->reader->devices[0].note, "RAPL through sensord; through perf");
    assert_true(fixture->reader->devices[0].spacing_seconds == 0);
    tear_down(fixture);
}

static void test_the_same_figures_are_one_reading(void **state)
{
    struct fixture *fixture = set_up(ANSWERS, false);
    unsigned asked;

    (void)state;
    assert_int_equal(read_after(fixture, 0)->valid, 0); /* it has none yet */
    assert_int_equal(fixture->sample.error, 0);
    tell(fixture, 5000000);
    assert_int_equal(read_until_valid(fixture)->energy_uj, 5000000);
    assert_true(fixture->sample.mono_ns == fixture->daemon.mono_ns);
    asked = fixture->daemon.asked;
    for (int i = 0; i < 9; i++)
        assert_int_equal(read_after(fixture, 100 * NSEC_PER_MSEC)->valid, 0);
    assert_int_equal(fixture->daemon.asked, asked); /* there can be nothing new */
    assert_int_equal(read_after(fixture, 100 * NSEC_PER_MSEC)->valid, 0); /* nor is there */
    assert_int_equal(fixture->sample.error, 0);
    tell(fixture, 7000000);
    assert_int_equal(read_until_valid(fixture)->energy_uj, 7000000);
    assert_int_equal(fixture->sample.epoch, 0);
    tear_down(fixture);
}

static void test_another_counter_is_another_epoch(void **state)
{
    struct fixture *fixture = set_up(ANSWERS, true);

    (void)state;
    tell(fixture, 5000000);
    (void)read_until_valid(fixture);
    fixture->machine.time.now_ns += NSEC_PER_SEC;
    fixture->daemon.counter = 2;
    tell(fixture, 1000000);
    assert_int_equal(read_until_valid(fixture)->epoch, 1);
    tear_down(fixture);
}

static void test_a_restart_goes_on_where_the_counter_does(void **state)
{
    struct fixture *fixture = set_up(ANSWERS, true);

    (void)state;
    tell(fixture, 5000000);
    (void)read_until_valid(fixture);
    daemon_stop(&fixture->daemon);
    assert_true(read_after(fixture, NSEC_PER_SEC)->error < 0);
    assert_int_equal(fixture->sample.valid, 0);
    assert_true(read_after(fixture, NSEC_PER_SEC)->error < 0);
    daemon_start(&fixture->daemon);
    fixture->machine.time.now_ns += 20 * NSEC_PER_SEC; /* past any pause between its tries */
    tell(fixture, 6000000);
    assert_int_equal(read_until_valid(fixture)->energy_uj, 6000000);
    assert_int_equal(fixture->sample.epoch, 0);
    tear_down(fixture);
}

/* It is waited for once; what it says at last is taken. */
static void test_a_silent_daemon_is_not_waited_for(void **state)
{
    struct fixture *fixture = set_up(ANSWERS, true);
    int64_t began_ns;

    (void)state;
    tell(fixture, 5000000);
    (void)read_until_valid(fixture);
    fixture->daemon.mood = IS_SILENT;
    clock_pause_ns(50 * NSEC_PER_MSEC);
    assert_int_equal(read_after(fixture, NSEC_PER_SEC)->valid, 0);
    assert_int_equal(fixture->sample.error, 0); /* late is not lost */
    began_ns = clock_mono_ns();
    for (int i = 0; i < 100; i++)
        (void)read_after(fixture, 10 * NSEC_PER_MSEC);
    assert_true(clock_mono_ns() - began_ns < NSEC_PER_SEC); /* 100 times 20 ms would be two */
    assert_int_equal(read_after(fixture, 2 * NSEC_PER_SEC)->error, -ETIMEDOUT);
    tell(fixture, 9000000);
    fixture->daemon.mood = ANSWERS;
    assert_int_equal(read_until_valid(fixture)->energy_uj, 9000000);
    tear_down(fixture);
}

static void test_an_error_of_its_own_is_told(void **state)
{
    struct fixture *fixture = set_up(ANSWERS, true);

    (void)state;
    fixture->daemon.error = EIO;
    tell(fixture, 0);
    for (int i = 0; i < 1000 && read_after(fixture, 0)->error == 0; i++)
        clock_pause_ns(5 * NSEC_PER_MSEC);
    assert_int_equal(fixture->sample.error, -EIO);
    assert_int_equal(fixture->sample.valid, 0);
    tear_down(fixture);
}

static void test_why_there_is_no_reader_is_said(void **state)
{
    static const struct {
        enum mood mood;
        enum reader_state state;
        enum remedy_id remedy;
        const char *part;
    } cases[] = {
        { TALKS_RUBBISH, READER_BROKEN, REMEDY_NONE, "no aico2-sensord that we know" },
        { IS_ANOTHER_VERSION, READER_BROKEN, REMEDY_NONE, "no aico2-sensord that we know" },
        { REFUSES, READER_DENIED, REMEDY_SENSORD_GROUP, "not a member of the group" },
        { HAS_NOTHING, READER_ABSENT, REMEDY_NONE, "found nothing to read" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture *fixture = set_up(cases[i].mood, false);

        assert_null(fixture->reader);
        assert_int_equal(fixture->status.state, cases[i].state);
        assert_int_equal(fixture->status.remedy, cases[i].remedy);
        if (strstr(fixture->status.reason, cases[i].part) == NULL)
            fail_msg("%s", fixture->status.reason);
        tear_down(fixture);
    }
}

static void test_a_daemon_that_never_answers_costs_half_a_second(void **state)
{
    int64_t began_ns = clock_mono_ns();
    struct fixture *fixture = set_up(IS_SILENT, false);

    (void)state;
    assert_null(fixture->reader);
    assert_int_equal(fixture->status.state, READER_BROKEN);
    assert_non_null(strstr(fixture->status.reason, "does not answer"));
    assert_true(clock_mono_ns() - began_ns < 10 * NSEC_PER_SEC);
    tear_down(fixture);
}

/* Only who asks why is told, and only where there is something that it could open. */
static void test_it_is_advised_where_it_would_help(void **state)
{
    struct test_machine machine;
    struct reader_status status;
    struct reader *reader = NULL;

    (void)state;
    machine_set_up(&machine, "xeon-2s-dram");
    machine.env.explain = true;
    assert_int_equal(reader_sensord.probe(&machine.env, &reader, &status, NULL), 0);
    assert_null(reader);
    assert_int_equal(status.state, READER_ABSENT);
    assert_int_equal(status.remedy, REMEDY_SENSORD);
    assert_true(status.band_ratio == 0.06);
    machine_tear_down(&machine);
    machine_set_up(&machine, "vm");
    machine.env.explain = true;
    assert_int_equal(reader_sensord.probe(&machine.env, &reader, &status, NULL), 0);
    assert_int_equal(status.remedy, REMEDY_NONE);
    machine_tear_down(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_its_devices_say_which_way_they_came),
        cmocka_unit_test(test_the_same_figures_are_one_reading),
        cmocka_unit_test(test_another_counter_is_another_epoch),
        cmocka_unit_test(test_a_restart_goes_on_where_the_counter_does),
        cmocka_unit_test(test_a_silent_daemon_is_not_waited_for),
        cmocka_unit_test(test_an_error_of_its_own_is_told),
        cmocka_unit_test(test_why_there_is_no_reader_is_said),
        cmocka_unit_test(test_a_daemon_that_never_answers_costs_half_a_second),
        cmocka_unit_test(test_it_is_advised_where_it_would_help),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

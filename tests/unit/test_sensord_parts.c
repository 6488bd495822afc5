/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_sensord_parts.c - aico2-sensord piece by piece: paces, rights, answers, clients, the filter */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "model/sensord.h"
#include "sensord/clients.h"
#include "sensord/coarse.h"
#include "sensord/desk.h"
#include "sensord/filter.h"
#include "sensord/rights.h"
#include "sensord/settings.h"

/* --- coarse figures --- */

static void test_figures_are_cut_to_a_tenth(void **state)
{
    struct aico2_sensord_reading reading = { .energy_uj = 123456789, .power_uw = 99999 };

    (void)state;
    coarse_cut(&reading);
    assert_int_equal(reading.energy_uj, 123400000); /* 123.456789 J -> 123.4 J */
    assert_int_equal(reading.power_uw, 0);
    reading.energy_uj = 99999;
    coarse_cut(&reading);
    assert_int_equal(reading.energy_uj, 0);
}

/* However it is asked, two moments are a second or more apart, and the first is that far from the start. */
static void test_moments_are_never_nearer_than_a_second(void **state)
{
    const int64_t start_ns = 123 * NSEC_PER_SEC + 1;
    struct coarse_pace pace;
    int64_t last_ns = start_ns;
    uint64_t random = 88172645463325252U;
    int64_t now_ns = start_ns;
    int taken = 0;

    (void)state;
    coarse_begin(&pace, start_ns);
    for (int i = 0; i < 100000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        now_ns += (int64_t)(random % 400) * NSEC_PER_MSEC; /* late ones too */
        if (!coarse_is_due(&pace, now_ns))
            continue;
        assert_true(now_ns - last_ns >= NSEC_PER_SEC);
        last_ns = now_ns;
        taken++;
    }
    assert_true(taken > 10000);
}

/* --- rights --- */

static void test_rights_come_of_groups(void **state)
{
    gid_t both[] = { 7, 20, 21 };
    gid_t none[] = { 7, 8 };
    const struct rights rights = { .group = 20, .raw_group = 21 };
    const struct rights nobody = { .group = GROUP_NONE, .raw_group = GROUP_NONE };
    const struct {
        const struct rights *rights;
        struct peer peer;
        enum right right;
    } cases[] = {
        { &rights, { .uid = 0, .gid = 0 }, RIGHT_RAW },
        { &rights, { .uid = 1000, .gid = 1000 }, RIGHT_NONE },
        { &rights, { .uid = 1000, .gid = 20 }, RIGHT_COARSE },
        { &rights, { .uid = 1000, .gid = 21 }, RIGHT_RAW },
        { &rights, { .uid = 1000, .gid = 5, .groups = both, .group_count = 2 }, RIGHT_COARSE },
        { &rights, { .uid = 1000, .gid = 5, .groups = both, .group_count = 3 }, RIGHT_RAW },
        { &rights, { .uid = 1000, .gid = 5, .groups = none, .group_count = 2 }, RIGHT_NONE },
        { &nobody, { .uid = 1000, .gid = GROUP_NONE }, RIGHT_NONE },
        { &nobody, { .uid = 0, .gid = 0 }, RIGHT_RAW },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        if (rights_of(cases[i].rights, &cases[i].peer) != cases[i].right)
            fail_msg("case %zu", i);
    }
}

static void test_a_peer_is_who_has_connected(void **state)
{
    struct peer peer;
    int pair[2];
    int r;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    r = peer_read(pair[0], &peer);
    if (r == -EIO && is_emulated())
        skip(); /* qemu-user knows no SO_PEERGROUPS */
    assert_int_equal(r, 0);
    assert_int_equal(peer.uid, getuid());
    assert_int_equal(peer.gid, getgid());
    peer_deinit(&peer);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

static void test_groups_have_names_and_numbers(void **state)
{
    struct aico2_error err = { 0 };
    gid_t gid = 5;

    (void)state;
    assert_int_equal(rights_find_group("root", &gid, &err), 0);
    assert_int_equal(gid, 0);
    assert_int_equal(rights_find_group("4242", &gid, &err), 0);
    assert_int_equal(gid, 4242);
    assert_int_equal(rights_find_group("no-such-group-here", &gid, &err), -ENOENT);
    assert_non_null(strstr(err.message, "'no-such-group-here'"));
    assert_int_equal(rights_find_group("4294967295", &gid, &err), -EINVAL); /* is GROUP_NONE */
    assert_int_equal(gid, 4242);
}

/* --- clients --- */

static void test_one_user_leaves_room_for_others(void **state)
{
    static struct clients clients;
    int count = 0;

    (void)state;
    clients_init(&clients);
    while (clients_add(&clients, dup(0), 1000, RIGHT_COARSE, 0) != NULL)
        count++;
    assert_int_equal(count, CLIENTS_OF_USER_MAX);
    assert_non_null(clients_add(&clients, dup(0), 1001, RIGHT_COARSE, 0));
    clients_remove(&clients, &clients.slots[5]);
    assert_non_null(clients_add(&clients, dup(0), 1000, RIGHT_COARSE, 0));
    while (clients_add(&clients, dup(0), 0, RIGHT_RAW, 0) != NULL)
        continue;
    assert_int_equal(clients.count, CLIENTS_MAX);
    clients_close(&clients);
    assert_int_equal(clients.count, 0);
}

static void test_who_asks_too_fast_is_told_so(void **state)
{
    struct client client = { .requests_left = CLIENT_REQUESTS_AT_ONCE };

    (void)state;
    for (int i = 0; i < CLIENT_REQUESTS_AT_ONCE; i++)
        assert_true(client_may_ask(&client, 0));
    assert_false(client_may_ask(&client, 0));
    assert_true(client_may_ask(&client, NSEC_PER_SEC / 100)); /* 200 a second: two more */
    assert_true(client_may_ask(&client, NSEC_PER_SEC / 100));
    assert_false(client_may_ask(&client, NSEC_PER_SEC / 100));
}

/* --- answers --- */

/* A reader of one counter that goes up by 1,234,567 uJ with each reading. */
static uint64_t counter_uj = UINT64_C(500000000);
static int counter_error;

static void count_read(struct reader *reader, struct sample *samples_out)
{
    (void)reader;
    counter_uj += 1234567;
    samples_out[0] = (struct sample){ .mono_ns = clock_mono_ns(),
                                      .energy_uj = counter_uj,
                                      .valid = counter_error == 0 ? SAMPLE_ENERGY : 0,
                                      .error = counter_error };
}

static void count_close(struct reader *reader)
{
    (void)reader;
}

static int count_probe(const struct reader_env *env, struct reader **reader_out,
                       struct reader_status *status_out, struct aico2_error *err);

static const struct reader_driver count_driver = {
    .name = "count",
    .probe = count_probe,
    .read = count_read,
    .close = count_close,
};
static struct device count_device;
static struct reader count_reader = { &count_driver, &count_device, 1 };

static int count_probe(const struct reader_env *env, struct reader **reader_out,
                       struct reader_status *status_out, struct aico2_error *err)
{
    (void)env;
    (void)err;
    count_device = DEVICE_NULL;
    count_device.kind = DEVICE_CPU;
    count_device.band_ratio = 0.1;
    count_device.fields = SAMPLE_ENERGY;
    count_device.counter_range_uj = UINT64_C(262143328850);
    (void)snprintf(count_device.id, sizeof(count_device.id), "cpu0");
    (void)snprintf(count_device.reader, sizeof(count_device.reader), "rapl");
    status_out->state = READER_USED;
    *reader_out = &count_reader;
    return 0;
}

static const struct reader_driver *const count_drivers[] = { &count_driver, NULL };

struct desk_fixture {
    struct meters meters;
    struct desk desk;
    char answer[AICO2_SENSORD_ANSWER_MAX];
};

static void desk_set_up(struct desk_fixture *fixture, uint64_t instance)
{
    const struct reader_env env = { .clock = &clock_system };

    counter_error = 0;
    assert_int_equal(meters_open(&fixture->meters, count_drivers, &env, instance, NULL), 0);
    assert_int_equal(desk_open(&fixture->desk, &fixture->meters, NULL), 0);
}

static void desk_tear_down(struct desk_fixture *fixture)
{
    desk_close(&fixture->desk);
    meters_close(&fixture->meters);
}

static size_t ask(struct desk_fixture *fixture, enum right right, uint16_t command, int64_t now_ns,
                  bool *end_out)
{
    const struct aico2_sensord_request request = {
        .magic = AICO2_SENSORD_MAGIC, .version = AICO2_SENSORD_VERSION, .command = command, .tag = 9
    };

    return desk_answer(&fixture->desk, right, (const char *)&request, sizeof(request), now_ns,
                       fixture->answer, end_out);
}

static struct aico2_sensord_reading read_one(struct desk_fixture *fixture, enum right right,
                                             int64_t now_ns)
{
    struct aico2_sensord_reading reading;
    bool end = true;
    size_t length = ask(fixture, right, AICO2_SENSORD_READ, now_ns, &end);

    assert_false(end);
    assert_int_equal(sensord_take_reading(fixture->answer, length, 0, 9, &reading), 0);
    return reading;
}

/* S6: whatever is asked in between, and whoever with more rights asks too. */
static void test_coarse_figures_stay_for_a_second(void **state)
{
    static struct desk_fixture fixture;
    int64_t now_ns = clock_mono_ns();
    struct aico2_sensord_reading first;

    (void)state;
    counter_uj = UINT64_C(500000000);
    desk_set_up(&fixture, 1);
    first = read_one(&fixture, RIGHT_COARSE, now_ns);
    assert_int_equal(first.mono_ns, 0); /* nothing in the first second */
    assert_int_equal(first.valid, 0);
    desk_tick(&fixture.desk, now_ns + NSEC_PER_SEC / 2);
    assert_int_equal(read_one(&fixture, RIGHT_COARSE, now_ns).valid, 0);

    now_ns = clock_mono_ns() + 2 * NSEC_PER_SEC;
    desk_tick(&fixture.desk, now_ns);
    first = read_one(&fixture, RIGHT_COARSE, now_ns);
    assert_int_equal(first.valid, AICO2_SENSORD_ENERGY);
    assert_int_equal(first.energy_uj, 501200000); /* of 501.234567 J */
    for (int i = 1; i < 50; i++) {
        struct aico2_sensord_reading again;
        int64_t later_ns = now_ns + i * (NSEC_PER_SEC / 50);

        (void)read_one(&fixture, RIGHT_RAW, later_ns);
        desk_tick(&fixture.desk, later_ns);
        again = read_one(&fixture, RIGHT_COARSE, later_ns);
        assert_memory_equal(&again, &first, sizeof(first));
    }
    desk_tick(&fixture.desk, now_ns + NSEC_PER_SEC);
    assert_int_equal(read_one(&fixture, RIGHT_COARSE, now_ns).energy_uj % 100000, 0);
    assert_true(read_one(&fixture, RIGHT_COARSE, now_ns).energy_uj > first.energy_uj);
    desk_tear_down(&fixture);
}

static int64_t payload_ns(void *payload)
{
    return *(const int64_t *)payload;
}

/* What is read late in a round, by a loop that is busy or a slow file, is a second from the next all the same. */
static void test_a_second_begins_where_reading_ends(void **state)
{
    static struct desk_fixture fixture;
    int64_t now_ns = clock_mono_ns() + 2 * NSEC_PER_SEC;
    int64_t read_ns = now_ns + 300 * NSEC_PER_MSEC;
    const struct clock late = { .mono_ns = payload_ns, .payload = &read_ns };
    uint64_t told_uj;

    (void)state;
    desk_set_up(&fixture, 1);
    fixture.meters.clock = &late;
    desk_tick(&fixture.desk, now_ns);
    told_uj = read_one(&fixture, RIGHT_COARSE, now_ns).energy_uj;
    desk_tick(&fixture.desk, now_ns + NSEC_PER_SEC);
    desk_tick(&fixture.desk, read_ns + NSEC_PER_SEC - 1);
    assert_int_equal(read_one(&fixture, RIGHT_COARSE, now_ns).energy_uj, told_uj);
    desk_tick(&fixture.desk, read_ns + NSEC_PER_SEC);
    assert_true(read_one(&fixture, RIGHT_COARSE, now_ns).energy_uj > told_uj);
    desk_tear_down(&fixture);
}

/* How often somebody with every right asks is his own business. */
static void test_coarse_figures_are_numbered_by_themselves(void **state)
{
    static struct desk_fixture fixture;
    int64_t now_ns = clock_mono_ns() + 2 * NSEC_PER_SEC;

    (void)state;
    desk_set_up(&fixture, 1);
    for (int i = 1; i <= 3; i++) {
        for (int j = 0; j < 5; j++)
            (void)read_one(&fixture, RIGHT_RAW, now_ns + j * NSEC_PER_SEC / 10);
        desk_tick(&fixture.desk, now_ns);
        assert_int_equal(read_one(&fixture, RIGHT_COARSE, now_ns).sequence, i);
        now_ns += NSEC_PER_SEC;
    }
    desk_tear_down(&fixture);
}

static void test_the_raw_right_gives_every_figure(void **state)
{
    static struct desk_fixture fixture;
    struct aico2_sensord_reading reading;

    (void)state;
    counter_uj = UINT64_C(500000000);
    desk_set_up(&fixture, 1);
    reading = read_one(&fixture, RIGHT_RAW, clock_mono_ns());
    assert_int_equal(reading.energy_uj, 501234567);
    assert_int_equal(read_one(&fixture, RIGHT_RAW, clock_mono_ns()).energy_uj, 501234567);
    assert_int_equal(read_one(&fixture, RIGHT_RAW, clock_mono_ns() + 10 * NSEC_PER_MSEC).energy_uj,
                     502469134);
    desk_tear_down(&fixture);
}

static void test_what_is_no_request_ends_the_connection(void **state)
{
    static struct desk_fixture fixture;
    struct aico2_sensord_request good = { .magic = AICO2_SENSORD_MAGIC,
                                          .version = AICO2_SENSORD_VERSION,
                                          .command = AICO2_SENSORD_DEVICE,
                                          .argument = 1 };
    struct aico2_sensord_refused refused;
    bool end = false;
    size_t length;

    (void)state;
    desk_set_up(&fixture, 1);
    for (size_t size = 0; size < 40; size++) {
        if (size == sizeof(good))
            continue;
        length = desk_answer(&fixture.desk, RIGHT_RAW, (const char *)&good, size, 1, fixture.answer,
                             &end);
        assert_true(end && sensord_take_refusal(fixture.answer, length, &refused));
        assert_int_equal(refused.error, EBADMSG);
    }
    length = desk_answer(&fixture.desk, RIGHT_RAW, (const char *)&good, sizeof(good), 1,
                         fixture.answer, &end);
    assert_true(end && sensord_take_refusal(fixture.answer, length, &refused));
    assert_int_equal(refused.error, ENODEV); /* there is a device 0 alone */
    good.version = 9;
    length = desk_answer(&fixture.desk, RIGHT_RAW, (const char *)&good, sizeof(good), 1,
                         fixture.answer, &end);
    assert_true(end && sensord_take_refusal(fixture.answer, length, &refused));
    assert_int_equal(refused.error, EPROTONOSUPPORT);
    length = ask(&fixture, RIGHT_RAW, 99, 1, &end);
    assert_true(end && sensord_take_refusal(fixture.answer, length, &refused));
    length = ask(&fixture, RIGHT_NONE, AICO2_SENSORD_READ, 1, &end);
    assert_true(end && sensord_take_refusal(fixture.answer, length, &refused));
    assert_int_equal(refused.error, EACCES);
    desk_tear_down(&fixture);
}

/* A counter of the hardware goes on past a restart; one that does not wrap is the process's own. */
static void test_counters_of_the_hardware_outlive_a_restart(void **state)
{
    static struct desk_fixture fixture;
    uint64_t hardware[2];
    uint64_t own[2];

    (void)state;
    for (uint64_t i = 0; i < 2; i++) {
        desk_set_up(&fixture, 100 + i);
        hardware[i] = read_one(&fixture, RIGHT_RAW, clock_mono_ns()).counter;
        desk_tear_down(&fixture);
        desk_set_up(&fixture, 100 + i);
        count_device.counter_range_uj = 0;
        own[i] = read_one(&fixture, RIGHT_RAW, clock_mono_ns()).counter;
        desk_tear_down(&fixture);
    }
    assert_true(hardware[0] == hardware[1]);
    assert_true(own[0] != own[1]);
}

static void test_what_only_opening_would_mend_is_lost(void **state)
{
    static struct desk_fixture fixture;

    (void)state;
    desk_set_up(&fixture, 1);
    meters_read(&fixture.meters);
    counter_error = -ETIMEDOUT; /* it may come back by itself */
    meters_read(&fixture.meters);
    fixture.meters.read_ns += 3600 * NSEC_PER_SEC;
    assert_null(meters_lost(&fixture.meters));
    counter_error = -ENODEV;
    meters_read(&fixture.meters);
    assert_null(meters_lost(&fixture.meters)); /* not at once: a driver may be loaded again */
    fixture.meters.read_ns += 6 * NSEC_PER_SEC;
    assert_string_equal(meters_lost(&fixture.meters)->id, "cpu0");
    counter_error = 0;
    meters_read(&fixture.meters);
    fixture.meters.read_ns += 6 * NSEC_PER_SEC;
    assert_null(meters_lost(&fixture.meters));
    desk_tear_down(&fixture);
}

/* --- the filter --- */

/* In a process of its own: what it does is for good. Return: bits of what was possible that should not be. */
static int try_all(void)
{
    char byte;
    int file = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    int bad = 0;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || filter_enter(NULL) != 0)
        return 128;
    bad |= open("/dev/zero", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES ? 0 : 1;
    bad |= socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EPERM ? 0 : 2;
    bad |= fork() < 0 && errno == EPERM ? 0 : 4;
    bad |= execl("/bin/true", "true", (char *)NULL) < 0 && errno == EPERM ? 0 : 8;
    bad |= mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
               ? 0
               : 16;
    bad |= kill(getppid(), 0) < 0 && errno == EPERM ? 0 : 32;
    bad |= read(file, &byte, 1) == 1 && clock_mono_ns() > 0 ? 0 : 64; /* what is open can be read */
    return bad;
}

static void test_the_filter_leaves_reading_and_no_more(void **state)
{
    int status = -1;
    pid_t child;

    (void)state;
#if !defined(__x86_64__) && !defined(__aarch64__)
    skip();
#endif
    child = fork();
    if (child == 0)
        _exit(try_all());
    assert_true(waitpid(child, &status, 0) == child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 128)
        skip(); /* a kernel, or an emulator, without */
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* --- the command line --- */

static void test_settings_are_understood_or_named(void **state)
{
    char *good[] = { "x", "--socket=/a", "--group", "7", "--idle-exit=60", "--msr", NULL };
    char *bad[][2] = {
        { "--sokcet=/a", "nearest is '--socket'" }, { "--idle-exit=1m", "'1m'" },
        { "--group", "--group needs GROUP" },       { "--msr=1", "takes no value" },
        { "socket", "'socket' is no option" },      { "--", "'--' is no option" },
    };
    struct settings settings;
    struct aico2_error err = { 0 };
    char help[2048];

    (void)state;
    assert_int_equal(settings_parse(6, good, &settings, &err), 0);
    assert_string_equal(settings.socket, "/a");
    assert_string_equal(settings.group, "7");
    assert_true(settings.idle_exit_ns == 60 * NSEC_PER_SEC && settings.registers);
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        char *words[] = { "x", bad[i][0], NULL };

        assert_int_equal(settings_parse(2, words, &settings, &err), -EINVAL);
        if (strstr(err.message, bad[i][1]) == NULL)
            fail_msg("%s: %s", bad[i][0], err.message);
    }
    settings_help(help, sizeof(help));
    assert_non_null(strstr(help, "aico2-sensord(8)")); /* nothing is cut */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures_are_cut_to_a_tenth),
        cmocka_unit_test(test_moments_are_never_nearer_than_a_second),
        cmocka_unit_test(test_rights_come_of_groups),
        cmocka_unit_test(test_a_peer_is_who_has_connected),
        cmocka_unit_test(test_groups_have_names_and_numbers),
        cmocka_unit_test(test_one_user_leaves_room_for_others),
        cmocka_unit_test(test_who_asks_too_fast_is_told_so),
        cmocka_unit_test(test_coarse_figures_stay_for_a_second),
        cmocka_unit_test(test_a_second_begins_where_reading_ends),
        cmocka_unit_test(test_coarse_figures_are_numbered_by_themselves),
        cmocka_unit_test(test_the_raw_right_gives_every_figure),
        cmocka_unit_test(test_what_is_no_request_ends_the_connection),
        cmocka_unit_test(test_counters_of_the_hardware_outlive_a_restart),
        cmocka_unit_test(test_what_only_opening_would_mend_is_lost),
        cmocka_unit_test(test_the_filter_leaves_reading_and_no_more),
        cmocka_unit_test(test_settings_are_understood_or_named),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_remote_wire.c - what of a fetcher's word on a time-series server is not believed */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/remote.h"

static bool holds(enum remote_kind kind, const void *payload, size_t bytes)
{
    const struct remote_frame frame = { .kind = kind, .bytes = (uint32_t)bytes };
    void *exact = malloc(bytes == 0 ? 1 : bytes); /* a byte read behind it is seen by ASan */
    bool good;

    assert_non_null(exact);
    memcpy(exact, payload, bytes);
    good = remote_frame_check(&frame, exact);
    free(exact);
    return good;
}

#define SET(field, text) memcpy(field, text, sizeof(text))
#define HOLDS(kind, payload) holds(kind, &(payload), sizeof(payload))
#define REFUSED(kind, type, good, change) \
    do {                                  \
        type bad = (good);                \
        change;                           \
        assert_false(HOLDS(kind, bad));   \
    } while (0)

static struct remote_question good_question(void)
{
    return (struct remote_question){
        .magic = REMOTE_MAGIC,
        .version = REMOTE_VERSION,
        .what = REMOTE_WINDOW,
        .access = { .url = "http://127.0.0.1:9090" },
        .from_wall_ns = 1,
        .to_wall_ns = 2,
        .deadline_ms = 3000,
    };
}

#define QUESTION(expected, change)                                 \
    do {                                                           \
        struct remote_question asked = good_question();            \
        change;                                                    \
        assert_int_equal(remote_question_check(&asked), expected); \
    } while (0)

static void test_questions(void **state)
{
    (void)state;
    QUESTION(true, (void)0);
    QUESTION(false, asked.magic++);
    QUESTION(false, asked.version++);
    QUESTION(false, asked.what = (enum remote_what)2);
    QUESTION(false, asked.deadline_ms = 0);
    QUESTION(false, asked.to_wall_ns = 1);
    QUESTION(false, asked.from_wall_ns = -1);
    QUESTION(false, asked.access.url[0] = '\0');
    QUESTION(false, memset(asked.access.tenant, 'x', sizeof(asked.access.tenant)));
    /* a header is made of it: a line end would begin another */
    QUESTION(false, SET(asked.access.tenant, "a\r\nHost: elsewhere"));
    QUESTION(false, asked.access.auth = REMOTE_AUTH_BEARER); /* without a file */
    QUESTION(true, asked.access.auth = REMOTE_AUTH_BEARER; SET(asked.access.secret_file, "/token"));
    QUESTION(false, asked.access.auth = REMOTE_AUTH_BASIC; /* without a user */
             SET(asked.access.secret_file, "/password"));
    QUESTION(false, asked.access.auth = (enum remote_auth)3;
             SET(asked.access.secret_file, "/token"));
    QUESTION(false, asked.match_count = 1); /* an empty selector */
    QUESTION(true, asked.match_count = 1; SET(asked.matches[0], "rack_watts{room=\"a\"}"));
    QUESTION(false, asked.match_count = REMOTE_MATCH_MAX + 1);
    QUESTION(false, asked.what = REMOTE_QUERY); /* without an expression */
    QUESTION(true, asked.what = REMOTE_QUERY; asked.to_wall_ns = 1; SET(asked.query, "up"));
    QUESTION(false, asked.what = REMOTE_QUERY; asked.step_ms = -1; SET(asked.query, "up"));
}

static void test_server_and_host(void **state)
{
    const struct remote_server server = { .magic = REMOTE_MAGIC,
                                          .version = REMOTE_VERSION,
                                          .url = "http://h:9090/prometheus" };
    const struct remote_host host = { .instance = "h:9100", .name = "h", .boot_wall_seconds = NAN };

    (void)state;
    assert_true(HOLDS(REMOTE_SERVER, server));
    REFUSED(REMOTE_SERVER, struct remote_server, server, bad.magic++);
    REFUSED(REMOTE_SERVER, struct remote_server, server, bad.version++);
    REFUSED(REMOTE_SERVER, struct remote_server, server, bad.url[0] = '\0');
    REFUSED(REMOTE_SERVER, struct remote_server, server, SET(bad.name, "Prom\033[2J"));
    assert_false(holds(REMOTE_SERVER, &server, sizeof(server) - 1));
    assert_true(HOLDS(REMOTE_HOST, host));
    REFUSED(REMOTE_HOST, struct remote_host, host, bad.threads = -1);
    REFUSED(REMOTE_HOST, struct remote_host, host, bad.sockets = -1);
    REFUSED(REMOTE_HOST, struct remote_host, host, bad.cpu_family = -1);
    REFUSED(REMOTE_HOST, struct remote_host, host, bad.cpu_number = -1);
    REFUSED(REMOTE_HOST, struct remote_host, host, SET(bad.cpu_vendor, "Intel\n"));
    REFUSED(REMOTE_HOST, struct remote_host, host, bad.boot_wall_seconds = INFINITY);
    REFUSED(REMOTE_HOST, struct remote_host, host, memset(bad.name, 'x', sizeof(bad.name)));
    assert_false(HOLDS(REMOTE_DEVICE, host)); /* of another kind than it says */
}

static void test_devices(void **state)
{
    const struct remote_device good = { .kind = SERIES_COUNTER,
                                        .device_kind = DEVICE_GPU,
                                        .index = -1,
                                        .exporter = "dcgm",
                                        .limit_watts = NAN,
                                        .interval_seconds = 15 };

    (void)state;
    assert_true(HOLDS(REMOTE_DEVICE, good));
    REFUSED(REMOTE_DEVICE, struct remote_device, good, bad.host = REMOTE_HOSTS_MAX);
    REFUSED(REMOTE_DEVICE, struct remote_device, good, bad.kind = SERIES_NONE);
    REFUSED(REMOTE_DEVICE, struct remote_device, good, bad.kind = (enum series_kind) - 1);
    REFUSED(REMOTE_DEVICE, struct remote_device, good, bad.device_kind = (enum device_kind)8);
    REFUSED(REMOTE_DEVICE, struct remote_device, good, bad.index = -2);
    REFUSED(REMOTE_DEVICE, struct remote_device, good, bad.limit_watts = -1);
    REFUSED(REMOTE_DEVICE, struct remote_device, good, bad.limit_watts = INFINITY);
    REFUSED(REMOTE_DEVICE, struct remote_device, good, bad.range_joules = NAN);
    REFUSED(REMOTE_DEVICE, struct remote_device, good, bad.interval_seconds = -15);
    REFUSED(REMOTE_DEVICE, struct remote_device, good, bad.deltas = 2);
    REFUSED(REMOTE_DEVICE, struct remote_device, good, bad.deltas = 1; bad.kind = SERIES_POWER);
    REFUSED(REMOTE_DEVICE, struct remote_device, good, SET(bad.passed_over, "a\nb"));
    REFUSED(REMOTE_DEVICE, struct remote_device, good, memset(bad.name, 'x', sizeof(bad.name)));
}

static void test_readings(void **state)
{
    static const struct remote_reading many[REMOTE_READINGS_MAX + 1];
    struct remote_reading good = { .device = 3, .wall_ns = 10, .value = 44.5 };

    (void)state;
    assert_true(HOLDS(REMOTE_READINGS, good));
    assert_true(holds(REMOTE_READINGS, many, sizeof(many) - sizeof(many[0])));
    assert_false(holds(REMOTE_READINGS, many, sizeof(many)));
    assert_false(holds(REMOTE_READINGS, many, 0));
    assert_false(holds(REMOTE_READINGS, &good, sizeof(good) - 1));
    REFUSED(REMOTE_READINGS, struct remote_reading, good, bad.device = REMOTE_DEVICES_MAX);
    REFUSED(REMOTE_READINGS, struct remote_reading, good, bad.flags = 1);
    REFUSED(REMOTE_READINGS, struct remote_reading, good, bad.wall_ns = -1);
    REFUSED(REMOTE_READINGS, struct remote_reading, good, bad.value = NAN);
    REFUSED(REMOTE_READINGS, struct remote_reading, good, bad.value = INFINITY);
    REFUSED(REMOTE_READINGS, struct remote_reading, good, bad.value = -0.5);
}

struct two_points {
    struct remote_labels labels;
    struct remote_point points[2];
};

static void test_points(void **state)
{
    static const char labels[] = "job\0train\0node\0n1\0";
    struct two_points good = { .labels = { .points = 2 }, .points = { { 10, -3 }, { 11, 4 } } };

    (void)state;
    memcpy(good.labels.text, labels, sizeof(labels));
    assert_true(HOLDS(REMOTE_POINTS, good));
    REFUSED(REMOTE_POINTS, struct two_points, good, bad.labels.points = 1);
    REFUSED(REMOTE_POINTS, struct two_points, good, bad.labels.points = UINT32_MAX);
    REFUSED(REMOTE_POINTS, struct two_points, good, bad.points[1].wall_ns = 10);
    REFUSED(REMOTE_POINTS, struct two_points, good, bad.points[1].value = NAN);
    /* text up to the last byte: a name without an end, then a value that is not there */
    REFUSED(REMOTE_POINTS, struct two_points, good,
            memset(bad.labels.text, 'x', sizeof(bad.labels.text)));
    REFUSED(REMOTE_POINTS, struct two_points, good,
            memset(bad.labels.text, 'x', sizeof(bad.labels.text) - 1));
    REFUSED(REMOTE_POINTS, struct two_points, good, bad.labels.text[1] = '\n');
    assert_false(holds(REMOTE_POINTS, &good, sizeof(good.labels) - 1));
    good.labels.points = 0;
    assert_true(holds(REMOTE_POINTS, &good, sizeof(good.labels)));
}

static void test_notes_and_end(void **state)
{
    static const char note[REMOTE_NOTE_MAX + 2];
    const struct remote_end complete = { .outcome = REMOTE_COMPLETE };
    const struct remote_end denied = { .outcome = REMOTE_DENIED,
                                       .message = "401: check the token" };

    (void)state;
    assert_true(holds(REMOTE_NOTE, "one job twice", 13));
    assert_false(holds(REMOTE_NOTE, "one job twice", 14)); /* with its end */
    assert_false(holds(REMOTE_NOTE, "one\njob", 7));
    assert_false(holds(REMOTE_NOTE, "", 0));
    assert_false(holds(REMOTE_NOTE, note, REMOTE_NOTE_MAX + 1));
    assert_true(HOLDS(REMOTE_END, complete));
    assert_true(HOLDS(REMOTE_END, denied));
    REFUSED(REMOTE_END, struct remote_end, denied, bad.message[0] = '\0'); /* says not why */
    REFUSED(REMOTE_END, struct remote_end, denied, bad.outcome = REMOTE_COMPLETE);
    REFUSED(REMOTE_END, struct remote_end, denied, bad.outcome = (enum remote_outcome)10);
    REFUSED(REMOTE_END, struct remote_end, denied, bad.message[0] = '\t');
}

static void test_frames(void **state)
{
    const struct remote_frame unknown = { .kind = REMOTE_END + 1 };
    const struct remote_frame huge = { .kind = REMOTE_READINGS, .bytes = REMOTE_FRAME_MAX + 1 };

    (void)state;
    assert_false(remote_frame_check(&unknown, ""));
    assert_false(remote_frame_check(&huge, "")); /* and no byte of it was read */
    for (int i = REMOTE_COMPLETE; i <= REMOTE_BAD_FILE; i++)
        assert_non_null(remote_outcome_name((enum remote_outcome)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_questions), cmocka_unit_test(test_server_and_host),
        cmocka_unit_test(test_devices),   cmocka_unit_test(test_readings),
        cmocka_unit_test(test_points),    cmocka_unit_test(test_notes_and_end),
        cmocka_unit_test(test_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

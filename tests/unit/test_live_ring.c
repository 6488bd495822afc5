/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_live_ring.c - ticks as those who look on get them: figures, texts, numbers, what is kept */
#include "support.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "server/live_ring.h"
#include "session/report/tick.h"
#include "writers/writer.h"

/* --- figures --- */

static struct report_device device_of(const char *id, double joules, double low, double high,
                                      double busy_ratio, double seconds)
{
    struct report_device device = {
        .device = DEVICE_NULL,
        .energy = { joules, low, high },
        .operational_gco2e = NAN,
        .embodied_gco2e = NAN,
        .mean_utilization_ratio = busy_ratio,
        .utilization_seconds = seconds,
    };

    (void)snprintf(device.device.id, sizeof(device.device.id), "%s", id);
    return device;
}

static void test_a_tick_is_what_came_since_the_last_one(void **state)
{
    struct device_counters counters = { 0 };
    struct tick tick = { 0 };
    struct report_device devices[2];
    struct report report = { .devices = devices, .device_count = 2 };

    (void)state;
    (void)snprintf(report.run.id, sizeof(report.run.id), "R");
    report.run.state = RUN_RUNNING;
    report.run.duration_ns = 10 * INT64_C(1000000000);
    devices[0] = device_of("cpu0", 500, 450, 600, 0.25, 10);
    devices[1] = device_of("dram0", 20.04, 20.04, 20.04, NAN, 0);
    assert_int_equal(device_counters_take(&counters, &report), 1);
    /* two seconds later: 180.06 J more of cpu0, wholly busy; nothing is known of dram0's second */
    report.run.duration_ns = 12 * INT64_C(1000000000);
    devices[0] = device_of("cpu0", 680.06, 612.054, 816.072, 4.5 / 12, 12);
    devices[1] = device_of("dram0", 20.04, 20.04, 20.04, NAN, 0);
    devices[1].gap_seconds = 2;
    assert_int_equal(device_counters_take(&counters, &report), 1);
    assert_int_equal(tick_of_report(&tick, &counters, &report, false), 0);

    assert_int_equal(tick.device_count, 2);
    assert_string_equal(tick.devices[0].id, "cpu0");
    assert_true(tick.devices[0].added);
    assert_float_equal(tick.devices[0].watts, 90.0, 1e-9);     /* 90.03, to 0.1 W */
    assert_float_equal(tick.devices[0].low_watts, 81.0, 1e-9); /* the run's: 10 % less */
    assert_float_equal(tick.devices[0].high_watts, 108.0, 1e-9);
    assert_float_equal(tick.devices[0].joules, 680.0, 1e-9); /* never more than there were */
    assert_float_equal(tick.devices[0].utilization_ratio, 1.0, 1e-9); /* 4.5 s - 2.5 s, of 2 s */
    assert_true(isnan(tick.devices[1].watts));
    assert_float_equal(tick.devices[1].joules, 20.0, 1e-9);
    tick_deinit(&tick);
    device_counters_deinit(&counters);
}

static void test_a_tick_is_one_line(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct tick_device device = { "c\"\n", DEVICE_GPU, BASIS_MODELLED, true, 7.5,        NAN,
                                  8,       0.5,        100.1,          NAN,  85899345920 };
    struct tick tick = { 41, INT64_C(1500) * 1000000, 1.001, &device, 1, 1, 3145728, NAN };

    (void)state;
    write_tick_line(&text, &tick);
    assert_string_equal(
        strbuf_text(&text),
        "{\"id\":41,\"time\":\"1970-01-01T00:00:01.500Z\",\"interval_seconds\":1.001,"
        "\"devices\":[{\"id\":\"c\\\"\\n\",\"kind\":\"gpu\",\"basis\":\"modelled\",\"added\":true,"
        "\"watts\":7.5,"
        "\"low_watts\":null,\"high_watts\":8,\"utilization_ratio\":0.5,"
        "\"joules\":100.1,\"memory_used_bytes\":null,\"memory_total_bytes\":85899345920}],"
        "\"memory_used_bytes\":3145728,\"memory_total_bytes\":null}");
}

/* --- the ring --- */

static void put(struct live_ring *ring, size_t count)
{
    struct tick tick = { .wall_ns = 1, .interval_seconds = 1 };

    for (size_t i = 0; i < count; i++)
        live_ring_put_tick(ring, &tick);
}

/* All from there on: "5,6,r7,7," with the events' numbers, runs with an r. */
static void expect(struct live_ring *ring, uint64_t position, int64_t base, const char *expected)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf got = { 0 };
    struct live_event event;

    for (; live_ring_look(ring, &position, &event); position++)
        strbuf_printf(&got, "%s%" PRId64 ",", event.is_run ? "r" : "", event.tick - base);
    assert_string_equal(strbuf_text(&got), expected);
}

/* The whole text of the event there; to be freed. */
static char *text_at(struct live_ring *ring, uint64_t position, struct live_event *event_out)
{
    char *text;

    assert_true(live_ring_look(ring, &position, event_out));
    text = calloc(1, event_out->length + 1);
    assert_non_null(text);
    assert_true(live_ring_copy(ring, event_out, 0, text, event_out->length));
    return text;
}

static void test_no_tick_is_missing_or_there_twice(void **state)
{
    struct live_ring ring;
    struct aico2_error err = { 0 };
    struct run_row row = { .id = "01X", .name = "watch\n", .state = RUN_FINISHED };
    uint64_t ignored;
    int64_t base;

    (void)state;
    assert_int_equal(live_ring_init(&ring, NSEC_PER_SEC, -1, &err), 0);
    base = ring.next_tick;
    assert_false(live_ring_look(&ring, &(uint64_t){ 0 }, &(struct live_event){ 0 }));
    expect(&ring, live_ring_after(&ring, base + 7), base, "");
    put(&ring, 3);
    live_ring_put_run(&ring, &row);
    expect(&ring, live_ring_after(&ring, base + 2), base, "r3,");
    put(&ring, 2);
    expect(&ring, live_ring_oldest(&ring), base, "0,1,2,r3,3,4,");
    expect(&ring, live_ring_after(&ring, base + 1), base, "2,r3,3,4,");
    expect(&ring, live_ring_after(&ring, base + 2), base, "r3,3,4,");
    expect(&ring, live_ring_after(&ring, base + 3), base, "4,");
    expect(&ring, live_ring_after(&ring, base + 4), base, "");
    expect(&ring, live_ring_after(&ring, 0), base, "0,1,2,r3,3,4,");
    expect(&ring, live_ring_after(&ring, base + 5), base, "0,1,2,r3,3,4,"); /* of another server */
    assert_int_equal(read(ring.wake_fd, &ignored, sizeof(ignored)), sizeof(ignored));
    live_ring_deinit(&ring);
}

static void test_an_event_is_what_the_stream_sends(void **state)
{
    struct live_ring ring;
    struct aico2_error err = { 0 };
    struct run_row row = { .id = "01X",
                           .name = "a\ndata: b",
                           .state = RUN_FINISHED,
                           .duration_seconds = 2,
                           .total_joules = 3,
                           .total_gco2e = NAN };
    struct live_event event;
    char *text;

    (void)state;
    assert_int_equal(live_ring_init(&ring, NSEC_PER_SEC, -1, &err), 0);
    ring.next_tick = 12;
    put(&ring, 1);
    live_ring_put_run(&ring, &row);
    text = text_at(&ring, 0, &event);
    assert_int_equal(event.length,
                     strlen("id: 12\nevent: sample\ndata: \n\n") + live_event_data_length(&event));
    assert_memory_equal(text, "id: 12\nevent: sample\ndata: {\"id\":12,", 36);
    assert_string_equal(text + event.length - 3, "}\n\n");
    free(text);
    text = text_at(&ring, 1, &event);
    assert_memory_equal(text, "event: run\ndata: {\"id\":\"01X\",\"name\":\"a\\ndata: b\",", 49);
    assert_true(memchr(text + event.data_start, '\n', live_event_data_length(&event)) == NULL);
    free(text);
    live_ring_deinit(&ring);
}

static void test_what_is_kept_is_bounded(void **state)
{
    struct live_ring ring;
    struct aico2_error err = { 0 };
    struct tick_device *devices = calloc(200, sizeof(*devices));
    struct tick tick = { .wall_ns = 1, .devices = devices, .device_count = 200 };
    struct live_event oldest;
    struct live_event event;
    const struct live_event *before;
    uint64_t position = 0;
    char byte;

    (void)state;
    assert_non_null(devices);
    assert_int_equal(live_ring_init(&ring, NSEC_PER_SEC, -1, &err), 0);
    put(&ring, 1);
    assert_true(live_ring_look(&ring, &position, &oldest));
    before = ring.events;
    put(&ring, LIVE_EVENTS_MAX);
    assert_ptr_equal(ring.events, before); /* no more memory than for the first */
    assert_int_equal(ring.end - ring.first, LIVE_EVENTS_MAX);
    assert_int_equal(live_ring_oldest(&ring), 1);
    assert_false(live_ring_copy(&ring, &oldest, 0, &byte, 1));
    for (int i = 0; i < 1000; i++)
        live_ring_put_tick(&ring, &tick);
    assert_int_equal(ring.size, LIVE_BYTES_MAX);
    assert_in_range(ring.put - ring.events[ring.first % LIVE_EVENTS_MAX].start, LIVE_BYTES_MAX / 2,
                    LIVE_BYTES_MAX);
    position = 0; /* one that has fallen out: the oldest that is left */
    assert_true(live_ring_look(&ring, &position, &event));
    assert_int_equal(position, ring.first);
    assert_true(event.tick > oldest.tick);
    live_ring_deinit(&ring);
    free(devices);
}

/* Texts lie across the end of the memory, too, and move when it grows. */
static void test_texts_stay_what_they_are(void **state)
{
    struct live_ring ring;
    struct aico2_error err = { 0 };
    struct tick_device devices[3] = { { .id = "cpu0" }, { .id = "gpu0" }, { .id = "gpu1" } };
    struct tick tick = { .wall_ns = 1, .devices = devices, .device_count = 1 };
    size_t size;

    (void)state;
    assert_int_equal(live_ring_init(&ring, NSEC_PER_SEC, -1, &err), 0);
    live_ring_put_tick(&ring, &tick);
    size = ring.size;
    for (int i = 0; i < 2 * LIVE_EVENTS_MAX; i++) {
        if (i == LIVE_EVENTS_MAX + 10)
            tick.device_count = 3;
        live_ring_put_tick(&ring, &tick);
    }
    assert_true(ring.size > size);
    for (uint64_t at = ring.first; at < ring.end; at++) {
        struct live_event event;
        char *text = text_at(&ring, at, &event);
        char head[64];

        (void)snprintf(head, sizeof(head),
                       "id: %" PRId64 "\nevent: sample\ndata: {\"id\":%" PRId64 ",", event.tick,
                       event.tick);
        assert_memory_equal(text, head, strlen(head));
        assert_string_equal(text + event.length - 3, "}\n\n");
        assert_int_equal(strlen(text), event.length);
        free(text);
    }
    live_ring_deinit(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_tick_is_what_came_since_the_last_one),
        cmocka_unit_test(test_a_tick_is_one_line),
        cmocka_unit_test(test_no_tick_is_missing_or_there_twice),
        cmocka_unit_test(test_an_event_is_what_the_stream_sends),
        cmocka_unit_test(test_what_is_kept_is_bounded),
        cmocka_unit_test(test_texts_stay_what_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

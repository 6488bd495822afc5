/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_push_wire.c - what of a pushing fetcher's set-up, frames and states is not believed */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "model/push.h"

static struct push_setup good_setup(void)
{
    return (struct push_setup){
        .magic = PUSH_MAGIC,
        .version = PUSH_VERSION,
        .mode = PUSH_LASTING,
        .access = { .url = "http://localhost:9090/api/v1/write" },
        .state_dir = "/var/lib/aico2/push",
        .instance = "node1",
        .job = "aico2",
        .queue_bytes_max = PUSH_QUEUE_LEAST,
        .drain_ms = 1000,
    };
}

#define REFUSED(good, check, change) \
    do {                             \
        __typeof__(good) bad = good; \
        change;                      \
        assert_false(check(&bad));   \
    } while (0)

static void test_setups(void **state)
{
    struct push_setup good = good_setup();

    (void)state;
    assert_true(push_setup_check(&good));
    REFUSED(good, push_setup_check, bad.magic++);
    REFUSED(good, push_setup_check, bad.version++);
    REFUSED(good, push_setup_check, bad.mode = (enum push_mode)2);
    REFUSED(good, push_setup_check, bad.access.url[0] = '\0');
    REFUSED(good, push_setup_check, memset(bad.state_dir, 'x', sizeof(bad.state_dir)));
    REFUSED(good, push_setup_check, bad.state_dir[0] = 'x'); /* no whole path */
    REFUSED(good, push_setup_check, bad.instance[1] = '\n');
    REFUSED(good, push_setup_check, memset(bad.job, 'x', sizeof(bad.job)));
    REFUSED(good, push_setup_check, bad.queue_bytes_max--);
    REFUSED(good, push_setup_check, bad.drain_ms = -1);
    REFUSED(good, push_setup_check, bad.drain_ms = INT64_C(24) * 3600 * 1000 + 1);
    REFUSED(good, push_setup_check,
            (bad.access.auth = REMOTE_AUTH_BEARER, bad.access.secret_file[0] = '\0'));
}

static void test_frames_and_states(void **state)
{
    struct push_frame frame = { .magic = PUSH_MAGIC,
                                .kind = PUSH_SNAPSHOT,
                                .bytes = sizeof(struct push_snapshot),
                                .number = 1 };
    struct push_state stood = { .magic = PUSH_MAGIC, .version = PUSH_VERSION };

    (void)state;
    assert_true(push_frame_check(&frame));
    REFUSED(frame, push_frame_check, bad.magic++);
    REFUSED(frame, push_frame_check, bad.kind = 0);
    REFUSED(frame, push_frame_check, bad.kind = PUSH_APART + 1);
    REFUSED(frame, push_frame_check, bad.bytes--);
    REFUSED(frame, push_frame_check, bad.bytes = PUSH_FRAME_MAX + 1);
    REFUSED(frame, push_frame_check, bad.number = 0);
    assert_true(push_state_check(&stood));
    REFUSED(stood, push_state_check, bad.version++);
    REFUSED(stood, push_state_check, bad.storage = (enum push_storage)2);
    REFUSED(stood, push_state_check, bad.outcome = (enum push_outcome)5);
    REFUSED(stood, push_state_check, memset(bad.server, 'x', sizeof(bad.server)));
    REFUSED(stood, push_state_check, bad.queue[0] = '\033');
    REFUSED(stood, push_state_check, memset(bad.refusal, 'x', sizeof(bad.refusal)));
}

static void fill(struct metrics *metrics)
{
    const struct metric_label device[] = { { "device", "cpu0" }, { "kind", "cpu" } };

    metrics_family(metrics, METRIC_COUNTER, "aico2_energy_joules_total", "joules", "Energy.");
    metrics_sample(metrics, 12.5, device, 2);
    metrics_family(metrics, METRIC_GAUGE, "aico2_nothing", "", "None.");
    metrics_family(metrics, METRIC_GAUGE, "aico2_power_watts", "watts", "Power.");
    metrics_sample(metrics, -1, device, 1);
    metrics_sample(metrics, INFINITY, NULL, 0);
    metrics->wall_ns = INT64_C(1795486961167999999);
}

static void test_what_is_flattened_is_found_again(void **state)
{
    struct metrics metrics = { 0 };
    struct strbuf flat = { 0 };
    struct push_view view;

    (void)state;
    fill(&metrics);
    assert_int_equal(push_flatten(&metrics, &flat), 3);
    assert_true(push_snapshot_check(flat.text, flat.length, &view));
    assert_int_equal(view.snapshot->wall_ms, INT64_C(1795486961167));
    assert_int_equal(view.snapshot->sample_count, 3);
    assert_int_equal(view.snapshot->label_count, 3);
    assert_string_equal(view.texts + view.samples[0].name, "aico2_energy_joules_total");
    assert_true(view.samples[0].value == 12.5);
    assert_string_equal(view.texts + view.labels[1].name, "kind");
    assert_string_equal(view.texts + view.labels[1].value, "cpu");
    assert_string_equal(view.texts + view.samples[1].name, "aico2_power_watts");
    assert_int_equal(view.samples[1].first_label, 2);
    assert_string_equal(view.texts + view.labels[2].value, "cpu0");
    assert_true(isinf(view.samples[2].value));
    assert_int_equal(view.samples[2].label_count, 0);
    strbuf_deinit(&flat);
    metrics_deinit(&metrics);
}

static void test_names_that_are_none_are_left_out(void **state)
{
    static const char *const good[] = { "a", "_", "A9", "aico2_power_watts" };
    static const char *const bad[] = { "", "9a", "a-b", "a b", "\xc3\xa9", "a\n" };
    const struct metric_label reserved = { "__name__", "x" };
    const struct metric_label odd = { "le ft", "x" };
    const struct metric_label torn = { "model", "Xe\xffon \xe2\x82" };
    struct metrics metrics = { .wall_ns = INT64_C(1795486961000000000) };
    struct strbuf flat = { 0 };
    struct push_view view;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        assert_true(push_is_metric_name(good[i]) && (i == 1 || push_is_label_name(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(push_is_metric_name(bad[i]) || push_is_label_name(bad[i]));
    assert_true(push_is_metric_name("job:power:sum"));
    assert_false(push_is_label_name("job:power"));
    assert_false(push_is_label_name("__name__"));

    metrics_family(&metrics, METRIC_GAUGE, "bad-name", "", "None.");
    metrics_sample(&metrics, 1, NULL, 0);
    metrics_family(&metrics, METRIC_GAUGE, "good_name", "", "Some.");
    metrics_sample(&metrics, 1, &reserved, 1);
    metrics_sample(&metrics, 2, &odd, 1);
    metrics_sample(&metrics, 3, &torn, 1);
    assert_int_equal(push_flatten(&metrics, &flat), 1);
    assert_true(push_snapshot_check(flat.text, flat.length, &view));
    assert_string_equal(view.texts + view.labels[0].value, "Xe?on ??");
    strbuf_deinit(&flat);
    metrics_deinit(&metrics);
}

static void test_labels_of_others_are_not_reached(void **state)
{
    struct metrics metrics = { 0 };
    struct strbuf flat = { 0 };
    struct push_sample *samples;
    struct push_view view;

    (void)state;
    fill(&metrics);
    assert_int_equal(push_flatten(&metrics, &flat), 3);
    samples = (struct push_sample *)(flat.text + sizeof(struct push_snapshot));
    samples[1].label_count = 2; /* the third of three labels, and one behind it */
    assert_false(push_snapshot_check(flat.text, flat.length, &view));
    samples[1].label_count = 1;
    assert_true(push_snapshot_check(flat.text, flat.length, &view));
    samples[1].first_label = 4;
    samples[1].label_count = 0;
    assert_false(push_snapshot_check(flat.text, flat.length, &view));
    samples[1].first_label = 3;
    assert_true(push_snapshot_check(flat.text, flat.length, &view));
    samples[1].value = NAN;
    assert_false(push_snapshot_check(flat.text, flat.length, &view));
    strbuf_deinit(&flat);
    metrics_deinit(&metrics);
}

/* Each byte of a payload by another, and each shorter one: refused, or read within its bounds (ASan looks). */
static void test_a_spoilt_payload_is_refused_or_harmless(void **state)
{
    struct metrics metrics = { 0 };
    struct strbuf flat = { 0 };

    (void)state;
    fill(&metrics);
    assert_int_equal(push_flatten(&metrics, &flat), 3);
    for (size_t at = 0; at < flat.length; at++) {
        char *copy = malloc(flat.length);
        struct push_view view;

        assert_non_null(copy);
        memcpy(copy, flat.text, flat.length);
        copy[at] ^= (char)0x81;
        if (push_snapshot_check(copy, flat.length, &view)) {
            for (uint32_t i = 0; i < view.snapshot->label_count; i++)
                assert_true(strlen(view.texts + view.labels[i].value) < flat.length);
        }
        free(copy);
        copy = malloc(at + 1);
        assert_non_null(copy);
        memcpy(copy, flat.text, at);
        assert_false(push_snapshot_check(copy, at, &view));
        free(copy);
    }
    strbuf_deinit(&flat);
    metrics_deinit(&metrics);
}

static void test_no_more_than_a_frame_holds(void **state)
{
    struct metrics metrics = { .wall_ns = INT64_C(1795486961000000000) };
    struct strbuf flat = { 0 };

    (void)state;
    strbuf_add(&flat, "before");
    metrics_family(&metrics, METRIC_GAUGE, "many", "", "Many.");
    for (int i = 0; i <= PUSH_SAMPLES_MAX; i++)
        metrics_sample(&metrics, i, NULL, 0);
    assert_int_equal(push_flatten(&metrics, &flat), -E2BIG);
    assert_string_equal(flat.text, "before");
    metrics.families[0].sample_count--;
    assert_int_equal(push_flatten(&metrics, &flat), PUSH_SAMPLES_MAX);
    strbuf_deinit(&flat);
    metrics_deinit(&metrics);
}

/* RFC 3720, B.4: its bytes are the checksum's, the lowest first. */
static void test_crc_of_the_rfc(void **state)
{
    unsigned char bytes[32];

    (void)state;
    memset(bytes, 0, sizeof(bytes));
    assert_int_equal(crc32c(0, bytes, sizeof(bytes)), 0x8a9136aa);
    memset(bytes, 0xff, sizeof(bytes));
    assert_int_equal(crc32c(0, bytes, sizeof(bytes)), 0x62a8ab43);
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (unsigned char)i;
    assert_int_equal(crc32c(0, bytes, sizeof(bytes)), 0x46dd794e);
    assert_int_equal(crc32c(crc32c(0, bytes, 7), bytes + 7, 25), 0x46dd794e);
}

/* A byte at a time is done without words of eight, wherever they begin. */
static void test_crc_is_the_same_in_pieces_of_any_length(void **state)
{
    unsigned char bytes[80];

    (void)state;
    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 151 + 29);
    for (size_t from = 0; from < 8; from++) {
        uint32_t by_bytes = 0;

        for (size_t length = 0; from + length < sizeof(bytes); length++) {
            assert_int_equal(crc32c(0, bytes + from, length), by_bytes);
            by_bytes = crc32c(by_bytes, bytes + from + length, 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_setups),
        cmocka_unit_test(test_frames_and_states),
        cmocka_unit_test(test_what_is_flattened_is_found_again),
        cmocka_unit_test(test_names_that_are_none_are_left_out),
        cmocka_unit_test(test_labels_of_others_are_not_reached),
        cmocka_unit_test(test_a_spoilt_payload_is_refused_or_harmless),
        cmocka_unit_test(test_no_more_than_a_frame_holds),
        cmocka_unit_test(test_crc_of_the_rfc),
        cmocka_unit_test(test_crc_is_the_same_in_pieces_of_any_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

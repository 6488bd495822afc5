/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_push_encode.c - the bytes of remote write: a known answer, labels in order, ends of series */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fetch/push/block.h"
#include "fetch/push/encode.h"
#include "fetch/push/write_request.h"

/* One series `aico2_energy_joules_total{run="r1"}`, 1.5 at 1795486961167, 2.5 at 1795486962167, which a
 * Prometheus 2.42 took. The series of ours has one sample: that of its first is the same but for lengths. */
static const char KNOWN[] =
    "0a560a250a085f5f6e616d655f5f12196169636f325f656e657267795f6a6f756c65735f746f74616c0a090a037275"
    "6e12"
    "027231121009000000000000f83f108f9cf3daa034121009000000000000044010f7a3f3daa034";

static size_t from_hex(const char *hex, char *out)
{
    size_t length = strlen(hex) / 2;

    for (size_t i = 0; i < length; i++) {
        unsigned byte;

        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        out[i] = (char)byte;
    }
    return length;
}

static void test_the_known_answer(void **state)
{
    char known[128];
    const size_t length = from_hex(KNOWN, known);
    const size_t labels = 2 + 0x25 + 2 + 9; /* behind the series' own two bytes */
    struct strbuf ours = { 0 };
    struct strbuf request = { 0 };
    size_t at = 0;

    (void)state;
    assert_int_equal(length, 88);
    write_label(&ours, "__name__", "aico2_energy_joules_total");
    write_label(&ours, "run", "r1");
    assert_int_equal(ours.length, labels);
    assert_memory_equal(ours.text, known + 2, labels);

    write_series(&request, ours.text, ours.length, 1.5, INT64_C(1795486961167));
    assert_int_equal(request.length, 2 + labels + 18);
    assert_memory_equal(request.text, "\x0a\x44", 2); /* 0x56 without 18 bytes of a second sample */
    assert_memory_equal(request.text + 2, known + 2, labels + 18);
    write_series(&request, ours.text, ours.length, 2.5, INT64_C(1795486962167));
    assert_memory_equal(request.text + 2 * (2 + labels) + 18, known + 2 + labels + 18, 18);

    assert_true(write_request_next(request.text, request.length, &at));
    assert_int_equal(at, 2 + labels + 18);
    assert_true(write_request_next(request.text, request.length, &at));
    assert_int_equal(at, request.length);
    assert_false(write_request_next(request.text, request.length, &at));
    at = 0;
    assert_true(write_request_next(known, length, &at));
    assert_int_equal(at, 88);
    strbuf_deinit(&ours);
    strbuf_deinit(&request);
}

/* The same answer's block of literals alone, and what libsnappy makes of the bytes, unpacked again. */
static void test_blocks(void **state)
{
    char known[128];
    char literals[128];
    const size_t length = from_hex(KNOWN, known);
    struct strbuf packed = { 0 };
    struct strbuf plain = { 0 };

    (void)state;
    memcpy(literals, "\x58\xec", 2);
    memcpy(literals + 2, known, 60);
    literals[62] = 0x6c;
    memcpy(literals + 63, known + 60, 28);
    assert_int_equal(block_unpack(literals, 91, length, &plain), 0);
    assert_int_equal(plain.length, length);
    assert_memory_equal(plain.text, known, length);

    assert_int_equal(block_pack(known, length, &packed), 0);
    assert_int_equal(block_unpack(packed.text, packed.length, length, &plain), 0);
    assert_int_equal(plain.length, 2 * length);
    assert_memory_equal(plain.text + length, known, length);
    assert_int_equal(block_unpack(packed.text, packed.length, length - 1, &plain), -EBADMSG);
    assert_int_equal(block_unpack(packed.text, packed.length - 1, length, &plain), -EBADMSG);
    assert_int_equal(block_unpack("", 0, length, &plain), -EBADMSG);
    assert_int_equal(plain.length, 2 * length);
    strbuf_deinit(&packed);
    strbuf_deinit(&plain);
}

struct got {
    struct strbuf bytes;
    uint32_t pieces;
    uint32_t samples;
    uint32_t most;
    int64_t wall_ms;
    int fail;
};

static int put(void *payload, const char *request, size_t length, uint32_t samples, int64_t wall_ms)
{
    struct got *got = payload;

    if (got->fail != 0)
        return got->fail;
    strbuf_add_bytes(&got->bytes, request, length);
    got->pieces++;
    got->samples += samples;
    got->most = samples > got->most ? samples : got->most;
    got->wall_ms = wall_ms;
    return 0;
}

static int send(struct encoder *encoder, const struct metrics *metrics, enum push_kind kind,
                struct got *got, uint64_t *left_out)
{
    const struct piece_out out = { put, got };
    struct strbuf flat = { 0 };
    struct push_view view;
    int r;

    assert_true(push_flatten(metrics, &flat) >= 0);
    assert_true(push_snapshot_check(flat.text, flat.length, &view));
    got->bytes.length = 0;
    got->pieces = 0;
    got->samples = 0;
    r = encode_snapshot(encoder, &view, kind, &out, left_out);
    strbuf_deinit(&flat);
    return r;
}

static bool has(const struct got *got, const char *text, size_t length)
{
    return memmem(got->bytes.text, got->bytes.length, text, length) != NULL;
}

#define HAS(got, text) has(got, text, sizeof(text) - 1)

static void run_sample(struct metrics *metrics, const char *run, double value)
{
    const struct metric_label label = { "run_id", run };

    metrics_sample(metrics, value, &label, 1);
}

static void begin(struct metrics *metrics, int64_t second)
{
    metrics_clear(metrics);
    metrics->wall_ns = second * INT64_C(1000000000);
    metrics_family(metrics, METRIC_COUNTER, "aico2_run_energy_joules_total", "joules", "Energy.");
}

static void test_labels_are_sorted_and_those_of_the_sender_added(void **state)
{
    /* '_' of __name__ stands behind capital letters and before small ones */
    static const char expected[] = "\x0a\x06\x0a\x01"
                                   "A"
                                   "\x12\x01"
                                   "1"
                                   "\x0a\x10\x0a\x08__name__\x12\x04load"
                                   "\x0a\x0f\x0a\x08instance\x12\x03n:1"
                                   "\x0a\x0c\x0a\x03job\x12\x05"
                                   "aico2"
                                   "\x0a\x06\x0a\x01z\x12\x01"
                                   "2";
    const struct metric_label labels[] = { { "z", "2" }, { "empty", "" }, { "A", "1" } };
    const struct metric_label own[] = { { "job", "other" }, { "instance", "there" } };
    const struct metric_label twice[] = { { "a", "1" }, { "a", "2" } };
    struct encoder encoder = { .instance = "n:1", .job = "aico2" };
    struct metrics metrics = { .wall_ns = INT64_C(1795486961000000000) };
    struct got got = { 0 };
    uint64_t left_out = 0;

    (void)state;
    metrics_family(&metrics, METRIC_GAUGE, "load", "", "Load.");
    metrics_sample(&metrics, 1, labels, 3);
    metrics_sample(&metrics, 2, own, 2);
    metrics_sample(&metrics, 3, twice, 2);  /* no series */
    metrics_sample(&metrics, 4, labels, 3); /* the first once more */
    assert_int_equal(send(&encoder, &metrics, PUSH_SNAPSHOT, &got, &left_out), 0);
    assert_int_equal(got.samples, 2);
    assert_int_equal(left_out, 2);
    assert_int_equal(got.pieces, 1);
    assert_int_equal(got.wall_ms, INT64_C(1795486961000));
    assert_true(HAS(&got, expected));
    assert_true(HAS(&got, "\x0a\x0c\x0a\x03job\x12\x05other"));
    assert_false(HAS(&got, "empty"));
    metrics_deinit(&metrics);
    strbuf_deinit(&got.bytes);
    encoder_deinit(&encoder);
}

/* value 09, eight bytes 0x7ff0000000000002 the lowest first, time 10 and 1795486962000 as a varint */
#define MARKER_AT_962 "\x12\x10\x09\x02\x00\x00\x00\x00\x00\xf0\x7f\x10\xd0\xa2\xf3\xda\xa0\x34"

static void test_a_series_that_is_gone_is_marked_once(void **state)
{
    struct encoder encoder = { .instance = "n", .job = "aico2" };
    struct metrics metrics = { 0 };
    struct got got = { 0 };
    const struct piece_out out = { put, &got };
    uint64_t left_out = 0;

    (void)state;
    begin(&metrics, 1795486961);
    run_sample(&metrics, "r1", 1);
    run_sample(&metrics, "r2", 1);
    assert_int_equal(send(&encoder, &metrics, PUSH_SNAPSHOT, &got, &left_out), 0);
    assert_int_equal(got.samples, 2);

    begin(&metrics, 1795486962);
    run_sample(&metrics, "r2", 2);
    assert_int_equal(send(&encoder, &metrics, PUSH_SNAPSHOT, &got, &left_out), 0);
    assert_int_equal(got.samples, 2);
    assert_true(HAS(&got, "\x12\x02r1" MARKER_AT_962));
    assert_false(HAS(&got, "\x12\x02r2" MARKER_AT_962));

    begin(&metrics, 1795486963);
    run_sample(&metrics, "r2", 3);
    assert_int_equal(send(&encoder, &metrics, PUSH_SNAPSHOT, &got, &left_out), 0);
    assert_int_equal(got.samples, 1);

    /* one apart tells nothing of others */
    begin(&metrics, 1795486964);
    run_sample(&metrics, "r7", 3);
    assert_int_equal(send(&encoder, &metrics, PUSH_APART, &got, &left_out), 0);
    assert_int_equal(got.samples, 1);

    got.bytes.length = 0;
    got.samples = 0;
    assert_int_equal(encode_end(&encoder, INT64_C(1795486962000), &out), 0);
    assert_int_equal(got.samples, 1);
    assert_true(HAS(&got, "\x12\x02r2" MARKER_AT_962));
    assert_int_equal(encode_end(&encoder, INT64_C(1795486962000), &out), 0);
    assert_int_equal(got.samples, 1);
    metrics_deinit(&metrics);
    strbuf_deinit(&got.bytes);
    encoder_deinit(&encoder);
}

static void test_what_an_earlier_sender_had_is_marked_too(void **state)
{
    struct encoder encoder = { .instance = "n", .job = "aico2" };
    struct metrics metrics = { 0 };
    struct got got = { 0 };
    uint64_t left_out = 0;

    (void)state;
    begin(&metrics, 1795486961);
    run_sample(&metrics, "r1", 1);
    assert_int_equal(send(&encoder, &metrics, PUSH_PREVIOUS, &got, &left_out), 0);
    assert_int_equal(got.pieces, 0);
    begin(&metrics, 1795486962);
    assert_int_equal(send(&encoder, &metrics, PUSH_SNAPSHOT, &got, &left_out), 0);
    assert_int_equal(got.samples, 1);
    assert_true(HAS(&got, MARKER_AT_962));
    metrics_deinit(&metrics);
    strbuf_deinit(&got.bytes);
    encoder_deinit(&encoder);
}

static void test_many_series_are_several_pieces(void **state)
{
    struct encoder encoder = { .instance = "n", .job = "aico2" };
    struct metrics metrics = { 0 };
    struct got got = { 0 };
    uint64_t left_out = 0;
    size_t at = 0;
    uint32_t count = 0;

    (void)state;
    begin(&metrics, 1795486961);
    for (int i = 0; i < 4500; i++) {
        char run[32];

        (void)snprintf(run, sizeof(run), "run-%d", i);
        run_sample(&metrics, run, i);
    }
    assert_int_equal(send(&encoder, &metrics, PUSH_SNAPSHOT, &got, &left_out), 0);
    assert_int_equal(got.samples, 4500);
    assert_true(got.pieces >= 3 && got.most <= PIECE_SAMPLES_MAX);
    while (write_request_next(got.bytes.text, got.bytes.length, &at))
        count++;
    assert_int_equal(count, 4500);
    assert_int_equal(at, got.bytes.length);

    /* what could not be put is not remembered: it ends nothing */
    begin(&metrics, 1795486962);
    got.fail = -ENOMEM;
    assert_int_equal(send(&encoder, &metrics, PUSH_SNAPSHOT, &got, &left_out), -ENOMEM);
    got.fail = 0;
    assert_int_equal(send(&encoder, &metrics, PUSH_SNAPSHOT, &got, &left_out), 0);
    assert_int_equal(got.samples, 4500);
    metrics_deinit(&metrics);
    strbuf_deinit(&got.bytes);
    encoder_deinit(&encoder);
}

static void test_what_is_no_request_is_not_walked(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
    } bad[] = {
        { "", 0 },         { "\x0a", 1 },
        { "\x12\x00", 2 }, { "\x0a\x05....", 6 },
        { "\x0a\xff", 2 }, { "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 13 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        size_t at = 0;

        assert_false(write_request_next(bad[i].bytes, bad[i].length, &at));
        assert_int_equal(at, 0);
    }
}

/* What protoc reads in it, without a schema. */
static void test_protoc_reads_the_same(void **state)
{
    static const char expected[] =
        "1 {\n  1 {\n    1: \"__name__\"\n    2: \"load\"\n  }\n"
        "  1 {\n    1: \"instance\"\n    2: \"n\"\n  }\n"
        "  2 {\n    1: 0x3ff8000000000000\n    2: 1795486961167\n  }\n}\n";
    struct encoder encoder = { .instance = "n", .job = "" };
    struct metrics metrics = { .wall_ns = INT64_C(1795486961167000000) };
    struct got got = { 0 };
    uint64_t left_out = 0;
    char text[1024] = "";
    int in[2];
    int out[2];
    int status;
    pid_t pid;

    (void)state;
    metrics_family(&metrics, METRIC_GAUGE, "load", "", "Load.");
    metrics_sample(&metrics, 1.5, NULL, 0);
    assert_int_equal(send(&encoder, &metrics, PUSH_SNAPSHOT, &got, &left_out), 0);
    assert_true(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    pid = fork();
    if (pid == 0) {
        (void)dup2(in[0], STDIN_FILENO);
        (void)dup2(out[1], STDOUT_FILENO);
        (void)execlp("protoc", "protoc", "--decode_raw", (char *)NULL);
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    assert_int_equal(write(in[1], got.bytes.text, got.bytes.length), (ssize_t)got.bytes.length);
    (void)close(in[1]);
    for (size_t used = 0; used < sizeof(text) - 1;) {
        ssize_t some = read(out[0], text + used, sizeof(text) - 1 - used);

        if (some <= 0)
            break;
        used += (size_t)some;
    }
    (void)close(out[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    metrics_deinit(&metrics);
    strbuf_deinit(&got.bytes);
    encoder_deinit(&encoder);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        skip(); /* protoc is not installed */
    assert_string_equal(text, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_known_answer),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_labels_are_sorted_and_those_of_the_sender_added),
        cmocka_unit_test(test_a_series_that_is_gone_is_marked_once),
        cmocka_unit_test(test_what_an_earlier_sender_had_is_marked_too),
        cmocka_unit_test(test_many_series_are_several_pieces),
        cmocka_unit_test(test_what_is_no_request_is_not_walked),
        cmocka_unit_test(test_protoc_reads_the_same),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

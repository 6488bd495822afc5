/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_push_sender.c - what becomes of a batch, answer by answer */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "fetch/push/block.h"
#include "fetch/push/sender.h"
#include "fetch/push/write_request.h"

/* A server that refuses, as Prometheus does, each request which holds a bad sample, all of it. */
struct server {
    const char *bad[4]; /* names of series; NULL ends them */
    int status;         /* 0: by what is bad */
    int fail_after;     /* requests, then 503; 0 never */
    size_t bytes_max;   /* more is 413; 0 any */
    int requests;
    int taken;
};

static bool is_bad(const struct server *server, const char *plain, size_t length)
{
    for (size_t i = 0; server->bad[i] != NULL; i++) {
        if (memmem(plain, length, server->bad[i], strlen(server->bad[i])) != NULL)
            return true;
    }
    return false;
}

static int post(void *payload, const char *body, size_t length, struct http_answer *answer_out,
                struct aico2_error *err)
{
    struct server *server = payload;
    struct strbuf plain = { 0 };
    size_t at = 0;

    (void)err;
    assert_int_equal(block_unpack(body, length, 4 << 20, &plain), 0);
    server->requests++;
    answer_out->status = 204;
    if (server->status != 0)
        answer_out->status = server->status;
    else if (server->fail_after != 0 && server->requests > server->fail_after)
        answer_out->status = 503;
    else if (server->bytes_max != 0 && plain.length > server->bytes_max)
        answer_out->status = 413;
    else if (is_bad(server, plain.text, plain.length))
        answer_out->status = 400;
    while (answer_out->status == 204 && write_request_next(plain.text, plain.length, &at))
        server->taken++;
    if (answer_out->status == 400)
        strbuf_add(&answer_out->body, "out of order sample\nmore of it");
    strbuf_deinit(&plain);
    return 0;
}

static void fill(struct batch *batch, uint32_t records, uint32_t samples_of_each)
{
    *batch = (struct batch){ .records = records, .samples = records * samples_of_each };
    for (uint32_t i = 0; i < batch->samples; i++) {
        struct strbuf labels = { 0 };
        char name[32];

        (void)snprintf(name, sizeof(name), "series_%05u", i);
        write_label(&labels, "__name__", name);
        write_series(&batch->plain, labels.text, labels.length, i, 1000);
        strbuf_deinit(&labels);
    }
}

static struct sender make(struct server *server)
{
    const struct transport transport = { post, server };
    struct sender sender;

    sender_init(&sender, &transport);
    return sender;
}

static void test_taken_as_it_is(void **state)
{
    struct server server = { 0 };
    struct sender sender = make(&server);
    struct sender_result result;
    struct batch batch;

    (void)state;
    fill(&batch, 3, 10);
    sender_send(&sender, &batch, &result);
    assert_true(result.is_decided);
    assert_int_equal(result.sent, 30);
    assert_int_equal(result.failed, 0);
    assert_int_equal(server.requests, 1);
    assert_int_equal(server.taken, 30);
    assert_int_equal(sender_pause_ns(&sender, &result.verdict), 0);
    strbuf_deinit(&batch.plain);
    sender_deinit(&sender);
}

static void test_many_records_are_halved(void **state)
{
    struct server server = { .bad = { "series_00007" } };
    struct sender sender = make(&server);
    struct sender_result result;
    struct batch batch;

    (void)state;
    fill(&batch, 9, 2);
    sender_send(&sender, &batch, &result);
    assert_false(result.is_decided);
    assert_int_equal(result.sent + result.failed, 0);
    assert_int_equal(sender.limits.records, 4);
    assert_int_equal(server.requests, 1);
    assert_int_equal(sender_pause_ns(&sender, &result.verdict), 0);
    strbuf_deinit(&batch.plain);
    server.bad[0] = NULL;
    fill(&batch, 4, 2);
    sender_send(&sender, &batch, &result);
    assert_true(result.is_decided);
    assert_int_equal(sender.limits.records, 8);
    strbuf_deinit(&batch.plain);
    sender_deinit(&sender);
}

static void test_two_bad_series_cost_themselves_alone(void **state)
{
    struct server server = { .bad = { "series_00123", "series_01999" } };
    struct sender sender = make(&server);
    struct sender_result result;
    struct batch batch;

    (void)state;
    fill(&batch, 1, 2000);
    sender_send(&sender, &batch, &result);
    assert_true(result.is_decided);
    assert_int_equal(result.sent, 1998);
    assert_int_equal(result.failed, 2);
    assert_int_equal(server.taken, 1998);
    assert_int_equal(result.verdict.kind, VERDICT_REFUSED);
    assert_string_equal(result.verdict.message, "the server answers 400: out of order sample");
    strbuf_deinit(&batch.plain);
    sender_deinit(&sender);
}

static void test_what_is_all_bad_is_not_asked_for_ever(void **state)
{
    struct server server = { .status = 400 };
    struct sender sender = make(&server);
    struct sender_result result;
    struct batch batch;
    int first;

    (void)state;
    fill(&batch, 1, 2000);
    sender_send(&sender, &batch, &result);
    assert_true(result.is_decided);
    assert_int_equal(result.failed, 2000);
    first = server.requests;
    assert_in_range(first, 2, 65);
    sender_send(&sender, &batch, &result);
    assert_int_equal(result.failed, 2000);
    assert_int_equal(server.requests, first + 1); /* as little hope as with the one before */
    server.status = 0;
    sender_send(&sender, &batch, &result);
    assert_int_equal(result.sent, 2000);
    server.bad[0] = "series_00000";
    sender_send(&sender, &batch, &result);
    assert_int_equal(result.sent, 1999);
    strbuf_deinit(&batch.plain);
    sender_deinit(&sender);
}

static void test_too_large_is_cut(void **state)
{
    struct server server = { .bytes_max = 20000 };
    struct sender sender = make(&server);
    struct sender_result result;
    struct batch batch;

    (void)state;
    fill(&batch, 1, 2000);
    sender_send(&sender, &batch, &result);
    assert_true(result.is_decided);
    assert_int_equal(result.sent, 2000);
    assert_int_equal(server.taken, 2000);
    strbuf_deinit(&batch.plain);
    sender_deinit(&sender);
}

static void test_a_server_that_goes_away_between_the_parts(void **state)
{
    struct server server = { .bad = { "series_00001" }, .fail_after = 3 };
    struct sender sender = make(&server);
    struct sender_result result;
    struct batch batch;

    (void)state;
    fill(&batch, 1, 64);
    sender_send(&sender, &batch, &result);
    assert_false(result.is_decided); /* all of it stays, and nothing is counted yet */
    assert_int_equal(result.sent + result.failed, 0);
    assert_int_equal(result.verdict.kind, VERDICT_RETRY);
    assert_true(sender_pause_ns(&sender, &result.verdict) > 0);
    strbuf_deinit(&batch.plain);
    sender_deinit(&sender);
}

static void test_pauses_grow_and_end(void **state)
{
    struct server server = { .status = 503 };
    struct sender sender = make(&server);
    struct sender_result result;
    struct batch batch;
    static const int64_t most_ms[] = { 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000 };

    (void)state;
    fill(&batch, 1, 1);
    for (size_t i = 0; i < sizeof(most_ms) / sizeof(*most_ms); i++) {
        int64_t pause_ms;

        sender_send(&sender, &batch, &result);
        assert_int_equal(result.verdict.kind, VERDICT_RETRY);
        pause_ms = sender_pause_ns(&sender, &result.verdict) / NSEC_PER_MSEC;
        assert_in_range(pause_ms, most_ms[i] / 2 - 1, most_ms[i]);
    }
    result.verdict.wait_ns = 90 * NSEC_PER_SEC;
    assert_int_equal(sender_pause_ns(&sender, &result.verdict), 90 * NSEC_PER_SEC);
    result.verdict.wait_ns = 86400 * NSEC_PER_SEC;
    assert_int_equal(sender_pause_ns(&sender, &result.verdict), 3600 * NSEC_PER_SEC);
    server.status = 401;
    sender_send(&sender, &batch, &result);
    assert_in_range(sender_pause_ns(&sender, &result.verdict) / NSEC_PER_MSEC, 29999, 60000);
    strbuf_deinit(&batch.plain);
    sender_deinit(&sender);
}

static void test_what_answers_mean(void **state)
{
    static const struct {
        long status;
        enum verdict_kind kind;
        const char *body;
        const char *part;
    } cases[] = {
        { 200, VERDICT_TAKEN, "", "" },
        { 204, VERDICT_TAKEN, "anything", "" },
        { 301, VERDICT_HELD, "", "the server answers 301" },
        { 400, VERDICT_REFUSED, "\n out of bounds\r\nx", "400: out of bounds" },
        { 400, VERDICT_REFUSED, "<html>a page", "answers 400" },
        { 401, VERDICT_HELD, "Unauthorized", "401: Unauthorized; check the user" },
        { 403, VERDICT_HELD, "", "403; check" },
        { 404, VERDICT_HELD, "", "--web.enable-remote-write-receiver" },
        { 408, VERDICT_RETRY, "", "408" },
        { 409, VERDICT_REFUSED, "", "409" },
        { 413, VERDICT_TOO_LARGE, "", "413" },
        { 422, VERDICT_REFUSED, "\033[31mred", "422: [31mred" },
        { 429, VERDICT_RETRY, "", "429" },
        { 500, VERDICT_RETRY, "", "500" },
        { 503, VERDICT_RETRY, "", "503" },
        { 600, VERDICT_RETRY, "", "600" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct http_answer answer = { .status = cases[i].status };
        struct verdict verdict;

        strbuf_add(&answer.body, cases[i].body);
        verdict_of_answer(&answer, 0, &verdict);
        assert_int_equal(verdict.kind, cases[i].kind);
        if (strstr(verdict.message, cases[i].part) == NULL)
            fail_msg("'%s' is not in '%s'", cases[i].part, verdict.message);
        assert_int_equal(verdict.wait_ns, 0);
        assert_null(strstr(verdict.message, "html"));
        strbuf_deinit(&answer.body);
    }
}

static void test_wishes_and_failures(void **state)
{
    struct http_answer answer = { .status = 429, .retry_after = "7" };
    struct verdict verdict;
    static const struct {
        int code;
        enum verdict_kind kind;
    } failures[] = {
        { -ETIMEDOUT, VERDICT_RETRY },  { -EHOSTUNREACH, VERDICT_RETRY },
        { -EPROTO, VERDICT_HELD },      { -EACCES, VERDICT_HELD },
        { -EBADMSG, VERDICT_HELD },     { -ENOMEM, VERDICT_RETRY },
        { -ECONNRESET, VERDICT_RETRY },
    };

    (void)state;
    verdict_of_answer(&answer, 0, &verdict);
    assert_int_equal(verdict.wait_ns, 7 * NSEC_PER_SEC);
    answer.status = 400;
    verdict_of_answer(&answer, 0, &verdict);
    assert_int_equal(verdict.wait_ns, 0);
    for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
        struct aico2_error err = { .message = "cannot connect\nto it" };

        verdict_of_failure(failures[i].code, &err, &verdict);
        assert_int_equal(verdict.kind, failures[i].kind);
        assert_string_equal(verdict.message, "cannot connect to it");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken_as_it_is),
        cmocka_unit_test(test_many_records_are_halved),
        cmocka_unit_test(test_two_bad_series_cost_themselves_alone),
        cmocka_unit_test(test_what_is_all_bad_is_not_asked_for_ever),
        cmocka_unit_test(test_too_large_is_cut),
        cmocka_unit_test(test_a_server_that_goes_away_between_the_parts),
        cmocka_unit_test(test_pauses_grow_and_end),
        cmocka_unit_test(test_what_answers_mean),
        cmocka_unit_test(test_wishes_and_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

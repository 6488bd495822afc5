/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/sender.c - one batch after the other to the server, and what becomes of each */
#include "fetch/push/sender.h"

#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "fetch/push/block.h"
#include "fetch/push/write_request.h"

enum {
    RECORDS_MAX = 4096,
    SAMPLES_MAX = 10000,
    BYTES_MAX = 1 << 20,
    /* requests that one refused record may cost: enough for a handful of bad series among two thousand */
    PARTS_MAX = 64,
    DOUBLINGS_MAX = 7,
};

static const int64_t FIRST_PAUSE_NS = 500 * NSEC_PER_MSEC;
static const int64_t LONGEST_PAUSE_NS = 30 * NSEC_PER_SEC;
static const int64_t HELD_PAUSE_NS = 60 * NSEC_PER_SEC;
static const int64_t LONGEST_WISH_NS = 3600 * NSEC_PER_SEC;

void sender_init(struct sender *sender, const struct transport *transport)
{
    *sender = (struct sender){
        .transport = *transport,
        .limits = { .records = RECORDS_MAX, .samples = SAMPLES_MAX, .bytes = BYTES_MAX },
    };
}

static void ask(struct sender *sender, const char *request, size_t length,
                struct verdict *verdict_out)
{
    struct http_answer answer = { 0 };
    struct aico2_error err = { 0 };
    int r;

    sender->packed.length = 0;
    r = block_pack(request, length, &sender->packed);
    if (r == 0) {
        sender->requests++;
        r = sender->transport.post(sender->transport.payload, sender->packed.text,
                                   sender->packed.length, &answer, &err);
    } else {
        (void)aico2_error_set(&err, r, "out of memory");
    }
    if (r == 0)
        verdict_of_answer(&answer, clock_wall_ns(), verdict_out);
    else
        verdict_of_failure(r, &err, verdict_out);
    http_answer_deinit(&answer);
}

static bool is_refusal(enum verdict_kind kind)
{
    return kind == VERDICT_REFUSED || kind == VERDICT_TOO_LARGE;
}

/* Half of the series. Return: where the second half begins. */
static size_t middle_of(const char *request, size_t length, uint32_t samples)
{
    size_t at = 0;

    for (uint32_t i = 0; i < samples / 2; i++)
        (void)write_request_next(request, length, &at);
    return at;
}

/* A part of a record that was refused as a whole. Return: false: it has to be tried again, all of it. */
static bool send_part(struct sender *sender, const char *part, size_t length, uint32_t samples,
                      int *parts_left, struct sender_result *result)
{
    struct verdict verdict;

    if (*parts_left > 0) {
        --*parts_left;
        ask(sender, part, length, &verdict);
        if (verdict.kind == VERDICT_TAKEN) {
            result->sent += samples;
            return true;
        }
        result->verdict = verdict;
        if (!is_refusal(verdict.kind))
            return false;
        if (samples > 1) {
            const size_t middle = middle_of(part, length, samples);

            return send_part(sender, part, middle, samples / 2, parts_left, result) &&
                   send_part(sender, part + middle, length - middle, samples - samples / 2,
                             parts_left, result);
        }
    }
    result->failed += samples;
    return true;
}

/* One record, of which the server did not like something. */
static void send_in_parts(struct sender *sender, const struct batch *batch,
                          struct sender_result *result)
{
    const size_t middle = middle_of(batch->plain.text, batch->plain.length, batch->samples);
    const uint32_t half = batch->samples / 2;
    int parts_left = PARTS_MAX;

    if (batch->samples < 2 || (sender->is_hopeless && result->verdict.kind != VERDICT_TOO_LARGE)) {
        result->failed = batch->samples;
        result->is_decided = true;
        return;
    }
    result->is_decided = send_part(sender, batch->plain.text, middle, half, &parts_left, result) &&
                         send_part(sender, batch->plain.text + middle, batch->plain.length - middle,
                                   batch->samples - half, &parts_left, result);
    if (!result->is_decided) {
        result->sent = 0;
        result->failed = 0;
    }
}

static void after(struct sender *sender, const struct batch *batch,
                  const struct sender_result *result)
{
    const enum verdict_kind kind = result->verdict.kind;

    if (kind == VERDICT_RETRY || kind == VERDICT_HELD) {
        sender->failures++;
        return;
    }
    sender->failures = 0;
    if (kind == VERDICT_TAKEN && sender->limits.records < RECORDS_MAX)
        sender->limits.records *= 2;
    if (!result->is_decided)
        sender->limits.records = batch->records / 2;
    else
        sender->is_hopeless = result->sent == 0;
}

void sender_send(struct sender *sender, const struct batch *batch, struct sender_result *result_out)
{
    struct sender_result result = { 0 };

    ask(sender, batch->plain.text, batch->plain.length, &result.verdict);
    if (result.verdict.kind == VERDICT_TAKEN) {
        result.is_decided = true;
        result.sent = batch->samples;
    } else if (is_refusal(result.verdict.kind) && batch->records == 1) {
        send_in_parts(sender, batch, &result);
    }
    after(sender, batch, &result);
    *result_out = result;
}

int64_t sender_pause_ns(const struct sender *sender, const struct verdict *verdict)
{
    const unsigned doublings = sender->failures > DOUBLINGS_MAX
                                   ? DOUBLINGS_MAX
                                   : sender->failures - (sender->failures > 0);
    int64_t pause_ns = FIRST_PAUSE_NS << doublings;
    int64_t wish_ns = verdict->wait_ns < LONGEST_WISH_NS ? verdict->wait_ns : LONGEST_WISH_NS;
    uint32_t chance = 0;

    if (is_refusal(verdict->kind) || verdict->kind == VERDICT_TAKEN)
        return 0;
    if (pause_ns > LONGEST_PAUSE_NS)
        pause_ns = LONGEST_PAUSE_NS;
    if (verdict->kind == VERDICT_HELD)
        pause_ns = HELD_PAUSE_NS;
    if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) < 0)
        chance = (uint32_t)clock_mono_ns();
    /* from half of it to all of it; what a server asked for is not cut short */
    pause_ns = pause_ns / 2 + (int64_t)((double)(pause_ns / 2) * (chance / 4294967296.0));
    return wish_ns > pause_ns ? wish_ns : pause_ns;
}

void sender_deinit(struct sender *sender)
{
    strbuf_deinit(&sender->packed);
}

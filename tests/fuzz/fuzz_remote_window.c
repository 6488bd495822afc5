/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_remote_window.c - any lines as the answers of a time-series server, one after the other, to all that
 * it is asked for a window or a query
 *
 * The first byte is what is asked. An empty line is that too much was asked for. Linked with --wrap=server_ask and
 * --wrap=server_ask_once, which are the network.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "fetch/prometheus/prometheus.h"
#include "fetch/prometheus/reply.h"

enum { ASK_INSTANCE = 1, ASK_MATCH = 2, ASK_QUERY = 4, ASK_STEPS = 8 };

static const char *answers;
static size_t left;

/* false: there are no more. */
static bool next_line(const char **line_out, size_t *length_out)
{
    const char *end = left > 0 ? memchr(answers, '\n', left) : NULL;
    size_t length = end != NULL ? (size_t)(end - answers) : left;

    if (left == 0)
        return false;
    *line_out = answers;
    *length_out = length;
    answers += length + (end != NULL);
    left -= length + (end != NULL);
    return true;
}

int __wrap_server_ask(struct server *server, const char *path, const struct strbuf *form,
                      json_t **root_out);
int __wrap_server_ask(struct server *server, const char *path, const struct strbuf *form,
                      json_t **root_out)
{
    struct reply_said said = { 0 };
    const char *line;
    size_t length;

    (void)path;
    if (form != NULL && form->failed)
        return -ENOMEM;
    if (!next_line(&line, &length))
        return server_fail(server, REMOTE_BAD_ANSWER, "it answers no more");
    if (length == 0) {
        (void)server_fail(server, REMOTE_BAD_ANSWER, "that is too much");
        return -EFBIG;
    }
    *root_out = reply_open(line, length, &said);
    return *root_out != NULL ? 0 : server_fail(server, REMOTE_BAD_ANSWER, "that is no answer");
}

json_t *__wrap_server_ask_once(struct server *server, const char *path);
json_t *__wrap_server_ask_once(struct server *server, const char *path)
{
    json_t *root = NULL;

    (void)__wrap_server_ask(server, path, NULL, &root);
    server->end = (struct remote_end){ 0 };
    return root;
}

/* 2026-11-24T05:00:00Z and half an hour from there. */
static struct remote_question question_of(unsigned what)
{
    struct remote_question question = {
        .magic = REMOTE_MAGIC,
        .version = REMOTE_VERSION,
        .what = (what & ASK_QUERY) != 0 ? REMOTE_QUERY : REMOTE_WINDOW,
        .from_wall_ns = INT64_C(1795486800) * NSEC_PER_SEC,
        .to_wall_ns = INT64_C(1795488600) * NSEC_PER_SEC,
        .deadline_ms = 1000,
        .instance = { (what & ASK_INSTANCE) != 0 ? 'n' : '\0', '1' },
        .match_count = (what & ASK_MATCH) != 0,
        .matches = { "{job=\"a\"}" },
        .query = "sum(node_rapl_package_joules_total)",
        .step_ms = (what & ASK_STEPS) != 0 ? 15000 : 0,
    };

    return question;
}

static void check(const struct server *server, const struct frames *frames, int r)
{
    /* no frame that aico2 would not believe */
    if (frames->is_wrong || frames->unheard)
        abort();
    if (r == 0)
        return;
    if ((r != -EPROTO && r != -ENOMEM) ||
        memchr(server->end.message, '\0', sizeof(server->end.message)) == NULL ||
        (r == -EPROTO && server->end.message[0] == '\0'))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct remote_question question;
    static struct server server;
    static struct frames frames;
    static int sink = -1;
    int r;

    if (size == 0)
        return 0;
    if (sink < 0)
        sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
    question = question_of(data[0]);
    server = (struct server){ .access.origin.host = "h" }; /* no time is left to wait */
    frames.fd = sink;
    frames.unheard = frames.is_wrong = false;
    frames.readings = frames.count = 0;
    answers = (const char *)data + 1;
    left = size - 1;
    r = question.what == REMOTE_WINDOW ? prometheus_window(&server, &question, &frames)
                                       : prometheus_query(&server, &question, &frames);
    frames_flush(&frames);
    check(&server, &frames, r);
    return 0;
}

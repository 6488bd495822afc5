/* SPDX-License-Identifier: Apache-2.0 */
/* cli/fetcher.c - the fetcher, a program of its own: started, asked one question, its answer taken */
#include "cli/fetcher.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/fs.h"
#include "carbon/series.h"
#include "cli/fetch_process.h"

struct fetch {
    pid_t pid;     /* 0: waited for */
    int status;    /* of waitpid, once pid is 0 */
    int answer_fd; /* -1: read to its end */
    char *bytes;
    size_t length;
    size_t capacity;
    bool too_much;
};

/* Everything of an answer, and a byte that must not be there. */
static const size_t ANSWER_MOST =
    sizeof(struct fetch_answer) + FETCH_POINTS_MAX * sizeof(struct intensity_point) + 1;

int fetch_ask(struct fetch **fetch_out, const char *program, const struct fetch_question *question,
              struct aico2_error *err)
{
    struct fetch *fetch;
    int r;

    if (!fetch_question_check(question))
        return aico2_error_set(err, -EINVAL, "a question that cannot be put to aico2-fetch");
    fetch = calloc(1, sizeof(*fetch));
    if (fetch == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    fetch->answer_fd = -1;
    r = fetch_process_start(program, question, sizeof(*question), question->deadline_ms,
                            &fetch->pid, &fetch->answer_fd, err);
    if (r < 0) {
        fetch_free(fetch);
        return r;
    }
    *fetch_out = fetch;
    return 0;
}

pid_t fetch_pid(const struct fetch *fetch)
{
    return fetch->pid;
}

bool fetch_reaped(struct fetch *fetch, pid_t pid, int status)
{
    if (fetch == NULL || pid != fetch->pid)
        return false;
    fetch->pid = 0;
    fetch->status = status;
    return true;
}

/* Return: 1 there may be more, 0 the end, -errno. */
static int read_some(struct fetch *fetch)
{
    ssize_t got;

    if (array_reserve(&fetch->bytes, &fetch->capacity, fetch->length + 4096, 1) < 0)
        return -ENOMEM;
    got = read(fetch->answer_fd, fetch->bytes + fetch->length, fetch->capacity - fetch->length);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? 1 : -errno;
    if (got == 0)
        return 0;
    fetch->length += (size_t)got;
    fetch->too_much = fetch->length >= ANSWER_MOST;
    return !fetch->too_much;
}

static int read_answer(struct fetch *fetch, int64_t wait_ms, int wake_fd,
                       bool (*woken)(void *payload), void *payload, struct aico2_error *err)
{
    int64_t deadline_ns = clock_mono_ns() + wait_ms * NSEC_PER_MSEC;

    for (;;) {
        struct pollfd wait[2] = { { .fd = fetch->answer_fd, .events = POLLIN },
                                  { .fd = wake_fd, .events = POLLIN } };
        int64_t left_ns = deadline_ns - clock_mono_ns();
        int64_t left_ms = left_ns <= 0 ? 0 : left_ns / NSEC_PER_MSEC + 1;
        int count = poll(wait, 2, left_ms > INT_MAX ? INT_MAX : (int)left_ms);

        if (count < 0 && errno != EINTR)
            return aico2_error_set_errno(err, errno, "cannot wait for aico2-fetch");
        if (count > 0 && wait[0].revents != 0) {
            int r = read_some(fetch);

            if (r < 0)
                return aico2_error_set_errno(err, -r, "cannot read from aico2-fetch");
            if (r == 0)
                return 0;
            continue; /* what has come is an answer in time, however late it is read */
        }
        if (count > 0 && wait[1].revents != 0 && woken(payload))
            return aico2_error_set(err, -EINTR, "a signal ended the wait for aico2-fetch");
        if (clock_mono_ns() >= deadline_ns)
            return aico2_error_set(err, -ETIMEDOUT, "aico2-fetch did not answer in time");
    }
}

static int check_answer(struct fetch *fetch, struct fetch_result *result_out,
                        struct aico2_error *err)
{
    struct fetch_result result;
    struct intensity_point *points = NULL;
    size_t size;

    if (fetch->length == 0)
        return fetch_process_failed(fetch->status, err);
    if (fetch->too_much || fetch->length < sizeof(result.answer))
        return aico2_error_set(err, -EBADMSG, "the answer of aico2-fetch is %s",
                               fetch->too_much ? "too long" : "cut short");
    memcpy(&result.answer, fetch->bytes, sizeof(result.answer));
    if (!fetch_answer_check(&result.answer))
        return aico2_error_set(err, -EBADMSG, "the answer of aico2-fetch is none");
    size = result.answer.point_count * sizeof(*points);
    if (fetch->length - sizeof(result.answer) != size)
        return aico2_error_set(err, -EBADMSG, "the answer of aico2-fetch is %s",
                               fetch->length - sizeof(result.answer) < size ? "cut short"
                                                                            : "too long");
    points = malloc(size + 1);
    if (points == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    memcpy(points, fetch->bytes + sizeof(result.answer), size);
    if (!fetch_points_check(points, result.answer.point_count)) {
        free(points);
        return aico2_error_set(err, -EBADMSG, "aico2-fetch brings values that cannot be");
    }
    result.series = (struct intensity_series){
        .points = points,
        .count = result.answer.point_count,
        .capacity = result.answer.point_count,
        .origin = result.answer.origin,
    };
    *result_out = result;
    return 0;
}

int fetch_take(struct fetch *fetch, int64_t wait_ms, int wake_fd, bool (*woken)(void *payload),
               void *payload, struct fetch_result *result_out, struct aico2_error *err)
{
    int r = read_answer(fetch, wait_ms, wake_fd, woken, payload, err);

    fetch->status = fetch_process_end(&fetch->pid, fetch->status);
    return r < 0 ? r : check_answer(fetch, result_out, err);
}

void fetch_free(struct fetch *fetch)
{
    if (fetch == NULL)
        return;
    fetch->status = fetch_process_end(&fetch->pid, fetch->status);
    fd_closep(&fetch->answer_fd);
    free(fetch->bytes);
    free(fetch);
}

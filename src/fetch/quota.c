/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/quota.c - how often a provider may be asked, and until when not at all, counted across processes */
#include "fetch/quota.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "fetch/store.h"

/* "requests": the times of the last minute's requests, a line each. "closed": failures in a row, until when. */
static const char REQUESTS[] = "requests";
static const char CLOSED[] = "closed";
static const char LOCK[] = "quota.lock";

static const int64_t MINUTE_NS = 60 * NSEC_PER_SEC;
static const int64_t LOCK_WAIT_NS = 500 * NSEC_PER_MSEC; /* it is held for microseconds */

enum { FILE_MAX = 64 << 10, FAILURES_MAX = 20 };

int64_t quota_jitter_ns(int64_t ns)
{
    uint16_t random = 0x8000;

    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
        random = (uint16_t)(clock_mono_ns() >> 10);
    return ns / 2 + (int64_t)((double)ns * random / 65536.0);
}

/* Those of the last minute. A time ahead of now is of a clock that was set back, and no reason to wait. */
static size_t recent(char *text, int64_t now_wall_ns, struct strbuf *out)
{
    size_t count = 0;
    char *rest = text;

    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        int64_t wall_ns;

        if (!number_parse_i64(line, &wall_ns) || wall_ns > now_wall_ns ||
            wall_ns <= now_wall_ns - MINUTE_NS)
            continue;
        strbuf_printf(out, "%" PRId64 "\n", wall_ns);
        count++;
    }
    return count;
}

bool quota_take(int dirfd, unsigned per_minute, int64_t now_wall_ns)
{
    AICO2_CLEANUP(fd_closep) int lock = -1;
    AICO2_CLEANUP(freep) char *text = NULL;
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    size_t length = 0;
    bool may = true;

    if (dirfd < 0)
        return true;
    lock = store_lock(dirfd, LOCK, clock_mono_ns() + LOCK_WAIT_NS);
    if (store_read(dirfd, REQUESTS, FILE_MAX, &text) >= 0) {
        length = strlen(text);
        may = recent(text, now_wall_ns, &out) < per_minute;
    }
    if (may)
        strbuf_printf(&out, "%" PRId64 "\n", now_wall_ns);
    /* where none may be made, too: a time ahead of now would be one of the last minute before long */
    if (!out.failed && (may || out.length != length))
        (void)store_replace(dirfd, REQUESTS, strbuf_text(&out), out.length);
    return may;
}

struct closed {
    int64_t failures;
    int64_t until_wall_ns;
};

static struct closed read_closed(int dirfd)
{
    AICO2_CLEANUP(freep) char *text = NULL;
    struct closed closed = { 0 };
    char *until;

    if (dirfd < 0 || store_read(dirfd, CLOSED, FILE_MAX, &text) < 0)
        return closed;
    until = strchr(text, ' ');
    if (until == NULL)
        return closed;
    *until++ = '\0';
    if (!number_parse_i64(text, &closed.failures) || closed.failures < 0 ||
        closed.failures > FAILURES_MAX || !number_parse_i64(until, &closed.until_wall_ns))
        return (struct closed){ 0 };
    return closed;
}

int64_t quota_closed_until(int dirfd, int64_t now_wall_ns)
{
    static const int64_t longest_ns = 25 * 3600 * NSEC_PER_SEC;
    struct closed closed = read_closed(dirfd);

    /* more than can have been written: the clock was set back */
    if (closed.until_wall_ns <= now_wall_ns || closed.until_wall_ns - now_wall_ns > longest_ns)
        return 0;
    return closed.until_wall_ns;
}

void quota_failed(int dirfd, enum quota_failure failure, int64_t until_wall_ns, int64_t now_wall_ns)
{
    static const struct {
        int64_t first_ns;
        int64_t most_ns;
    } waits[] = {
        [QUOTA_CONNECTION] = { 4 * NSEC_PER_SEC, 40 * NSEC_PER_SEC },
        [QUOTA_SERVER] = { 20 * NSEC_PER_SEC, 2400 * NSEC_PER_SEC },
        [QUOTA_LIMIT] = { 60 * NSEC_PER_SEC, 2400 * NSEC_PER_SEC },
    };
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    struct closed closed = read_closed(dirfd);
    int64_t wait_ns = waits[failure].first_ns << closed.failures;

    if (dirfd < 0)
        return;
    if (wait_ns > waits[failure].most_ns)
        wait_ns = waits[failure].most_ns;
    if (until_wall_ns == 0)
        until_wall_ns = now_wall_ns + quota_jitter_ns(wait_ns);
    if (closed.failures < FAILURES_MAX)
        closed.failures++;
    strbuf_printf(&out, "%" PRId64 " %" PRId64 "\n", closed.failures, until_wall_ns);
    if (!out.failed)
        (void)store_replace(dirfd, CLOSED, out.text, out.length);
}

void quota_answered(int dirfd)
{
    if (dirfd >= 0)
        store_remove(dirfd, CLOSED);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_fetch_quota.c - any text as what a process before has left of a provider's quota */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "../unit/support.h"
#include "base/clock.h"
#include "base/fs.h"
#include "fetch/quota.h"

/* 2026-10-06T06:00Z */
static const int64_t NOW_NS = INT64_C(1791266400) * NSEC_PER_SEC;
static const int64_t LONGEST_NS = 25 * 3600 * NSEC_PER_SEC;

enum { PER_MINUTE = 3 };

static char path[64];
static int dir_fd = -1;

static void remove_directory(void)
{
    temp_dir_remove(path);
}

static void write_file(const char *name, const uint8_t *data, size_t size)
{
    int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0 || fs_write_all(fd, (const char *)data, size) < 0)
        abort();
    (void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t until_ns;
    int taken = 0;

    if (dir_fd < 0) {
        dir_fd = temp_dir_open(path);
        (void)atexit(remove_directory);
    }
    write_file("closed", data, size);
    write_file("requests", data, size);
    until_ns = quota_closed_until(dir_fd, NOW_NS);
    if (until_ns != 0 && (until_ns <= NOW_NS || until_ns - NOW_NS > LONGEST_NS))
        abort();
    while (quota_take(dir_fd, PER_MINUTE, NOW_NS)) {
        if (++taken > PER_MINUTE)
            abort();
    }
    /* whatever stood there, in a minute it is forgotten */
    if (!quota_take(dir_fd, PER_MINUTE, NOW_NS + 60 * NSEC_PER_SEC))
        abort();
    quota_failed(dir_fd, QUOTA_SERVER, 0, NOW_NS);
    until_ns = quota_closed_until(dir_fd, NOW_NS);
    if (until_ns <= NOW_NS || until_ns - NOW_NS > 3600 * NSEC_PER_SEC)
        abort();
    return 0;
}

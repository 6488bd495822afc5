/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_rank_lock.c - any bytes as the file in which ranks meet
 *
 * Of the processes that it may name one lives: pid 7, started at tick 5. With the first byte even the file begins as
 * one of ours does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/support.h"
#include "base/fs.h"
#include "session/ranks/lock.h"

static char path[64];
static int dir_fd = -1;
static int proc_fd = -1;

static void remove_directory(void)
{
    temp_dir_remove(path);
}

static void make_directory(void)
{
    dir_fd = temp_dir_open(path);
    (void)atexit(remove_directory);
    tree_write(
        dir_fd, "proc/7/stat",
        "7 (a) S 1 7 7 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 5 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 "
        "0 0 0 0 0 0 0 0 0 0\n");
    proc_fd = fs_open_dir_at(dir_fd, "proc", NULL);
    if (proc_fd < 0 || setenv("XDG_RUNTIME_DIR", path, 1) < 0 || mkdirat(dir_fd, "aico2", 0700) < 0)
        abort();
}

static const char magic[8] = "aico2r1";

static void write_file(const uint8_t *data, size_t size)
{
    int fd = openat(dir_fd, "aico2/job.ranks", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool as_ours = size > 0 && data[0] % 2 == 0;

    if (fd < 0 || (as_ours && fs_write_all(fd, magic, sizeof(magic)) < 0) ||
        (size > 0 && fs_write_all(fd, (const char *)data + 1, size - 1) < 0))
        abort();
    (void)close(fd);
}

static bool begins_as_ours(const uint8_t *data, size_t size)
{
    return size > 0 && (data[0] % 2 == 0 ||
                        (size > sizeof(magic) && memcmp(data + 1, magic, sizeof(magic)) == 0));
}

static void check_names(const struct rank_lock *lock)
{
    if (memchr(lock->run, '\0', sizeof(lock->run)) == NULL ||
        memchr(lock->first, '\0', sizeof(lock->first)) == NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct rank_process self = { .pid = 9, .start_ticks = 3 };
    struct rank_lock lock = RANK_LOCK_NULL;
    struct rank_process rank;
    size_t ranks = 0;
    int r;

    if (dir_fd < 0)
        make_directory();
    write_file(data, size);
    if (rank_lock_open(&lock, "job", NULL) < 0)
        abort();
    /* nobody holds it */
    if (rank_lock_is_held(&lock, proc_fd))
        abort();
    r = rank_lock_try(&lock, proc_fd, &self, "01KDVDXR000000000000000001");
    if (r != 1 || !lock.leads || lock.leader.pid != self.pid)
        abort();
    check_names(&lock);
    while (rank_lock_next(&lock, &rank))
        ranks++;
    if (ranks > (begins_as_ours(data, size) ? size / sizeof(rank) : 0))
        abort();
    rank_lock_close(&lock);
    return 0;
}

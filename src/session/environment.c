/* SPDX-License-Identifier: Apache-2.0 */
/* session/environment.c - the one place that opens the roots of the outside world */
#include "session/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/number.h"

static int open_root(int dirfd, const char *name)
{
    return openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int environment_open(struct environment *environment_out, const char *sysroot,
                     const char *nvml_path, const struct clock *clock, const struct log *log,
                     struct aico2_error *err)
{
    struct environment environment = ENVIRONMENT_NULL;
    AICO2_CLEANUP(fd_closep) int root_fd = -1;

    root_fd = open_root(AT_FDCWD, sysroot != NULL ? sysroot : "/");
    if (root_fd < 0)
        return aico2_error_set_errno(err, errno, "--sysroot '%s': cannot open the directory",
                                     sysroot != NULL ? sysroot : "/");

    environment.own_proc_fd = open_root(AT_FDCWD, "/proc");
    environment.reader = (struct reader_env){
        .proc_fd = open_root(root_fd, "proc"),
        .sys_fd = open_root(root_fd, "sys"),
        .dev_fd = open_root(root_fd, "dev"),
        .etc_fd = open_root(root_fd, "etc"),
        .nvml_path = nvml_path,
        .sysroot = sysroot != NULL,
        .clock = clock,
        .log = log,
    };
    *environment_out = environment;
    return 0;
}

void environment_close(struct environment *environment)
{
    fd_closep(&environment->reader.proc_fd);
    fd_closep(&environment->reader.sys_fd);
    fd_closep(&environment->reader.dev_fd);
    fd_closep(&environment->reader.etc_fd);
    fd_closep(&environment->own_proc_fd);
}

void environment_boot_id(const struct environment *environment, char *id_out, size_t size)
{
    if (fs_read_text_at(environment->own_proc_fd, "sys/kernel/random/boot_id", id_out, size, NULL) <
        0)
        id_out[0] = '\0';
}

int64_t environment_process_start_ticks(const struct environment *environment, int64_t pid)
{
    char path[32];
    char text[1024];
    const char *at;

    (void)snprintf(path, sizeof(path), "%" PRId64 "/stat", pid);
    if (fs_read_text_at(environment->own_proc_fd, path, text, sizeof(text), NULL) <= 0)
        return -1;
    at = strrchr(text, ')');
    /* field 22; the last ')' ends field 2 */
    for (int field = 2; at != NULL && field < 22; field++)
        at = strchr(at + 1, ' ');
    if (at != NULL) {
        char word[24];
        size_t length = strcspn(at + 1, " ");
        int64_t ticks;

        if (length > 0 && length < sizeof(word)) {
            memcpy(word, at + 1, length);
            word[length] = '\0';
            if (number_parse_i64(word, &ticks))
                return ticks;
        }
    }
    return -1;
}

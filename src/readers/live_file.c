/* SPDX-License-Identifier: Apache-2.0 */
/* readers/live_file.c - one small sysfs file that is read again and again, wherever its path leads */
#include "readers/live_file.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/fs.h"

static const int64_t CHECK_NS = 100 * NSEC_PER_MSEC;

void live_file_set(struct live_file *file, const char *folder, const char *name)
{
    live_file_close(file);
    *file = LIVE_FILE_NULL;
    if (snprintf(file->path, sizeof(file->path), "%s/%s", folder, name) >= (int)sizeof(file->path))
        file->path[0] = '\0';
}

void live_file_close(struct live_file *file)
{
    fd_closep(&file->fd);
}

/* Return: 0, or why there is nothing to read. */
static int follow(struct live_file *file, int sys_fd, int64_t now_ns)
{
    int r;

    if (file->path[0] == '\0')
        return -ENOENT;
    if (now_ns != LIVE_FILE_LOOK && now_ns < file->check_ns)
        return file->fd >= 0 ? 0 : file->error;
    file->check_ns = now_ns != LIVE_FILE_LOOK ? now_ns + CHECK_NS : 0;
    r = fs_follow_at(sys_fd, file->path, &file->fd);
    file->error = r < 0 ? r : 0;
    return file->error;
}

int live_file_read(struct live_file *file, int sys_fd, int64_t now_ns, char *buffer, size_t size)
{
    int r = follow(file, sys_fd, now_ns);

    return r < 0 ? r : fs_pread_text(file->fd, buffer, size);
}

int live_file_read_u64(struct live_file *file, int sys_fd, int64_t now_ns, uint64_t *value_out)
{
    int r = follow(file, sys_fd, now_ns);

    return r < 0 ? r : fs_pread_u64(file->fd, value_out, NULL);
}

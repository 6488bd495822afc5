/* SPDX-License-Identifier: Apache-2.0 */
/* writers/whole_file.c - a file written bit by bit that is there complete or not at all */
#include "writers/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fs.h"
#include "writers/writer.h"

/* A new file beside the target. O_EXCL, never through a link somebody laid there; mkstemp would
 * make it 0600 whatever the umask. */
static int open_beside(const char *target, char **name_out, struct aico2_error *err)
{
    const char *slash = strrchr(target, '/');
    int directory = slash == NULL ? 0 : (int)(slash - target) + 1;

    for (int attempt = 0; attempt < 16; attempt++) {
        AICO2_CLEANUP(freep) char *name = NULL;
        uint64_t random = 0;
        int fd;

        if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
            random = (uint64_t)getpid() << 8 | (uint64_t)attempt;
        if (asprintf(&name, "%.*s.aico2-%016" PRIx64 ".tmp", directory, target, random) < 0) {
            name = NULL;
            return aico2_error_set(err, -ENOMEM, "out of memory");
        }
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd >= 0) {
            *name_out = name;
            name = NULL;
            return fd;
        }
        if (errno != EEXIST)
            break;
    }
    return aico2_error_set_errno(err, errno, "cannot write '%s'", target);
}

static void sync_directory(const char *target)
{
    const char *slash = strrchr(target, '/');
    AICO2_CLEANUP(freep)
    char *directory = strndup(target, slash == NULL ? 0 : (size_t)(slash - target) + 1);
    AICO2_CLEANUP(fd_closep) int fd = -1;

    if (directory == NULL)
        return;
    fd = open(directory[0] == '\0' ? "." : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        (void)fsync(fd); /* best effort: the file is complete either way */
}

static bool is_kernel_path(const char *path)
{
    return strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0;
}

static int fail(const struct whole_file *file, int code, struct aico2_error *err)
{
    if (file->is_stdout)
        return aico2_error_set_errno(err, -code, "cannot write to standard output");
    return aico2_error_set_errno(err, -code, "cannot write '%s'", file->path);
}

static int open_in_place(struct whole_file *file, struct aico2_error *err)
{
    file->fd = open(file->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return file->fd < 0 ? fail(file, -errno, err) : 0;
}

int whole_file_open(struct whole_file *file, const char *path, struct aico2_error *err)
{
    struct stat status;
    bool exists;

    *file = WHOLE_FILE_NULL;
    file->path = path;
    if (strcmp(path, "-") == 0) {
        file->is_stdout = true;
        (void)fflush(stdout); /* what the program printed before comes before */
        return 0;
    }
    exists = stat(path, &status) == 0;
    /* /dev/stdout may be a plain file that a shell has open: renaming would put another in its
     * place */
    if (exists && (!S_ISREG(status.st_mode) || is_kernel_path(path)))
        return open_in_place(file, err);

    /* a link stays a link: what it points to is replaced; and who had closed the file to others
     * keeps it so */
    file->target = exists ? realpath(path, NULL) : NULL;
    if (file->target == NULL)
        file->target = strdup(path);
    if (file->target == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    file->mode = exists ? status.st_mode & 0777 : 0;
    file->fd = open_beside(file->target, &file->temporary, err);
    return file->fd < 0 ? file->fd : 0;
}

int whole_file_add(struct whole_file *file, const struct strbuf *content, struct aico2_error *err)
{
    int r;

    if (content->failed)
        return aico2_error_set(err, -ENOMEM, "out of memory while making '%s'", file->path);
    r = fs_write_all(file->is_stdout ? STDOUT_FILENO : file->fd, strbuf_text(content),
                     content->length);
    return r < 0 ? fail(file, r, err) : 0;
}

int whole_file_keep(struct whole_file *file, struct aico2_error *err)
{
    int r = 0;

    if (file->temporary == NULL)
        return 0;
    if (file->mode != 0 && fchmod(file->fd, file->mode) < 0)
        r = -errno;
    if (r == 0 && fsync(file->fd) < 0 && errno != EINVAL && errno != ENOSYS)
        r = -errno;
    if (r == 0 && rename(file->temporary, file->target) < 0)
        r = -errno;
    if (r < 0)
        return fail(file, r, err);
    freep(&file->temporary);
    sync_directory(file->target);
    return 0;
}

void whole_file_drop(struct whole_file *file)
{
    if (file->temporary != NULL)
        (void)unlink(file->temporary);
    fd_closep(&file->fd);
    free(file->temporary);
    free(file->target);
    *file = WHOLE_FILE_NULL;
}

int write_file_atomic(const char *path, const struct strbuf *content, struct aico2_error *err)
{
    AICO2_CLEANUP(whole_file_drop) struct whole_file file = WHOLE_FILE_NULL;
    int r;

    if (content->failed)
        return aico2_error_set(err, -ENOMEM, "out of memory while making '%s'", path);
    r = whole_file_open(&file, path, err);
    if (r == 0)
        r = whole_file_add(&file, content, err);
    if (r == 0)
        r = whole_file_keep(&file, err);
    return r;
}

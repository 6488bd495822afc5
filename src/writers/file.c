/* SPDX-License-Identifier: Apache-2.0 */
/* writers/file.c - a whole file that is there complete or not at all */
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

static int write_all(int fd, const struct strbuf *content)
{
    return fs_write_all(fd, strbuf_text(content), content->length);
}

/* Standard output, a pipe, a terminal, /dev/null: nothing to rename over. */
static int write_in_place(const char *path, const struct strbuf *content, struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    int r;

    if (fd < 0)
        return aico2_error_set_errno(err, errno, "cannot write '%s'", path);
    r = write_all(fd, content);
    if (r < 0)
        return aico2_error_set_errno(err, -r, "cannot write '%s'", path);
    return 0;
}

static int write_stdout(const struct strbuf *content, struct aico2_error *err)
{
    int r;

    (void)fflush(stdout); /* what the program printed before comes before */
    r = write_all(STDOUT_FILENO, content);
    if (r < 0)
        return aico2_error_set_errno(err, -r, "cannot write to standard output");
    return 0;
}

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

static int write_renamed(const char *target, const struct strbuf *content, mode_t mode,
                         struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *temporary = NULL;
    AICO2_CLEANUP(fd_closep) int fd = open_beside(target, &temporary, err);
    int r;

    if (fd < 0)
        return fd;
    r = write_all(fd, content);
    if (r == 0 && mode != 0 && fchmod(fd, mode) < 0)
        r = -errno;
    if (r == 0 && fsync(fd) < 0 && errno != EINVAL && errno != ENOSYS)
        r = -errno;
    if (r == 0 && rename(temporary, target) < 0)
        r = -errno;
    if (r < 0) {
        (void)unlink(temporary);
        return aico2_error_set_errno(err, -r, "cannot write '%s'", target);
    }

    sync_directory(target);
    return 0;
}

static bool is_kernel_path(const char *path)
{
    return strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0;
}

int write_file_atomic(const char *path, const struct strbuf *content, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *resolved = NULL;
    struct stat status;
    bool exists;

    if (content->failed)
        return aico2_error_set(err, -ENOMEM, "out of memory while making '%s'", path);
    if (strcmp(path, "-") == 0)
        return write_stdout(content, err);
    exists = stat(path, &status) == 0;
    /* /dev/stdout may be a plain file that a shell has open: renaming would put another in its
     * place */
    if (exists && (!S_ISREG(status.st_mode) || is_kernel_path(path)))
        return write_in_place(path, content, err);

    /* a link stays a link: what it points to is replaced; and who had closed the file to others
     * keeps it so */
    resolved = exists ? realpath(path, NULL) : NULL;
    return write_renamed(resolved != NULL ? resolved : path, content,
                         exists ? status.st_mode & 0777 : 0, err);
}

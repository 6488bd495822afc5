/* SPDX-License-Identifier: Apache-2.0 */
/* history/path.c - where history files lie, and what kind of place that is */
#include "history/path.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/array.h"
#include "base/user_path.h"
#include "history/history.h"

/* statfs(2) and the kernel's uapi/linux/magic.h; the cluster file systems from their own sources.
 * FUSE and 9p may be either, and a file per run is right for both. */
static const unsigned long network_magics[] = {
    0x6969UL,     /* nfs */
    0x517BUL,     /* smb */
    0xFF534D42UL, /* cifs */
    0xFE534D42UL, /* smb2 */
    0x5346414FUL, /* afs */
    0x6B414653UL, /* kafs */
    0x73757245UL, /* coda */
    0x564CUL,     /* ncp */
    0x00C36400UL, /* ceph */
    0x0BD00BD0UL, /* lustre */
    0x47504653UL, /* gpfs */
    0x19830326UL, /* beegfs */
    0xAAD7AAEAUL, /* panfs */
    0x01161970UL, /* gfs2 */
    0x7461636FUL, /* ocfs2 */
    0x786F4256UL, /* vboxsf */
    0x01021997UL, /* 9p */
    0x65735546UL, /* fuse */
};

int history_default_path(char *path_out, size_t size, struct aico2_error *err)
{
    int r;

    if (geteuid() == 0)
        r = snprintf(path_out, size, "/var/lib/aico2/history.db") < (int)size ? 0 : -ENAMETOOLONG;
    else
        r = user_path("XDG_DATA_HOME", ".local/share", "aico2/history.db", path_out, size);
    if (r == -ENOENT)
        return aico2_error_set(err, -ENOENT,
                               "no place for the history: HOME is not set; use --db FILE");
    if (r < 0)
        return aico2_error_set(err, -ENAMETOOLONG, "the path of the history is too long");
    return 0;
}

/* Cuts the last component: "a/b" -> "a", "b" -> ".", "/b" -> "/". False at the top. */
static bool cut_component(char *path)
{
    char *slash;

    if (strcmp(path, "/") == 0 || strcmp(path, ".") == 0)
        return false;
    slash = strrchr(path, '/');
    if (slash == NULL)
        memcpy(path, ".", 2);
    else
        slash[slash == path ? 1 : 0] = '\0';
    return true;
}

bool path_is_on_network(const char *path)
{
    char directory[PATH_MAX];
    struct statfs status;

    if (snprintf(directory, sizeof(directory), "%s", path) >= (int)sizeof(directory))
        return false;
    while (cut_component(directory)) {
        if (statfs(directory, &status) < 0)
            continue;
        for (size_t i = 0; i < ARRAY_LENGTH(network_magics); i++) {
            /* f_type is signed on some machines */
            if (((unsigned long)status.f_type & 0xFFFFFFFFUL) == network_magics[i])
                return true;
        }
        return false;
    }
    return false;
}

static int check_directory(const char *path, const char *directory, struct aico2_error *err)
{
    char own[PATH_MAX];
    struct stat status;

    if (history_default_path(own, sizeof(own), NULL) < 0 || strcmp(own, path) != 0)
        return 0;
    if (stat(directory, &status) == 0 && (status.st_mode & S_IWOTH) != 0 &&
        (status.st_mode & S_ISVTX) == 0)
        return aico2_error_set(err, -EACCES, "everybody may write in '%s': chmod o-w '%s'",
                               directory, directory);
    return 0;
}

static int make_directory(const char *directory, struct aico2_error *err)
{
    /* 0750: what somebody ran, and when, is nobody else's business */
    if (mkdir(directory, 0750) == 0 || errno == EEXIST)
        return 0;
    return aico2_error_set_errno(err, errno, "cannot make directory '%s'", directory);
}

int path_make_parents(const char *path, struct aico2_error *err)
{
    char directory[PATH_MAX];
    struct stat status;
    int r = 0;

    if (snprintf(directory, sizeof(directory), "%s", path) >= (int)sizeof(directory))
        return aico2_error_set(err, -ENAMETOOLONG, "name too long: '%.80s...'", path);
    (void)cut_component(directory);
    if (stat(directory, &status) == 0)
        return check_directory(path, directory, err);

    for (char *at = strchr(directory + 1, '/'); r == 0 && at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        /* a parent may exist and be closed to us: only a missing one is made */
        if (stat(directory, &status) < 0)
            r = make_directory(directory, err);
        *at = '/';
    }
    return r < 0 ? r : make_directory(directory, err);
}

int path_run_directory(char *directory_out, size_t size, const char *path, struct aico2_error *err)
{
    size_t length = strlen(path);

    if (length > 3 && strcmp(path + length - 3, ".db") == 0)
        length -= 3;
    if (snprintf(directory_out, size, "%.*s.d", (int)length, path) >= (int)size)
        return aico2_error_set(err, -ENAMETOOLONG, "name too long: '%.80s...'", path);
    return 0;
}

static bool is_run_file(const char *name)
{
    char id[ULID_SIZE];

    return snprintf(id, sizeof(id), "%s", name) > ULID_SIZE - 1 && ulid_is(id) &&
           strcmp(name + ULID_SIZE - 1, ".db") == 0;
}

static int compare_newest_first(const void *a, const void *b)
{
    return strcmp(b, a);
}

int path_list_run_files(const char *directory, char (**ids_out)[ULID_SIZE], size_t *count_out,
                        struct aico2_error *err)
{
    DIR *stream = opendir(directory);
    char(*ids)[ULID_SIZE] = NULL;
    size_t capacity = 0;
    size_t count = 0;
    struct dirent *entry;

    if (stream == NULL && errno != ENOENT && errno != ENOTDIR)
        return aico2_error_set_errno(err, errno, "cannot read directory '%s'", directory);
    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        if (!is_run_file(entry->d_name))
            continue;
        if (array_reserve(&ids, &capacity, count + 1, sizeof(*ids)) < 0) {
            free(ids);
            (void)closedir(stream);
            return aico2_error_set(err, -ENOMEM, "out of memory");
        }
        memcpy(ids[count], entry->d_name, ULID_SIZE - 1);
        ids[count++][ULID_SIZE - 1] = '\0';
    }
    if (stream != NULL)
        (void)closedir(stream);
    if (count > 0)
        qsort(ids, count, sizeof(*ids), compare_newest_first);
    *ids_out = ids;
    *count_out = count;
    return 0;
}

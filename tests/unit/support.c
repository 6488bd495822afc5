/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/support.c - temporary trees for tests */
#include "support.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <locale.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

bool is_emulated(void)
{
    const char *wrapper = getenv("AICO2_EXE_WRAPPER");

    return wrapper != NULL && wrapper[0] != '\0';
}

int temp_dir_open(char path_out[64])
{
    const char *base = getenv("TMPDIR");
    int fd;

    if (base == NULL || strlen(base) > 40)
        base = "/tmp";
    (void)snprintf(path_out, 64, "%s/aico2-XXXXXX", base);
    assert_non_null(mkdtemp(path_out));
    fd = open(path_out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void temp_dir_remove(const char *path)
{
    (void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_parents(int dirfd, const char *path)
{
    char part[512];

    assert_true(strlen(path) < sizeof(part));
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        memcpy(part, path, (size_t)(slash - path));
        part[slash - path] = '\0';
        if (part[0] != '\0')
            (void)mkdirat(dirfd, part, 0755);
    }
}

static void write_file(int dirfd, const char *path, const char *content, int flags)
{
    int fd = openat(dirfd, path, flags | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    (void)close(fd);
}

void tree_write(int dirfd, const char *path, const char *content)
{
    make_parents(dirfd, path);
    write_file(dirfd, path, content, O_WRONLY | O_CREAT | O_TRUNC);
}

void tree_update(int dirfd, const char *path, const char *content)
{
    write_file(dirfd, path, content, O_WRONLY | O_TRUNC);
}

void tree_link(int dirfd, const char *path, const char *target)
{
    make_parents(dirfd, path);
    assert_int_equal(symlinkat(target, dirfd, path), 0);
}

void tree_mkdir(int dirfd, const char *path)
{
    make_parents(dirfd, path);
    (void)mkdirat(dirfd, path, 0755);
}

bool locale_set_comma(const char *folder)
{
    char target[128];
    char *words[] = { "localedef", "-i", "de_DE", "-f", "UTF-8", target, NULL };
    pid_t child;

    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") != NULL ||
        setlocale(LC_NUMERIC, "fr_FR.UTF-8") != NULL)
        return true;
    (void)snprintf(target, sizeof(target), "%s/de_DE.UTF-8", folder);
    if (posix_spawnp(&child, words[0], NULL, NULL, words, environ) == 0)
        (void)waitpid(child, NULL, 0);
    (void)setenv("LOCPATH", folder, 1);
    return setlocale(LC_NUMERIC, "de_DE.UTF-8") != NULL;
}

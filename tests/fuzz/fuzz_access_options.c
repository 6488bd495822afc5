/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_access_options.c - any lines as where a time-series server is and how it lets one in
 *
 * A line for each option, "" where it is not given; files are looked for in a folder of the target's own, in which there
 * is one that nobody else may read, "secret", and one that all may, "open".
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/support.h"
#include "base/text.h"
#include "cli/options/access.h"

enum { OPTIONS = 9, PATH_SIZE = 600 };

static const bool is_file[OPTIONS] = { false, false, true, true, true, false, true, true, true };

static char folder[64];

static void remove_folder(void)
{
    temp_dir_remove(folder);
}

static void make_folder(void)
{
    int fd = temp_dir_open(folder);

    (void)atexit(remove_folder);
    tree_write(fd, "secret", "x\n");
    tree_write(fd, "open", "x\n");
    if (fchmodat(fd, "secret", 0600, 0) < 0 || fchmodat(fd, "open", 0644, 0) < 0)
        abort();
    (void)close(fd);
}

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Where its name leads out of the folder it stays there. */
static void path_in_folder(char path_out[PATH_SIZE], const char *name)
{
    int length = snprintf(path_out, PATH_SIZE, "%s/", folder);

    (void)snprintf(path_out + length, PATH_SIZE - (size_t)length, "%s", name);
    for (char *at = path_out + length; *at != '\0'; at++)
        *at = *at == '/' ? '_' : *at;
}

/* What is given goes to the fetcher, which takes it as it is. */
static void check_access(const struct remote_access *access)
{
    must(remote_access_check(access));
    must(strncasecmp(access->url, "http://", 7) == 0 || strncasecmp(access->url, "https://", 8) == 0);
    must(strpbrk(access->url, "?# \t\r\n") == NULL);
    must(access->auth != REMOTE_AUTH_BASIC || access->user[0] != '\0');
    must(access->auth == REMOTE_AUTH_NONE || access->secret_file[0] != '\0');
}

static void try_options(const struct access_options *of, char *const lines[OPTIONS])
{
    const enum option_id ids[OPTIONS] = { of->url,        of->user,        of->password_file,
                                          of->token_file, of->header_file, of->tenant,
                                          of->ca,         of->cert,        of->key };
    static char paths[OPTIONS][PATH_SIZE];
    struct options options = { 0 };
    struct remote_access access;
    struct aico2_error err = { 0 };

    for (size_t i = 0; i < OPTIONS; i++) {
        if (lines[i] == NULL || lines[i][0] == '\0')
            continue;
        if (is_file[i])
            path_in_folder(paths[i], lines[i]);
        options.values[ids[i]].text = is_file[i] ? paths[i] : lines[i];
    }
    if (access_from_options(&options, of, &access, &err) < 0)
        must(err.code < 0 && err.message[0] != '\0' && text_is_line(err.message, sizeof(err.message)));
    else
        check_access(&access);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *lines[OPTIONS] = { NULL };
    char *text = malloc(size + 1);
    char *rest = text;

    if (text == NULL)
        return 0;
    if (folder[0] == '\0')
        make_folder();
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    for (size_t i = 0; i < OPTIONS && rest != NULL; i++)
        lines[i] = strsep(&rest, "\n");
    try_options(&access_of_prometheus, lines);
    try_options(&access_of_remote_write, lines);
    free(text);
    return 0;
}

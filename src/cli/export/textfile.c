/* SPDX-License-Identifier: Apache-2.0 */
/* cli/export/textfile.c - `aico2 export --textfile DIR`: a file for node_exporter's textfile collector */
#include "cli/export/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/new_file.h"
#include "cli/figures.h"
#include "session/metrics/textfile.h"

/* node_exporter takes names that end so, and nothing of a temporary file's. */
static const char FILE_NAME[] = "aico2.prom";

enum { PREVIOUS_MOST = 16 << 20, RUNS_MOST = 500 };

static int check_options(const struct cli *cli)
{
    static const enum option_id of_runs[] = { OPT_OUTPUT, OPT_FORMAT, OPT_JSON, OPT_START,
                                              OPT_END,    OPT_STAGE,  OPT_NAME };

    for (size_t i = 0; i < ARRAY_LENGTH(of_runs); i++) {
        if (options_origin(&cli->options, of_runs[i]) == ORIGIN_COMMAND_LINE) {
            cli_error(cli, "--%s is of a table of runs, not of --textfile",
                      option_rows[of_runs[i]].name);
            return 2;
        }
    }
    return 0;
}

/* Return: a descriptor or -errno. */
static int open_folder(const char *path, struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat status;

    if (fd < 0 && errno == ENOENT)
        return aico2_error_set(err, -EINVAL,
                               "--textfile '%s': there is no such directory; it is the one of "
                               "node_exporter's --collector.textfile.directory",
                               path);
    if (fd < 0 && errno == ENOTDIR)
        return aico2_error_set(err, -EINVAL,
                               "--textfile '%s' is no directory; the file in it is %s", path,
                               FILE_NAME);
    if (fd < 0 || fstat(fd, &status) < 0)
        return aico2_error_set_errno(err, errno, "--textfile '%s'", path);
    if ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0)
        return aico2_error_set(err, -EINVAL,
                               "--textfile '%s': anybody could put another file in its place; "
                               "chmod o-w, or give it the sticky bit",
                               path);
    return fd_take(&fd);
}

/* What was told last; only of our own hand. NULL: nothing that could be read. */
static char *read_previous(int dirfd)
{
    AICO2_CLEANUP(fd_closep)
    int fd = openat(dirfd, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status;
    char *text;
    size_t size;

    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
        status.st_uid != geteuid() || status.st_size > PREVIOUS_MOST)
        return NULL;
    size = (size_t)status.st_size + 1;
    text = malloc(size);
    if (text != NULL && fs_pread_text(fd, text, size) < 0)
        freep(&text);
    return text;
}

static int make(const struct cli *cli, int dirfd, struct strbuf *out, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) char *previous = read_previous(dirfd);
    struct figures figures = { 0 };
    struct history *history = NULL;
    struct carbon_basis basis;
    struct utsname host;
    struct textfile textfile = {
        .basis = &basis,
        .now_wall_ns = clock_wall_ns(),
        .ended_within_ns = options_integer(&cli->options, OPT_ENDED_WITHIN),
        .runs_most = RUNS_MOST,
        .node = uname(&host) == 0 ? host.nodename : "",
        .names = (enum metrics_names)options_integer(&cli->options, OPT_METRICS_NAMES),
    };
    int r = figures_from_options(cli, &figures, err);

    basis = (struct carbon_basis){ .intensity = figures.intensity, .pue = figures.pue };
    if (r == 0)
        r = figures_open_history(cli, HISTORY_READ, &history, err);
    if (r == -ENOENT) /* no history yet: no runs, and no failure */
        r = 0;
    if (r == 0)
        r = textfile_make(history, &textfile, previous, out, err);
    if (r == 0 && out->failed)
        r = aico2_error_set(err, -ENOMEM, "out of memory");
    history_close(history);
    figures_deinit(&figures);
    return r;
}

int export_textfile(const struct cli *cli)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    AICO2_CLEANUP(fd_closep) int dirfd = -1;
    struct aico2_error err = { 0 };
    int status = check_options(cli);
    int r;

    if (status != 0)
        return status;
    dirfd = open_folder(options_text(&cli->options, OPT_TEXTFILE), &err);
    r = dirfd < 0 ? dirfd : make(cli, dirfd, &out, &err);
    if (r == 0)
        r = new_file_replace(dirfd, FILE_NAME, strbuf_text(&out), &err);
    return r < 0 ? cli_fail(cli, &err) : 0;
}

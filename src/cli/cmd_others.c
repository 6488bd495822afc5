/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_others.c - commands that are programs of their own in libexec: this one becomes them */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/own_program.h"
#include "cli/commands.h"

/* Bad options were told already: the other program meets good ones, and reads them itself. */
static int become(struct cli *cli, const char *name, const char *folder, const char *first,
                  const char *why_missing)
{
    char program[PATH_MAX];
    struct aico2_error err = { 0 };
    AICO2_CLEANUP(freep) const char **words = NULL;
    size_t count = 0;
    size_t at = 0;

    if (own_program_find(name, folder, program, sizeof(program), &err) < 0) {
        cli_error(cli, "%s%s", err.message, why_missing);
        return 1;
    }
    while (cli->words[count] != NULL)
        count++;
    words = calloc(count + 3, sizeof(*words));
    if (words == NULL) {
        cli_error(cli, "out of memory");
        return 1;
    }
    words[at++] = program;
    if (first != NULL)
        words[at++] = first;
    memcpy(words + at, cli->words, count * sizeof(*words));
    (void)execv(program, (char *const *)words);
    cli_error(cli, "cannot start '%s': %s", program, strerror(errno));
    return 1;
}

int cmd_serve(struct cli *cli)
{
    /* Else each of its threads keeps blocks that it freed for itself alone: 0.8 MiB of 12, and more by the day. Only
     * the environment tells the GNU C library so (its manual, "Memory Allocation Tunables"); others do not look. */
    (void)setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 0);
    return become(cli, "aico2-serve", "server", NULL,
                  ": it comes in the package aico2-serve, and is built where libmicrohttpd is");
}

int cmd_monitor(struct cli *cli)
{
    return become(cli, "aico2-top", "tui", NULL,
                  ": it comes in the package aico2-top, and is built where ncurses is");
}

int cmd_up(struct cli *cli)
{
    return become(cli, "aico2-stack", "cli", "up", "");
}

int cmd_down(struct cli *cli)
{
    return become(cli, "aico2-stack", "cli", "down", "");
}

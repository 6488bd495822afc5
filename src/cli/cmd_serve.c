/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_serve.c - `aico2 serve`: becomes aico2-serve, the program with the server */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/own_program.h"
#include "cli/commands.h"

/* Bad options were told already: the server meets good ones, and reads them itself, as it does again
 * whenever it is told to. */
int cmd_serve(struct cli *cli)
{
    char program[PATH_MAX];
    struct aico2_error err = { 0 };
    AICO2_CLEANUP(freep) char **words = NULL;
    size_t count = 0;

    if (own_program_find("aico2-serve", "server", program, sizeof(program), &err) < 0) {
        cli_error(cli, "%s: it is built where libmicrohttpd is", err.message);
        return 1;
    }
    while (cli->words[count] != NULL)
        count++;
    words = calloc(count + 2, sizeof(*words));
    if (words == NULL) {
        cli_error(cli, "out of memory");
        return 1;
    }
    words[0] = program;
    memcpy(words + 1, cli->words, count * sizeof(*words));
    (void)execv(program, words);
    cli_error(cli, "cannot start '%s': %s", program, strerror(errno));
    return 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* cli/style.c - what may be drawn on a descriptor (no-color.org, bixense.com/clicolors) */
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"

enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER }; /* the order of the choices in the table */

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0';
}

static bool wants_colour(const struct options *options, int fd)
{
    const char *terminal = getenv("TERM");
    const char *forced = getenv("CLICOLOR_FORCE");
    int64_t when = options == NULL ? COLOR_AUTO : options_integer(options, OPT_COLOR);

    if (when == COLOR_NEVER)
        return false;
    /* a word on this very command line is nearer to the person than an exported NO_COLOR */
    if (when == COLOR_ALWAYS && options_origin(options, OPT_COLOR) == ORIGIN_COMMAND_LINE)
        return true;
    if (is_set("NO_COLOR"))
        return false;
    if (when == COLOR_ALWAYS || (forced != NULL && forced[0] != '\0' && strcmp(forced, "0") != 0))
        return true;
    return isatty(fd) == 1 && terminal != NULL && terminal[0] != '\0' &&
           strcmp(terminal, "dumb") != 0;
}

static int terminal_columns(int fd)
{
    struct winsize size;

    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col < 40)
        return 80;
    return size.ws_col > 200 ? 200 : size.ws_col;
}

struct text_style cli_style(const struct options *options, int fd)
{
    return (struct text_style){
        .colour = wants_colour(options, fd),
        .unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0, /* LC_CTYPE is set in main() */
        .columns = terminal_columns(fd),
    };
}

enum cli_format cli_format(const struct cli *cli)
{
    return (enum cli_format)options_integer(&cli->options, OPT_FORMAT);
}

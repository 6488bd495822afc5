/* SPDX-License-Identifier: Apache-2.0 */
/* tui/plain.c - the monitor where there is no screen: lines, once a tick */
#include "tui/plain.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/attributes.h"

static const int ends[] = { SIGINT, SIGTERM, SIGHUP };

static void on_end(int number)
{
    _exit(128 + number);
}

static void prepare_ends(void)
{
    const struct sigaction end = { .sa_handler = on_end };
    struct sigaction before;

    for (size_t i = 0; i < ARRAY_LENGTH(ends); i++) {
        if (sigaction(ends[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
            (void)sigaction(ends[i], &end, NULL);
    }
}

/* While it writes, for as long as whoever reads likes, they end it where it stands; else they wait for the loop. */
static void let_end(bool let)
{
    sigset_t set;

    (void)sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LENGTH(ends); i++)
        (void)sigaddset(&set, ends[i]);
    (void)sigprocmask(let ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}

static void write_tick(struct strbuf *text, const struct cli *cli, const struct glance *glance,
                       bool first)
{
    switch (cli_format(cli)) {
    case CLI_JSON:
        write_glance_line(text, glance);
        return;
    case CLI_CSV:
        if (first)
            write_glance_csv_header(text);
        write_glance_csv(text, glance);
        return;
    case CLI_TEXT:
        write_glance_text(text, glance, cli->out_style);
        return;
    }
}

/* Return: 0; 1 after a message; -EPIPE: nobody reads any more, which ends it as it ends `yes`. */
static int print(const struct cli *cli, const struct glance *glance, bool first)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    struct aico2_error err = { 0 };
    int r;

    write_tick(&text, cli, glance, first);
    let_end(true);
    r = cli_write(STDOUT_FILENO, &text, &err);
    let_end(false);
    if (r == -EPIPE || err.code == -EPIPE)
        return -EPIPE;
    if (r < 0)
        cli_error(cli, "%s", err.message);
    return r < 0 ? 1 : 0;
}

int plain_run(const struct cli *cli, struct watch *watch, int signal_fd)
{
    const bool counted = options_given(&cli->options, OPT_COUNT);
    const int64_t most = counted ? options_integer(&cli->options, OPT_COUNT) : 0;
    int64_t ticks = 0;

    prepare_ends();
    for (;;) {
        struct signalfd_siginfo info;
        const struct glance *glance;
        int r = watch_wait(watch, signal_fd, -1);

        if (r < 0) {
            cli_error(cli, "cannot wait for the next reading");
            return 1;
        }
        if (r > 0 && read(signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
            return 128 + (int)info.ssi_signo;
        glance = watch_take(watch);
        if (glance == NULL)
            continue;
        r = print(cli, glance, ticks == 0);
        if (r != 0)
            return r == -EPIPE ? 0 : r;
        if (counted && ++ticks >= most)
            return 0;
        ticks += !counted && ticks == 0;
    }
}

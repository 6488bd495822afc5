/* SPDX-License-Identifier: Apache-2.0 */
/* tui/main.c - aico2-top, which `aico2 monitor` and `aico2 top` become: a screen, or lines where there is none */
#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/fs.h"
#include "tui/plain.h"
#include "tui/screen.h"

/* What is ignored, as nohup does with SIGHUP, stays so: blocked, it would come. */
static void add_unless_ignored(sigset_t *set, int number)
{
    struct sigaction now = { 0 };

    if (sigaction(number, NULL, &now) < 0 || now.sa_handler != SIG_IGN)
        (void)sigaddset(set, number);
}

/* Return: the descriptor, or -1. */
static int open_signals(bool screen)
{
    sigset_t set;

    (void)sigemptyset(&set);
    add_unless_ignored(&set, SIGINT);
    add_unless_ignored(&set, SIGTERM);
    add_unless_ignored(&set, SIGHUP);
    if (screen) {
        (void)sigaddset(&set, SIGTSTP);
        (void)sigaddset(&set, SIGWINCH);
    }
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int show(struct cli *cli, const struct settings *settings)
{
    const bool screen = screen_is_wanted(cli);
    AICO2_CLEANUP(fd_closep) int signal_fd = open_signals(screen);
    struct aico2_error err = { 0 };
    struct watch *watch = NULL;
    int status;

    if (signal_fd < 0) {
        cli_error(cli, "cannot take signals: %s", strerror(errno));
        return 1;
    }
    if (watch_start(&watch, settings, &err) < 0)
        return cli_fail(cli, &err);
    status =
        screen ? screen_run(cli, settings, watch, signal_fd) : plain_run(cli, watch, signal_fd);
    watch_stop(watch);
    return status;
}

static int run(struct cli *cli)
{
    AICO2_CLEANUP(settings_deinit) struct settings settings = { 0 };
    struct aico2_error err = { 0 };
    struct aico2_error why = { 0 };

    if (settings_read(&cli->options, &settings, &why, &err) < 0)
        return cli_fail(cli, &err);
    if (why.code != 0)
        cli_warning(cli, "without a calibration: %s", why.message);
    return show(cli, &settings);
}

int main(int argc, char **argv)
{
    struct cli cli = { .command = command_find("monitor") };
    struct aico2_error err = { 0 };
    int status;
    int r;

    (void)mallopt(M_ARENA_MAX, 1);
    (void)setlocale(LC_CTYPE, "");
    r = options_load(&cli.options, argc, argv, cli.command, &options_env_system, &cli.operands,
                     &err);
    if (r != 0) {
        cli_error(&cli, "%s",
                  r > 0 ? "started by `aico2 monitor`, which has the help" : err.message);
        return 2;
    }
    cli.out_style = cli_style(&cli.options, STDOUT_FILENO);
    cli.err_style = cli_style(&cli.options, STDERR_FILENO);
    status = run(&cli);
    options_deinit(&cli.options);
    return status;
}

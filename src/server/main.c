/* SPDX-License-Identifier: Apache-2.0 */
/* server/main.c - aico2-serve, started by `aico2 serve`: measures, answers, ends when it is told to
 *
 * The thread of main() measures and takes signals; another answers (http.h); the history has its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/fs.h"
#include "server/http.h"
#include "server/notify.h"
#include "server/say.h"
#include "server/settings.h"
#include "server/watch.h"

/* What is being answered when the end comes. */
static const int64_t STOP_WAIT_NS = NSEC_PER_SEC / 2;

struct server {
    int argc;
    char **argv;
    struct settings first;    /* of the start: the session's */
    struct settings *current; /* NULL: the first ones */
    struct settings *taken;   /* those the watch looks at, when they are not current any more */
    struct service service;
    struct listeners listeners;
    struct http *http;
    struct watch *watch;
    int signal_fd;
};

static const struct settings *current(const struct server *server)
{
    return server->current != NULL ? server->current : &server->first;
}

static void settings_free(struct settings *settings)
{
    if (settings == NULL)
        return;
    settings_deinit(settings);
    free(settings);
}

/* --- what requests are judged by --- */

static struct access_rules *make_rules(const struct settings *settings, struct aico2_error *err)
{
    const struct options *options = &settings->options;
    struct access_rules *rules = calloc(1, sizeof(*rules));
    char host[256];
    int r = rules == NULL ? -ENOMEM : 0;

    if (r == 0 && gethostname(host, sizeof(host)) == 0 && host[sizeof(host) - 1] == '\0')
        (void)host_names_add(&rules->hosts, host);
    for (size_t i = 0; r == 0 && i < options_value_count(options, OPT_ALLOW_HOST); i++) {
        const char *name = options_text_at(options, OPT_ALLOW_HOST, i);

        r = host_names_add(&rules->hosts, name);
        if (r == -EINVAL)
            (void)aico2_error_set(err, r,
                                  "--allow-host '%.80s': a host's name alone, without a port",
                                  name);
    }
    if (r == -ENOMEM)
        (void)aico2_error_set(err, r, "out of memory");
    if (r < 0) {
        access_rules_free(rules);
        return NULL;
    }
    rules->log = options_flag(options, OPT_LOG);
    return rules;
}

/* --- start --- */

static int open_listeners(struct server *server, struct aico2_error *err)
{
    const struct settings *settings = current(server);
    int r = listeners_inherit(&server->listeners, err);

    for (size_t i = 0; r > 0 && i < server->listeners.count; i++) {
        if (!server->listeners.items[i].loopback &&
            !options_flag(&settings->options, OPT_INSECURE_BIND))
            return aico2_error_set(err, -EINVAL,
                                   "the socket handed over for %s is open to other machines, and "
                                   "there is neither TLS nor a login: --insecure-bind if that is "
                                   "meant",
                                   server->listeners.items[i].text);
    }
    if (r < 0 || (r > 0 && !settings->listen_given))
        return r;
    r = 0;
    for (size_t i = 0; r == 0 && i < settings->listen_count; i++)
        r = listeners_add(&server->listeners, &settings->listen[i], err);
    return r;
}

static int open_signals(struct server *server, struct aico2_error *err)
{
    sigset_t signals;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    server->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return server->signal_fd < 0 ? aico2_error_set_errno(err, errno, "cannot take signals") : 0;
}

static void announce(const struct server *server)
{
    for (size_t i = 0; i < server->listeners.count; i++)
        say("http://%s", server->listeners.items[i].text);
    notify("READY=1");
}

/* Sockets first: of two servers at one address the second must not begin a run. */
static int start(struct server *server, struct aico2_error *err)
{
    struct access_rules *rules;
    int r = open_signals(server, err);

    if (r == 0)
        r = open_listeners(server, err);
    if (r < 0)
        return r;
    rules = make_rules(current(server), err);
    if (rules == NULL)
        return err->code;
    r = watch_start(&server->watch, &server->first, &server->service, err);
    if (r < 0) {
        access_rules_free(rules);
        return r;
    }
    r = http_start(&server->http, &server->listeners, &server->service, rules, err);
    if (r == 0)
        announce(server);
    return r;
}

/* --- a new configuration --- */

static void warn_of_unchanged(const struct settings *before, const struct settings *fresh)
{
    static const enum option_id fixed[] = { OPT_LISTEN,
                                            OPT_INTERVAL,
                                            OPT_DB,
                                            OPT_NO_DB,
                                            OPT_NVML,
                                            OPT_SYSROOT,
                                            OPT_CALIBRATION,
                                            OPT_EMBODIED,
                                            OPT_METRICS_NAMES,
                                            OPT_REMOTE_WRITE,
                                            OPT_REMOTE_WRITE_INTERVAL,
                                            OPT_REMOTE_WRITE_QUEUE,
                                            OPT_REMOTE_WRITE_USER,
                                            OPT_REMOTE_WRITE_TENANT };

    for (size_t i = 0; i < ARRAY_LENGTH(fixed); i++) {
        const char *a = options_text(&before->options, fixed[i]);
        const char *b = options_text(&fresh->options, fixed[i]);

        if ((a == NULL) != (b == NULL) || (a != NULL && strcmp(a, b) != 0))
            say_warning("--%s changed: that holds from the next start on",
                        option_rows[fixed[i]].name);
    }
}

static bool place_differs(const struct settings *a, const struct settings *b)
{
    return memcmp(&a->intensity.gco2e_per_kwh, &b->intensity.gco2e_per_kwh,
                  sizeof(a->intensity.gco2e_per_kwh)) != 0 ||
           strcmp(a->place_option, b->place_option) != 0 ||
           memcmp(&a->site.pue, &b->site.pue, sizeof(a->site.pue)) != 0;
}

/* All of the new one is there before anything of the old one goes. */
static void reload(struct server *server)
{
    struct settings *fresh = calloc(1, sizeof(*fresh));
    struct access_rules *rules = NULL;
    struct aico2_error err = { 0 };

    notify_reloading();
    if (fresh != NULL && settings_load(fresh, server->argc, server->argv, &err) == 0)
        rules = make_rules(fresh, &err);
    if (rules == NULL) {
        say("the configuration stays as it was: %s",
            err.message[0] != '\0' ? err.message : "out of memory");
        settings_free(fresh);
        notify("READY=1");
        return;
    }
    warn_of_unchanged(current(server), fresh);
    http_set_rules(server->http, rules);
    if (place_differs(current(server), fresh) || watch_is_changing(server->watch)) {
        /* those of the run in hand stay until it has ended, one tick from now */
        if (!watch_is_changing(server->watch)) {
            settings_free(server->taken);
            server->taken = server->current;
        } else {
            settings_free(server->current);
        }
        watch_change(server->watch, fresh);
    } else if (server->current != NULL) {
        settings_free(fresh); /* strings of the ones in hand are borrowed */
        fresh = server->current;
    }
    server->current = fresh;
    say("the configuration was read anew");
    notify("READY=1");
}

/* --- the loop --- */

/* Return: whether to end. */
static bool take_signals(struct server *server)
{
    struct signalfd_siginfo info;

    while (read(server->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo != SIGHUP)
            return true;
        reload(server);
    }
    return false;
}

static int run(struct server *server, struct aico2_error *err)
{
    for (;;) {
        int r = watch_wait(server->watch, server->signal_fd);

        if (r < 0)
            return aico2_error_set_errno(err, -r, "cannot wait for the next reading");
        if (r > 0 && take_signals(server))
            return 0;
    }
}

static void stop(struct server *server)
{
    notify("STOPPING=1");
    if (server->http != NULL)
        http_quiesce(server->http);
    watch_stop(server->watch);
    http_stop(server->http, STOP_WAIT_NS);
    listeners_close(&server->listeners);
    page_slot_deinit(&server->service.metrics);
    settings_free(server->current);
    settings_free(server->taken);
    settings_deinit(&server->first);
    fd_closep(&server->signal_fd);
    fd_closep(&server->service.proc_fd);
}

int main(int argc, char **argv)
{
    struct server server = { .argc = argc, .argv = argv, .signal_fd = -1 };
    struct aico2_error err = { 0 };
    int r;

    (void)mallopt(M_ARENA_MAX, 1);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* a core would hold tokens and keys */
    (void)setlocale(LC_CTYPE, "");
    page_slot_init(&server.service.metrics);
    server.service.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    r = settings_load(&server.first, argc, argv, &err);
    if (r == 0)
        r = start(&server, &err);
    if (r == 0)
        r = run(&server, &err);
    if (r != 0)
        say("%s", r > 0 ? "started by `aico2 serve`, which has the help" : err.message);
    stop(&server);
    return r == 0 ? 0 : r == -EINVAL || r == -EBADMSG ? 2 : 1;
}

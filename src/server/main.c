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
#include "base/notify.h"
#include "history/history.h"
#include "server/http.h"
#include "server/import_folder.h"
#include "server/say.h"
#include "server/settings.h"
#include "server/told_runs.h"
#include "server/watch.h"

enum { LARGE_BYTES = 128 * 1024 };

/* What is being answered when the end comes. */
static const int64_t STOP_WAIT_NS = NSEC_PER_SEC / 2;
static const int64_t LOOK_NS = 2 * NSEC_PER_SEC;

struct server {
    int argc;
    char **argv;
    struct settings *settings; /* as they were read last */
    struct settings *started;  /* as they were then */
    struct service service;
    struct listeners listeners;
    struct http *http;
    struct watch *watch;
    int signal_fd;
    struct access_files files; /* that requests are judged by */
    struct access_stamp stamp;
    int64_t looked_mono_ns; /* at them */
};

/* --- what requests are judged by --- */

/* Other machines get in only by TLS, and only who shows who it is. name: of an address they can reach. */
static int check_exposure(const char *name, const struct options *options,
                          const struct access_rules *rules, struct aico2_error *err)
{
    const char *missing =
        !tls_is_given(&rules->tls)
            ? "there is no TLS: --web-config with a certificate"
            : "anybody may ask: --token-file, or basic_auth_users in --web-config";

    if (name == NULL || options_flag(options, OPT_INSECURE_BIND) || access_is_guarded(rules))
        return 0;
    return aico2_error_set(err, -EINVAL,
                           "--listen '%.80s' is open to other machines, and %s; or --insecure-bind "
                           "if that is meant",
                           name, missing);
}

/* NULL: there is none. */
static const char *exposed_listener(const struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++) {
        if (!listeners->items[i].loopback)
            return listeners->items[i].text;
    }
    return NULL;
}

static const char *exposed_address(const struct settings *settings)
{
    for (size_t i = 0; i < settings->listen_count; i++) {
        if (!settings->listen[i].loopback)
            return options_text_at(&settings->options, OPT_LISTEN, i);
    }
    return NULL;
}

/* --- start --- */

static bool is_listened_at(const struct listeners *listeners, const struct listen_address *address)
{
    char text[LISTEN_TEXT_SIZE];

    listen_address_text(address, text);
    for (size_t i = 0; i < listeners->count; i++) {
        if (strcmp(listeners->items[i].text, text) == 0)
            return true; /* --listen names it, too */
    }
    return false;
}

/* Without its page's port the figures can be read all the same: by the original page, which may be what is
 * there. Without the other port nobody finds them. */
static int open_seed_ports(struct server *server, struct aico2_error *err)
{
    const struct settings *settings = server->settings;
    char text[LISTEN_TEXT_SIZE];
    int r = 0;

    for (size_t i = 0; r == 0 && i < settings->seed_count; i++) {
        if (!is_listened_at(&server->listeners, &settings->seed_data[i]))
            r = listeners_add(&server->listeners, &settings->seed_data[i], err);
        if (r == -EADDRINUSE) {
            listen_address_text(&settings->seed_data[i], text);
            return aico2_error_set(err, r,
                                   "--seed needs %s, where another program listens: the original "
                                   "project's back end (java -jar responseAIWeb...) does, if it "
                                   "still runs",
                                   text);
        }
        if (r == 0 && !is_listened_at(&server->listeners, &settings->seed_page[i]))
            r = listeners_add(&server->listeners, &settings->seed_page[i], err);
        if (r == -EADDRINUSE) {
            listen_address_text(&settings->seed_page[i], text);
            say_warning("--seed: no page at %s, where another program listens; the original "
                        "project's page, if it is that, finds its figures here",
                        text);
            r = 0;
        }
    }
    return r;
}

/* Those handed over, and what --listen says; its default only where there are none. */
static int open_listeners(struct server *server, const struct access_rules *rules,
                          struct aico2_error *err)
{
    const struct settings *settings = server->settings;
    const struct options *options = &settings->options;
    int inherited = listeners_inherit(&server->listeners, err);
    bool more = inherited == 0 || settings->listen_given;
    int r = inherited < 0
                ? inherited
                : check_exposure(exposed_listener(&server->listeners), options, rules, err);

    if (r == 0 && more)
        r = check_exposure(exposed_address(settings), options, rules, err);
    for (size_t i = 0; r == 0 && more && i < settings->listen_count; i++)
        r = listeners_add(&server->listeners, &settings->listen[i], err);
    return r < 0 ? r : open_seed_ports(server, err);
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

static void announce(const struct server *server, bool secure)
{
    for (size_t i = 0; i < server->listeners.count; i++)
        say("%s://%s", secure ? "https" : "http", server->listeners.items[i].text);
    notify("READY=1");
}

/* Sockets first: of two servers at one address the second must not begin a run. */
static int start(struct server *server, struct aico2_error *err)
{
    const struct options *options = &server->settings->options;
    struct access_rules *rules = NULL;
    bool secure;
    int r = open_signals(server, err);

    if (r == 0)
        r = access_rules_load(&rules, options, err);
    server->started = settings_ref(server->settings);
    server->service.settings = server->started;
    if (r == 0)
        r = open_listeners(server, rules, err);
    if (r == 0)
        r = import_folder_check(server->started, err);
    if (r == 0)
        r = watch_start(&server->watch, server->settings, &server->service, err);
    if (r == 0)
        r = import_folder_start(&server->service.imports, server->started, err);
    if (r < 0) {
        access_rules_free(rules);
        return r;
    }
    secure = tls_is_given(&rules->tls);
    access_files_of(&server->files, options, rules);
    server->stamp = access_stamp_of(&server->files);
    server->service.max_streams = (size_t)options_integer(options, OPT_MAX_STREAMS);
    server->service.agent = options_flag(options, OPT_AGENT);
    server->service.seed = options_flag(options, OPT_SEED);
    r = http_start(&server->http, &server->listeners, &server->service, rules, err);
    if (r == 0)
        announce(server, secure);
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
                                            OPT_REMOTE_WRITE_TENANT,
                                            OPT_AGENT,
                                            OPT_SEED,
                                            OPT_IMPORT_DIR,
                                            OPT_MAX_STREAMS };

    for (size_t i = 0; i < ARRAY_LENGTH(fixed); i++) {
        const char *a = options_text(&before->options, fixed[i]);
        const char *b = options_text(&fresh->options, fixed[i]);

        if ((a == NULL) != (b == NULL) || (a != NULL && strcmp(a, b) != 0))
            say_warning("--%s changed: that holds from the next start on",
                        option_rows[fixed[i]].name);
    }
}

/* All of the new one is there before anything of the old one goes. */
static void reload(struct server *server)
{
    struct settings *fresh = NULL;
    struct access_rules *rules = NULL;
    struct aico2_error err = { 0 };

    notify_reloading();
    if (settings_load(&fresh, server->argc, server->argv, &err) != 0 ||
        access_rules_load(&rules, &fresh->options, &err) < 0 ||
        check_exposure(exposed_listener(&server->listeners), &fresh->options, rules, &err) < 0) {
        say("the configuration stays as it was: %s", err.message);
        access_rules_free(rules);
        settings_unref(fresh);
        notify("READY=1");
        return;
    }
    warn_of_unchanged(server->settings, fresh);
    access_files_of(&server->files, &fresh->options, rules);
    server->stamp = access_stamp_of(&server->files);
    http_set_rules(server->http, rules);
    watch_change(server->watch, fresh);
    settings_unref(server->settings);
    server->settings = fresh;
    say("the configuration was read anew");
    notify("READY=1");
}

/* Certificates are renewed and tokens withdrawn without telling us. */
static void look_at_files(struct server *server)
{
    const struct options *options = &server->settings->options;
    struct access_rules *rules = NULL;
    struct aico2_error err = { 0 };
    struct access_stamp stamp;
    int64_t now_ns = clock_mono_ns();

    if (now_ns - server->looked_mono_ns < LOOK_NS)
        return;
    server->looked_mono_ns = now_ns;
    stamp = access_stamp_of(&server->files);
    if (sums_are_equal(stamp.sum, server->stamp.sum))
        return;
    server->stamp = stamp;
    if (access_rules_load(&rules, options, &err) < 0 ||
        check_exposure(exposed_listener(&server->listeners), options, rules, &err) < 0) {
        access_rules_free(rules);
        say_warning("tokens and certificates stay as they were: %s", err.message);
        return;
    }
    access_files_of(&server->files, options, rules);
    server->stamp = access_stamp_of(&server->files);
    http_set_rules(server->http, rules);
    say("tokens and certificates were read anew");
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
        look_at_files(server);
    }
}

static void stop(struct server *server)
{
    notify("STOPPING=1");
    if (server->http != NULL)
        http_quiesce(server->http);
    watch_stop(server->watch);
    http_stop(server->http, STOP_WAIT_NS);
    import_folder_stop(server->service.imports);
    listeners_close(&server->listeners);
    page_slot_deinit(&server->service.metrics);
    live_ring_deinit(&server->service.raw);
    live_ring_deinit(&server->service.live);
    told_runs_free(server->service.told);
    settings_unref(server->settings);
    settings_unref(server->started);
    fd_closep(&server->signal_fd);
    fd_closep(&server->service.proc_fd);
}

/* Freed memory goes back. By itself the C library takes a large block that was freed for a sign that more will come,
 * and from then on lets twice as much lie on its heap: megabytes, by a single large answer. */
static void bound_memory(void)
{
    (void)mallopt(M_ARENA_MAX, 1);
    (void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, LARGE_BYTES);
    history_hold_memory();
}

int main(int argc, char **argv)
{
    struct server server = { .argc = argc, .argv = argv, .signal_fd = -1 };
    struct aico2_error err = { 0 };
    int r;

    bound_memory();
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* a core would hold tokens and keys */
    (void)setlocale(LC_CTYPE, "");
    page_slot_init(&server.service.metrics);
    server.service.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    r = live_ring_init(&server.service.live, NSEC_PER_SEC, -1, &err);
    if (r == 0)
        r = live_ring_init(&server.service.raw, RAW_TICK_NS, server.service.live.wake_fd, &err);
    if (r == 0)
        r = told_runs_new(&server.service.told, &err);
    if (r == 0)
        r = settings_load(&server.settings, argc, argv, &err);
    if (r == 0)
        r = start(&server, &err);
    if (r == 0)
        r = run(&server, &err);
    if (r != 0)
        say("%s", r > 0 ? "started by `aico2 serve`, which has the help" : err.message);
    stop(&server);
    return r == 0 ? 0 : r == -EINVAL || r == -EBADMSG ? 2 : 1;
}

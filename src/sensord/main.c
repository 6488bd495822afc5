/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/main.c - aico2-sensord: opens what is root's to read, gives up every right, and answers
 *
 * The one program of this project that may be privileged, and only until it has opened what it reads: after that it has
 * no capability, opens nothing, and talks to nobody but who is connected. See docs/sensord.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/notify.h"
#include "base/text.h"
#include "readers/acpi_meter.h"
#include "readers/ipmi_dcmi.h"
#include "readers/rapl.h"
#include "readers/soc_power.h"
#include "sensord/broker.h"
#include "sensord/filter.h"
#include "sensord/listen.h"
#include "sensord/privilege.h"
#include "sensord/settings.h"

/* What may be root's alone to read. No GPU: they need no privilege. */
static const struct reader_driver *const drivers[] = {
    &reader_rapl, &reader_soc_power, &reader_acpi_meter, &reader_ipmi_dcmi, NULL,
};

struct sensord {
    struct settings settings;
    struct rights rights;
    struct privilege_user user;
    struct reader_env env;
    struct meters meters;
    struct broker broker;
};

static void say(void *payload, enum log_level level, const char *line)
{
    char clean[512];
    char text[600];
    int length;

    (void)payload;
    if (level == LOG_DEBUG)
        return;
    text_copy_clean(clean, sizeof(clean), line);
    length = snprintf(text, sizeof(text), "aico2-sensord: %s%s\n",
                      level <= LOG_WARNING ? "warning: " : "", clean);
    if (length > 0)
        (void)fs_write_all(STDERR_FILENO, text, (size_t)length);
}

static const struct log say_log = { .write = say };

/* --- before anything is opened --- */

/* A group of the default name need not be there; one that is named must. */
static int find_group(const char *named, const char *usual, gid_t *gid_out, struct aico2_error *err)
{
    *gid_out = GROUP_NONE;
    if (named != NULL)
        return rights_find_group(named, gid_out, err);
    (void)rights_find_group(usual, gid_out, NULL);
    return 0;
}

static int find_rights(struct sensord *sensord, struct aico2_error *err)
{
    const struct settings *settings = &sensord->settings;
    int r = find_group(settings->group, AICO2_SENSORD_GROUP, &sensord->rights.group, err);

    if (r == 0)
        r = find_group(settings->raw_group, AICO2_SENSORD_RAW_GROUP, &sensord->rights.raw_group,
                       err);
    if (r == 0 && sensord->rights.group == GROUP_NONE)
        log_write(&say_log, LOG_WARNING,
                  "there is no group '%s': only root may ask (groupadd --system %s)",
                  AICO2_SENSORD_GROUP, AICO2_SENSORD_GROUP);
    return r;
}

static int find_user(struct sensord *sensord, struct aico2_error *err)
{
    static const char *const usual[] = { "aico2-sensord", "nobody", "65534" };

    if (sensord->settings.user != NULL)
        return privilege_find_user(sensord->settings.user, &sensord->user, err);
    for (size_t i = 0; i < ARRAY_LENGTH(usual); i++) {
        if (privilege_find_user(usual[i], &sensord->user, NULL) == 0)
            return 0;
    }
    return aico2_error_set(err, -ENOENT, "--user: there is nobody to become");
}

static int open_socket(const struct sensord *sensord, struct aico2_error *err)
{
    int fd = listen_handed(err);

    if (fd != -ENOENT)
        return fd;
    return listen_at(sensord->settings.socket != NULL ? sensord->settings.socket
                                                      : AICO2_SENSORD_SOCKET,
                     sensord->rights.group, err);
}

/* --- opening --- */

static int open_world(struct sensord *sensord, struct aico2_error *err)
{
    const char *root = sensord->settings.sysroot != NULL ? sensord->settings.sysroot : "/";
    int root_fd = fs_open_dir_at(AT_FDCWD, root, NULL);

    if (root_fd < 0)
        return aico2_error_set_errno(err, -root_fd, "--sysroot '%.100s': cannot open the directory",
                                     root);
    sensord->env = (struct reader_env){
        .proc_fd = fs_open_dir_at(root_fd, "proc", NULL),
        .sys_fd = fs_open_dir_at(root_fd, "sys", NULL),
        .dev_fd = fs_open_dir_at(root_fd, "dev", NULL),
        .etc_fd = -1,
        .root_fd = root_fd,
        .sysroot = sensord->settings.sysroot != NULL,
        .clock = &clock_system,
        .log = &say_log,
    };
    return 0;
}

static int open_meters(struct sensord *sensord, struct aico2_error *err)
{
    uint64_t instance = 0;
    int r = open_world(sensord, err);

    if (r == 0 && getrandom(&instance, sizeof(instance), 0) != (ssize_t)sizeof(instance))
        instance = (uint64_t)clock_wall_ns() ^ ((uint64_t)getpid() << 32);
    if (r == 0)
        r = meters_open(&sensord->meters, drivers, &sensord->env, instance, err);
    if (r == 0 && sensord->meters.device_count == 0)
        log_write(&say_log, LOG_WARNING, "there is no meter here that could be opened");
    return r;
}

/* --- life --- */

static int enter_filter(struct aico2_error *err)
{
    int r = filter_enter(err);

    if (r != -ENOSYS)
        return r;
    log_write(&say_log, LOG_WARNING, "this kernel has no filter of system calls (seccomp)");
    return 0;
}

/* Rights go before the first thread and the first client. */
static int start(struct sensord *sensord, struct aico2_error *err)
{
    int listen_fd = -1;
    int notify_fd = -1;
    int r = find_rights(sensord, err);

    if (r == 0)
        r = find_user(sensord, err);
    if (r == 0)
        r = listen_fd = open_socket(sensord, err);
    if (r >= 0)
        r = privilege_keep(sensord->settings.registers, err);
    if (r == 0)
        r = open_meters(sensord, err);
    if (r == 0)
        r = privilege_drop(&sensord->user, err);
    if (r == 0)
        r = broker_open(&sensord->broker, &sensord->meters, listen_fd, &sensord->rights, &say_log,
                        err);
    if (r == 0)
        r = meters_start(&sensord->meters, err);
    notify_fd = notify_open();
    if (r == 0)
        r = enter_filter(err);
    sensord->broker.notify_fd = notify_fd;
    sensord->broker.idle_exit_ns = sensord->settings.idle_exit_ns;
    return r;
}

int main(int argc, char **argv)
{
    static struct sensord sensord = {
        .env = { .proc_fd = -1, .sys_fd = -1, .dev_fd = -1, .etc_fd = -1, .root_fd = -1 },
    };
    struct aico2_error err = { 0 };
    char help[2048];
    int r = settings_parse(argc, argv, &sensord.settings, &err);

    if (r < 0) {
        log_write(&say_log, LOG_WARNING, "%s", err.message);
        return 2;
    }
    if (sensord.settings.help || sensord.settings.version) {
        settings_help(help, sizeof(help));
        (void)fputs(sensord.settings.help ? help : "aico2-sensord " AICO2_VERSION_TEXT "\n",
                    stdout);
        return fflush(stdout) == 0 ? 0 : 1;
    }
    r = start(&sensord, &err);
    if (r == 0) {
        log_write(&say_log, LOG_INFO, "%zu device%s, no privilege left",
                  sensord.meters.device_count, sensord.meters.device_count == 1 ? "" : "s");
        notify_send(sensord.broker.notify_fd, "READY=1");
        r = broker_run(&sensord.broker, &err);
    }
    if (r < 0)
        log_write(&say_log, LOG_ERROR, "%s", err.message);
    broker_close(&sensord.broker);
    meters_close(&sensord.meters);
    fd_closep(&sensord.env.proc_fd);
    fd_closep(&sensord.env.sys_fd);
    fd_closep(&sensord.env.dev_fd);
    fd_closep(&sensord.env.root_fd);
    return r < 0 ? 1 : 0;
}

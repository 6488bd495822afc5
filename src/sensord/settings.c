/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/settings.c - what the command line says */
#include "sensord/settings.h"

#include <errno.h>
#include <string.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"

enum setting { SOCKET, GROUP, RAW_GROUP, USER, IDLE_EXIT, REGISTERS, SYSROOT, HELP, VERSION };

/* value: NULL: it takes none. In the order they are shown. */
static const struct {
    const char *name;
    const char *value;
    const char *text;
} rows[] = {
    [SOCKET] = { "socket", "PATH",
                 "where to listen (/run/aico2/sensord.sock); one that systemd hands over comes "
                 "first" },
    [GROUP] = { "group", "GROUP",
                "who may ask: figures once a second, to 0.1 J (aico2); a name or a number" },
    [RAW_GROUP] = { "raw-group", "GROUP", "who gets every figure, as root does (aico2-raw)" },
    [USER] = { "user", "USER",
               "whom to become when root has started it (aico2-sensord, else nobody)" },
    [IDLE_EXIT] = { "idle-exit", "SECONDS",
                    "end when nobody has been connected for so long; 0: never" },
    [REGISTERS] = { "msr", NULL,
                    "keep CAP_SYS_RAWIO while opening: /dev/cpu/N/msr, the last resort" },
    [SYSROOT] = { "sysroot", "DIR", "another root of proc, sys and dev: a captured machine" },
    [HELP] = { "help", NULL, "this text" },
    [VERSION] = { "version", NULL, "the version" },
};

static int find(const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        if (strlen(rows[i].name) == length && strncmp(rows[i].name, name, length) == 0)
            return (int)i;
    }
    return -1;
}

static int unknown(const char *word, struct aico2_error *err)
{
    const char *names[ARRAY_LENGTH(rows)];
    char clean[64];
    int nearest;

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        names[i] = rows[i].name;
    text_copy_clean(clean, sizeof(clean), word);
    clean[strcspn(clean, "=")] = '\0';
    nearest =
        strncmp(clean, "--", 2) == 0 ? text_nearest(clean + 2, names, ARRAY_LENGTH(names)) : -1;
    if (nearest >= 0)
        return aico2_error_set(err, -EINVAL, "unknown option '%s': nearest is '--%s'", clean,
                               names[nearest]);
    return aico2_error_set(err, -EINVAL, "'%s' is no option: --help lists them", clean);
}

static int take_seconds(const char *value, int64_t *ns_out, struct aico2_error *err)
{
    uint64_t seconds;

    if (!number_parse_u64(value, &seconds) || seconds > 31536000)
        return aico2_error_set(err, -EINVAL, "--idle-exit '%.40s': whole seconds, up to a year",
                               value);
    *ns_out = (int64_t)seconds * NSEC_PER_SEC;
    return 0;
}

static int take(struct settings *settings, enum setting setting, const char *value,
                struct aico2_error *err)
{
    switch (setting) {
    case SOCKET:
        settings->socket = value;
        break;
    case GROUP:
        settings->group = value;
        break;
    case RAW_GROUP:
        settings->raw_group = value;
        break;
    case USER:
        settings->user = value;
        break;
    case SYSROOT:
        settings->sysroot = value;
        break;
    case IDLE_EXIT:
        return take_seconds(value, &settings->idle_exit_ns, err);
    case REGISTERS:
        settings->registers = true;
        break;
    case HELP:
        settings->help = true;
        break;
    case VERSION:
        settings->version = true;
        break;
    }
    return 0;
}

int settings_parse(int argc, char **argv, struct settings *settings_out, struct aico2_error *err)
{
    struct settings settings = { .socket = NULL };

    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        const char *value = strchr(word, '=');
        size_t length = value == NULL ? strlen(word) : (size_t)(value - word);
        int at = strncmp(word, "--", 2) == 0 && length > 2 ? find(word + 2, length - 2) : -1;
        int r;

        if (at < 0)
            return unknown(word, err);
        if (rows[at].value == NULL && value != NULL)
            return aico2_error_set(err, -EINVAL, "--%s takes no value", rows[at].name);
        if (value != NULL)
            value++;
        else if (rows[at].value != NULL && i + 1 < argc)
            value = argv[++i];
        if (rows[at].value != NULL && (value == NULL || value[0] == '\0'))
            return aico2_error_set(err, -EINVAL, "--%s needs %s", rows[at].name, rows[at].value);
        r = take(&settings, (enum setting)at, value, err);
        if (r < 0)
            return r;
    }
    *settings_out = settings;
    return 0;
}

void settings_help(char *text_out, size_t size)
{
    text_out[0] = '\0';
    text_append(text_out, size,
                "aico2-sensord - opens the machine's energy counters and tells them to a group\n\n"
                "usage: aico2-sensord [OPTIONS]\n\n");
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
        text_append(text_out, size, "  --%s%s%s\n        %s\n", rows[i].name,
                    rows[i].value != NULL ? "=" : "", rows[i].value != NULL ? rows[i].value : "",
                    rows[i].text);
    text_append(text_out, size, "\nSee aico2-sensord(8).\n");
}

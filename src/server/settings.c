/* SPDX-License-Identifier: Apache-2.0 */
/* server/settings.c - everything that options, files and environment say, checked before it is used */
#include "server/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/own_figures.h"
#include "history/history.h"
#include "server/remote_write.h"
#include "server/say.h"
#include "session/calibration_file.h"
#include "session/place_own.h"
#include "session/place_text.h"

enum { OWN_SIZE = 384 };

static int read_listen(struct settings *settings, struct aico2_error *err)
{
    const struct options *options = &settings->options;
    size_t count = options_value_count(options, OPT_LISTEN);

    settings->listen = calloc(count + 1, sizeof(*settings->listen));
    if (settings->listen == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        const char *text = options_text_at(options, OPT_LISTEN, i);
        int r = listen_parse(text, &settings->listen[i], err);

        if (r < 0)
            return r;
    }
    settings->listen_count = count;
    settings->listen_given = options_given(options, OPT_LISTEN);
    return 0;
}

static int read_place(struct settings *settings, struct aico2_error *err)
{
    const struct options *options = &settings->options;
    struct place_query query = place_query_from_options(options);
    char text[OWN_SIZE];
    bool own = false;
    int r = place_options_check(options, err);

    if (r == 0 && cloud_auto_asked(options))
        r = aico2_error_set(err, -EINVAL,
                            "--cloud 'auto': not asked here, for it needs a network; name the "
                            "region, as in aws:eu-west-3");
    if (r == 0)
        r = own_figures_resolve(options, &query, &settings->intensity, &own, err);
    if (r < 0)
        return r;
    settings->site = site_from_options(options);
    place_query_name(&query, settings->place_option, sizeof(settings->place_option));
    if (own) {
        place_own_write(text, sizeof(text), &settings->intensity);
        place_text_set(settings->place_option, sizeof(settings->place_option), "own", text);
    }
    return 0;
}

/* The system's where it is ours to write, as under systemd (StateDirectory); else the user's. */
static int find_db(struct settings *settings, struct aico2_error *err)
{
    const char *named = options_text(&settings->options, OPT_DB);
    const char *state = getenv("STATE_DIRECTORY");
    size_t size = sizeof(settings->db_path);
    int length;

    if (options_flag(&settings->options, OPT_NO_DB))
        return 0;
    if (named == NULL && (state == NULL || state[0] != '/' || strchr(state, ':') != NULL)) {
        if (geteuid() == 0 || access("/var/lib/aico2", W_OK | X_OK) != 0)
            return history_default_path(settings->db_path, size, err);
        state = "/var/lib/aico2";
    }
    length = named != NULL ? snprintf(settings->db_path, size, "%s", named)
                           : snprintf(settings->db_path, size, "%s/history.db", state);
    if ((size_t)length >= size)
        return aico2_error_set(err, -ENAMETOOLONG, "the path of the history is too long");
    return 0;
}

static int read_calibration(struct settings *settings, struct aico2_error *err)
{
    const char *path = options_text(&settings->options, OPT_CALIBRATION);
    struct aico2_error why = { 0 };
    int r;

    settings->calibration = CALIBRATION_NULL;
    if (path != NULL && strcmp(path, "none") == 0)
        return 0;
    if (path != NULL) {
        r = calibration_read(path, &settings->calibration, err);
        settings->calibrated = r == 0;
        return r;
    }
    if (options_text(&settings->options, OPT_SYSROOT) != NULL)
        return 0;
    r = calibration_read_default(&settings->calibration, &why);
    settings->calibrated = r == 0;
    if (r < 0 && r != -ENOENT)
        say_warning("without a calibration: %s", why.message);
    return 0;
}

static int read_remote_write(struct settings *settings, struct aico2_error *err)
{
    int r = remote_write_settings(&settings->options, &settings->remote_write, err);

    settings->writes_remotely = r > 0;
    return r < 0 ? r : 0;
}

int settings_load(struct settings **settings_out, int argc, char **argv, struct aico2_error *err)
{
    struct settings *settings = calloc(1, sizeof(*settings));
    struct operands operands = { 0 };
    int r;

    if (settings == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    settings->references = 1;
    r = options_load(&settings->options, argc, argv, command_find("serve"), &options_env_system,
                     &operands, err);
    if (r == 0)
        r = read_listen(settings, err);
    if (r == 0)
        r = read_place(settings, err);
    if (r == 0)
        r = find_db(settings, err);
    if (r == 0)
        r = read_remote_write(settings, err);
    if (r == 0)
        r = read_calibration(settings, err);
    if (r != 0) {
        settings_unref(settings);
        return r;
    }
    *settings_out = settings;
    return 0;
}

struct settings *settings_ref(struct settings *settings)
{
    settings->references++;
    return settings;
}

void settings_unref(struct settings *settings)
{
    if (settings == NULL || --settings->references > 0)
        return;
    options_deinit(&settings->options);
    free(settings->listen);
    free(settings);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* server/settings.c - everything that options, files and environment say, checked before it is used */
#include "server/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options/here.h"
#include "history/history.h"
#include "server/remote_write.h"
#include "server/say.h"

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

static bool has_host_before(const struct settings *settings, size_t index)
{
    const struct listen_address own = listen_at_port(&settings->listen[index], 0);

    for (size_t i = 0; i < index; i++) {
        const struct listen_address other = listen_at_port(&settings->listen[i], 0);

        if (other.length == own.length && other.both == own.both &&
            memcmp(&other.address, &own.address, own.length) == 0)
            return true;
    }
    return false;
}

/* Where the original project's page is looked for, and where that looks: at the same hosts. */
static int read_seed(struct settings *settings, struct aico2_error *err)
{
    if (!options_flag(&settings->options, OPT_SEED))
        return 0;
    if (options_flag(&settings->options, OPT_AGENT))
        return aico2_error_set(err, -EINVAL,
                               "--seed with --agent: an agent has neither that page nor its API");
    settings->seed_page = calloc(settings->listen_count, sizeof(*settings->seed_page));
    settings->seed_data = calloc(settings->listen_count, sizeof(*settings->seed_data));
    if (settings->seed_page == NULL || settings->seed_data == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < settings->listen_count; i++) {
        if (has_host_before(settings, i))
            continue;
        settings->seed_page[settings->seed_count] =
            listen_at_port(&settings->listen[i], SEED_PAGE_PORT);
        settings->seed_data[settings->seed_count++] =
            listen_at_port(&settings->listen[i], SEED_DATA_PORT);
    }
    return 0;
}

static int read_place(struct settings *settings, struct aico2_error *err)
{
    struct here here;
    int r = here_from_options(&settings->options, &here, err);

    if (r < 0)
        return r;
    settings->intensity = here.intensity;
    settings->site = here.site;
    memcpy(settings->place_option, here.place_option, sizeof(settings->place_option));
    return price_from_options(&settings->options, &settings->price, err);
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
    struct aico2_error why = { 0 };
    int r = here_calibration(&settings->options, &settings->calibration, &settings->calibrated,
                             &why, err);

    if (why.code != 0)
        say_warning("without a calibration: %s", why.message);
    return r;
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
        r = read_seed(settings, err);
    if (r == 0)
        r = read_place(settings, err);
    if (r == 0)
        r = place_files_load(&settings->options, &settings->place_files, err);
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
    place_files_deinit(&settings->place_files);
    free(settings->listen);
    free(settings->seed_page);
    free(settings->seed_data);
    free(settings);
}

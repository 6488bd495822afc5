/* SPDX-License-Identifier: Apache-2.0 */
/* session/public/settings.c - struct aico2_options checked and copied, as a session takes them */
#include "session/public/settings.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/clock.h"
#include "base/lines.h"
#include "carbon/place.h"
#include "carbon/price.h"
#include "carbon/series.h"
#include "history/history.h"
#include "session/calibration/file.h"
#include "session/environment.h"
#include "session/place/text.h"
#include "session/public/public.h"

static const double INTERVAL_DEFAULT_S = 1;

int public_db_path(const char *given, char *path_out, size_t size, struct aico2_error *err)
{
    const char *path = given != NULL ? given : getenv("AICO2_DB");

    if (path == NULL || path[0] == '\0')
        return history_default_path(path_out, size, err);
    if (strlen(path) >= size)
        return aico2_error_set(err, -ENAMETOOLONG, "db_path is too long: '%.60s...'", path);
    (void)snprintf(path_out, size, "%s", path);
    return 0;
}

static int check(const struct aico2_options *given, struct aico2_error *err)
{
    const struct public_range ranges[] = {
        { "gco2e_per_kwh", given->gco2e_per_kwh, 0, 5000 },
        { "pue", given->pue, 1, 100 },
        { "lifetime_years", given->lifetime_years, 0, 1000 },
        { "wue_l_per_kwh", given->wue_l_per_kwh, 0, 1000 },
        { "interval_s", given->interval_s, 0.001, 3600 },
        { "units", given->units, 0, 1e18 },
        { "epochs", given->epochs, 0, 1e9 },
        { "scope", given->scope, AICO2_SCOPE_JOB, AICO2_SCOPE_MACHINE },
        { "idle", given->idle, AICO2_IDLE_PROPORTIONAL, AICO2_IDLE_ALL },
    };

    return public_check_ranges(ranges, ARRAY_LENGTH(ranges), err);
}

/* A copy that lives as long as the settings; NULL of NULL. */
static int keep(struct public_settings *settings, const char *text, const char **kept_out)
{
    char **grown;

    *kept_out = NULL;
    if (text == NULL)
        return 0;
    grown = realloc(settings->texts, (settings->text_count + 1) * sizeof(*grown));
    if (grown == NULL)
        return -ENOMEM;
    settings->texts = grown;
    grown[settings->text_count] = strdup(text);
    if (grown[settings->text_count] == NULL)
        return -ENOMEM;
    *kept_out = grown[settings->text_count++];
    return 0;
}

/* Which kind of name a place of any kind is: it is kept with the run, to be found again. */
static int find_kind(struct place_query *query, struct intensity *intensity_out,
                     struct aico2_error *err)
{
    const char *any = query->any;
    const char **const kinds[] = { &query->country, &query->region, &query->cloud, &query->zone };

    query->any = NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
        *kinds[i] = any;
        if (place_resolve(query, intensity_out, NULL) == 0)
            return 0;
        *kinds[i] = NULL;
    }
    query->any = any;
    return place_resolve(query, intensity_out, err);
}

static int find_place(struct public_settings *settings, const struct aico2_options *given,
                      struct aico2_error *err)
{
    struct session_options *options = &settings->options;
    struct place_query query = {
        .country = given->country,
        .region = given->region,
        .cloud = given->cloud,
        .zone = given->zone,
        .any = given->place,
        .gco2e_per_kwh = public_given_or(given->gco2e_per_kwh, NAN),
        .basis = PLACE_OPTION,
    };
    struct place_site site;
    int r;

    if (query.any != NULL && (query.country != NULL || query.region != NULL ||
                              query.cloud != NULL || query.zone != NULL))
        return aico2_error_set(err, -EINVAL, "place is '%s', and another place is given beside it",
                               query.any);
    r = query.any != NULL ? find_kind(&query, &options->intensity, err)
                          : place_resolve(&query, &options->intensity, err);
    if (r < 0)
        return r;
    place_text_name(&query, settings->place, sizeof(settings->place));
    options->place_option = settings->place;
    (void)place_cloud_site(query.cloud, &site);
    options->pue = 1;
    options->wue_given = given->wue_l_per_kwh > 0;
    options->wue_l_per_kwh = options->wue_given ? given->wue_l_per_kwh : site.wue_l_per_kwh;
    if (given->pue > 0) {
        options->pue = given->pue;
    } else if (isfinite(site.pue)) {
        options->pue = site.pue;
        memcpy(settings->pue_source, site.pue_source, sizeof(site.pue_source));
    }
    options->pue_source = settings->pue_source;
    return 0;
}

static int keep_words(struct public_settings *settings, const char *const *words, size_t count)
{
    settings->command = calloc(count + 1, sizeof(*settings->command));
    if (settings->command == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const char *kept;

        if (keep(settings, words[i], &kept) < 0)
            return -ENOMEM;
        settings->command[i] = settings->texts[settings->text_count - 1];
    }
    settings->options.command = (const char *const *)settings->command;
    return 0;
}

static int keep_command(struct public_settings *settings, const char *const *given)
{
    const char **words = NULL;
    AICO2_CLEANUP(freep) char *text = NULL;
    size_t capacity = 0;
    size_t count = 0;
    int length;
    int r = 0;

    if (given != NULL) {
        while (given[count] != NULL)
            count++;
        return keep_words(settings, given, count);
    }
    length = environment_own_command(&text);
    if (length < 0)
        return 0; /* the run has no command in the history: nothing hangs on it */
    for (size_t at = 0; at < (size_t)length && r == 0; at += strlen(text + at) + 1) {
        r = array_reserve(&words, &capacity, count + 1, sizeof(*words));
        if (r == 0)
            words[count++] = text + at;
    }
    if (r == 0)
        r = keep_words(settings, words, count);
    free(words);
    return r;
}

/* "train.py" rather than "python3"; the program's own name where it has no script. */
static const char *default_name(const struct public_settings *settings)
{
    const char *name = "process";

    for (size_t i = 0; settings->command != NULL && settings->command[i] != NULL && i < 8; i++) {
        const char *word = settings->command[i];
        const char *slash = strrchr(word, '/');
        const char *base = slash != NULL && slash[1] != '\0' ? slash + 1 : word;

        if (i == 0)
            name = base;
        else if (word[0] != '-' && strchr(base, '.') != NULL && strchr(base, ' ') == NULL)
            return base;
    }
    return name;
}

static int keep_texts(struct public_settings *settings, const struct aico2_options *given)
{
    struct session_options *options = &settings->options;
    const char *nvml = given->nvml_path != NULL ? given->nvml_path : getenv("AICO2_NVML");

    if (keep(settings, given->name, &options->name) < 0 ||
        keep(settings, given->stage, &options->stage) < 0 ||
        keep(settings, given->unit, &options->unit) < 0 ||
        keep(settings, given->sysroot, &options->sysroot) < 0 ||
        keep(settings, nvml, &options->nvml_path) < 0 ||
        keep(settings, given->gpus, &options->gpus) < 0 ||
        keep_command(settings, given->command) < 0)
        return -ENOMEM;
    if (options->name == NULL)
        return keep(settings, default_name(settings), &options->name);
    return 0;
}

static int read_price(struct public_settings *settings, const struct aico2_options *given,
                      struct aico2_error *err)
{
    struct session_options *options = &settings->options;
    int r = 0;

    options->price = (struct price){ .per_kwh = NAN };
    if (given->price != NULL)
        r = price_parse(given->price, &options->price, err);
    if (r < 0 || given->price_file == NULL)
        return r;
    r = price_series_read(given->price_file, options->price.currency, &settings->prices, err);
    if (r < 0)
        aico2_error_prefix(err, "price_file");
    if (r == 0 && price_series_cuts(&settings->prices, &settings->series, &settings->cuts) < 0)
        r = aico2_error_set(err, -ENOMEM, "out of memory");
    return r;
}

static int read_budget(struct public_settings *settings, const char *text, struct aico2_error *err)
{
    int r = text == NULL ? 0 : budget_parse(text, &settings->budget, err);

    if (r < 0 || text == NULL)
        return r;
    if (settings->budget.of == BUDGET_MONEY &&
        strcmp(settings->budget.currency, settings->options.price.currency) != 0)
        return aico2_error_set(err, -EINVAL, "budget is '%s': no price in %s is given", text,
                               settings->budget.currency);
    settings->options.budget = settings->budget.text;
    settings->options.budget_action = "warn";
    return 0;
}

static void find_calibration(struct public_settings *settings)
{
    struct aico2_error why = { 0 };
    int r;

    if (settings->options.sysroot != NULL)
        return;
    r = calibration_read_default(&settings->calibration, &why);
    if (r == 0)
        settings->options.calibration = &settings->calibration;
    else if (r != -ENOENT)
        (void)snprintf(settings->calibration_trouble, sizeof(settings->calibration_trouble),
                       "without a calibration: %.200s", why.message);
}

/* No place for a history is no reason not to measure. */
static void find_history(struct public_settings *settings, const struct aico2_options *given)
{
    struct aico2_error why = { 0 };

    if (given->without_history != 0)
        return;
    if (public_db_path(given->db_path, settings->db_path, sizeof(settings->db_path), &why) == 0)
        settings->options.db_path = settings->db_path;
    else
        (void)snprintf(settings->history_trouble, sizeof(settings->history_trouble),
                       "not stored in the history: %.200s", why.message);
}

static int take_run(struct public_settings *settings, const char *id, struct aico2_error *err)
{
    if (id == NULL)
        return 0;
    if (strlen(id) != ULID_SIZE - 1)
        return aico2_error_set(err, -EINVAL,
                               "resume_run is '%.40s': it must be the 26 characters of a run's id",
                               id);
    memcpy(settings->resume_run, id, ULID_SIZE);
    return 0;
}

static int fill(struct public_settings *settings, const struct aico2_options *given,
                struct aico2_error *err)
{
    struct session_options *options = &settings->options;
    int r = check(given, err);

    if (r == 0)
        r = find_place(settings, given, err);
    if (r == 0 && given->intensity_file != NULL) {
        r = intensity_series_read(given->intensity_file, &settings->series, err);
        if (r < 0)
            aico2_error_prefix(err, "intensity_file");
    }
    if (r == 0)
        r = read_price(settings, given, err);
    if (r == 0)
        r = read_budget(settings, given->budget, err);
    if (r == 0)
        r = take_run(settings, given->resume_run, err);
    if (r == 0 && keep_texts(settings, given) < 0)
        r = aico2_error_set(err, -ENOMEM, "out of memory");
    if (r < 0)
        return r;

    options->interval_ns =
        llround(public_given_or(given->interval_s, INTERVAL_DEFAULT_S) * (double)NSEC_PER_SEC);
    options->scope = given->scope == AICO2_SCOPE_MACHINE ? SCOPE_MACHINE : SCOPE_JOB;
    options->idle = (enum idle_policy)given->idle;
    options->embodied = given->without_embodied == 0;
    options->lifetime_years = public_given_or(given->lifetime_years, NAN);
    options->units = public_given_or(given->units, NAN);
    options->epochs = public_given_or(given->epochs, NAN);
    options->series = settings->series.count > 0 ? &settings->series : NULL;
    options->prices = settings->prices.count > 0 ? &settings->prices : NULL;
    options->cuts = options->prices != NULL ? &settings->cuts : options->series;
    options->root = getpid();
    options->self = true;
    settings->alone = given->alone != 0;
    find_calibration(settings);
    find_history(settings, given);
    return 0;
}

int public_settings_init(struct public_settings *settings, const struct aico2_options *given,
                         struct aico2_error *err)
{
    struct aico2_options known = { .size = sizeof(known) };
    int r = 0;

    *settings = (struct public_settings){ .calibration = CALIBRATION_NULL };
    if (given != NULL)
        r = public_read_options(&known, sizeof(known), given,
                                offsetof(struct aico2_options, context) + sizeof(void *),
                                "aico2_options", err);
    if (r == 0)
        r = fill(settings, &known, err);
    if (r < 0)
        public_settings_deinit(settings);
    return r;
}

void public_settings_deinit(struct public_settings *settings)
{
    intensity_series_deinit(&settings->series);
    price_series_deinit(&settings->prices);
    intensity_series_deinit(&settings->cuts);
    calibration_deinit(&settings->calibration);
    lines_free(settings->texts, settings->text_count);
    free(settings->command);
    *settings = (struct public_settings){ .calibration = CALIBRATION_NULL };
}

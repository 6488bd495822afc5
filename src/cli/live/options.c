/* SPDX-License-Identifier: Apache-2.0 */
/* cli/live/options.c - --provider and what goes with it: whom to ask, of which place, with which secret */
#include "cli/live/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/user_path.h"
#include "carbon/own_table.h"
#include "cli/fetch_process.h"
#include "model/provider_names.h"

enum { WORD_SIZE = 64, NAMES_SIZE = 160 };

static int unknown_provider(enum option_id id, const char *name, struct aico2_error *err)
{
    const char *names[16];
    char list[NAMES_SIZE];
    char shown[WORD_SIZE];
    size_t count = 0;
    int nearest;

    for (size_t i = 0; i < provider_name_count && count + 1 < ARRAY_LENGTH(names); i++)
        names[count++] = provider_names[i].name;
    names[count++] = "auto";
    nearest = text_nearest(name, names, count);
    provider_name_list(list, sizeof(list));
    text_copy_clean(shown, sizeof(shown), name);
    if (nearest >= 0)
        return aico2_error_set(err, -EINVAL, "--%s: no provider '%s': nearest is '%s'",
                               option_rows[id].name, shown, names[nearest]);
    return aico2_error_set(err, -EINVAL, "--%s: no provider '%s': there are %s",
                           option_rows[id].name, shown, list);
}

static struct fetch_choice *find_choice(struct fetch_question *question, const char *name)
{
    for (uint32_t i = 0; i < question->choice_count; i++) {
        if (strcmp(question->choices[i].provider, name) == 0)
            return &question->choices[i];
    }
    return NULL;
}

/* Named twice, it is asked once. */
static void add_choice(struct fetch_question *question, const char *name)
{
    if (find_choice(question, name) != NULL || question->choice_count >= FETCH_CHAIN_MAX)
        return;
    text_append(question->choices[question->choice_count++].provider,
                sizeof(question->choices[0].provider), "%s", name);
}

static const char SYSTEM_SECRETS[] = "/etc/aico2";

static bool is_readable(const char *directory, const char *before, const char *name,
                        const char *after)
{
    char path[PATH_MAX];

    return directory != NULL && directory[0] == '/' &&
           snprintf(path, sizeof(path), "%s/%s%s%s", directory, before, name, after) <
               (int)sizeof(path) &&
           access(path, R_OK) == 0;
}

static bool has_token(const char *directory, const char *name)
{
    return is_readable(directory, "", name, ".token");
}

/* Where the fetcher will find one; it reads and judges the file. */
static bool has_secret(const struct fetch_question *question, const char *name)
{
    char variable[PROVIDER_VARIABLE_SIZE];
    const char *value;

    provider_secret_variable(name, variable);
    value = getenv(variable);
    return (value != NULL && value[0] != '\0') || has_token(question->secret_dir, name) ||
           has_token(SYSTEM_SECRETS, name) ||
           is_readable(getenv("CREDENTIALS_DIRECTORY"), "aico2.", name, "");
}

/* Who serves this country without a key, and of the others those whose key is here. */
static void add_auto(struct fetch_question *question)
{
    for (size_t i = 0; i < provider_name_count; i++) {
        const struct provider_name *row = &provider_names[i];

        if (row->marginal || row->self_hosted)
            continue;
        if (row->keyed ? has_secret(question, row->name)
                       : strcmp(row->country, question->place.country) == 0)
            add_choice(question, row->name);
    }
}

/* Beside others, under the commands that show it: never a part of a footprint. */
static bool take_marginal(const struct cli *cli, struct live_plan *plan, const char *name)
{
    if (cli->command == NULL || (cli->command->bit & (COMMAND_RUN | COMMAND_RECOMPUTE)) == 0)
        return false;
    text_copy_clean(plan->marginal.provider, sizeof(plan->marginal.provider), name);
    return true;
}

static int refuse_marginal(const char *name, struct aico2_error *err)
{
    return aico2_error_set(err, -EINVAL,
                           "--provider %s: %s tells the marginal intensity, of the next plant to "
                           "start: it says when to run, and is never part of a footprint",
                           name, provider_names[provider_name_find(name)].title);
}

static int add_named(const struct cli *cli, struct live_plan *plan, const char *name, bool totals,
                     struct aico2_error *err)
{
    struct fetch_question *question = &plan->question;
    int index;

    if (strcmp(name, "auto") == 0) {
        add_auto(question);
        return 0;
    }
    index = provider_name_find(name);
    if (index < 0)
        return unknown_provider(OPT_PROVIDER, name, err);
    if (totals && provider_names[index].marginal)
        return take_marginal(cli, plan, name) ? 0 : refuse_marginal(name, err);
    add_choice(question, name);
    return 0;
}

/* Each value is a name, or several with commas: a file and a variable hold one value only. */
static int add_value(const struct cli *cli, struct live_plan *plan, const char *value, bool totals,
                     struct aico2_error *err)
{
    int r = 0;

    while (r == 0) {
        size_t length = strcspn(value, ",");
        char name[WORD_SIZE];

        (void)snprintf(name, sizeof(name), "%.*s",
                       length < sizeof(name) ? (int)length : (int)sizeof(name) - 1, value);
        r = add_named(cli, plan, name, totals, err);
        if (value[length] == '\0')
            break;
        value += length + 1;
    }
    return r;
}

static int set_url(struct fetch_question *question, const char *value, struct aico2_error *err)
{
    const char *equals = strchr(value, '=');
    struct fetch_choice *choice;
    char name[WORD_SIZE];
    char shown[WORD_SIZE];

    text_copy_clean(shown, sizeof(shown), value);
    if (equals == NULL ||
        (strncmp(equals + 1, "https://", 8) != 0 && strncmp(equals + 1, "http://", 7) != 0))
        return aico2_error_set(err, -EINVAL,
                               "--provider-url: '%s' is not NAME=URL with an https:// address",
                               shown);
    (void)snprintf(name, sizeof(name), "%.*s",
                   equals - value < WORD_SIZE ? (int)(equals - value) : WORD_SIZE - 1, value);
    if (strcmp(name, "cloud") == 0) /* of --cloud auto */
        return 0;
    if (provider_name_find(name) < 0)
        return unknown_provider(OPT_PROVIDER_URL, name, err);
    if (strlen(equals + 1) >= FETCH_URL_SIZE)
        return aico2_error_set(err, -EINVAL, "--provider-url: the address of %s is too long", name);
    for (const char *at = equals + 1; *at != '\0'; at++) {
        if (*at <= ' ' || *at == 0x7f)
            return aico2_error_set(err, -EINVAL,
                                   "--provider-url: the address of %s holds a blank or a control "
                                   "character",
                                   name);
    }
    choice = find_choice(question, name);
    if (choice != NULL)
        (void)snprintf(choice->url, sizeof(choice->url), "%s", equals + 1);
    return 0;
}

static int set_urls(const struct options *options, struct fetch_question *question,
                    struct aico2_error *err)
{
    for (size_t i = 0; i < options_value_count(options, OPT_PROVIDER_URL); i++) {
        int r = set_url(question, options_text_at(options, OPT_PROVIDER_URL, i), err);

        if (r < 0)
            return r;
    }
    for (uint32_t i = 0; i < question->choice_count; i++) {
        const struct fetch_choice *choice = &question->choices[i];
        int index = provider_name_find(choice->provider);

        if (provider_names[index].self_hosted && choice->url[0] == '\0')
            return aico2_error_set(err, -EINVAL,
                                   "--provider %s: it has no address of its own: give yours by "
                                   "--provider-url %s=URL",
                                   choice->provider, choice->provider);
    }
    return 0;
}

static int set_files(const struct options *options, struct fetch_question *question,
                     struct aico2_error *err)
{
    const char *name = options_text(options, OPT_EXPIRED_CACHE);
    const char *ca_file = options_text(options, OPT_PROVIDER_CA);
    char path[PATH_MAX];

    if (name != NULL) {
        if (provider_name_find(name) < 0)
            return unknown_provider(OPT_EXPIRED_CACHE, name, err);
        (void)snprintf(question->expired_from, sizeof(question->expired_from), "%s", name);
    }
    if (ca_file == NULL)
        return 0;
    /* the fetcher stands elsewhere */
    if (realpath(ca_file, path) == NULL || access(path, R_OK) < 0)
        return aico2_error_set_errno(err, errno, "--provider-ca: cannot read '%.120s'", ca_file);
    if (strlen(path) >= sizeof(question->ca_file))
        return aico2_error_set(err, -ENAMETOOLONG,
                               "--provider-ca: the path is too long: '%.60s...'", ca_file);
    (void)snprintf(question->ca_file, sizeof(question->ca_file), "%s", path);
    return 0;
}

/* As the tables write it, and as what it was asked for. */
static void set_place(struct fetch_place *place, const struct intensity *intensity,
                      const char *place_option)
{
    *place = (struct fetch_place){ 0 };
    (void)snprintf(place->country, sizeof(place->country), "%s", intensity->country);
    if (strncmp(place_option, "region:", 7) == 0)
        text_append(place->region, sizeof(place->region), "%s", intensity->place);
    else if (strncmp(place_option, "cloud:", 6) == 0)
        text_append(place->cloud, sizeof(place->cloud), "%s", intensity->place);
    else if (strncmp(place_option, "zone:", 5) == 0)
        text_append(place->zone, sizeof(place->zone), "%s", intensity->place);
}

/* The machine's keys, where the user has none for any of those that are asked. */
static void choose_secret_dir(struct fetch_question *question)
{
    bool system = false;

    for (uint32_t i = 0; i < question->choice_count; i++) {
        if (has_token(question->secret_dir, question->choices[i].provider))
            return;
        system = system || has_token(SYSTEM_SECRETS, question->choices[i].provider);
    }
    if (system)
        (void)snprintf(question->secret_dir, sizeof(question->secret_dir), "%s", SYSTEM_SECRETS);
}

static bool is_plain(const char *text, size_t size)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    }
    return length < size;
}

static void take_secrets(const struct cli *cli, struct fetch_question *question)
{
    char taken[NAMES_SIZE] = "";

    for (uint32_t i = 0; i < question->choice_count; i++) {
        struct fetch_choice *choice = &question->choices[i];
        char variable[PROVIDER_VARIABLE_SIZE];
        const char *value;

        provider_secret_variable(choice->provider, variable);
        value = getenv(variable);
        if (value == NULL || value[0] == '\0')
            continue;
        if (!is_plain(value, sizeof(choice->secret))) {
            cli_warning(cli, "%s is left alone: it is no token of less than 512 characters",
                        variable);
            continue;
        }
        (void)snprintf(choice->secret, sizeof(choice->secret), "%s", value);
        text_append(taken, sizeof(taken), "%s%s", taken[0] != '\0' ? ", " : "", variable);
    }
    if (taken[0] != '\0')
        cli_warning(cli,
                    "the secret of %s is taken from the environment, which other programs of yours "
                    "can read: a file of mode 0600 is safer (%s/NAME.token)",
                    taken, question->secret_dir[0] != '\0' ? question->secret_dir : SYSTEM_SECRETS);
}

/* --intensity and --intensity-file of a source above replace a --provider of one below. */
static int check_beside(const struct options *options, bool *replaced_out, struct aico2_error *err)
{
    static const enum option_id ids[] = { OPT_INTENSITY, OPT_INTENSITY_FILE };

    for (size_t i = 0; i < ARRAY_LENGTH(ids); i++) {
        if (!options_given(options, ids[i]) ||
            options_origin(options, ids[i]) < options_origin(options, OPT_PROVIDER))
            continue;
        if (options_origin(options, ids[i]) == options_origin(options, OPT_PROVIDER))
            return aico2_error_set(err, -EINVAL,
                                   "--provider and --%s both say what the intensity was: give one",
                                   option_rows[ids[i]].name);
        *replaced_out = true;
    }
    return 0;
}

static int fill(const struct cli *cli, struct live_plan *plan, struct aico2_error *err)
{
    const struct options *options = &cli->options;
    struct fetch_question *question = &plan->question;
    bool totals = cli->command == NULL || (cli->command->bit & COMMAND_WHEN) == 0;
    int r = 0;

    plan->timeout_ms = options_integer(options, OPT_FETCH_TIMEOUT) / NSEC_PER_MSEC;
    question->what = FETCH_WINDOW;
    question->forecast = true;
    /* "" where there is none */
    (void)user_path("XDG_CONFIG_HOME", ".config", "aico2", question->secret_dir,
                    sizeof(question->secret_dir));
    /* its own: what is there the fetcher removes when it is too much */
    (void)user_path("XDG_CACHE_HOME", ".cache", "aico2/intensity", question->cache_dir,
                    sizeof(question->cache_dir));
    for (size_t i = 0; r == 0 && i < options_value_count(options, OPT_PROVIDER); i++)
        r = add_value(cli, plan, options_text_at(options, OPT_PROVIDER, i), totals, err);
    if (r == 0 && plan->marginal.provider[0] != '\0') {
        if (question->choice_count == 0)
            return refuse_marginal(plan->marginal.provider, err);
        add_choice(question, plan->marginal.provider); /* for its address and secret */
    }
    if (r == 0)
        r = set_urls(options, question, err);
    if (r == 0)
        r = set_files(options, question, err);
    return r;
}

/* What cannot be asked is told once, and is no reason not to measure. */
static bool can_be_asked(const struct cli *cli, const struct intensity *place,
                         const struct live_plan *plan)
{
    if (place->place_basis == PLACE_WORLD) {
        cli_warning(cli, "--provider: nobody is asked, for the place is not known (--country, "
                         "--region, --cloud, --zone)");
        return false;
    }
    if (plan->question.choice_count == 0) {
        cli_warning(
            cli,
            "--provider auto: nobody is asked, for no provider serves %s without a key, and "
            "there is no key (%s/NAME.token)",
            place->name,
            plan->question.secret_dir[0] != '\0' ? plan->question.secret_dir : SYSTEM_SECRETS);
        return false;
    }
    return true;
}

void live_name_place(const struct place_query *query, const struct intensity *intensity,
                     char *text_out, size_t size)
{
    const struct place_query as_region = { .region = query->any, .gco2e_per_kwh = NAN };
    struct intensity found;
    const char *scope = "country";

    if (own_table_is_new(intensity->place))
        scope = "zone";
    else if (strchr(intensity->place, ':') != NULL)
        scope = "cloud";
    else if (query->region != NULL || (query->any != NULL && strlen(intensity->place) > 2 &&
                                       place_resolve(&as_region, &found, NULL) == 0))
        scope = "region";
    else if (query->zone != NULL || (query->any != NULL && strlen(intensity->place) > 2))
        scope = "zone";
    (void)snprintf(text_out, size, "%s:%s", scope, intensity->place);
}

int live_plan_from_options(const struct cli *cli, const struct intensity *place,
                           const char *place_option, struct live_plan **plan_out,
                           struct aico2_error *err)
{
    struct live_plan *plan;
    bool replaced = false;
    int r;

    *plan_out = NULL;
    if (!options_given(&cli->options, OPT_PROVIDER))
        return 0;
    r = check_beside(&cli->options, &replaced, err);
    if (r < 0 || replaced)
        return r;
    plan = live_plan_new();
    if (plan == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    set_place(&plan->question.place, place, place_option);
    r = fill(cli, plan, err);
    if (r < 0 || !can_be_asked(cli, place, plan)) {
        live_plan_free(plan);
        return r;
    }
    choose_secret_dir(&plan->question);
    take_secrets(cli, &plan->question);
    if (plan->marginal.provider[0] != '\0')
        plan->marginal = plan->question.choices[--plan->question.choice_count];
    /* without it the chain of the report says so */
    if (fetch_find_program(plan->program, sizeof(plan->program), NULL) < 0)
        plan->program[0] = '\0';
    *plan_out = plan;
    return 0;
}

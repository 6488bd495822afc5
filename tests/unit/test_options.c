/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_options.c - command lines, the layers of options, and the table itself */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/text.h"
#include "config/options.h"

/* A machine without files: tests that need some make a tree. */
struct fixture {
    const char *variables[16]; /* "NAME=value" */
    char path[64];
    char system_dir[96];
    char user_dir[96];
    char user_variable[128];
    int fd;
    int cwd_fd;
    struct options_env env;
    struct options options;
    struct operands operands;
    struct aico2_error err;
};

static const char *get_variable(void *payload, const char *name)
{
    const struct fixture *fixture = payload;
    size_t length = strlen(name);

    for (size_t i = 0; fixture->variables[i] != NULL; i++) {
        const char *entry = fixture->variables[i];

        if (strncmp(entry, name, length) == 0 && entry[length] == '=')
            return entry + length + 1;
    }
    return NULL;
}

static void set_variable(struct fixture *fixture, const char *entry)
{
    size_t i = 0;

    while (fixture->variables[i] != NULL)
        i++;
    fixture->variables[i] = entry;
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    fixture->fd = temp_dir_open(fixture->path);
    tree_mkdir(fixture->fd, "cwd");
    fixture->cwd_fd = openat(fixture->fd, "cwd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)snprintf(fixture->system_dir, sizeof(fixture->system_dir), "%s/etc/aico2", fixture->path);
    (void)snprintf(fixture->user_dir, sizeof(fixture->user_dir), "%s/home/.config", fixture->path);
    (void)snprintf(fixture->user_variable, sizeof(fixture->user_variable), "XDG_CONFIG_HOME=%s",
                   fixture->user_dir);
    set_variable(fixture, fixture->user_variable);
    fixture->env = (struct options_env){ .get = get_variable,
                                         .payload = fixture,
                                         .cwd_fd = fixture->cwd_fd,
                                         .system_dir = fixture->system_dir };
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    options_deinit(&fixture->options);
    (void)close(fixture->cwd_fd);
    (void)close(fixture->fd);
    temp_dir_remove(fixture->path);
    free(fixture);
    return 0;
}

/* words: the command's name and what follows, NULL at the end. Loads over what was loaded before. */
static int load_words(struct fixture *fixture, char **words)
{
    int argc = 0;

    while (words[argc] != NULL)
        argc++;
    options_deinit(&fixture->options);
    fixture->operands = (struct operands){ 0 };
    fixture->err = (struct aico2_error){ 0 };
    return options_load(&fixture->options, argc, words, command_find(words[0]), &fixture->env,
                        &fixture->operands, &fixture->err);
}

#define LOAD(fixture, ...) load_words(fixture, (char *[]){ __VA_ARGS__, NULL })

#define ASSERT_REFUSED(fixture, text, ...)                     \
    do {                                                       \
        assert_int_equal(LOAD(fixture, __VA_ARGS__), -EINVAL); \
        assert_string_equal((fixture)->err.message, text);     \
    } while (0)

static void test_table_is_in_order_and_fits_the_help(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        const struct option_row *row = &option_rows[i];

        assert_int_equal(row->id, i);
        assert_non_null(row->name);
        assert_true(row->commands != 0);
        assert_true(text_columns(row->summary) <= 60);
        assert_true((row->type == OPTION_FLAG) == (row->argument == NULL));
        assert_true((row->type == OPTION_CHOICE) == (row->choices != NULL));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(row->name, option_rows[j].name);
    }
    for (size_t i = 0; i < command_row_count; i++)
        assert_true(text_columns(command_rows[i].summary) <= 60);
}

static void test_defaults_are_those_of_the_interface(void **state)
{
    struct fixture *fixture = *state;
    const struct options *options = &fixture->options;

    assert_int_equal(LOAD(fixture, "run", "true"), 0);
    assert_int_equal(options_integer(options, OPT_INTERVAL), INT64_C(1000000000));
    assert_true(options_number(options, OPT_PUE) == 1.0);
    assert_true(options_number(options, OPT_UTILIZATION) == 1.0);
    assert_string_equal(options_text(options, OPT_STAGE), "training");
    assert_string_equal(options_text(options, OPT_SCOPE), "job");
    assert_string_equal(options_text(options, OPT_IDLE), "proportional");
    assert_true(options_flag(options, OPT_EMBODIED));
    assert_false(options_flag(options, OPT_LIVE));
    assert_null(options_text(options, OPT_COUNTRY));
    assert_true(isnan(options_number(options, OPT_INTENSITY)));
    assert_false(options_given(options, OPT_PUE));
    assert_int_equal(LOAD(fixture, "measure"), 0);
    assert_string_equal(options_text(options, OPT_SCOPE), "machine");
}

static void test_run_leaves_the_command_its_words(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(LOAD(fixture, "run", "--country", "FR", "--", "--pue", "-x", "--"), 0);
    assert_int_equal(fixture->operands.count, 3);
    assert_string_equal(fixture->operands.words[0], "--pue");
    assert_string_equal(fixture->operands.words[2], "--");
    assert_null(fixture->operands.words[3]);

    assert_int_equal(LOAD(fixture, "run", "--pue=1.5", "python3", "x.py", "--country", "DE"), 0);
    assert_int_equal(fixture->operands.count, 4);
    assert_string_equal(fixture->operands.words[0], "python3");
    assert_null(options_text(&fixture->options, OPT_COUNTRY));
    assert_true(options_number(&fixture->options, OPT_PUE) == 1.5);

    /* only the first -- is ours */
    assert_int_equal(LOAD(fixture, "run", "env", "--", "x"), 0);
    assert_int_equal(fixture->operands.count, 3);
    ASSERT_REFUSED(fixture, "needs a command: aico2 run [OPTION...] [--] CMD [ARG...]", "run",
                   "--quiet", "--");
}

static void test_options_may_follow_the_operands_of_other_commands(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(LOAD(fixture, "compare", "01A", "--json", "01B", "--db", "h.db"), 0);
    assert_int_equal(fixture->operands.count, 2);
    assert_string_equal(fixture->operands.words[0], "01A");
    assert_string_equal(fixture->operands.words[1], "01B");
    assert_string_equal(options_text(&fixture->options, OPT_DB), "h.db");
    assert_string_equal(options_text(&fixture->options, OPT_FORMAT), "json");
    assert_int_equal(LOAD(fixture, "show", "--", "--json"), 0);
    assert_string_equal(fixture->operands.words[0], "--json");
    ASSERT_REFUSED(fixture, "one word too many: '01C'", "compare", "01A", "01B", "01C");
    ASSERT_REFUSED(fixture, "needs RUN: aico2 show [OPTION...] RUN", "show");
}

static void test_spellings_and_the_last_of_two(void **state)
{
    struct fixture *fixture = *state;
    const struct options *options = &fixture->options;

    assert_int_equal(LOAD(fixture, "run", "-o", "a.json", "-ob.json", "true"), 0);
    assert_string_equal(options_text(options, OPT_OUTPUT), "b.json");
    assert_int_equal(LOAD(fixture, "run", "-o", "-", "--output=c=d", "true"), 0);
    assert_string_equal(options_text(options, OPT_OUTPUT), "c=d");
    assert_int_equal(LOAD(fixture, "run", "--no-embodied", "--live", "--no-live", "true"), 0);
    assert_false(options_flag(options, OPT_EMBODIED));
    assert_false(options_flag(options, OPT_LIVE));
    assert_int_equal(LOAD(fixture, "run", "--json", "--format", "csv", "true"), 0);
    assert_string_equal(options_text(options, OPT_FORMAT), "csv");
    assert_false(options_flag(options, OPT_JSON));
    assert_int_equal(LOAD(fixture, "run", "--db", "x.db", "--no-db", "true"), 0);
    assert_null(options_text(options, OPT_DB));
    assert_true(options_flag(options, OPT_NO_DB));
    assert_int_equal(LOAD(fixture, "run", "--no-db", "--db", "x.db", "true"), 0);
    assert_false(options_flag(options, OPT_NO_DB));
    assert_int_equal(LOAD(fixture, "estimate", "--gpu", "", "--pue", "1"), 0);
    assert_string_equal(options_text(options, OPT_GPU), "");
}

static void test_what_repeats_keeps_every_value_of_its_source(void **state)
{
    struct fixture *fixture = *state;
    const struct options *options = &fixture->options;

    assert_int_equal(LOAD(fixture, "estimate", "--gpu", "A", "--gpu=B", "--gpu", "C"), 0);
    assert_int_equal(options_value_count(options, OPT_GPU), 3);
    assert_string_equal(options_text_at(options, OPT_GPU, 0), "A");
    assert_string_equal(options_text_at(options, OPT_GPU, 1), "B");
    assert_string_equal(options_text_at(options, OPT_GPU, 2), "C");
    assert_string_equal(options_text(options, OPT_GPU), "C");
    assert_int_equal(options_value_count(options, OPT_CPU), 0);
    assert_int_equal(LOAD(fixture, "estimate", "--hours", "1", "--hours", "2"), 0);
    assert_int_equal(options_value_count(options, OPT_HOURS), 1); /* the last one wins */
}

static void test_a_bad_word_is_named_with_the_nearest(void **state)
{
    struct fixture *fixture = *state;

    ASSERT_REFUSED(fixture, "unknown option '--contry': nearest is '--country'", "run",
                   "--contry=FR", "x");
    ASSERT_REFUSED(fixture, "unknown option '--q7z#': see `aico2 help run`", "run", "--q7z#");
    ASSERT_REFUSED(fixture, "unknown option '--coun': nearest is '--country'", "run", "--coun",
                   "F");
    ASSERT_REFUSED(fixture,
                   "--seed is not an option of 'run', but of: serve; nearest here is '--seed-csv'",
                   "run", "--seed", "x");
    ASSERT_REFUSED(fixture, "--gpu is not an option of 'run', but of: estimate", "run", "--gpu",
                   "A100", "x");
    ASSERT_REFUSED(fixture, "--country needs a value: --country CC", "run", "--country");
    ASSERT_REFUSED(fixture, "--name needs a value: --name NAME", "run", "--name", "--json", "x");
    ASSERT_REFUSED(fixture, "--name needs a value: --name NAME", "run", "--name", "--", "x");
    assert_int_equal(LOAD(fixture, "run", "--name=--", "x"), 0);
    ASSERT_REFUSED(fixture, "--quiet takes no value", "run", "--quiet=no", "x");
    ASSERT_REFUSED(fixture, "unknown option '-x': see `aico2 help run`", "run", "-x");
}

static void test_a_bad_value_is_quoted_with_what_is_right(void **state)
{
    struct fixture *fixture = *state;

    ASSERT_REFUSED(fixture, "--interval '10x': not a duration (examples: 500ms, 10s, 5m, 8h)",
                   "run", "--interval", "10x", "x");
    ASSERT_REFUSED(fixture, "--interval '2h': out of range, 1ms to 1h", "run", "--interval=2h",
                   "x");
    ASSERT_REFUSED(fixture, "--interval '0.0009': out of range, 1ms to 1h", "run",
                   "--interval=0.0009", "x");
    ASSERT_REFUSED(fixture, "--pue '0.99': out of range, 1 to 5", "run", "--pue", "0.99", "x");
    ASSERT_REFUSED(fixture, "--pue 'nan': not a number", "run", "--pue", "nan", "x");
    ASSERT_REFUSED(fixture, "--utilization '1.01': out of range, 0 to 1", "estimate",
                   "--utilization", "1.01");
    ASSERT_REFUSED(fixture, "--count '-1': out of range, 1 to 10000000", "estimate", "--count",
                   "-1");
    ASSERT_REFUSED(fixture, "--count '1.5': not a whole number", "estimate", "--count", "1.5");
    ASSERT_REFUSED(fixture, "--idle 'nune': not one of proportional, none, all; nearest is 'none'",
                   "run", "--idle", "nune", "x");
    ASSERT_REFUSED(fixture, "--country '': the value is empty", "run", "--country", "", "x");
    ASSERT_REFUSED(fixture,
                   "--start 'noon': not a time (examples: 2026-11-24T02:28:48Z, 1795487328)",
                   "measure", "--start", "noon");
    /* a line break in a value does not break the line */
    ASSERT_REFUSED(fixture, "--pue '1 2?': not a number", "run", "--pue", "1\n2\xff", "x");
    assert_int_equal(LOAD(fixture, "run", "--interval", "1ms", "x"), 0);
    assert_int_equal(LOAD(fixture, "run", "--interval", "1h", "x"), 0);
    assert_int_equal(options_integer(&fixture->options, OPT_INTERVAL), INT64_C(3600000000000));
}

static void test_a_very_long_word_is_cut_in_the_message(void **state)
{
    struct fixture *fixture = *state;
    char *word = malloc(100001);

    memset(word, 'a', 100000);
    word[100000] = '\0';
    assert_int_equal(LOAD(fixture, "run", "--pue", word, "x"), -EINVAL);
    assert_non_null(strstr(fixture->err.message, "aaa...': not a number"));
    memcpy(word, "--", 2);
    assert_int_equal(LOAD(fixture, "run", word, "x"), -EINVAL);
    assert_int_equal(LOAD(fixture, "run", "--name", word + 2, "x"), 0);
    assert_int_equal(strlen(options_text(&fixture->options, OPT_NAME)), 99998);
    free(word);
}

static void test_help_is_answered_before_files_are_read(void **state)
{
    struct fixture *fixture = *state;

    tree_write(fixture->fd, "cwd/.aico2.yml", "[damaged");
    assert_int_equal(LOAD(fixture, "run", "--country", "FR", "--help"), OPTIONS_HELP_ASKED);
    assert_int_equal(LOAD(fixture, "run", "-h", "--bogus"), OPTIONS_HELP_ASKED);
    assert_int_equal(LOAD(fixture, "run", "--version"), OPTIONS_VERSION_ASKED);
    assert_int_equal(LOAD(fixture, "runs", "--version", "--bogus"), OPTIONS_VERSION_ASKED);
    assert_int_equal(LOAD(fixture, "run", "ls", "--help"), -EBADMSG); /* that one is of ls */
}

/* From the weakest to the strongest; each step adds the next source, which must win. */
static void test_the_nearer_source_wins(void **state)
{
    struct fixture *fixture = *state;
    const struct option_value *pue = &fixture->options.values[OPT_PUE];
    char where[160];

    tree_write(fixture->fd, "etc/aico2/aico2.yml", "pue: 1.1\nstage: system\n");
    assert_int_equal(LOAD(fixture, "run", "x"), 0);
    assert_true(pue->as.number == 1.1);
    assert_int_equal(pue->origin, ORIGIN_SYSTEM_FILE);
    (void)snprintf(where, sizeof(where), "%s/aico2.yml:1", fixture->system_dir);
    assert_string_equal(pue->where, where);

    /* by name, whatever the order they were made in */
    tree_write(fixture->fd, "etc/aico2/aico2.d/20-b.yml", "pue: 1.3\n");
    tree_write(fixture->fd, "etc/aico2/aico2.d/10-a.yml", "pue: 1.2\n");
    tree_write(fixture->fd, "etc/aico2/aico2.d/30-c.yml.bak", "pue: 4\n");
    tree_write(fixture->fd, "etc/aico2/aico2.d/.40-d.yml", "contry: FR\n"); /* an editor's */
    tree_write(fixture->fd, "etc/aico2/aico2.d/.yml", "pue: 4\n");
    assert_int_equal(LOAD(fixture, "run", "x"), 0);
    assert_true(pue->as.number == 1.3);

    tree_write(fixture->fd, "home/.config/aico2/aico2.yml", "# mine\npue: 1.4\n");
    assert_int_equal(LOAD(fixture, "run", "x"), 0);
    assert_true(pue->as.number == 1.4);
    assert_int_equal(pue->origin, ORIGIN_USER_FILE);

    tree_write(fixture->fd, "cwd/.aico2.yml", "pue: 1.5\n");
    assert_int_equal(LOAD(fixture, "run", "x"), 0);
    assert_true(pue->as.number == 1.5);
    assert_string_equal(pue->where, "./.aico2.yml:1");

    set_variable(fixture, "AICO2_PUE=1.6");
    assert_int_equal(LOAD(fixture, "run", "x"), 0);
    assert_true(pue->as.number == 1.6);
    assert_string_equal(pue->where, "AICO2_PUE");

    assert_int_equal(LOAD(fixture, "run", "--pue", "1.7", "x"), 0);
    assert_true(pue->as.number == 1.7);
    assert_int_equal(pue->origin, ORIGIN_COMMAND_LINE);
    assert_string_equal(pue->where, "--pue");
    assert_string_equal(options_text(&fixture->options, OPT_STAGE), "system");
}

static void test_a_place_replaces_those_of_weaker_sources(void **state)
{
    struct fixture *fixture = *state;
    const struct options *options = &fixture->options;

    tree_write(fixture->fd, "etc/aico2/aico2.yml", "intensity: 44\n");
    tree_write(fixture->fd, "home/.config/aico2/aico2.yml", "country: US\nregion: US-CA\n");
    assert_int_equal(LOAD(fixture, "run", "x"), 0);
    assert_string_equal(options_text(options, OPT_COUNTRY), "US"); /* one source may give both */
    assert_string_equal(options_text(options, OPT_REGION), "US-CA");
    assert_null(options_text(options, OPT_INTENSITY));

    assert_int_equal(LOAD(fixture, "run", "--country", "FR", "x"), 0);
    assert_string_equal(options_text(options, OPT_COUNTRY), "FR");
    assert_null(options_text(options, OPT_REGION));
    assert_int_equal(LOAD(fixture, "run", "--intensity-file", "i.csv", "x"), 0);
    assert_null(options_text(options, OPT_COUNTRY));

    set_variable(fixture, "AICO2_ZONE=FR");
    assert_int_equal(LOAD(fixture, "run", "x"), 0);
    assert_null(options_text(options, OPT_COUNTRY));
    assert_string_equal(options_text(options, OPT_ZONE), "FR");
}

static void test_environment_variables(void **state)
{
    struct fixture *fixture = *state;
    const struct options *options = &fixture->options;

    set_variable(fixture, "AICO2_COUNTRY="); /* set to nothing: not given */
    set_variable(fixture, "AICO2_EMBODIED=false");
    set_variable(fixture, "AICO2_LIFETIME_YEARS=4");
    set_variable(fixture, "AICO2_JSON=1");
    set_variable(fixture, "AICO2_RUN_ID=01KB3F");
    set_variable(fixture, "AICO2_WHATEVER=7");
    assert_int_equal(LOAD(fixture, "run", "x"), 0);
    assert_false(options_given(options, OPT_COUNTRY));
    assert_false(options_flag(options, OPT_EMBODIED));
    assert_true(options_number(options, OPT_LIFETIME_YEARS) == 4);
    assert_string_equal(options_text(options, OPT_FORMAT), "json");
    assert_int_equal(LOAD(fixture, "run", "--format=text", "--embodied", "x"), 0);
    assert_string_equal(options_text(options, OPT_FORMAT), "text");
    assert_true(options_flag(options, OPT_EMBODIED));

    assert_int_equal(LOAD(fixture, "run", "x"), 0);
    set_variable(fixture, "AICO2_IDLE=some");
    ASSERT_REFUSED(fixture,
                   "AICO2_IDLE 'some': not one of proportional, none, all; nearest is 'none'",
                   "run", "x");
}

static void test_no_embodied_may_be_a_variable(void **state)
{
    struct fixture *fixture = *state;

    set_variable(fixture, "AICO2_NO_EMBODIED=yes");
    assert_int_equal(LOAD(fixture, "run", "x"), 0);
    assert_false(options_flag(&fixture->options, OPT_EMBODIED));
    assert_string_equal(fixture->options.values[OPT_EMBODIED].where, "AICO2_NO_EMBODIED");
    assert_int_equal(LOAD(fixture, "run", "--embodied", "x"), 0);
    assert_true(options_flag(&fixture->options, OPT_EMBODIED));
}

static void test_a_no_db_ends_a_database_option_from_below(void **state)
{
    struct fixture *fixture = *state;

    set_variable(fixture, "AICO2_DB=/h.db");
    assert_int_equal(LOAD(fixture, "run", "x"), 0);
    assert_string_equal(options_text(&fixture->options, OPT_DB), "/h.db");
    assert_int_equal(LOAD(fixture, "run", "--no-db", "x"), 0);
    assert_true(options_flag(&fixture->options, OPT_NO_DB));
    assert_null(options_text(&fixture->options, OPT_DB));
}

static void test_a_database_option_ends_a_no_db_from_below(void **state)
{
    struct fixture *fixture = *state;

    set_variable(fixture, "AICO2_NO_DB=true");
    assert_int_equal(LOAD(fixture, "run", "x"), 0);
    assert_true(options_flag(&fixture->options, OPT_NO_DB));
    assert_int_equal(LOAD(fixture, "run", "--db", "h.db", "x"), 0);
    assert_false(options_flag(&fixture->options, OPT_NO_DB));
}

static void test_home_stands_in_for_xdg_config_home(void **state)
{
    struct fixture *fixture = *state;
    char home[96];

    (void)snprintf(home, sizeof(home), "HOME=%s/home", fixture->path);
    fixture->variables[0] = "XDG_CONFIG_HOME=relative/is/ignored";
    set_variable(fixture, home);
    tree_write(fixture->fd, "home/.config/aico2/aico2.yml", "pue: 2\n");
    assert_int_equal(LOAD(fixture, "run", "x"), 0);
    assert_true(options_number(&fixture->options, OPT_PUE) == 2);
}

static void test_a_failure_leaves_nothing_behind(void **state)
{
    struct fixture *fixture = *state;

    tree_write(fixture->fd, "home/.config/aico2/aico2.yml", "country: FR\npue: high\n");
    assert_int_equal(LOAD(fixture, "run", "x"), -EBADMSG);
    assert_non_null(strstr(fixture->err.message, "/aico2/aico2.yml:2: pue 'high': not a number"));
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++)
        assert_null(fixture->options.values[i].text);
}

static void test_a_directory_that_cannot_be_listed_is_said(void **state)
{
    struct fixture *fixture = *state;

    tree_write(fixture->fd, "etc/aico2/aico2.yml", "pue: 2\n");
    tree_write(fixture->fd, "etc/aico2/aico2.d", "a file, where a directory should be");
    assert_int_equal(LOAD(fixture, "run", "x"), 0);
    assert_int_equal(unlinkat(fixture->fd, "etc/aico2/aico2.d", 0), 0);
    tree_mkdir(fixture->fd, "etc/aico2/aico2.d");
    assert_int_equal(fchmodat(fixture->fd, "etc/aico2/aico2.d", 0, 0), 0);
    if (geteuid() != 0) {
        assert_int_equal(LOAD(fixture, "run", "x"), -EACCES);
        assert_non_null(strstr(fixture->err.message, "cannot read directory"));
    }
    assert_int_equal(fchmodat(fixture->fd, "etc/aico2/aico2.d", 0755, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_is_in_order_and_fits_the_help),
#define WITH_TREE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        WITH_TREE(test_defaults_are_those_of_the_interface),
        WITH_TREE(test_run_leaves_the_command_its_words),
        WITH_TREE(test_options_may_follow_the_operands_of_other_commands),
        WITH_TREE(test_spellings_and_the_last_of_two),
        WITH_TREE(test_what_repeats_keeps_every_value_of_its_source),
        WITH_TREE(test_a_bad_word_is_named_with_the_nearest),
        WITH_TREE(test_a_bad_value_is_quoted_with_what_is_right),
        WITH_TREE(test_a_very_long_word_is_cut_in_the_message),
        WITH_TREE(test_help_is_answered_before_files_are_read),
        WITH_TREE(test_the_nearer_source_wins),
        WITH_TREE(test_a_place_replaces_those_of_weaker_sources),
        WITH_TREE(test_environment_variables),
        WITH_TREE(test_no_embodied_may_be_a_variable),
        WITH_TREE(test_a_no_db_ends_a_database_option_from_below),
        WITH_TREE(test_a_database_option_ends_a_no_db_from_below),
        WITH_TREE(test_home_stands_in_for_xdg_config_home),
        WITH_TREE(test_a_failure_leaves_nothing_behind),
        WITH_TREE(test_a_directory_that_cannot_be_listed_is_said),
#undef WITH_TREE
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

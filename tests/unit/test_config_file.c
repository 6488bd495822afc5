/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_config_file.c - YAML files of options, good and damaged */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attributes.h"
#include "config/config_file.h"

struct fixture {
    struct options options;
    struct aico2_error err;
};

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct fixture));
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    options_deinit(&fixture->options);
    free(fixture);
    return 0;
}

static int apply(struct fixture *fixture, enum option_origin origin, const char *text)
{
    options_deinit(&fixture->options);
    fixture->err = (struct aico2_error){ 0 };
    return config_text_apply(&fixture->options, origin, "aico2.yml", text, strlen(text),
                             &fixture->err);
}

static void refused(struct fixture *fixture, const char *text, const char *message)
{
    assert_int_equal(apply(fixture, ORIGIN_USER_FILE, text), -EBADMSG);
    assert_string_equal(fixture->err.message, message);
    assert_int_equal(fixture->err.code, -EBADMSG);
}

static void test_scalars_are_text_until_the_table_types_them(void **state)
{
    struct fixture *fixture = *state;
    const struct options *options = &fixture->options;

    /* YAML 1.1 would make false, 8 and 12 of these */
    assert_int_equal(apply(fixture, ORIGIN_USER_FILE,
                           "---\n# where we are\ncountry: NO\nname: 010\nstage: \"0xC\"\n"
                           "embodied: off\ninterval: 10s\npue: '1.2'\nlive: true\n"),
                     0);
    assert_string_equal(options_text(options, OPT_COUNTRY), "NO");
    assert_string_equal(options_text(options, OPT_NAME), "010");
    assert_string_equal(options_text(options, OPT_STAGE), "0xC");
    assert_false(options_flag(options, OPT_EMBODIED));
    assert_true(options_flag(options, OPT_LIVE));
    assert_int_equal(options_integer(options, OPT_INTERVAL), INT64_C(10000000000));
    assert_true(options_number(options, OPT_PUE) == 1.2);
    assert_string_equal(options->values[OPT_COUNTRY].where, "aico2.yml:3");
    assert_int_equal(options->values[OPT_COUNTRY].origin, ORIGIN_USER_FILE);
}

static void test_forms_of_nothing(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(apply(fixture, ORIGIN_USER_FILE, ""), 0);
    assert_int_equal(apply(fixture, ORIGIN_USER_FILE, "# only a comment\n"), 0);
    assert_int_equal(apply(fixture, ORIGIN_USER_FILE, "\xef\xbb\xbf{}\n"), 0);
    assert_int_equal(apply(fixture, ORIGIN_USER_FILE, "\xef\xbb\xbfpue: 1.1\r\n"), 0);
    assert_true(options_number(&fixture->options, OPT_PUE) == 1.1);
}

static void test_mistakes_are_named_with_their_line(void **state)
{
    struct fixture *fixture = *state;

    refused(fixture, "pue: 1.1\ncontry: FR\n",
            "aico2.yml:2: unknown key 'contry': nearest is 'country'");
    refused(fixture, "zzzzzzzzzz: 1\n", "aico2.yml:1: unknown key 'zzzzzzzzzz'");
    refused(fixture, "seed: x\n", "aico2.yml:1: seed 'x': not true or false");
    refused(fixture, "pue: 1.1\n\npue: 1.2\n", "aico2.yml:3: 'pue' stands here a second time");
    refused(fixture, "embodied: true\nno-embodied: true\n",
            "aico2.yml:2: 'embodied' stands here a second time");
    refused(fixture, "pue: [1, 2]\n", "aico2.yml:1: pue: takes one value, not a list");
    refused(fixture, "whereabouts:\n  country: FR\n", "aico2.yml:1: unknown key 'whereabouts'");
    refused(fixture, "country:\n  code: FR\n",
            "aico2.yml:2: country: takes one value, not a mapping");
    refused(fixture, "name: &a x\nstage: *a\n",
            "aico2.yml:2: stage: takes one value, not an alias");
    refused(fixture, "country:\npue: 1\n", "aico2.yml:1: country: has no value");
    refused(fixture, "pue: much\n", "aico2.yml:1: pue 'much': not a number");
    refused(fixture, "pue: 9\n", "aico2.yml:1: pue '9': out of range, 1 to 5");
    refused(fixture, "embodied: maybe\n", "aico2.yml:1: embodied 'maybe': not true or false");
    refused(fixture, "? [a]\n: b\n", "aico2.yml:1: a key must be an option's name");
}

static void test_files_that_are_no_mapping(void **state)
{
    struct fixture *fixture = *state;

    refused(fixture, "- country\n", "aico2.yml:1: not lines of 'option: value'");
    refused(fixture, "\njust words\n", "aico2.yml:2: not lines of 'option: value'");
    refused(fixture, "pue: 1\n---\npue: 2\n", "aico2.yml:2: a second document: one is taken");
}

static void test_damaged_yaml_is_an_error_with_its_place(void **state)
{
    struct fixture *fixture = *state;
    static const char nul_value[] = "name: \"a\\0b\"\n";

    assert_int_equal(apply(fixture, ORIGIN_USER_FILE, "pue: 1\ncountry: [FR\n"), -EBADMSG);
    assert_memory_equal(fixture->err.message, "aico2.yml:2: country", 20);
    assert_int_equal(apply(fixture, ORIGIN_USER_FILE, "pue: 1\nname: \"open\n"), -EBADMSG);
    assert_memory_equal(fixture->err.message, "aico2.yml:3: ", 13);
    assert_int_equal(apply(fixture, ORIGIN_USER_FILE, "name: \xff\xfe\n"), -EBADMSG);
    assert_non_null(strstr(fixture->err.message, " at byte 6"));
    assert_int_equal(apply(fixture, ORIGIN_USER_FILE, nul_value), -EBADMSG);
    assert_string_equal(fixture->err.message, "aico2.yml:1: name: the value holds a NUL character");
    assert_int_equal(config_text_apply(&fixture->options, ORIGIN_USER_FILE, "f", "a: b\0c: d", 9,
                                       &fixture->err),
                     -EBADMSG);
}

static void test_a_project_may_not_choose_what_is_loaded(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(apply(fixture, ORIGIN_LOCAL_FILE,
                           "name: n\nstage: s\ncountry: FR\nregion: FR-IDF\ncloud: aws:eu-west-3\n"
                           "zone: FR\npue: 1.1\ninterval: 2s\nunit: epoch\n"),
                     0);
    for (size_t i = 0; i < OPT_COUNT_OF_OPTIONS; i++) {
        char line[64] = "";

        if (option_rows[i].local_file)
            continue;
        (void)strncat(line, option_rows[i].name, sizeof(line) - 5);
        (void)strncat(line, ": 1\n", 5);
        assert_int_equal(apply(fixture, ORIGIN_LOCAL_FILE, line), -EBADMSG);
        assert_non_null(strstr(fixture->err.message, "may not stand in a project's .aico2.yml"));
        assert_null(options_text(&fixture->options, option_rows[i].id));
    }
    assert_int_equal(apply(fixture, ORIGIN_LOCAL_FILE, "nvm: x\n"), -EBADMSG);
    assert_string_equal(fixture->err.message, "aico2.yml:1: unknown key 'nvm': nearest is 'name'");
}

static void test_a_long_path_leaves_room_for_the_message(void **state)
{
    struct fixture *fixture = *state;
    char path[2001];

    memset(path, 'd', 2000);
    memcpy(path + 1990, "/aico2.yml", 11);
    assert_int_equal(config_text_apply(&fixture->options, ORIGIN_USER_FILE, path, "pue: x\n", 7,
                                       &fixture->err),
                     -EBADMSG);
    assert_memory_equal(fixture->err.message, "...dd", 5);
    assert_non_null(strstr(fixture->err.message, "d/aico2.yml:1: pue 'x': not a number"));
}

static void test_files_missing_closed_and_too_long(void **state)
{
    struct fixture *fixture = *state;
    char path[64];
    char *big = malloc((1 << 20) + 2);
    int fd = temp_dir_open(path);

    assert_int_equal(config_file_apply(&fixture->options, ORIGIN_USER_FILE, fd, "none.yml",
                                       "none.yml", &fixture->err),
                     0);
    assert_int_equal(config_file_apply(&fixture->options, ORIGIN_USER_FILE, fd, "none/a.yml",
                                       "none/a.yml", &fixture->err),
                     0);
    tree_write(fd, "pue.yml", "pue: 1.25\n");
    assert_int_equal(config_file_apply(&fixture->options, ORIGIN_USER_FILE, fd, "pue.yml",
                                       "pue.yml", &fixture->err),
                     0);
    assert_true(options_number(&fixture->options, OPT_PUE) == 1.25);

    memset(big, '#', (1 << 20) + 1);
    big[(1 << 20) + 1] = '\0';
    tree_write(fd, "big.yml", big);
    assert_int_equal(config_file_apply(&fixture->options, ORIGIN_USER_FILE, fd, "big.yml",
                                       "big.yml", &fixture->err),
                     -EFBIG);
    assert_string_equal(fixture->err.message, "big.yml: longer than 1 MiB");
    free(big);

    tree_mkdir(fd, "dir.yml");
    assert_int_equal(config_file_apply(&fixture->options, ORIGIN_USER_FILE, fd, "dir.yml",
                                       "dir.yml", &fixture->err),
                     -EISDIR);
    assert_int_equal(fchmodat(fd, "pue.yml", 0, 0), 0);
    if (geteuid() != 0) {
        assert_int_equal(config_file_apply(&fixture->options, ORIGIN_USER_FILE, fd, "pue.yml",
                                           "pue.yml", &fixture->err),
                         -EACCES);
        assert_string_equal(fixture->err.message, "cannot read pue.yml: Permission denied");
        /* a directory of somebody else's (HOME after a change of user) is not ours to complain of */
        tree_write(fd, "closed/a.yml", "pue: 3\n");
        assert_int_equal(fchmodat(fd, "closed", 0, 0), 0);
        assert_int_equal(config_file_apply(&fixture->options, ORIGIN_USER_FILE, fd, "closed/a.yml",
                                           "closed/a.yml", &fixture->err),
                         0);
        assert_int_equal(fchmodat(fd, "closed", 0755, 0), 0);
    }
    (void)close(fd);
    temp_dir_remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define WITH_OPTIONS(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        WITH_OPTIONS(test_scalars_are_text_until_the_table_types_them),
        WITH_OPTIONS(test_forms_of_nothing),
        WITH_OPTIONS(test_mistakes_are_named_with_their_line),
        WITH_OPTIONS(test_files_that_are_no_mapping),
        WITH_OPTIONS(test_damaged_yaml_is_an_error_with_its_place),
        WITH_OPTIONS(test_a_project_may_not_choose_what_is_loaded),
        WITH_OPTIONS(test_a_long_path_leaves_room_for_the_message),
        WITH_OPTIONS(test_files_missing_closed_and_too_long),
#undef WITH_OPTIONS
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

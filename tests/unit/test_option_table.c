/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_option_table.c - rows of a CSV table as sets of options */
#include "support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/option_table.h"
#include "config/option_value.h"

static const enum option_id columns[] = { OPT_NAME, OPT_GPU,     OPT_HOURS,
                                          OPT_PUE,  OPT_COUNTRY, OPT_INTENSITY };

struct fixture {
    FILE *file;
    struct options defaults;
    struct option_table table;
    struct option_table_row row;
    struct aico2_error err;
};

static void set(struct options *options, enum option_id id, const char *text)
{
    struct option_source source = { .origin = ORIGIN_COMMAND_LINE, .place_seen = true };

    assert_int_equal(option_set(options, &source, &option_rows[id], false, text, "", "x", NULL), 0);
}

static int open_table(struct fixture *fixture, const char *text, size_t length)
{
    *fixture = (struct fixture){ .file = fmemopen((void *)text, length, "r") };
    assert_non_null(fixture->file);
    set(&fixture->defaults, OPT_PUE, "1.2");
    set(&fixture->defaults, OPT_GPU, "default");
    set(&fixture->defaults, OPT_COUNTRY, "FR");
    return option_table_open(&fixture->table, fixture->file, "dir/t.csv", columns,
                             ARRAY_LENGTH(columns), &fixture->defaults, &fixture->err);
}

static int next(struct fixture *fixture)
{
    option_table_row_deinit(&fixture->row);
    return option_table_next(&fixture->table, &fixture->row, &fixture->err);
}

static void done(struct fixture *fixture)
{
    option_table_row_deinit(&fixture->row);
    option_table_close(&fixture->table);
    options_deinit(&fixture->defaults);
    assert_int_equal(fclose(fixture->file), 0);
}

static void test_cells_over_defaults(void **state)
{
    static const char text[] = "\xef\xbb\xbfName, GPU ,pue,gpu,intensity\r\n"
                               "\"a, \"\"b\"\"\nc\",A100:8,1.5,T4,\r\n"
                               "\r\n"
                               ", , ,,50\r\n"
                               "last,,,x,";
    const struct options *options;
    struct fixture fixture;

    (void)state;
    assert_int_equal(open_table(&fixture, text, sizeof(text) - 1), 0);
    options = &fixture.row.options;
    assert_int_equal(next(&fixture), 1);
    assert_int_equal(fixture.row.error_count, 0);
    assert_int_equal(fixture.row.line, 2);
    assert_string_equal(options_text(options, OPT_NAME), "a, \"b\"\nc");
    assert_int_equal(options_value_count(options, OPT_GPU), 2); /* the default is not among them */
    assert_string_equal(options_text_at(options, OPT_GPU, 0), "A100:8");
    assert_string_equal(options_text_at(options, OPT_GPU, 1), "T4");
    assert_true(options_number(options, OPT_PUE) == 1.5);
    assert_string_equal(options_text(options, OPT_COUNTRY), "FR");

    assert_int_equal(next(&fixture), 1);
    assert_int_equal(fixture.row.line, 5); /* the first row had two lines, one was empty */
    assert_null(options_text(options, OPT_NAME));
    assert_string_equal(options_text(options, OPT_GPU), "default");
    assert_true(options_number(options, OPT_PUE) == 1.2);
    assert_null(options_text(options, OPT_COUNTRY)); /* the row has a place of its own */
    assert_true(options_number(options, OPT_INTENSITY) == 50);

    assert_int_equal(next(&fixture), 1); /* no newline at the end */
    assert_string_equal(options_text(options, OPT_GPU), "x");
    assert_int_equal(next(&fixture), 0);
    done(&fixture);
}

static void test_every_bad_cell_is_named(void **state)
{
    static const char text[] = "hours,pue,gpu\n"
                               "many,0.5,T4\n"
                               "1,1\n"
                               "\"1\"x,1,T4\n"
                               "1,1,T4\n";
    struct fixture fixture;

    (void)state;
    assert_int_equal(open_table(&fixture, text, sizeof(text) - 1), 0);
    assert_int_equal(next(&fixture), 1);
    assert_int_equal(fixture.row.error_count, 2);
    assert_string_equal(fixture.row.errors[0], "dir/t.csv:2: column 'hours' 'many': not a number");
    assert_string_equal(fixture.row.errors[1],
                        "dir/t.csv:2: column 'pue' '0.5': out of range, 1 to 5");
    assert_int_equal(next(&fixture), 1);
    assert_int_equal(fixture.row.error_count, 1);
    assert_string_equal(fixture.row.errors[0], "dir/t.csv:3: 2 cells where the header has 3");
    assert_int_equal(next(&fixture), 1);
    assert_int_equal(fixture.row.error_count, 1);
    assert_non_null(strstr(fixture.row.errors[0], "dir/t.csv:4: text after a closing quote"));
    assert_int_equal(next(&fixture), 1);
    assert_int_equal(fixture.row.error_count, 0);
    done(&fixture);
}

static void test_a_header_that_is_none(void **state)
{
    static const struct {
        const char *text;
        int code;
        const char *message;
    } bad[] = {
        { "\n\n", -EBADMSG, "the table is empty" },
        { "hours,gpuu\n", -EINVAL, "dir/t.csv:1: unknown column 'gpuu': nearest is 'gpu'" },
        { "hours,,gpu\n", -EINVAL, "unknown column ''" },
        { "hours,Hours\n", -EINVAL, "'hours' stands here a second time" },
        { "hours,\"pue\n", -EBADMSG, "the header is no row of CSV" },
    };
    struct fixture fixture;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        assert_int_equal(open_table(&fixture, bad[i].text, strlen(bad[i].text)), bad[i].code);
        if (strstr(fixture.err.message, bad[i].message) == NULL)
            fail_msg("%s", fixture.err.message);
        done(&fixture);
    }
}

static void test_what_cannot_be_read_on(void **state)
{
    enum { LONG = OPTION_TABLE_ROW_BYTES_MAX + 10 };
    char *text = malloc(LONG);
    struct fixture fixture;

    (void)state;
    assert_non_null(text);
    assert_int_equal(open_table(&fixture, "hours\n1\0\n", 9), 0);
    assert_int_equal(next(&fixture), -EBADMSG);
    assert_non_null(strstr(fixture.err.message, "dir/t.csv:2: a NUL"));
    done(&fixture);

    memset(text, '1', LONG);
    memcpy(text, "hours\n", 6);
    assert_int_equal(open_table(&fixture, text, LONG), 0);
    assert_int_equal(next(&fixture), -EBADMSG);
    assert_non_null(strstr(fixture.err.message, "longer than 64 KiB"));
    done(&fixture);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells_over_defaults),
        cmocka_unit_test(test_every_bad_cell_is_named),
        cmocka_unit_test(test_a_header_that_is_none),
        cmocka_unit_test(test_what_cannot_be_read_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

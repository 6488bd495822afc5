/* SPDX-License-Identifier: Apache-2.0 */
/* test_label_value.c - values of labels, read character by character: escapes, ends, what is none */
#include "support.h"

#include <string.h>

#include "session/metrics/label_value.h"

/* Return: how it ended; text gets what it said. */
static int read_value(const char **at, char text[32])
{
    size_t length = 0;
    int c;

    while ((c = label_value_next(at)) > 0) {
        assert_true(length < 31);
        text[length++] = (char)c;
    }
    text[length] = '\0';
    return c;
}

static void test_a_value_ends_behind_its_quote(void **state)
{
    const char *at = "gpu0\",kind=\"gpu\"} 7\n";
    char text[32];

    (void)state;
    assert_int_equal(read_value(&at, text), 0);
    assert_string_equal(text, "gpu0");
    assert_string_equal(at, ",kind=\"gpu\"} 7\n");
}

static void test_three_characters_are_escaped(void **state)
{
    const char *at = "a\\\\b\\\"c\\nd\xc3\xa9\"";
    char text[32];

    (void)state;
    assert_int_equal(read_value(&at, text), 0);
    assert_string_equal(text, "a\\b\"c\nd\xc3\xa9");
    assert_string_equal(at, "");
}

static void test_what_is_no_value(void **state)
{
    static const char *const wrong[] = { "", "open", "over\nthe line\"", "a\\tb\"", "a\\", "a\\\n\"" };
    char text[32];

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const char *at = wrong[i];

        assert_int_equal(read_value(&at, text), -1);
        assert_true(at <= wrong[i] + strlen(wrong[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_value_ends_behind_its_quote),
        cmocka_unit_test(test_three_characters_are_escaped),
        cmocka_unit_test(test_what_is_no_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_public_estimate.c - the library in a program with habits of its own */
#include <aico2/estimate.h>

#include "support.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void test_texts_have_points_in_a_locale_with_commas(void **state)
{
    const struct aico2_estimate_options options = { .size = sizeof(options),
                                                    .power_watts = 12.5,
                                                    .hours = 1.5 };
    const struct aico2_estimate_options bad = {
        .size = sizeof(bad), .power_watts = 12.5, .hours = 1.5, .pue = 0.5
    };
    struct aico2_estimate *estimate = NULL;
    struct aico2_error err = { 0 };
    char folder[64];
    char text[16];
    int fd = temp_dir_open(folder);

    (void)state;
    if (!locale_set_comma(folder)) {
        print_message("# no locale with a comma here\n");
    } else {
        assert_int_equal(aico2_estimate_new(&estimate, &options, &err), 0);
        assert_non_null(strstr(aico2_estimate_json(estimate), "1 device of 12.5 W at full load"));
        assert_non_null(strstr(aico2_estimate_json(estimate), "1.5 hours at full load"));
        aico2_estimate_free(estimate);
        assert_int_equal(aico2_estimate_new(&estimate, &bad, &err), -EINVAL);
        assert_string_equal(err.message, "pue is 0.5: it must be 1 to 100");
        /* and the host's own habits are as they were */
        (void)snprintf(text, sizeof(text), "%.1f", 0.5);
        assert_string_equal(text, "0,5");
        (void)setlocale(LC_NUMERIC, "C");
    }
    (void)close(fd);
    temp_dir_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_have_points_in_a_locale_with_commas),
    };

    return cmocka_run_group_tests_name("public_estimate", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* test_estimate_body.c - a JSON body as options: types, unknown keys, defaults that are replaced */
#include "support.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "config/option_value.h"
#include "server/estimate_body.h"

static int read_body(const char *text, const struct options *defaults, struct options *options,
                     struct aico2_error *err)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf body = { 0 };

    *err = (struct aico2_error){ 0 };
    strbuf_add(&body, text);
    return estimate_body_read(&body, defaults, options, err);
}

static void give(struct options *options, enum option_id id, const char *text)
{
    struct option_source source = { .origin = ORIGIN_USER_FILE };

    assert_int_equal(option_set(options, &source, &option_rows[id], false, text, "", "", NULL), 0);
}

static void test_each_key_is_an_option_by_its_type(void **state)
{
    const struct options none = { 0 };
    struct options options;
    struct aico2_error err;

    (void)state;
    assert_int_equal(
        read_body("{\"gpu\":[\"A100\",\"H100\"],\"count\":8,\"gpu_hours\":1.5,\"pue\":1.25,"
                  "\"embodied\":false,\"country\":\"PL\",\"memory-gib\":null}",
                  &none, &options, &err),
        0);
    assert_int_equal(options_value_count(&options, OPT_GPU), 2);
    assert_string_equal(options_text_at(&options, OPT_GPU, 0), "A100");
    assert_string_equal(options_text_at(&options, OPT_GPU, 1), "H100");
    assert_int_equal(options_integer(&options, OPT_COUNT), 8);
    assert_true(options_number(&options, OPT_GPU_HOURS) == 1.5);
    assert_true(options_number(&options, OPT_PUE) == 1.25);
    assert_false(options_flag(&options, OPT_EMBODIED));
    assert_string_equal(options_text(&options, OPT_COUNTRY), "PL");
    assert_false(options_given(&options, OPT_MEMORY_GIB));
    assert_int_equal(options_origin(&options, OPT_COUNTRY), ORIGIN_COMMAND_LINE);
    options_deinit(&options);
}

static void test_what_is_not_said_is_the_servers_and_its_other_ways_go(void **state)
{
    struct options defaults = { 0 };
    struct options options;
    struct aico2_error err;

    (void)state;
    give(&defaults, OPT_COUNTRY, "FR");
    give(&defaults, OPT_PUE, "1.3");
    give(&defaults, OPT_HOURS, "5");
    assert_int_equal(read_body("{\"gpu\":\"A100\"}", &defaults, &options, &err), 0);
    assert_string_equal(options_text(&options, OPT_COUNTRY), "FR");
    assert_true(options_number(&options, OPT_HOURS) == 5);
    options_deinit(&options);
    /* a place leaves no other place, a time no other time */
    assert_int_equal(read_body("{\"region\":\"US-CA\",\"gpu_hours\":2}", &defaults, &options, &err),
                     0);
    assert_null(options_text(&options, OPT_COUNTRY));
    assert_string_equal(options_text(&options, OPT_REGION), "US-CA");
    assert_null(options_text(&options, OPT_HOURS));
    assert_true(options_number(&options, OPT_PUE) == 1.3);
    options_deinit(&options);
    options_deinit(&defaults);
}

static void test_faults_quote_the_key_and_say_what_would_be_right(void **state)
{
    static const struct {
        const char *text;
        int code;
        const char *message;
    } bad[] = {
        { "{\"hors\":1}", -EINVAL, "unknown key 'hors': nearest is 'hours'" },
        { "{\"zzzzzzzzz\":1}", -EINVAL, "unknown key 'zzzzzzzzz'" },
        { "{\"\":1}", -EINVAL, "unknown key ''" },
        { "{\"db\":\"/etc/passwd\"}", -EINVAL, "unknown key 'db'" },
        { "{\"hours\":\"1\"}", -EINVAL, "'hours': a number is wanted, not a text" },
        { "{\"gpu\":5}", -EINVAL, "'gpu': a text or a list of texts is wanted, not a number" },
        { "{\"gpu\":[\"A100\",[]]}", -EINVAL,
          "'gpu': a text or a list of texts is wanted, not a list" },
        { "{\"country\":[\"FR\"]}", -EINVAL, "'country': a text is wanted, not a list" },
        { "{\"embodied\":1}", -EINVAL, "'embodied': true or false is wanted, not a number" },
        { "{\"hours\":-1}", -EINVAL, "hours '-1': out of range, 0 to 10000000" },
        { "{\"count\":1.5}", -EINVAL, "count '1.5': not a whole number" },
        { "{\"gpu_hours\":1,\"gpu-hours\":2}", -EINVAL, "'gpu-hours' stands here a second time" },
        { "{\"cloud\":\"auto\"}", -EINVAL, "cloud 'auto': not asked here" },
        { "[]", -EBADMSG, "a JSON object is wanted" },
        { "", -EBADMSG, "a JSON object is wanted" },
        { "{\"hours\":1,\"hours\":2}", -EBADMSG, "duplicate object key" },
        { "{\"gpu\":\"\\u0000\"}", -EBADMSG, "\\u0000 is not allowed" },
    };
    const struct options none = { 0 };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct options options = { 0 };
        struct aico2_error err;

        assert_int_equal(read_body(bad[i].text, &none, &options, &err), bad[i].code);
        if (strstr(err.message, bad[i].message) == NULL)
            fail_msg("%s: '%s'", bad[i].text, err.message);
        assert_null(options_text(&options, OPT_GPU)); /* untouched */
    }
}

static void test_a_list_is_not_without_end(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf text = { 0 };
    const struct options none = { 0 };
    struct options options;
    struct aico2_error err;

    (void)state;
    strbuf_add(&text, "{\"gpu\":[\"0\"");
    for (int i = 0; i < 64; i++)
        strbuf_add(&text, ",\"1\"");
    strbuf_add(&text, "]}");
    assert_int_equal(read_body(strbuf_text(&text), &none, &options, &err), -EINVAL);
    assert_string_equal(err.message, "'gpu': a list of 64 at most is wanted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_key_is_an_option_by_its_type),
        cmocka_unit_test(test_what_is_not_said_is_the_servers_and_its_other_ways_go),
        cmocka_unit_test(test_faults_quote_the_key_and_say_what_would_be_right),
        cmocka_unit_test(test_a_list_is_not_without_end),
    };

    return cmocka_run_group_tests_name("estimate_body", tests, NULL, NULL);
}

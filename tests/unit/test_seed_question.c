/* SPDX-License-Identifier: Apache-2.0 */
/* test_seed_question.c - what is asked of the original project's routes, and how what is none is refused */
#include "support.h"

#include <string.h>

#include "server/seed_question.h"

static const char *const fields[SEED_WORDS] = { "region", "lifecycle" };

static bool parse(const char *type, const char *text, struct seed_question *question,
                  struct made *made)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf body = { 0 };

    *made = (struct made){ 0 };
    strbuf_add(&body, text);
    return seed_question_parse(type, &body, fields, question, made);
}

static void test_two_texts_of_an_object(void **state)
{
    static const char *const types[] = { NULL, "application/json",
                                         "Application/JSON; charset=utf-8",
                                         "application/vnd.api+json" };
    struct seed_question question;
    struct made made;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
        assert_true(parse(types[i],
                          "{\"lifecycle\":\"Training\",\"x\":[1],\"region\":\"F\\u00e9\"}",
                          &question, &made));
        assert_string_equal(question.words[0], "F\xc3\xa9");
        assert_string_equal(question.words[1], "Training");
        assert_string_equal(question.source, "body");
        assert_int_equal(made.body.length, 0);
        seed_question_deinit(&question);
        seed_question_deinit(&question); /* once more is no harm */
    }
}

static void test_the_fault_is_named_as_fastapi_does(void **state)
{
    static const struct {
        const char *type;
        const char *text;
        const char *answer; /* its beginning */
    } bad[] = {
        { NULL, "",
          "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"Field required\"" },
        { NULL, "[]", "{\"detail\":[{\"type\":\"model_attributes_type\",\"loc\":[\"body\"]" },
        { NULL, "{", "{\"detail\":[{\"type\":\"json_invalid\",\"loc\":[\"body\",1]" },
        { NULL, "{\"region\":\"\xff\"}", "{\"detail\":[{\"type\":\"json_invalid\"" },
        { NULL, "{\"region\":\"F\\u0000\"}", "{\"detail\":[{\"type\":\"json_invalid\"" },
        { "text/plain", "{}",
          "{\"detail\":[{\"type\":\"model_attributes_type\",\"loc\":[\"body\"],\"msg\":\"Input "
          "should be a "
          "valid dictionary or object to extract fields from\",\"input\":\"{}\"}]}" },
        { "application/jsonx", "{}", "{\"detail\":[{\"type\":\"model_attributes_type\"" },
        { NULL, "{\"region\":1,\"lifecycle\":\"Training\"}",
          "{\"detail\":[{\"type\":\"string_type\",\"loc\":[\"body\",\"region\"],\"msg\":\"Input "
          "should be a "
          "valid string\",\"input\":1}]}" },
        { NULL, "{\"lifecycle\":\"Training\"}",
          "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"region\"],\"msg\":\"Field "
          "required\","
          "\"input\":{\"lifecycle\":\"Training\"}}]}" },
        { NULL, "{}",
          "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"region\"],\"msg\":\"Field "
          "required\","
          "\"input\":{}},{\"type\":\"missing\",\"loc\":[\"body\",\"lifecycle\"]" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        struct seed_question question;
        struct made made;

        assert_false(parse(bad[i].type, bad[i].text, &question, &made));
        assert_int_equal(made.status, 422);
        assert_string_equal(made.type, "application/json");
        if (strncmp(strbuf_text(&made.body), bad[i].answer, strlen(bad[i].answer)) != 0)
            fail_msg("'%s': %s", bad[i].text, strbuf_text(&made.body));
        strbuf_deinit(&made.body);
    }
}

static void test_another_word_is_told_those_that_are_known(void **state)
{
    static const char *const known[2] = { "Training", "Inference" };
    struct made made = { 0 };

    (void)state;
    seed_question_refuse_word(&made, "query", "lifecycle", "\"x", known);
    assert_int_equal(made.status, 422);
    assert_string_equal(
        strbuf_text(&made.body),
        "{\"detail\":[{\"type\":\"literal_error\",\"loc\":[\"query\",\"lifecycle\"],\"msg\":"
        "\"Input should be 'Training' or 'Inference'\",\"input\":\"\\\"x\",\"ctx\":"
        "{\"expected\":\"'Training' or 'Inference'\"}}]}");
    made_detail(&made, 404, "no"); /* in its place */
    assert_int_equal(made.status, 404);
    assert_string_equal(strbuf_text(&made.body), "{\"detail\":\"no\"}");
    strbuf_deinit(&made.body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_texts_of_an_object),
        cmocka_unit_test(test_the_fault_is_named_as_fastapi_does),
        cmocka_unit_test(test_another_word_is_told_those_that_are_known),
    };

    return cmocka_run_group_tests_name("seed_question", tests, NULL, NULL);
}

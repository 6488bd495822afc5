/* SPDX-License-Identifier: Apache-2.0 */
/* server/seed_question.c - what is asked of the original project's routes, and their errors as FastAPI writes them */
#include "server/seed_question.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "server/coding.h"

/* Takes over the value, which may be NULL: no memory, or what is no UTF-8. */
static void made_json(struct made *made, unsigned status, json_t *value)
{
    char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);

    json_decref(value);
    strbuf_deinit(&made->body);
    made->status = text == NULL ? 500 : status;
    made->type = "application/json";
    strbuf_add(&made->body, text == NULL ? "{\"detail\":\"Internal Server Error\"}" : text);
    free(text);
}

void made_detail(struct made *made, unsigned status, const char *text)
{
    made_json(made, status, json_pack("{s:s}", "detail", text));
}

/* One error: input is borrowed, NULL is null. */
static void refuse(struct made *made, const char *type, json_t *place, const char *message,
                   json_t *input)
{
    made_json(made, 422,
              json_pack("{s:[{s:s,s:o,s:s,s:O?}]}", "detail", "type", type, "loc", place, "msg",
                        message, "input", input));
}

void seed_question_refuse_word(struct made *made, const char *source, const char *field,
                               const char *word, const char *const known[2])
{
    char expected[96];
    char message[sizeof(expected) + 32];

    (void)snprintf(expected, sizeof(expected), "'%s' or '%s'", known[0], known[1]);
    (void)snprintf(message, sizeof(message), "Input should be %s", expected);
    made_json(made, 422,
              json_pack("{s:[{s:s,s:[s,s],s:s,s:s,s:{s:s}}]}", "detail", "type", "literal_error",
                        "loc", source, field, "msg", message, "input", word, "ctx", "expected",
                        expected));
}

static void refuse_text(struct made *made, const json_error_t *error)
{
    char why[sizeof(error->text)]; /* it quotes the body, cut anywhere */

    text_copy_clean(why, sizeof(why), error->text);
    made_json(made, 422,
              json_pack("{s:[{s:s,s:[s,i],s:s,s:{},s:{s:s}}]}", "detail", "type", "json_invalid",
                        "loc", "body", error->position, "msg", "JSON decode error", "input", "ctx",
                        "error", why));
}

static json_t *load(const char *type, const struct strbuf *text, struct made *made)
{
    static const char no_object[] =
        "Input should be a valid dictionary or object to extract fields from";
    json_error_t error;
    json_t *value;

    if (text->length == 0) {
        refuse(made, "missing", json_pack("[s]", "body"), "Field required", NULL);
        return NULL;
    }
    if (!type_is_json(type)) {
        value = json_stringn(strbuf_text(text), text->length); /* NULL: no UTF-8 */
        refuse(made, "model_attributes_type", json_pack("[s]", "body"), no_object, value);
        json_decref(value);
        return NULL;
    }
    value = json_loadb(strbuf_text(text), text->length, JSON_DECODE_ANY, &error);
    if (value == NULL) {
        refuse_text(made, &error);
    } else if (!json_is_object(value)) {
        refuse(made, "model_attributes_type", json_pack("[s]", "body"), no_object, value);
        json_decref(value);
        value = NULL;
    }
    return value;
}

/* NULL: nothing is wrong with that field. */
static json_t *fault_of(json_t *question, const char *field)
{
    json_t *value = json_object_get(question, field);

    if (value == NULL)
        return json_pack("{s:s,s:[s,s],s:s,s:O}", "type", "missing", "loc", "body", field, "msg",
                         "Field required", "input", question);
    if (!json_is_string(value))
        return json_pack("{s:s,s:[s,s],s:s,s:O}", "type", "string_type", "loc", "body", field,
                         "msg", "Input should be a valid string", "input", value);
    return NULL;
}

/* Copies, as who answers writes JSON in another way than this library does. */
static bool keep_words(const char *const words[SEED_WORDS], const char *source,
                       struct seed_question *question_out, struct made *made)
{
    *question_out = (struct seed_question){ .source = source };
    for (size_t i = 0; i < SEED_WORDS; i++)
        question_out->words[i] = strdup(words[i]);
    if (question_out->words[0] != NULL && question_out->words[1] != NULL)
        return true;
    seed_question_deinit(question_out);
    made_json(made, 500, NULL);
    return false;
}

static bool take_words(json_t *object, const char *const fields[SEED_WORDS],
                       struct seed_question *question_out, struct made *made)
{
    const char *words[SEED_WORDS];
    json_t *faults[SEED_WORDS];

    for (size_t i = 0; i < SEED_WORDS; i++) {
        faults[i] = fault_of(object, fields[i]);
        words[i] = json_string_value(json_object_get(object, fields[i]));
    }
    if (faults[0] != NULL || faults[1] != NULL) {
        made_json(made, 422, json_pack("{s:[o*,o*]}", "detail", faults[0], faults[1]));
        return false;
    }
    return keep_words(words, "body", question_out, made);
}

bool seed_question_parse(const char *type, const struct strbuf *text,
                         const char *const fields[SEED_WORDS], struct seed_question *question_out,
                         struct made *made)
{
    json_t *object = load(type, text, made);
    bool taken;

    if (object == NULL)
        return false;
    taken = take_words(object, fields, question_out, made);
    json_decref(object);
    return taken;
}

/* NULL: nothing is wrong with that value. */
static json_t *fault_in_query(const char *field, const char *value)
{
    /* json_string() is the name of our writer's, too */
    json_t *text = value == NULL ? NULL : json_stringn(value, strlen(value));
    bool good = text != NULL;

    json_decref(text);
    if (good)
        return NULL;
    return json_pack("{s:s,s:[s,s],s:s,s:n}", "type", value == NULL ? "missing" : "string_unicode",
                     "loc", "query", field, "msg",
                     value == NULL ? "Field required" : "Input should be UTF-8", "input");
}

static bool read_query(const struct request *request, const char *const fields[SEED_WORDS],
                       struct seed_question *question_out, struct made *made)
{
    const char *words[SEED_WORDS];
    json_t *faults[SEED_WORDS];

    for (size_t i = 0; i < SEED_WORDS; i++) {
        words[i] =
            MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, fields[i]);
        faults[i] = fault_in_query(fields[i], words[i]);
    }
    if (faults[0] == NULL && faults[1] == NULL)
        return keep_words(words, "query", question_out, made);
    made_json(made, 422, json_pack("{s:[o*,o*]}", "detail", faults[0], faults[1]));
    return false;
}

bool seed_question_read(struct request *request, const char *const fields[SEED_WORDS],
                        struct seed_question *question_out)
{
    const char *type;

    if (strcmp(request->header.method, "POST") != 0)
        return read_query(request, fields, question_out, &request->made);
    type = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                       MHD_HTTP_HEADER_CONTENT_TYPE);
    return seed_question_parse(type, &request->body, fields, question_out, &request->made);
}

void seed_question_deinit(struct seed_question *question)
{
    free(question->words[0]);
    free(question->words[1]);
    *question = (struct seed_question){ 0 };
}

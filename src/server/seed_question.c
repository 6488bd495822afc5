/* SPDX-License-Identifier: Apache-2.0 */
/* server/seed_question.c - what is asked of the original project's routes, and their errors as FastAPI writes them */
#include "server/seed_question.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* Takes over the value, which may be NULL: no memory, or what is no UTF-8. */
static void made_json(struct request *request, unsigned status, json_t *value)
{
    char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);

    json_decref(value);
    strbuf_deinit(&request->made.body);
    request->made.status = text == NULL ? 500 : status;
    request->made.type = "application/json";
    strbuf_add(&request->made.body, text == NULL ? "{\"detail\":\"Internal Server Error\"}" : text);
    free(text);
}

void made_detail(struct request *request, unsigned status, const char *text)
{
    made_json(request, status, json_pack("{s:s}", "detail", text));
}

/* One error: input is borrowed, NULL is null. */
static void refuse(struct request *request, const char *type, json_t *place, const char *message,
                   json_t *input)
{
    made_json(request, 422,
              json_pack("{s:[{s:s,s:o,s:s,s:O?}]}", "detail", "type", type, "loc", place, "msg",
                        message, "input", input));
}

void seed_question_refuse_word(struct request *request, const char *field, const char *word)
{
    static const char expected[] = "'training' or 'inference'";

    made_json(request, 422,
              json_pack("{s:[{s:s,s:[s,s],s:s,s:s,s:{s:s}}]}", "detail", "type", "literal_error",
                        "loc", "body", field, "msg", "Input should be 'training' or 'inference'",
                        "input", word, "ctx", "expected", expected));
}

/* Without a type it is taken for JSON. */
static bool is_json(const char *type)
{
    size_t length;

    if (type == NULL)
        return true;
    length = strcspn(type, "; \t");
    if (strncasecmp(type, "application/", 12) != 0)
        return false;
    return (length == 16 && strncasecmp(type + 12, "json", 4) == 0) ||
           (length > 17 && strncasecmp(type + length - 5, "+json", 5) == 0);
}

static void refuse_text(struct request *request, const json_error_t *error)
{
    char why[sizeof(error->text)]; /* it quotes the body, cut anywhere */

    text_copy_clean(why, sizeof(why), error->text);
    made_json(request, 422,
              json_pack("{s:[{s:s,s:[s,i],s:s,s:{},s:{s:s}}]}", "detail", "type", "json_invalid",
                        "loc", "body", error->position, "msg", "JSON decode error", "input", "ctx",
                        "error", why));
}

static json_t *load(struct request *request)
{
    const char *type = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                   MHD_HTTP_HEADER_CONTENT_TYPE);
    static const char no_object[] =
        "Input should be a valid dictionary or object to extract fields from";
    json_error_t error;
    json_t *value;

    if (request->body.length == 0) {
        refuse(request, "missing", json_pack("[s]", "body"), "Field required", NULL);
        return NULL;
    }
    if (!is_json(type)) {
        value =
            json_stringn(strbuf_text(&request->body), request->body.length); /* NULL: no UTF-8 */
        refuse(request, "model_attributes_type", json_pack("[s]", "body"), no_object, value);
        json_decref(value);
        return NULL;
    }
    value = json_loadb(strbuf_text(&request->body), request->body.length, JSON_DECODE_ANY, &error);
    if (value == NULL) {
        refuse_text(request, &error);
    } else if (!json_is_object(value)) {
        refuse(request, "model_attributes_type", json_pack("[s]", "body"), no_object, value);
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
static bool take_words(struct request *request, json_t *object, const char *const fields[2],
                       struct seed_question *question_out)
{
    json_t *faults[2];

    for (size_t i = 0; i < 2; i++)
        faults[i] = fault_of(object, fields[i]);
    if (faults[0] != NULL || faults[1] != NULL) {
        made_json(request, 422, json_pack("{s:[o*,o*]}", "detail", faults[0], faults[1]));
        return false;
    }
    for (size_t i = 0; i < 2; i++)
        question_out->words[i] = strdup(json_string_value(json_object_get(object, fields[i])));
    if (question_out->words[0] != NULL && question_out->words[1] != NULL)
        return true;
    seed_question_deinit(question_out);
    made_json(request, 500, NULL);
    return false;
}

bool seed_question_read(struct request *request, const char *const fields[2],
                        struct seed_question *question_out)
{
    json_t *object = load(request);
    bool taken;

    if (object == NULL)
        return false;
    *question_out = (struct seed_question){ 0 };
    taken = take_words(request, object, fields, question_out);
    json_decref(object);
    return taken;
}

void seed_question_deinit(struct seed_question *question)
{
    free(question->words[0]);
    free(question->words[1]);
    *question = (struct seed_question){ 0 };
}

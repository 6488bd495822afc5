/* SPDX-License-Identifier: Apache-2.0 */
/* server/seed_question.h - what is asked of the original project's routes, and their errors as FastAPI writes them */
#pragma once

#include "server/request.h"

/* The answer is {"detail": text}. */
void made_detail(struct made *made, unsigned status, const char *text);

enum { SEED_WORDS = 2 };

/* The two texts that each of them is asked with. */
struct seed_question {
    char *words[SEED_WORDS];
    const char *source; /* where they stood: "body", or "query" of a GET */
};

/**
 * seed_question_parse() - the object in the body of a request
 * @type:   its Content-Type; NULL none
 * @text:   the body
 * @fields: the names of its texts
 * Return: true, and seed_question_deinit() frees; false: the answer, 422, is made
 */
bool seed_question_parse(const char *type, const struct strbuf *text,
                         const char *const fields[SEED_WORDS], struct seed_question *question_out,
                         struct made *made);
/* Of a request: its body, or of a GET its query. As seed_question_parse(). */
bool seed_question_read(struct request *request, const char *const fields[SEED_WORDS],
                        struct seed_question *question_out);
void seed_question_deinit(struct seed_question *question);

/* Another word than these two in a field of what was read. */
void seed_question_refuse_word(struct made *made, const char *source, const char *field,
                               const char *word, const char *const known[2]);

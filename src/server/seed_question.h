/* SPDX-License-Identifier: Apache-2.0 */
/* server/seed_question.h - what is asked of the original project's routes, and their errors as FastAPI writes them */
#pragma once

#include "server/request.h"

/* The answer is {"detail": text}. */
void made_detail(struct request *request, unsigned status, const char *text);

/* The two texts that each of them is asked with. */
struct seed_question {
    char *words[2];
};

/**
 * seed_question_read() - the object in the body of a request
 * @fields: the names of its texts
 * Return: true, and seed_question_deinit() frees; false: the answer, 422, is made
 */
bool seed_question_read(struct request *request, const char *const fields[2],
                        struct seed_question *question_out);
void seed_question_deinit(struct seed_question *question);

/* Another word than these in a field of what was read. */
void seed_question_refuse_word(struct request *request, const char *field, const char *word);

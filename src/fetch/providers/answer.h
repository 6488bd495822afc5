/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/answer.h - a JSON answer of a provider, read without trusting a byte of it */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"
#include "fetch/provider.h"

/* An answer while it is read. */
struct answer {
    const struct provider_query *query;
    int64_t step_ns; /* of the provider's row */
    struct intensity_series *series;
    struct aico2_error *err;
};

enum { ANSWER_SHOWN_SIZE = 48 };

typedef int (*answer_reader)(const struct answer *answer, const json_t *root);

/**
 * answer_read() - parse a body as JSON and hand its root to `read`
 * @series_out: as before when this fails, whatever `read` added until then
 * Return: what `read` returned; -EBADMSG for what is no JSON, its beginning quoted
 */
int answer_read(const struct provider_query *query, int64_t step_ns, const char *body,
                size_t length, struct intensity_series *series_out, struct aico2_error *err,
                answer_reader read);

/* How the body begins, for a message: often it is a page that says "maintenance". */
void answer_show(char shown[ANSWER_SHOWN_SIZE], const char *body, size_t length);

/* The JSON alone; the caller's. NULL: it is none, and err says so. */
json_t *answer_load(const char *body, size_t length, struct aico2_error *err);

/**
 * answer_add() - one value into the series
 * Values outside of 0 and 5000 g/kWh are refused. A measured value of a time to come is refused too (its clock or
 * ours is wrong); an estimated one is a forecast.
 * Return: 0, -EBADMSG, -ENOMEM
 */
int answer_add(const struct answer *answer, int64_t wall_ns, double gco2e_per_kwh,
               enum intensity_point_quality quality);

/* 0, or -EBADMSG for what is no intensity: not within 0 and 5000 g/kWh. */
int answer_check(const struct answer *answer, int64_t wall_ns, double gco2e_per_kwh);

/* An array of a key, NULL (and err) where there is none. */
const json_t *answer_array(const struct answer *answer, const json_t *object, const char *key);

/* Return: 1 a number, 0 null, -EBADMSG not there or something else (text that looks like a number too). */
int answer_number(const struct answer *answer, const json_t *object, const char *key,
                  double *value_out);

/* Text of a key, NULL (and err) where there is none. Borrowed. */
const char *answer_text(const struct answer *answer, const json_t *object, const char *key);

/* Whether a key holds just this text; -EBADMSG and what it holds where not. */
int answer_expect(const struct answer *answer, const json_t *object, const char *key,
                  const char *wanted);

/**
 * answer_time() - a time of a key: "2026-10-06T02:45:00Z", also without seconds or minutes
 * @utc: a time without a zone is UTC, as the provider's documents have it; else it is an error
 * Return: 0 or -EBADMSG
 */
int answer_time(const struct answer *answer, const json_t *object, const char *key, bool utc,
                int64_t *wall_ns_out);

/* The same for a text. */
bool answer_time_parse(const char *text, bool utc, int64_t *wall_ns_out);

/* -EBADMSG: "what: 'the value as it was read'". */
int answer_wrong(const struct answer *answer, const char *what, const char *value);

/* error_text() of services that answer in JSON: "error", "message" and their kin, wherever they put it. */
bool answer_error_text(const char *body, size_t length, char text_out[160]);

/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/reply.h - answers of the HTTP API (v1), read without trusting a byte of them; no network here */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "fetch/prometheus/labels.h"

/* What an answer says of itself. Printable, one line each; "" nothing. */
struct reply_said {
    bool success;
    char error_type[32]; /* "bad_data", "timeout", "execution" ... */
    char error[200];
    char warning[200]; /* the first one */
};

/* The root of an answer, the caller's; NULL: the body is none of this API, or out of memory. */
json_t *reply_open(const char *body, size_t length, struct reply_said *said_out);

/* What stands in a body that is no JSON: its first words, "" for a web page. */
void reply_plain(const char *body, size_t length, char text_out[120]);
bool reply_is_page(const char *body, size_t length);

/* The labels of each series: also those of /series. Return: 0, what `take` returned, -EBADMSG or -ENOMEM. */
typedef int (*reply_take_labels)(struct label_set *labels, void *payload);
int reply_each_series(const json_t *root, reply_take_labels take, void *payload);

/* A series with its values, in an array of [time, "value"]. */
struct reply_row {
    const struct label_set *labels;
    const json_t *values;
};

/**
 * reply_each_row() - a matrix, a vector or a scalar, row by row
 * Return: 0, what `take` returned, -EBADMSG for what is none, -ENOMEM
 */
typedef int (*reply_take_row)(const struct reply_row *row, void *payload);
int reply_each_row(const json_t *root, reply_take_row take, void *payload);

enum reply_sample { SAMPLE_GOOD, SAMPLE_NOT_FINITE, SAMPLE_WRONG };

/* [1795486803.896, "1"]; the time to the millisecond, as it is stored. */
enum reply_sample reply_sample(const json_t *pair, int64_t *wall_ns_out, double *value_out);

/* "Prometheus 2.42.0" of /status/buildinfo; "" it does not say. */
void reply_server_name(const json_t *root, char name_out[64]);

/* Seconds of storageRetention in /status/runtimeinfo; 0: it does not say. */
double reply_retention_seconds(const json_t *root);

/* "1m30s", "15d" as Prometheus writes them: seconds; 0: it is none. */
double reply_duration_seconds(const char *text);

/* /targets: the instance, job and scrape interval of each. Return: 0, -EBADMSG or what `take` returned. */
typedef int (*reply_take_target)(const char *instance, const char *job, double interval_seconds,
                                 void *payload);
int reply_each_target(const json_t *root, reply_take_target take, void *payload);

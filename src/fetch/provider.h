/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/provider.h - a provider of carbon intensities: what it covers, how it is asked, how its answer is read */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "model/fetch.h"

/* A question in the provider's own terms. */
struct provider_query {
    char zone[48]; /* of zone_of() */
    int64_t from_ns;
    int64_t to_ns;
    int64_t now_ns;
    bool forecast;
    bool marginal;
    const char *secret;   /* "" none; "user:password" where secret_kind says so */
    const char *base_url; /* without a slash at its end */
};

enum { PROVIDER_HEADERS_MAX = 4, PROVIDER_REQUESTS_MAX = 24 };

/*
 * One GET (or POST, with a body). Secrets belong into headers; where a service takes them only in the address,
 * the address is never shown: `shown` is.
 */
struct provider_request {
    struct strbuf url;
    struct strbuf shown;                         /* empty: url holds no secret */
    struct strbuf headers[PROVIDER_HEADERS_MAX]; /* "auth-token: ..." */
    size_t header_count;
    struct strbuf body;
};

enum provider_secret { SECRET_NONE, SECRET_TOKEN, SECRET_USER_PASSWORD };

/*
 * A row of the table. Functions are pure: no clock, no network, no file; times come with the query, so that a
 * test gives them an answer as documented and compares the points.
 */
struct provider {
    const char *name;   /* "electricitymaps": option value, secret's file name, cache's directory */
    const char *title;  /* "Electricity Maps" */
    const char *source; /* with the attribution that its licence asks for */
    const char *licence;
    const char *default_url; /* NULL: has to be given (self-hosted) */
    enum provider_secret secret;
    int64_t step_ns;              /* one value holds for so long */
    int64_t lag_ns;               /* how late the newest value is published */
    int64_t window_max_ns;        /* longest window of one request */
    unsigned requests_per_minute; /* its quota, or what is decent */
    bool secret_in_url;
    bool has_marginal;
    bool has_forecast;

    /* The provider's own name of a place. false: not covered. */
    bool (*zone_of)(const struct fetch_place *place, char zone_out[48]);

    /**
     * ask() - the request number `index` of a query: windows, then forecast, as documented there
     * NULL for login: none needed. Return: 1 a request; 0 there is none any more; -errno
     */
    int (*ask)(const struct provider_query *query, size_t index,
               struct provider_request *request_out);

    /**
     * parse() - the points of the answer to request `index`, added to series_out in any order
     * Points outside of [from, to) may be added; the caller sorts, drops doubles (the better quality stays) and
     * cuts. Must hold for any bytes: a wrong unit, a number as text, null, NaN, negative, a time in the future that
     * claims to be measured, another zone than the one asked for are errors or left out, as the format has it.
     * Return: 0 (also without points), -EBADMSG with what is wrong, -ENOMEM
     */
    int (*parse)(const struct provider_query *query, size_t index, const char *body, size_t length,
                 struct intensity_series *series_out, struct aico2_error *err);

    /* origin.kind and origin.band_ratio of what this query brings. */
    void (*describe)(const struct provider_query *query, struct intensity_origin *origin_out);

    /* A token from user and password first (WattTime): one request, and the token out of its answer. */
    int (*ask_login)(const struct provider_query *query, struct provider_request *request_out);
    int (*parse_login)(const char *body, size_t length, char token_out[2048],
                       struct aico2_error *err);

    /* The message of an error document, in one line; false: not one. */
    bool (*error_text)(const char *body, size_t length, char text_out[160]);
};

extern const struct provider *const provider_table[];
extern const size_t provider_count;

const struct provider *provider_find(const char *name); /* NULL: none */

void provider_request_deinit(struct provider_request *request);

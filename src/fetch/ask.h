/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/ask.h - one request to a provider: counted, tried again, and its failure put into words */
#pragma once

#include "fetch/http.h"
#include "fetch/provider.h"
#include "fetch/secrets.h"

typedef int (*http_exchange_fn)(const struct http_request *request, struct http_answer *answer_out,
                                struct aico2_error *err);

/* A provider while it is being asked. */
struct asker {
    const struct provider *provider;
    http_exchange_fn exchange; /* http_exchange() */
    int dirfd;                 /* of the store; -1 none */
    enum http_reach reach;
    const char *ca_file;
    int64_t deadline_mono_ns;
    unsigned sent; /* where no store counts */
    const struct secret *secret;
    const char *token; /* of a login; "" none */
};

/**
 * ask_once() - one request with what is tried again: connections that fail and 5xx, twice, and whoever says
 *              when to come back, if that is in time
 * Return: 0: answered with 200; -EACCES: 401, so that a login may be done again; else negative, and step_out
 * has outcome and reason. A reason never holds a secret, whatever a server puts into its answer.
 */
int ask_once(struct asker *asker, const struct provider_request *request,
             struct http_answer *answer_out, struct fetch_step *step_out);

/* Outcome and reason of a step, fit to be shown. */
void ask_fail(const struct asker *asker, struct fetch_step *step_out, enum fetch_outcome outcome,
              const char *format, ...) AICO2_PRINTF(4, 5);

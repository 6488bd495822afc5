/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/unknown.h - what to tell somebody whose place is in no table */
#pragma once

#include "base/error.h"

/**
 * struct place_question - one way to name a place
 * @what:   "country", "region" ...
 * @scopes: kinds of keys that answer it, bits 1 << enum place_scope
 * @wanted: how to write one: "a code such as 'FR' ..."
 */
struct place_question {
    const char *what;
    const char *option; /* "--country"; NULL when any kind will do */
    unsigned scopes;
    const char *wanted;
};

enum { ASK_COUNTRY, ASK_REGION, ASK_CLOUD, ASK_ZONE, ASK_ANY, ASK_COUNT };
const struct place_question *place_question_at(int ask);

/* Sets one line that quotes the text and names what is nearest. Return: -EINVAL. */
int place_unknown(int ask, const char *text, struct aico2_error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* session/place/text.h - what is kept of the place and the figure that a run was asked to be reported under */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/market.h"
#include "model/run_wait.h"

/*
 * run->place_option: the place as it was asked for, "country:FR", "region:US-CA", "cloud:aws:eu-west-3",
 * "zone:...", "intensity:44" or "" for the world; behind it fields, each after a bar:
 *
 *   |kind=direct-average   the kind of figure, where it is not the place's own
 *   |year=2023             its year, where it was asked for
 *   |market=12,0.8,400     contract factor, share, residual mix; without the last the place's figure
 *   |from=01KB3F...        the run that this one is a recomputed copy of
 *   |series=whole          it met values of a file and nothing else, with a band or without
 *   |waited=1795687200000000000,0.6,0.55   asked for at that time; saving foretold, saving found; empty:
 *                          not known
 *   |61.5,61.5,61.5        the mean that its joules met of a series, with both ends of its band
 *   |own=44~37~51~2024~... the user's own figure of the place (place/own.h)
 *   |marginal=~300~...     the marginal signal that it met beside (place/live.h)
 *   |live=gb~GB~...        whose live values they were, who was asked in vain (place/live.h)
 *
 * A place holds no bar (place_fold() keeps none). Fields of a later version are left alone.
 */

struct place_query;

/* What a query asks for, with the kind and the year: the beginning of such a text. */
void place_text_name(const struct place_query *query, char *text, size_t size);

/* The place before the fields. */
void place_text_place(const char *option, char *place_out, size_t size);
/* Puts another place before the fields. */
void place_text_set_place(char *option, size_t size, const char *place);

/* key "" is the matched mean. Return: false, "" in value_out: there is no such field. */
bool place_text_get(const char *option, const char *key, char *value_out, size_t size);
/* Replaces the field or adds it at the end; value NULL: takes it out. What does not fit is left out whole. */
void place_text_set(char *option, size_t size, const char *key, const char *value);

/* The terms of the field "market"; not given where there is none, or where it is none. */
void place_text_market(const char *option, struct market_terms *terms_out);
void place_text_set_market(char *option, size_t size, const struct market_terms *terms);

/* The field "waited"; asked_wall_ns 0 where there is none, or where it is none. */
void place_text_wait(const char *option, struct run_wait *wait_out);
void place_text_set_wait(char *option, size_t size, const struct run_wait *wait);

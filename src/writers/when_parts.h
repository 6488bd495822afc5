/* SPDX-License-Identifier: Apache-2.0 */
/* writers/when_parts.h - what the answers of `aico2 when` for one place and for several share */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "model/documents.h"
#include "writers/csv_row.h"
#include "writers/text_out.h"

enum { WHEN_TIME_SIZE = 64 };

/* Here, on the clock on the wall; rounded up to the minute that at(1) and cron know. */
struct tm when_local_time(int64_t wall_ns);
/* "2026-11-27 04:00 CET" */
void when_format_time(char text[WHEN_TIME_SIZE], int64_t wall_ns);

/* "40.0 gCO2e/kWh (35 to 45)" */
void when_add_mean(struct strbuf *text, const struct when_stretch *stretch, bool unicode);
/* "start by  at -t 202611271400", and the others; nothing for a start at once. */
void when_add_starters(struct text_out *out, const struct when *when);
/* "aico2 when: 8 h within 24 h" */
void when_add_title(struct text_out *out, const struct when *when);
/* "as foretold by ahead.csv", "a typical day, ..." */
void when_add_basis(struct strbuf *out, const struct when *when, bool unicode);

/* The cells of a stretch, and the end of the row. */
void when_csv_stretch(struct csv_row *row, const char *what, const struct when_stretch *stretch,
                      enum when_basis basis);
/* "saved  60 % of the grams for the electricity (45 % to 70 %)" */
void when_add_saving(struct text_out *out, struct band saving_ratio);
void when_json_saving(struct json_out *json, struct band saving_ratio);
void when_json_stretch(struct json_out *json, const char *key, const struct when_stretch *stretch);
/* What it rests on: duration, window, days, place, source. */
void when_json_about(struct json_out *json, const struct when *when);
/* basis, best, now, saving and the above. */
void when_json_fields(struct json_out *json, const struct when *when);

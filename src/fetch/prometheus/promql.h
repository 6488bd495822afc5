/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/promql.h - what is put into a query or a form, escaped as each wants it */
#pragma once

#include <stdint.h>

#include "base/strbuf.h"

/* "a\"b", as PromQL writes a text. */
void promql_add_text(struct strbuf *query, const char *text);

/* A text as a regular expression (RE2) that matches it alone; not yet as PromQL writes texts. */
void promql_add_pattern(struct strbuf *pattern, const char *text);

/* "90000ms": every version takes whole milliseconds alone. */
void promql_add_range(struct strbuf *query, int64_t ns);

/* application/x-www-form-urlencoded: "&name=value"; the first without "&". */
void form_add(struct strbuf *form, const char *name, const char *value);
/* The samples as they were stored: of Thanos one replica's and none down-sampled. */
void form_add_as_stored(struct strbuf *form);
/* And not out of VictoriaMetrics' cache, which moves times. */
void form_add_uncached(struct strbuf *form);
/* Unix seconds with milliseconds. */
void form_add_time(struct strbuf *form, const char *name, int64_t wall_ns);

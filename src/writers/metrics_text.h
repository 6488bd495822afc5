/* SPDX-License-Identifier: Apache-2.0 */
/* writers/metrics_text.h - a snapshot of metrics as text for a scraper, in the form it asked for */
#pragma once

#include "base/strbuf.h"
#include "model/metrics.h"

enum metrics_form {
    METRICS_PROMETHEUS, /* Prometheus text 0.0.4 */
    METRICS_OPENMETRICS /* OpenMetrics 1.0.0 */
};

/* Appends all of it. A family without a sample is left out. */
void write_metrics(struct strbuf *out, const struct metrics *metrics, enum metrics_form form);

/* For the Content-Type header of an answer; Prometheus 3 refuses one without. */
const char *metrics_content_type(enum metrics_form form);

/**
 * metrics_accepted() - the form an Accept header likes best (RFC 9110, 12.5.1)
 * @accept: the header's value, several joined by commas; NULL: none
 * How names that are not ASCII are to be escaped (Prometheus 3) is all the same: there are none.
 * Return: METRICS_PROMETHEUS also where neither is wanted: a scraper can do more with it than with a 406.
 */
enum metrics_form metrics_accepted(const char *accept);

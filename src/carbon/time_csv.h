/* SPDX-License-Identifier: Apache-2.0 */
/* carbon/time_csv.h - a user's CSV of a figure over time: one header, rising times, figures in range */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* What the second column is; the first is `time`. */
struct time_csv_form {
    const char *header; /* "time,gco2e_per_kwh", as messages show it */
    const char *unit;   /* "gCO2e/kWh" */
    double low;
    double high;
    /* Whether that is the header's second cell. */
    bool (*is_column)(void *payload, const char *cell);
    /* A row in order; -ENOMEM ends it. */
    int (*add)(void *payload, int64_t wall_ns, double value);
};

/**
 * time_csv_parse() - header, then rows of an RFC 3339 UTC time (or unix seconds) and a figure
 * Times strictly rise, figures are finite and within the form's range. The error names file and
 * line. text: NUL-terminated at length, changed in place.
 * Return: 0; -EBADMSG for a bad line or a text without rows; -ENOMEM
 */
int time_csv_parse(char *text, size_t length, const char *name, const struct time_csv_form *form,
                   void *payload, struct aico2_error *err);

/* The same of a file of at most 64 MiB. Return: also -errno of reading it. */
int time_csv_read(const char *path, const struct time_csv_form *form, void *payload,
                  struct aico2_error *err);

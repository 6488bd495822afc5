/* SPDX-License-Identifier: Apache-2.0 */
/* session/series/import.h - the log of another program as a run of the history */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "model/intensity.h"
#include "model/price.h"
#include "model/report.h"

/* Strings are borrowed for the call. NAN, NULL: not given. */
struct import_options {
    const char *path;      /* "-": standard input */
    int from_fd;           /* the file, opened by the caller: `path` only names it; 0: none */
    const char *form;      /* NULL: told by the content */
    int64_t start_wall_ns; /* INT64_MIN: not given */
    int64_t interval_ns;   /* 0: not given */
    const char *utc_offset;
    bool strict;
    const char *cpu; /* name of the module, for its power at full load where the log has none */
    double watts;    /* that power */
    double memory_gib;
    const char *host;    /* the machine the log is of */
    const char *sysroot; /* of this machine; NULL: its own root */

    const char *name;  /* NULL: the log's, or the file's */
    const char *stage; /* NULL: the log's, or "training" */
    bool embodied;
    double lifetime_years;
    const char *unit;
    double units;
    double pue;
    const char *pue_source; /* who disclosed it; NULL, "": as given, or 1.0 */
    bool wue_given;         /* else the cloud region's, where one is disclosed */
    double wue_l_per_kwh;
    bool pue_given; /* else that of a log that has one */
    struct intensity intensity;
    const struct intensity_series *series; /* NULL: none */
    struct price price;                    /* without a currency there is none */
    const struct price_series *prices;     /* NULL: none */
    const struct intensity_series *cuts;   /* where both series change; NULL: whole hours */
    const char *place_option;
    const char *db_path;
    bool dry_run; /* nothing is stored */
    bool again;   /* even if this text was imported before */
};

struct import_outcome {
    bool already;           /* it is in the history: nothing was stored, there is no report */
    char run_id[ULID_SIZE]; /* of the run that is there, or was made */
};

/* report: the caller's now, to be freed; NULL when it is in the history already. */
typedef void import_each_fn(void *payload, const struct import_outcome *outcome,
                            struct report *report);

/**
 * import_log() - read a log to its end, make runs of it and store them
 * Nothing is stored before all of the log was read; each run then is, whole or not at all.
 * @each: called for each run that was stored, or found
 * Return: 0; what importer_open() and the history give; -EEXIST when the same text was imported with
 *         another start, unless `again`; -ENODATA when no energy can be told. After a failure to store
 *         one run the others are still tried.
 */
int import_log(const struct import_options *options, import_each_fn *each, void *payload,
               struct aico2_error *err);

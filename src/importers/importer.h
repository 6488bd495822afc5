/* SPDX-License-Identifier: Apache-2.0 */
/* importers/importer.h - logs of other programs: a row of the const table for each form */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/series.h"

struct log_text;

/* What the user says of a log; strings are borrowed until it is closed. */
struct import_settings {
    const char *path;      /* "-": standard input */
    int from_fd;           /* the file, opened already: `path` only names it; 0: none */
    const char *form;      /* a name of the table; NULL: told by the content */
    int64_t start_wall_ns; /* INT64_MIN: not given */
    int64_t interval_ns;   /* 0: not given */
    bool has_utc_offset;   /* else the zone of this process */
    int64_t utc_offset_seconds;
    bool strict;              /* the first bad line is an error */
    double module_watts;      /* at full load, where the log has no power; NAN: not given */
    double module_idle_watts; /* NAN: not known */
    double module_band_ratio; /* of a model with these; NAN: not known */
    const char *module_model; /* "": not known */
    const char *module_source;
    enum basis module_basis;
    int module_cores; /* these are of a module with so many, not of the user: else not the log's; 0 */
    uint64_t module_bytes; /* its memory; 0: what the log says */
};

/* Reading goes on in the importer's own time: nothing is kept but the lines in hand. */
struct importer {
    const char *name; /* what --from takes; stored as the device's reader */
    /* head: the first lines, NUL-terminated */
    bool (*recognise)(const char *head);
    /* Takes the text over, also on failure. */
    int (*open)(struct log_text *text, const struct import_settings *settings,
                struct series **series_out, struct aico2_error *err);
};

extern const struct importer importer_tegrastats;
extern const struct importer importer_jtop_csv;
extern const struct importer importer_jtop_usage;
extern const struct importer importer_seed;
extern const struct importer importer_codecarbon;
extern const struct importer importer_carbontracker;

/* In the order in which they are asked whether it is theirs. */
extern const struct importer *const importers[];
extern const size_t importer_count;

/**
 * importer_open() - open a log as a source of readings
 * Return: 0; -ENOENT, -EISDIR ... of the file; -EBADMSG for what is none of the forms, or has nothing
 *         to read; -EINVAL where a setting is needed or wrong. Messages quote the file, the line and
 *         the value.
 */
int importer_open(const struct import_settings *settings, struct series **series_out,
                  struct aico2_error *err);

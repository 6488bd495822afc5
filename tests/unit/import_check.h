/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/import_check.h - a log read to its end, and what holds of every log */
#pragma once

#include "importers/importer.h"
#include "session/series/run.h"

struct imported {
    struct history_record record;
    struct series_rows rows;
    char **notes;
    size_t note_count;
    struct digest digest;
    struct aico2_error err;
};

/* As without any option, from 2026-01-01T00:00:00Z on where a log has no times, in UTC. */
struct import_settings settings_plain(const char *path);

/* Return: what opening or reading gave; imported_free() in any case. */
int imported_read(struct imported *imported, const struct import_settings *settings);
/* The same of bytes in memory. */
int imported_read_bytes(struct imported *imported, const struct import_settings *settings,
                        const void *bytes, size_t size);
void imported_free(struct imported *imported);

/* The totals of a device by its id; NULL: there is none. */
const struct device_totals *imported_totals(const struct imported *imported, const char *id);
const struct device *imported_device(const struct imported *imported, const char *id);
/* Whether a note has these words. */
bool imported_has_note(const struct imported *imported, const char *words);

/* Any bytes as a log of a form: what can be read of them adds up; aborts where it does not. */
void import_check_any(const char *form, const void *bytes, size_t size);

/* SPDX-License-Identifier: Apache-2.0 */
/* sensord/meters.h - what this machine has that is not everybody's to read, opened once */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <aico2/sensord.h>

#include "readers/reader.h"

struct slow_reader;

enum { METERS_READERS_MAX = 8 };

/* A reader, with one device after the other of all in `meters`. */
struct meter_source {
    struct reader *reader;
    struct slow_reader *slow; /* of one whose calls may hang; NULL: it is read at once */
    struct sample *samples;
};

struct meters {
    const struct clock *clock;
    struct meter_source sources[METERS_READERS_MAX];
    size_t source_count;
    const struct device **devices;          /* those that are told, in the order of their numbers */
    struct aico2_sensord_reading *readings; /* of them, as they were read last */
    int64_t *failing_ns; /* of each: since when only opening again would help; 0 */
    size_t device_count;
    uint64_t instance;
    uint64_t rounds; /* that have been read */
    int64_t read_ns; /* the last of them */
};

/**
 * meters_open() - looks for all there is and opens it
 * @drivers: NULL-terminated
 * What cannot be read is said in the log and left out. Return: 0 or -ENOMEM
 */
int meters_open(struct meters *meters, const struct reader_driver *const *drivers,
                const struct reader_env *env, uint64_t instance, struct aico2_error *err);
/* Threads for those that may hang. Return: 0 or -errno. */
int meters_start(struct meters *meters, struct aico2_error *err);
/* Reads all: what may hang says what it said last, once. */
void meters_read(struct meters *meters);
/* A device that could be read, and could again if it was opened: which is beyond us by now. NULL: none is. */
const struct device *meters_lost(const struct meters *meters);
void meters_close(struct meters *meters);

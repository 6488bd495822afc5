/* SPDX-License-Identifier: Apache-2.0 */
/* importers/carbontracker_log.h - carbontracker's two logs of a training, read by their sentences
 *
 * The standard log (..._carbontracker.log) has each epoch's duration and mean power by component, without
 * a PUE. The output log (..._carbontracker_output.log) has what was printed: a sum at the end, with one.
 */
#pragma once

#include "importers/local_time.h"
#include "importers/log_text.h"
#include "model/device.h"

enum {
    CARBONTRACKER_DEVICES_MAX = 16,
    CARBONTRACKER_EPOCHS_MAX = 100000,
};

struct carbontracker_device {
    char component[16]; /* "cpu", "gpu": as the log calls it */
    char name[DEVICE_MODEL_SIZE];
};

struct carbontracker_epoch {
    int64_t end_ns;                          /* as it was logged: to the second */
    double seconds;                          /* NAN: the log ends before it is told */
    double watts[CARBONTRACKER_DEVICES_MAX]; /* by device; NAN: none was measured */
};

/* Zeros, and NAN: the log does not say. */
struct carbontracker_log {
    char version[24];
    double pue; /* of the sums of the output log */
    struct carbontracker_device devices[CARBONTRACKER_DEVICES_MAX];
    size_t device_count;
    struct carbontracker_epoch *epochs;
    size_t epoch_count;
    size_t epoch_capacity;
    bool interrupted;
    bool predicts;      /* there is a prediction */
    int64_t sum_end_ns; /* of the sum of what was used; INT64_MIN: there is none */
    double sum_seconds;
    double sum_kwh;
};

/* Return: 0 or -errno; carbontracker_log_deinit() in any case. */
int carbontracker_log_read(struct log_text *text, struct local_time *time,
                           struct carbontracker_log *log, struct aico2_error *err);
void carbontracker_log_deinit(struct carbontracker_log *log);

/* Whether a text begins as one of the two does. */
bool carbontracker_log_is_one(const char *head);

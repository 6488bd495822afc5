/* SPDX-License-Identifier: Apache-2.0 */
/* session/calibration/calibrate.h - measuring a machine at rest and at full load, to know it later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "model/calibration.h"

enum calibrate_step { CALIBRATE_IDLE, CALIBRATE_LOAD };

/* Strings are borrowed. */
struct calibrate_options {
    int64_t idle_ns;
    int64_t load_ns;        /* 0: nobody agreed to it */
    const char *meter_path; /* a log of watts, as it stands when the measuring is over; NULL */
    const char *sysroot;    /* its load is whatever it shows: nothing is started */
    const char *nvml_path;
    const struct log *log;
    /* Tells which stretch begins, and how long it takes; NULL: nobody asks. */
    void (*on_step)(void *payload, enum calibrate_step step, int64_t duration_ns);
    void *payload;
};

/**
 * calibrate() - measure, and fit
 * @warnings, @warning_count: what could not be used, appended (base/lines.h)
 * Return: 0; -ENODATA: no meter here; -EBUSY: the machine was not idle, with how busy it was;
 * -EBADMSG: a bad log; or another -errno
 */
int calibrate(const struct calibrate_options *options, struct calibration *calibration_out,
              char ***warnings, size_t *warning_count, struct aico2_error *err);

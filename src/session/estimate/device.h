/* SPDX-License-Identifier: Apache-2.0 */
/* session/estimate/device.h - one kind of device of an estimate, as a person writes it */
#pragma once

#include "base/error.h"
#include "model/device.h"

enum { ESTIMATE_NAME_SIZE = 256 };

struct estimate_device {
    enum device_kind kind; /* DEVICE_GPU, DEVICE_CPU; DEVICE_OTHER: known by its watts only */
    char name[ESTIMATE_NAME_SIZE]; /* as given; "" unknown: its power is assumed */
    double count;                  /* 0: not given */
    double watts;                  /* of one, instead of the table's; NAN: not given */
    double utilization;            /* 0-1; NAN: not given */
};

/**
 * estimate_device_parse() - NAME[:COUNT][@WATTSW][@PERCENT%], as in "A100:8@400W@60%"
 * What does not read as one of these belongs to the name: "Xeon(R) CPU @ 2.20GHz", "10de:2204".
 * Return: 0; -EINVAL for a count, watts or a share out of range, the text quoted
 */
int estimate_device_parse(const char *text, enum device_kind kind,
                          struct estimate_device *device_out, struct aico2_error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* model/gauge.h - a live figure that is no energy: a load, a clock, a temperature, a rail's power */
#pragma once

#include <math.h>

enum gauge_unit {
    GAUGE_RATIO, /* 0-1 */
    GAUGE_HERTZ,
    GAUGE_BYTES,
    GAUGE_CELSIUS,
    GAUGE_WATTS,
    GAUGE_RPM,
    GAUGE_COUNT, /* of things */
    GAUGE_WORD,  /* a text, in `word` */
};

enum { GAUGE_NAME_SIZE = 48, GAUGE_LABEL_SIZE = 48, GAUGE_REASON_SIZE = 96, GAUGE_FIX_SIZE = 64 };

/**
 * struct gauge - what is seen right now; nothing is added up from it
 * @name:   what it is of, a dot, what it is: "cpu3.load", "rail.VDD_IN"; unique, never renamed
 * @value:  NAN: not known now, and `reason` says why
 * @limit:  the most it can be (highest clock, memory installed); NAN: unknown, or none
 * @label:  as the machine calls it, or what it stands for: "CPU + GPU + CV"; "" nothing more to say
 * @inside: id of the device whose figure has this one in its own; "" none
 * @word:   of GAUGE_WORD; "" unknown
 */
struct gauge {
    char name[GAUGE_NAME_SIZE];
    enum gauge_unit unit;
    double value;
    double limit;
    char label[GAUGE_LABEL_SIZE];
    char inside[16];
    char word[GAUGE_LABEL_SIZE];
    char reason[GAUGE_REASON_SIZE];
    char fix[GAUGE_FIX_SIZE]; /* a command that would help, or "" */
};

/* "ratio", "Hz", "B", "degC", "W", "rpm", "count", "text": as JSON has them. */
const char *gauge_unit_name(enum gauge_unit unit);

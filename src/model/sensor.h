/* SPDX-License-Identifier: Apache-2.0 */
/* model/sensor.h - a way to the machine's meters: whether it is open, and what opens it */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/device.h"

/* The state of a reader, and of each of its ways to the same meters. */
enum reader_state {
    READER_USED,
    READER_AVAILABLE, /* could be read: another is better */
    READER_DENIED,    /* is there, and not ours to read */
    READER_ABSENT,
    READER_BROKEN, /* is there and says nothing that can be believed */
};

const char *reader_state_name(enum reader_state state);

enum { REMEDY_COMMANDS_MAX = 5 };

/**
 * struct remedy - what opens a sensor for good: a file below /etc, and what makes it count at once
 * @path:     below /etc; NULL: there is no file to write
 * @content:  all of it
 * @commands: as typed by somebody who may use sudo, in order, after the file is there; NULL ends them
 * @opens:    to whom, and what they could do with it: a sentence for who has to decide
 * @asks:     too much to be done unless this sensor was named, as `doctor SENSOR --apply`
 */
struct remedy {
    const char *path;
    const char *content;
    const char *commands[REMEDY_COMMANDS_MAX + 1];
    const char *opens;
    bool asks;
};

enum {
    SENSOR_NAME_SIZE = 24,
    SENSOR_REASON_SIZE = 192,
    SENSOR_FIX_SIZE = 640,
    SENSOR_DETAIL_SIZE = 320,
};

/* What `doctor --apply` did about a sensor. */
enum apply_result { APPLY_NONE, APPLY_WRITTEN, APPLY_THERE, APPLY_FAILED };

/* A line of `aico2 doctor`. */
struct sensor_check {
    char sensor[SENSOR_NAME_SIZE]; /* the reader's name, or that of one of its doors */
    const char *reader;
    const char *summary;
    enum reader_state state;
    bool root_only; /* open, but to root alone */
    char reason[SENSOR_REASON_SIZE];
    char fix[SENSOR_FIX_SIZE];   /* commands, or "" */
    const struct remedy *remedy; /* NULL: none that is known in full */
    bool file_there;             /* the remedy's file is in place, and yet it is closed */
    enum device_kind domain;     /* whose energy it tells */
    double band_now;  /* half-width of that energy's band as it is measured or modelled now; NAN */
    double band_then; /* the same with this sensor; NAN: not known, or out of reach */
    double band_others; /* root_only: of who may not read it; NAN: not known */
    bool no_better;     /* closed, and what is used is as good */
    enum apply_result applied;
    char apply_error[256];
};

/* The answer of `aico2 doctor`, whole or about one sensor. */
struct doctor {
    struct sensor_check *checks;
    size_t check_count;
    char root[256]; /* before "/etc/...": "", or --sysroot's directory */
    bool named;     /* a sensor was asked for */
    bool container;
    bool virtualized;
    size_t device_count; /* that a run would count, boards not among them */
    size_t measured_count;
};

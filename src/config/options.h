/* SPDX-License-Identifier: Apache-2.0 */
/* config/options.h - every option with its type, its value and where the value came from */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum option_id {
    OPT_COUNTRY, OPT_REGION, OPT_CLOUD, OPT_ZONE, OPT_INTENSITY, OPT_INTENSITY_FILE, OPT_PUE,
    OPT_NAME, OPT_STAGE, OPT_INTERVAL, OPT_SCOPE, OPT_IDLE, OPT_EMBODIED, OPT_LIFETIME_YEARS,
    OPT_CSV, OPT_SEED_CSV, OPT_SAMPLES, OPT_OUTPUT, OPT_DB, OPT_NO_DB, OPT_UNIT, OPT_UNITS,
    OPT_NVML, OPT_SYSROOT, OPT_TIMEOUT, OPT_STRICT, OPT_WAIT_ALL, OPT_QUIET, OPT_LIVE,
    OPT_START, OPT_END, OPT_SOURCE, OPT_GPU, OPT_CPU, OPT_COUNT, OPT_MEMORY_GIB, OPT_HOURS,
    OPT_POWER, OPT_UTILIZATION, OPT_SAVE, OPT_LIMIT, OPT_CURSOR, OPT_FORMAT, OPT_JSON, OPT_COLOR,
    OPT_COUNT_OF_OPTIONS,
};

enum option_type {
    OPTION_TEXT,
    OPTION_FLAG,     /* --x and --no-x; in files true/false */
    OPTION_NUMBER,   /* double, within [minimum, maximum] */
    OPTION_INTEGER,
    OPTION_DURATION, /* nanoseconds */
    OPTION_TIME,     /* wall nanoseconds */
    OPTION_CHOICE,
};

enum option_origin { ORIGIN_DEFAULT, ORIGIN_SYSTEM_FILE, ORIGIN_USER_FILE, ORIGIN_LOCAL_FILE,
                     ORIGIN_ENVIRONMENT, ORIGIN_COMMAND_LINE };

/* A row of the one table that parsing, help, man pages, completions and `aico2 config` are made from. */
struct option_row {
    enum option_id id;
    const char *name;     /* "intensity-file" */
    char letter;          /* 'o' for -o; 0 none */
    enum option_type type;
    const char *argument; /* "FILE"; NULL for a flag */
    const char *summary;
    const char *fallback; /* default as text; NULL none */
    const char *choices;  /* "job|machine"; NULL */
    double minimum;
    double maximum;
    uint32_t commands;    /* COMMAND_* bits where it makes sense */
    bool local_file;      /* may stand in ./.aico2.yml */
};
extern const struct option_row option_rows[OPT_COUNT_OF_OPTIONS];

struct option_value {
    char *text; /* as given, on the heap; NULL: no value */
    enum option_origin origin;
    char where[160]; /* "AICO2_COUNTRY", "/etc/aico2/aico2.yml:3", "--country"; "" default */
    union {
        double number;
        int64_t integer; /* OPTION_INTEGER, _DURATION (ns), _TIME (wall ns), _CHOICE (index), _FLAG (0/1) */
    } as;
};

struct options {
    struct option_value values[OPT_COUNT_OF_OPTIONS];
};

void options_deinit(struct options *options);
bool options_given(const struct options *options, enum option_id id); /* not from the default */
const char *options_text(const struct options *options, enum option_id id); /* NULL: no value */
double options_number(const struct options *options, enum option_id id);    /* NAN: no value */
int64_t options_integer(const struct options *options, enum option_id id);
bool options_flag(const struct options *options, enum option_id id);

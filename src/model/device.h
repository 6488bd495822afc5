/* SPDX-License-Identifier: Apache-2.0 */
/* model/device.h - something that draws power: the facts about it that do not change in a run */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/memory.h"

enum device_kind {
    DEVICE_CPU,    /* a CPU package */
    DEVICE_DRAM,   /* the DRAM of a package, metered */
    DEVICE_MEMORY, /* the machine's memory, modelled */
    DEVICE_GPU,
    DEVICE_MODULE, /* a superchip or SoC rail that covers several */
    DEVICE_BOARD,  /* the whole machine: shown, never added to its parts */
    DEVICE_PART,   /* a rail within the module of its index: shown with it, never added */
    DEVICE_OTHER,
};

/* What time a power reading is of. */
enum power_time { POWER_TIME_UNKNOWN, POWER_OF_THE_INSTANT, POWER_MEAN_OF_A_SECOND };

enum basis {
    BASIS_MEASURED, /* an energy or power sensor */
    BASIS_MODELLED, /* from utilisation and a known model's power */
    BASIS_ASSUMED,  /* from a default, because the model is unknown */
};

enum {
    DEVICE_ID_SIZE = 64,
    DEVICE_MODEL_SIZE = 160,
    DEVICE_READER_SIZE = 16,
    DEVICE_UUID_SIZE = 96,
    DEVICE_SOURCE_SIZE = 96,
    DEVICE_NOTE_SIZE = 224,
    DEVICE_PRODUCT_SIZE = 40,
    DEVICE_MODE_SIZE = 32,
};

/* Every *_watts may be NAN: unknown. */
struct device {
    char id[DEVICE_ID_SIZE]; /* "cpu0", "dram0", "memory", "gpu0": unique within a run; of another
                              * machine than the history's own "cpu0@its-name" */
    enum device_kind kind;
    enum basis basis;
    char model[DEVICE_MODEL_SIZE];   /* as the machine names it, cleaned; "" unknown */
    char reader[DEVICE_READER_SIZE]; /* "rapl", "nvml", "proc_cpu", ... */
    char uuid[DEVICE_UUID_SIZE];
    int index;                 /* package id, GPU index */
    uint32_t fields;           /* SAMPLE_* bits its reader delivers at its best */
    uint64_t counter_range_uj; /* largest value of the energy counter; 0: it does not wrap */
    double rated_watts;        /* TDP or enforced limit: bounds what is believed, drives models */
    double burst_watts;        /* what it may draw for seconds, where that is known; live only */
    double refresh_seconds;    /* its meter has a new figure no more often; 0 unknown; live only */
    double spacing_seconds; /* its reader gives one no more often; 0: whenever asked; live only */
    double idle_watts;      /* what it draws with nothing running, by the model */
    double max_watts;       /* at full load, by the model */
    double band_ratio;      /* half-width around the energy, 95 % */
    enum power_time power_time;        /* of its power readings; live only */
    char product[DEVICE_PRODUCT_SIZE]; /* of a module, as tables know it; "" unknown; live only */
    char
        power_mode[DEVICE_MODE_SIZE]; /* it runs in: its reader follows it; "" unknown; live only */
    char rated_source[DEVICE_SOURCE_SIZE]; /* "driver", "cpu_tdp.csv: AMD EPYC 7R13", ... */
    uint64_t memory_bytes; /* of a GPU; installed or allowed RAM; RAM in a module; 0 unknown */
    struct memory_modules modules; /* of the machine's memory; live only */
    double threads;                /* CPU: hardware threads of this package that we may use */
    double host_share;             /* share of the physical device that is ours (a VM), 0-1 */
    unsigned instances; /* of a GPU that is divided (MIG), those we see; 0: it is not; live only */
    double instances_ratio; /* what they have of it together, 0-1; live only */
    double asked_ratio;     /* of that, what the job was given by name; 0: nobody says; live only */
    bool relayed;           /* read for us by aico2-sensord; live only */
    char note[DEVICE_NOTE_SIZE]; /* what a reader of the report should know; "" nothing */
};

#define DEVICE_NULL                       \
    ((struct device){ .rated_watts = NAN, \
                      .burst_watts = NAN, \
                      .idle_watts = NAN,  \
                      .max_watts = NAN,   \
                      .band_ratio = NAN,  \
                      .host_share = 1 })

/* The name of the machine it is of, where its id has one; else "". */
const char *device_machine(const struct device *device);
/* Whether two devices are of one machine, by their ids. */
bool device_is_beside(const struct device *a, const struct device *b);
/* Makes the id one of another machine's; name: "" unknown, and then one machine for all such. */
void device_set_machine(struct device *device, const char *name);

/**
 * device_is_inside_module() - whether a metered module has this device's energy in its own
 * @modules:    metered modules of the device's machine
 * @same_index: one of them has the device's index
 * A part is inside by its kind. With one module all parts are inside; with several those of the same index (a superchip's CPU, its memory and
 * its GPU), and always the machine's memory.
 */
bool device_is_inside_module(const struct device *device, size_t modules, bool same_index);

const char *device_kind_name(enum device_kind kind);
const char *basis_name(enum basis basis);
/* -1 when the word is none of them. */
int device_kind_parse(const char *word);
int basis_parse(const char *word);

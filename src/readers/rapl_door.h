/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_door.h - a way to the RAPL counters: what each of the three has to do
 *
 * The same counters of the processor can be had through the perf PMU `power`, through powercap and
 * from the model-specific registers. A door finds the counters it leads to, and opens and reads one.
 */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/device.h"
#include "readers/cpuinfo.h"
#include "readers/powercap.h"
#include "readers/rapl_place.h"
#include "readers/reader.h"

/* In order of preference. */
enum rapl_door_id { RAPL_PERF, RAPL_POWERCAP, RAPL_MSR, RAPL_DOORS };

enum { RAPL_PATH_SIZE = POWERCAP_PATH_SIZE + 16 };

/* One counter behind one door. */
struct rapl_counter {
    struct rapl_place place;
    int fd;             /* -1: closed */
    int error;          /* while closed: why */
    int64_t retry_ns;   /* not opened again before */
    int64_t wait_ns;    /* how long until the next try after that */
    uint64_t range_uj;  /* largest value; 0: it does not wrap */
    uint64_t last_uj;   /* of the last reading that worked */
    uint32_t epoch;     /* how often it began anew */
    double rated_watts; /* what the driver says of limits; NAN */
    double burst_watts;
    bool mmio; /* powercap: the memory-mapped twin */
    char path[RAPL_PATH_SIZE];
    uint32_t type; /* perf: of the PMU */
    int cpu;
    uint64_t address;     /* perf: config; MSR: of the register */
    double unit_uj;       /* perf, MSR: microjoules a count */
    const char *rated_by; /* whose word rated_watts is */
};

#define RAPL_COUNTER_NULL   \
    ((struct rapl_counter){ \
        .fd = -1, .rated_watts = NAN, .burst_watts = NAN, .rated_by = "driver" })

struct rapl_counters {
    struct rapl_counter *items;
    size_t count;
    size_t capacity;
};

/* Why a door leads nowhere. */
struct rapl_closed {
    enum reader_state state;
    char reason[SENSOR_REASON_SIZE];
    char fix[SENSOR_FIX_SIZE];
    enum remedy_id remedy; /* with one, fix stays "" */
    bool captured;         /* on the machine itself it would lead somewhere */
};

/* What the doors want of the world, for as long as the reader lives. */
struct rapl_world {
    const struct clock *clock;

    const struct perf_events *perf; /* NULL: none may be opened */
    int proc_fd;
    int sys_fd;
    int dev_fd;
    bool info_known;
    struct cpuinfo info; /* by rapl_world_info() */
};

const struct cpuinfo *rapl_world_info(struct rapl_world *world);

/**
 * struct rapl_door - one of them
 * @find:  the counters it leads to, each place once and none opened; with none `closed_out` says
 *         why. Return: 0 or -ENOMEM
 * @open:  Return: 0 and the value, or -errno
 * @read:  opens again what has gone, no more often than its back-off allows. Return: 0 or -errno
 * @close: accepts a closed one
 * @rate:  fills rated_watts and burst_watts where the driver tells; NULL: it never does
 */
struct rapl_door {
    const char *name;
    int (*find)(struct rapl_world *world, struct rapl_counters *counters_out,
                struct rapl_closed *closed_out);
    int (*open)(struct rapl_world *world, struct rapl_counter *counter, uint64_t *energy_uj_out);
    int (*read)(struct rapl_world *world, struct rapl_counter *counter, uint64_t *energy_uj_out);
    void (*close)(struct rapl_world *world, struct rapl_counter *counter);
    void (*rate)(struct rapl_world *world, struct rapl_counter *counter);
};

extern const struct rapl_door rapl_door_perf;
extern const struct rapl_door rapl_door_powercap;
extern const struct rapl_door rapl_door_msr;

/* By rapl_door_id. */
extern const struct rapl_door *const rapl_doors[RAPL_DOORS];

/* What is believed of a limit; 0 and 4090 W are ways to say "none". Return: it, or NAN. */
double rapl_watts_or_none(double watts);

/* Looks for a counter that cannot be read any more, and opens it: at once, then ever more rarely.
 * Return: 0 and its value, or -errno. */
int rapl_counter_open_again(struct rapl_world *world, const struct rapl_door *door,
                            struct rapl_counter *counter, uint64_t *energy_uj_out);

/* The same place is added once. Return: 0 or -ENOMEM. */
int rapl_counters_add(struct rapl_counters *counters, const struct rapl_counter *counter);
void rapl_counters_deinit(struct rapl_counters *counters);
const struct rapl_counter *rapl_counters_find(const struct rapl_counters *counters,
                                              const struct rapl_place *place);
/* A package with one counter is one, whatever its die is called; what it holds is named alike. */
void rapl_counters_join_dies(struct rapl_counters *counters);

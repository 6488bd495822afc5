/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/family.h - metrics of exporters that tell energy, power or load, and what each of them counts */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "fetch/prometheus/labels.h"
#include "model/device.h"
#include "model/series.h"

/* How a figure of the server becomes one of a device. */
enum family_form {
    FORM_PLAIN,  /* scale times its value */
    FORM_SUM,    /* series that differ by the label `part` add up to it */
    FORM_HWMON,  /* what it counts is told by the chip's name and the sensor's label */
    FORM_RAILS,  /* a rail of a Jetson: those that make up the module are added */
    FORM_CPU,    /* idle seconds of each CPU: the load is what is left */
    FORM_MEMORY, /* bytes available: the load is what is left of all */
    FORM_SUPPLY, /* a battery's power, which is the machine's while it discharges */
};

enum {
    FAMILY_DELTAS = 1 << 0,    /* each value is the joules since the one before */
    FAMILY_SENTINELS = 1 << 1, /* some values mean "not known" (DCGM) */
    FAMILY_WRAPS = 1 << 2,     /* a register of RAPL as it is: wraps at one of a few known values */
};

/*
 * A row of the table. A domain is what of one host is counted once: its packages, its DRAM, its GPUs of one
 * vendor, its modules, its boards. Of each domain the family of the lowest rank is taken.
 */
struct family {
    const char *metric;
    const char *exporter;
    double scale; /* to joules, watts or 0 to 1 */
    enum series_kind kind;
    enum device_kind device;
    enum family_form form;
    unsigned rank;
    unsigned flags;
    const char *zone;     /* label that says which device_kind it is; NULL: `device` is it */
    const char *index;    /* label that ends in the number of the package or GPU; NULL */
    const char *uuid;     /* label; NULL */
    const char *model;    /* label; NULL */
    const char *name;     /* label that tells it apart besides; NULL */
    const char *vendor;   /* of GPUs: "nvidia", "amd" */
    const char *part;     /* FORM_SUM, FORM_RAILS: label of a part */
    const char *matchers; /* of PromQL: rows that are not it are not even sent; NULL */
};

extern const struct family family_table[];
extern const size_t family_count;

/* The row of a metric; NULL: none. */
const struct family *family_find(const char *metric);

/* The row of any metric by its unit, for what the user has chosen: *_joules_total or *_watts; NULL: neither. */
const struct family *family_by_unit(const char *metric);

/* What a series counts; false: nothing that is taken (a core, a copy, a sum of others). */
bool family_device_kind(const struct family *family, const struct label_set *labels,
                        enum device_kind *kind_out);

/* What DCGM says in place of a figure. */
bool family_is_sentinel(const struct family *family, double value);

/* Where a register whose largest value was this one wraps, in joules; 0: unknown. */
double family_wrap_joules(double most_joules);

/* Metrics that say what a host or a device is; their values are 1 or facts. */
extern const char *const family_facts[];
extern const size_t family_fact_count;

/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/cpu_table.h - the generated tables of CPUs: rows, keys to them, classes, curves */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/hardware.h"

/* Texts are offsets for cpu_text(): a table without pointers needs no relocation at start. */
struct cpu_row {
    double tdp_watts;
    double max_watts; /* maximum turbo or upper configurable power; 0 unknown */
    uint32_t name;
    uint32_t note;
    uint32_t source;
    uint16_t cores; /* 0 unknown */
    uint16_t threads;
    uint8_t vendor; /* enum cpu_vendor */
};

struct cpu_key {
    uint32_t text;
    uint16_t row;
};

/* A default for names that match nothing. */
struct cpu_class_row {
    double tdp_watts; /* of its middle package */
    double band_ratio;
    uint32_t label;
    uint16_t threads;
    bool per_package; /* power goes by the package, not by the thread */
};

struct cpu_suffix_row {
    double tdp_watts;
    double band_ratio;
    uint32_t key; /* "core*k": the letters behind a number */
    uint16_t threads;
};

struct cpu_curve_row {
    double idle_ratio; /* of TDP */
    double full_ratio;
    struct power_curve curve;
    uint16_t row; /* 0xffff: of every CPU that has none of its own */
};

const char *cpu_text(uint32_t offset);
/* NULL: no such key. */
const struct cpu_row *cpu_row_by_key(const char *key);
const struct cpu_class_row *cpu_class_at(int cpu_class);
const struct cpu_suffix_row *cpu_suffix_by_key(const char *key);
/* row: NULL for a class. */
const struct cpu_curve_row *cpu_curve_of(const struct cpu_row *row);
void cpu_nearest(const char *key, char *text_out, size_t size);

/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/gpu_table.h - the generated tables of GPUs: rows, keys that lead to them, PCI ids,
 * classes */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog_enums.h"

/* Texts are offsets for gpu_text(). Watts and memory are of the board, which may hold several
 * devices. */
struct gpu_row {
    double tdp_watts;
    double typical_watts; /* measured mean in production where there is one, else tdp_watts */
    double idle_ratio;    /* of tdp_watts, driver loaded */
    double memory_gib;    /* 0 unknown */
    uint32_t name;
    uint32_t note;
    uint32_t source;
    uint8_t devices;
    uint8_t vendor; /* enum gpu_vendor */
    bool preferred; /* what a name that leaves the variant open is taken for */
};

struct gpu_key {
    uint32_t text;
    uint16_t first; /* in the list of members */
    uint16_t count;
};

struct gpu_pci_row {
    uint16_t vendor;
    uint16_t device;
    uint16_t row;
};

struct gpu_class_row {
    double watts; /* of one device */
    double band_ratio;
    double idle_ratio;
    uint32_t label;
};

struct gpu_embodied_row {
    double kgco2e;
    double kg_low;
    double kg_high;
    uint16_t row;
    bool modelled; /* by Boavizta's formula, not by a maker or a teardown */
};

const char *gpu_text(uint32_t offset);
/* How many rows the key means, with the first of them; 0: no such key. */
size_t gpu_rows_by_key(const char *key, const uint16_t **members_out);
const struct gpu_row *gpu_row_at(size_t index);
/* How many products have these ids, and where the first is; 0: not in the table. */
size_t gpu_rows_by_pci(unsigned vendor_id, unsigned device_id, size_t *first_out);
const struct gpu_row *gpu_row_of_pci(size_t index);
const struct gpu_class_row *gpu_class_at(enum gpu_class gpu_class);
const struct gpu_embodied_row *gpu_embodied_of(const struct gpu_row *row);
void gpu_nearest(const char *key, char *text_out, size_t size);

/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/gpu_name.h - what a GPU's name says: maker, model, interface, memory, and that it is a
 * part */
#pragma once

#include <stdint.h>

#include "catalog/catalog_enums.h"
#include "catalog/gpu_table.h"
#include "catalog/name.h"

enum { GPU_MATCHES_MAX = 16 };

struct gpu_name {
    enum gpu_vendor vendor;
    struct name_words model;        /* "geforce", "rtx", "3090", "laptop" */
    char interface[NAME_WORD_SIZE]; /* "sxm4", "pcie", "hbm3"; "" not said */
    unsigned memory_gib;            /* 0: not said */
    bool is_slice;                  /* a MIG instance: the name is its parent's */
    unsigned vgpu_gib;              /* a vGPU with so much of its parent's memory; 0: no vGPU */
    char label[NAME_KEY_SIZE * 2];  /* the part that names products, "/" kept */
    int pci_vendor;                 /* "[10de:1e04]" of lspci -nn; -1 */
    int pci_device;                 /* "Device 2684" of an lspci that is older than the card; -1 */
};

/* Rows a name stands for: none, one, or the variants it leaves open. */
struct gpu_matches {
    size_t count;
    const struct gpu_row *rows[GPU_MATCHES_MAX];
};

void gpu_name_parse(const char *name, struct gpu_name *name_out);
void gpu_name_find(const struct gpu_name *name, uint64_t memory_bytes,
                   struct gpu_matches *matches_out);
bool gpu_name_key(const struct gpu_name *name, char key_out[NAME_KEY_SIZE]);

/* Does the row's memory, a device's or the board's, agree with what the driver says? */
bool gpu_memory_agrees(const struct gpu_row *row, double gib);

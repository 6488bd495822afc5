/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/hardware.h - what is known of a CPU, a GPU or memory by its name, from the tables in
 * data/ */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/device.h"
#include "model/embodied.h"
#include "model/machine.h"

enum { CATALOG_NAME_SIZE = 160, CATALOG_NEAREST_SIZE = 160, POWER_CURVE_MAX = 12 };

/* Load to power: shape(u) in 0..1 between idle and full, linear between points, u rising from 0
 * to 1. */
struct power_curve {
    size_t count;
    double load_ratio[POWER_CURVE_MAX];
    double shape[POWER_CURVE_MAX];
};

struct cpu_query {
    const char *model_name; /* as /proc/cpuinfo or a person writes it; may be NULL, "", not UTF-8 */
    const char *vendor_id;  /* "GenuineIntel", ...; NULL unknown */
    int family;             /* x86 cpu family and model; -1 unknown */
    int model_number;
    int arm_implementer; /* 0x41; -1 not ARM or unknown */
    int arm_part;
    int threads;      /* hardware threads of this package that we see; 0 unknown */
    bool virtualized; /* we see a share of a host CPU */
};

struct cpu_facts {
    enum basis
        basis; /* BASIS_MODELLED: the model is in the table; BASIS_ASSUMED: a class default */
    char name[CATALOG_NAME_SIZE];       /* the table's name; "" for a default */
    char nearest[CATALOG_NEAREST_SIZE]; /* assumed: up to three near names, ", " between; else "" */
    char source[DEVICE_SOURCE_SIZE]; /* "cpu_tdp.csv: EPYC 7R13 (CC-AMD)" or what the default is */
    double tdp_watts;                /* of the whole package, not of our share */
    int cores;                       /* of the whole package; 0 unknown */
    int threads;
    double host_share; /* threads we see / threads of the package when virtualized (<= 1), else 1 */
    double idle_watts; /* package at idle, times host_share */
    double full_watts; /* package at full load, times host_share */
    struct power_curve curve;
    double band_ratio;           /* half-width, 95 % (twice the 1-sigma of hardware.md C.2) */
    char note[DEVICE_NOTE_SIZE]; /* e.g. "2 of 96 threads of the host" */
};

/* Never fails: what is unknown is assumed and named so. */
void catalog_cpu_find(const struct cpu_query *query, struct cpu_facts *facts_out);

struct gpu_facts {
    enum basis basis;
    char name[CATALOG_NAME_SIZE];
    char nearest[CATALOG_NEAREST_SIZE];
    char source[DEVICE_SOURCE_SIZE];
    double board_watts;   /* limit of one GPU as the driver counts it (board / devices) */
    double typical_watts; /* measured mean of real training where one is published (TPU), else
                             board_watts */
    double idle_watts;
    double band_ratio;           /* half-width, 95 %; covers every variant the name leaves open */
    int devices;                 /* GPUs the driver shows for one board */
    double memory_gib;           /* of one device; NAN unknown */
    char note[DEVICE_NOTE_SIZE]; /* e.g. which variant the name was taken for; "" nothing */
};

/**
 * catalog_gpu_find() - a GPU by its name, as NVML, lspci, ROCm or a person gives it
 * @memory_bytes: decides between boards of one name; 0 unknown
 * A name that leaves the variant open ("A100") is modelled as the one data centres train on, with a
 * band over all of them; a list of products without such a one is assumed, in their middle. Never
 * fails.
 */
void catalog_gpu_find(const char *name, uint64_t memory_bytes, struct gpu_facts *facts_out);

struct memory_facts {
    double idle_watts;
    double active_watts; /* with all of it busy */
    double band_ratio;
    char source[DEVICE_SOURCE_SIZE];
};

/* bytes: what is installed, or what a control group allows. arm: soldered LPDDR is likely. */
void catalog_memory_find(uint64_t bytes, bool arm, struct memory_facts *facts_out);

/**
 * catalog_memory_modules_find() - the same by modules, by their type and size
 * @share_ratio: of them that is ours, 0-1
 */
void catalog_memory_modules_find(const struct memory_modules *modules, double share_ratio,
                                 struct memory_facts *facts_out);

/* What a module may draw. */
struct module_facts {
    double watts;
    char source[DEVICE_SOURCE_SIZE]; /* "jetson_power_modes.csv: Jetson TX2, MAXN" */
};

/* By the product's name and its power mode, "" or one without a name: the most of its modes. false:
 * such a module is not in the table. */
bool catalog_module_find(const char *product, const char *mode, struct module_facts *facts_out);

/* Manufacture of one device, kgCO2e with its band, and the lifetime it is spread over. */
struct embodied_facts {
    double kgco2e;
    double kg_low;
    double kg_high;
    double lifetime_years;
    char source[DEVICE_SOURCE_SIZE];
};

/**
 * catalog_embodied_find() - embodied footprint of a device
 * @kind:         DEVICE_CPU, DEVICE_MEMORY, DEVICE_DRAM, DEVICE_GPU, DEVICE_MODULE; others: false
 * @model:        GPU name; may be ""
 * @memory_bytes: of RAM or GPU; of a module that stands for its processor and memory, else 0
 * @host_share:   share of the physical device we see (VM), 0-1; 0: another device stands for it
 */
bool catalog_embodied_find(enum device_kind kind, const char *model, uint64_t memory_bytes,
                           double host_share, struct embodied_facts *facts_out);

/* What a server has once beside its processors, memory and cards: board, assembly, chassis, two power supplies.
 * From a blade with its part of a chassis to the Teads method's server less what it holds. */
void catalog_embodied_server(struct embodied_facts *facts_out);

enum { EMBODIED_MACHINE_PARTS_MAX = 4 };

/**
 * catalog_embodied_machine() - what a machine has beside its devices, a part each
 * A server's board, its chassis with the power supplies, its drives; of a desktop or a laptop all that together. Fills
 * in component, kgco2e, lifetime_years and source.
 * Return: how many; 0 where nobody knows what it is built as and which drives it has
 */
size_t catalog_embodied_machine(const struct machine *machine,
                                struct embodied_part parts_out[EMBODIED_MACHINE_PARTS_MAX]);

/**
 * catalog_embodied_host() - a guest's part of the machine it runs on
 * The host is taken for a server of two processors, which it need not be: the high end is that of one.
 * @cpu_model: of the host, as the guest sees it
 * @packages: processors of the host that are the guest's, by its threads of theirs
 * Return: how many; 0 where the processor is one of desktops and laptops, or packages is not known
 */
size_t catalog_embodied_host(const char *cpu_model, double packages,
                             struct embodied_part parts_out[EMBODIED_MACHINE_PARTS_MAX]);

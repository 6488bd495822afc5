/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fakes/fake_nvml.h - the inside of the made-up NVML, shared by the files it is made of */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "readers/nvml_api.h"

#define EXPORT __attribute__((visibility("default")))

enum {
    GPUS = 320,
    INSTANCES = 7,
    TEXT = 512,
    SCRIPT = 65536,
    CALL_NAMES = 32,
    REMEMBERED = 4093,
    REMEMBERED_TEXTS = 509
};

struct nvml_device {
    unsigned index;
    int instance; /* a MIG device of the GPU; -1: the GPU itself */
    unsigned meter_calls;
    unsigned energy_calls;
    unsigned long long base_mj; /* what the counter started from, the last time it did */
    long long base_ns;
};

struct profile {
    char name[32]; /* "" a hole */
    unsigned slices;
    unsigned long long mib;
};

/* fake_nvml_script.c */
extern atomic_bool fake_initialised;
void fake_read_script(void);
/* The same, when the file that holds it is another one than the last time. */
void fake_look_again(void);
void fake_count_call(const char *name);
/* The last value of a key; NULL: there is none. */
const char *fake_find(const char *key, char value_out[TEXT]);
const char *fake_text_of(unsigned gpu, const char *key, char value_out[TEXT]);
double fake_number_of(unsigned gpu, const char *key, double otherwise);
double fake_global_number(const char *key, double otherwise);
int fake_code_of(const struct nvml_device *gpu, const char *key);
void fake_unescape(const char *from, char *to, size_t size);

/* fake_nvml.c: the instance at this place of the script. false: a hole, or none. */
bool fake_profile_of(const struct nvml_device *gpu, unsigned at, struct profile *profile_out);

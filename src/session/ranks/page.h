/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/page.h - what a process that measures tells those that follow it, as bytes of a file */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ulid.h"
#include "model/device.h"
#include "model/intensity.h"
#include "model/price.h"
#include "model/run.h"
#include "model/totals.h"

/*
 * Everything is cumulative since the run began, so that whoever follows takes differences and may miss any number of
 * pages. The bytes are those of this machine's structs: both ends may be programs of different versions, and a page
 * of another form is no page.
 */
enum { FIGURES_DEVICES_MAX = 4096 };

struct figures_head {
    char magic[8];
    uint32_t check; /* CRC-32C of all bytes behind it */
    uint32_t device_count;
    int64_t mono_ns;     /* when it was written */
    char run[ULID_SIZE]; /* that is measured */
    char padding[5];
    double pue;
    char pue_source[RUN_SOURCE_SIZE];
    struct price price;
    struct intensity intensity;
};

/* The fields of struct device that a run keeps, and what has been added up. */
struct figures_device {
    char id[DEVICE_ID_SIZE];
    char model[DEVICE_MODEL_SIZE];
    char reader[DEVICE_READER_SIZE];
    char uuid[DEVICE_UUID_SIZE];
    char rated_source[DEVICE_SOURCE_SIZE];
    char note[DEVICE_NOTE_SIZE];
    int32_t kind;
    int32_t basis;
    int32_t index;
    uint32_t fields;
    uint64_t memory_bytes;
    double rated_watts;
    double idle_watts;
    double max_watts;
    double band_ratio;
    double threads;
    double host_share;
    struct device_totals totals;
    double watts;         /* over the last interval; NAN */
    int64_t accounted_ns; /* the totals are of this moment; 0: there was no interval yet */
};

struct figures_page {
    struct figures_head head;
    const struct figures_device *devices; /* within the bytes */
};

void figures_put_device(struct figures_device *item, const struct device *device);
/* Facts that are not told are those of DEVICE_NULL. */
void figures_take_device(const struct figures_device *item, struct device *device_out);

/* Magic and check of a page whose devices stand behind its head. Return: its length. */
size_t figures_page_seal(void *bytes);

/**
 * figures_page_take() - a page, if the bytes are a whole one
 * @bytes: as malloc() aligns them; borrowed by the page
 * Texts end and print on a line, words are known ones, figures are numbers that can be.
 */
bool figures_page_take(const void *bytes, size_t size, struct figures_page *page_out);

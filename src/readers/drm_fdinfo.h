/* SPDX-License-Identifier: Apache-2.0 */
/* readers/drm_fdinfo.h - what the kernel tells of one open graphics device, /proc/PID/fdinfo/FD */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "readers/drm_card.h"

enum { DRM_ENGINES_MAX = 16, DRM_ENGINE_NAME_SIZE = 24, DRM_FDINFO_SIZE = 16384 };

/* A class of like engines, "render" or "gfx". All figures count up since the device was opened. */
struct drm_engine {
    char name[DRM_ENGINE_NAME_SIZE];
    bool has_busy;
    bool has_cycles;
    bool has_total_cycles;
    uint64_t busy_ns;      /* of all engines of the class together */
    uint64_t cycles;       /* busy, in ticks of a clock of its own */
    uint64_t total_cycles; /* what that clock says now */
    uint64_t max_hz;       /* of that clock, where it does not tell; 0 unknown */
    unsigned capacity;     /* engines of the class, >= 1 */
};

struct drm_fdinfo {
    char driver[DRM_DRIVER_SIZE];
    char slot[DRM_SLOT_SIZE]; /* "0000:c1:00.0"; "" of what is on no PCI bus */
    uint64_t client_id;       /* of the opening: the same through every copy of the descriptor */
    bool tells_time;          /* an engine that is not told has done nothing */
    bool has_memory;
    uint64_t memory_bytes; /* of the card; where it has none of its own, of the machine */
    struct drm_engine engines[DRM_ENGINES_MAX];
    size_t engine_count;
};

/**
 * drm_fdinfo_parse() - the text of a fdinfo file
 * What is not known or no number is passed over; figures beyond DRM_ENGINES_MAX are left out.
 * Return: false for a file that is no graphics device, or that tells no client
 */
bool drm_fdinfo_parse(const char *text, struct drm_fdinfo *info_out);

/* What drives displays, copies and films beside the work: render, compute and the like are not. */
bool drm_engine_is_aside(const char *name);

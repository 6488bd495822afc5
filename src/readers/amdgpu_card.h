/* SPDX-License-Identifier: Apache-2.0 */
/* readers/amdgpu_card.h - one AMD GPU: what does not change of it, and one reading of what does */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/device.h"
#include "model/sample.h"
#include "readers/drm_card.h"
#include "readers/live_file.h"

enum { AMDGPU_DIES_MAX = 2 };

/* What kind of thing a card of the driver's is. */
enum amdgpu_role {
    AMDGPU_CARD,
    AMDGPU_INTEGRATED, /* graphics of a processor: its power is all of the processor's */
    AMDGPU_MODULE,     /* processor and GPU in one (MI300A): its power is that of both */
};

struct amdgpu_die {
    struct drm_card card;
    struct live_file busy;
    struct live_file memory;
    double busy_ratio;       /* by the last reading; NAN: it told none */
    struct live_file status; /* whether it sleeps: asking for more would wake it */
};

/* One board: a card, or the two dies of an MI250. */
struct amdgpu_card {
    enum amdgpu_role role;
    struct amdgpu_die dies[AMDGPU_DIES_MAX]; /* power and energy are the first's */
    size_t die_count;
    struct live_file power;
    struct live_file metrics;
    const char *power_name; /* of the file in its hwmon folder; NULL: none that tells */
    bool has_energy;
    bool has_busy;
    bool has_memory;
    bool is_dead_die;      /* neither power nor a limit: another card tells them for it */
    int refusal;           /* why the first of its meters cannot be read; 0: none is refused */
    uint64_t memory_bytes; /* of all dies; 0 unknown */
    double rated_watts;    /* NAN unknown: bounds what is believed */
    bool counter_moved;    /* the energy counter works: power need not be asked too */
    bool energy_known;
    uint64_t energy_uj; /* the last one read */
    bool asleep;        /* all dies, at the last reading */
    int error;          /* -ENODEV: it is gone; looked for again at retry_ns */
    int64_t retry_ns;
};

extern const struct drm_kind amdgpu_kind;

/* Looks at what the card has. Nothing is left open. */
void amdgpu_card_examine(int sys_fd, const struct drm_card *found, struct amdgpu_card *card_out);

/* An MI250's second die shows no power of its own. Return: true when it has become the other's. */
bool amdgpu_card_join(struct amdgpu_card *first, const struct amdgpu_card *second);

/* There is something that can be metered or modelled. */
bool amdgpu_card_is_usable(const struct amdgpu_card *card);

void amdgpu_card_describe(int sys_fd, const struct amdgpu_card *card, unsigned number,
                          struct device *device_out);
/* amdgpu_reading.c: one reading. A card that is gone is looked for at most once a second. */
void amdgpu_card_read(int sys_fd, struct amdgpu_card *card, const struct clock *clock,
                      struct sample *sample_out);
/* The same card under the numbers that it and its folders now have. */
void amdgpu_card_find_again(int sys_fd, struct amdgpu_card *card);
/* What a runtime_status says. */
bool amdgpu_says_asleep(const char *status);
void amdgpu_card_close(struct amdgpu_card *card);

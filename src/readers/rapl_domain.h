/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_domain.h - one place with the ways to its counter: which one is read, and when not
 *
 * The figures of a domain go on when the way changes: what the next counter adds is added to what
 * the last one said, if both were read at one moment before; else the domain begins a new epoch.
 */
#pragma once

#include "readers/rapl_door.h"

struct rapl_domain {
    struct rapl_place place;
    struct rapl_counter counters[RAPL_DOORS];
    bool known[RAPL_DOORS];  /* the door leads here */
    bool barred[RAPL_DOORS]; /* it was not believed: never taken again */
    bool open;               /* one of them is read */
    enum rapl_door_id current;
    bool summed;          /* figures are sums of differences, not the counter's own */
    uint64_t energy_uj;   /* the last figure */
    uint64_t raw_uj;      /* what the current counter said then */
    uint32_t raw_epoch;   /* of it */
    uint32_t epoch;       /* of the figures */
    unsigned failures;    /* readings in a row */
    int64_t seek_ns;      /* no other way is looked for before */
    int64_t seek_wait_ns; /* and how long it is waited after that */
    int64_t return_ns;    /* powercap is not tried again before, while the registers are read */

    /* Another counter of the same place, read beside the current one. */
    bool paired;
    bool judged; /* they agree */
    enum rapl_door_id other;
    int64_t pair_ns;
    uint64_t pair_energy_uj; /* the figure at that moment */
    uint64_t pair_raw_uj;    /* the other counter's */
    uint32_t pair_epoch;

    const char *note; /* NULL, or one of note_texts, in turns: another text is at another place */
    char note_texts[2][160];
};

/**
 * rapl_domain_open() - through the best door that opens
 * Where perf and powercap both do, powercap is read until the two have been compared, and perf from
 * then on.
 * Return: 0; -ENODEV: none does, counters[].error says why
 */
int rapl_domain_open(struct rapl_domain *domain, struct rapl_world *world);
void rapl_domain_close(struct rapl_domain *domain, struct rapl_world *world);

/* The way that is, or after the comparison will be, read. */
enum rapl_door_id rapl_domain_way(const struct rapl_domain *domain);
/* Largest value of its figures; 0: they do not wrap. */
uint64_t rapl_domain_range_uj(const struct rapl_domain *domain);

/* One reading. Return: 0 or -errno. */
int rapl_domain_read(struct rapl_domain *domain, struct rapl_world *world, int64_t now_ns,
                     uint64_t *energy_uj_out);

/* SPDX-License-Identifier: Apache-2.0 */
/* readers/perf_event.h - counters of a whole CPU through perf_event_open(), injected for tests */
#pragma once

#include <stdint.h>

/**
 * struct perf_events - how counters are opened and read
 * @open:  of all that runs on a CPU. Return: a descriptor or -errno
 * @read:  Return: 0 or -errno; -ENODEV: the counter is in error, as when its CPU has gone
 * @close: of what open() returned
 */
struct perf_events {
    int (*open)(void *payload, uint32_t type, uint64_t config, int cpu);
    int (*read)(void *payload, int fd, uint64_t *value_out);
    void (*close)(void *payload, int fd);
    void *payload;
};

extern const struct perf_events perf_events_system;

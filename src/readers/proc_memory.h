/* SPDX-License-Identifier: Apache-2.0 */
/* readers/proc_memory.h - how much memory there is, and how much of it is used */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "readers/reader.h"

extern const struct reader_driver reader_proc_memory;

struct meminfo {
    uint64_t total_bytes;
    uint64_t available_bytes;
};

/* From text in the manner of /proc/meminfo; kernels before 3.14 have no MemAvailable: free, buffers
 * and cached stand in. false: no total, or the two do not fit together. */
bool meminfo_parse(const char *text, struct meminfo *meminfo_out);

/* "   123 kB", what stands behind a key there and in a node's meminfo. false: it does not. */
bool meminfo_parse_kib(const char *text, uint64_t *kib_out);

/* The number of "Key:   123 kB" at the start of a line. false: there is no such line. */
bool meminfo_find_kib(const char *text, const char *key, uint64_t *kib_out);

/* false: it cannot be read. */
bool meminfo_read(int proc_fd, struct meminfo *meminfo_out);

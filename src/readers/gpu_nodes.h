/* SPDX-License-Identifier: Apache-2.0 */
/* readers/gpu_nodes.h - memory of GPUs that the kernel counts as the machine's */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "readers/reader.h"

/* Bytes of MemTotal that lie in GPUs: Grace-Hopper and Grace-Blackwell show theirs as NUMA nodes
 * without CPUs. 0 on every other machine, where such a node is ordinary memory (CXL). */
uint64_t gpu_nodes_bytes(const struct reader_env *env);

/* From text in the manner of a node's meminfo, "Node 1 MemTotal: 5 kB". false: it does not tell. */
bool gpu_nodes_parse_total(const char *text, uint64_t *bytes_out);

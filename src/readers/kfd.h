/* SPDX-License-Identifier: Apache-2.0 */
/* readers/kfd.h - which processes compute on AMD GPUs through ROCm */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "readers/drm_card.h"

/* A GPU, or a part of one, as ROCm counts them. */
struct kfd_node {
    uint64_t gpu_id;
    char slot[DRM_SLOT_SIZE];
    unsigned compute_units;
};

/* A process on a node now. */
struct kfd_use {
    pid_t pid;
    size_t node; /* index into nodes */
    uint64_t memory_bytes;
    bool memory_known;
    bool units_known;
    uint64_t units; /* compute units busy at this moment */
};

struct kfd {
    int sys_fd; /* the reader's */
    struct kfd_node *nodes;
    size_t node_count;
    size_t node_capacity;
    struct kfd_use *uses;
    size_t use_count;
    size_t use_capacity;
};

/* The "key value" lines of a node's properties. false: it is no GPU, or has no place. */
bool kfd_parse_properties(const char *text, struct kfd_node *node_out);

/* Finds the nodes; none where there is no ROCm. Return: 0 or -ENOMEM. */
int kfd_open(struct kfd *kfd_out, int sys_fd);
void kfd_close(struct kfd *kfd);

/* The processes now, into uses. Work grows with those that use ROCm, not with all there are. */
void kfd_read(struct kfd *kfd);

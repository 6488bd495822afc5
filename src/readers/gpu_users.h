/* SPDX-License-Identifier: Apache-2.0 */
/* readers/gpu_users.h - when a reader asks who uses its GPUs */
#pragma once

#include "readers/drm_clients.h"
#include "readers/kfd.h"
#include "readers/reader.h"

/* For all cards of a reader: one search finds the clients of each. */
struct gpu_users {
    bool open;
    struct drm_clients clients;
    struct kfd kfd;
    int64_t first_ns; /* of the first look; -1 none yet */
    int64_t due_ns;
    int64_t hurry_ns; /* not before, and */
    int64_t hurry_wait_ns;
    unsigned hurry_to;  /* until so many walks: the GPU does more than is explained */
    bool unexplained;   /* by the last look */
    bool every_reading; /* what a card draws is modelled on it */
};

/* sys_fd: stays the caller's. Nothing is found where there is no /proc to look into. Return: 0 or -ENOMEM. */
int gpu_users_open(struct gpu_users *users_out, const struct reader_env *env, bool rocm,
                   int sys_fd);
void gpu_users_close(struct gpu_users *users);

/* Whether to look now: once a second, in the first ten more often, or short runs would go
 * unaccounted. */
bool gpu_users_are_due(const struct gpu_users *users, int64_t now_ns);
void gpu_users_look(struct gpu_users *users, int64_t now_ns);

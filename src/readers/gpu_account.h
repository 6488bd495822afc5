/* SPDX-License-Identifier: Apache-2.0 */
/* readers/gpu_account.h - the processes on a GPU, and what of its work none of them explains */
#pragma once

#include "model/sample.h"
#include "readers/gpu_users.h"

/* One of a device's dies: for most the only one. */
struct gpu_die {
    const char *slot;
    double busy_ratio; /* by its driver, of all that work on it; NAN unknown */
};

/* A process that computes through ROCm. */
struct gpu_rocm {
    pid_t pid;
    size_t die;
    bool here; /* in the look that goes on */
    bool units_known;
    double weight; /* compute units that it had busy, those seen lately counting more */
    uint64_t memory_bytes;
};

/* One bit for some of all pids: clear, and none of them is in the list. */
enum { GPU_MET_BITS = 4096 };

/* Zeroed: empty. */
struct gpu_account {
    struct process_use *uses;
    uint64_t met[GPU_MET_BITS / 64];
    size_t count;
    size_t capacity;
    struct gpu_rocm *rocm;
    size_t rocm_count;
    size_t rocm_capacity;
    int64_t taken_ns;         /* 0: never */
    double told_seconds;      /* busy by the driver, and */
    double explained_seconds; /* by what is seen, both over the last minute or so of */
    double weight_seconds;
};

/**
 * gpu_account_take() - the list for a sample, after gpu_users_look()
 * @used_bytes: memory in use on the device; UINT64_MAX unknown
 * Of a process: the part of the time that the classes of engines worked for it, added up; of one
 * that computes through ROCm its part of what the driver calls busy beyond that. What is then left
 * is PROCESS_HIDDEN's, unless all processes there are have been looked at.
 */
void gpu_account_take(struct gpu_account *account, struct gpu_users *users,
                      const struct gpu_die *dies, size_t die_count, uint64_t used_bytes,
                      int64_t now_ns, struct sample *sample);
void gpu_account_deinit(struct gpu_account *account);

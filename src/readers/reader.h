/* SPDX-License-Identifier: Apache-2.0 */
/* readers/reader.h - the contract of everything that reads hardware: one row in readers/table.c */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "model/device.h"
#include "model/sample.h"

/* The outside world, injected: "/" in production, a captured machine in a test. */
struct reader_env {
    int proc_fd; /* <sysroot>/proc */
    int sys_fd;  /* <sysroot>/sys; -1: there is none */
    int dev_fd;
    int etc_fd;
    const char *nvml_path; /* shared object to dlopen; NULL: the system's own */
    bool sysroot;          /* the roots are not this machine's: no dlopen of the system's NVML */
    bool explain; /* somebody asks why nothing is found: probe what is plainly absent too */
    const struct clock *clock;
    const struct log *log;
};

struct reader_driver;

/**
 * struct reader - one opened driver with the devices it found
 * A driver allocates its own struct with this as the first member and frees it in close().
 */
struct reader {
    const struct reader_driver *driver;
    struct device *devices;
    size_t device_count;
};

enum reader_state { READER_USED, READER_AVAILABLE, READER_DENIED, READER_ABSENT, READER_BROKEN };

/* Why a driver reads nothing here, for `aico2 devices`. */
struct reader_status {
    enum reader_state state;
    char reason[192]; /* "no RAPL zones: a virtual machine or an old kernel" */
    char fix[256];    /* a command that would help, or "" */
    char detail[320]; /* what it reads through: the file that was loaded, its version; or "" */
};

/**
 * struct reader_driver - a kind of interface
 * @name:      shown, and stored in CSV and SQLite: never renamed
 * @summary:   one line for `aico2 devices`
 * @may_block: its calls can hang: it gets a thread of its own and is never waited for
 * @is_absent: NULL, or a look that takes microseconds: true when there is plainly nothing to probe
 *             for, and status says so. It spares those who have no such device a thread.
 * @probe:     finds devices. 0 and *reader_out != NULL: found some; 0 and NULL: nothing here, and
 *             status says why; negative: only -ENOMEM. Static facts are read here, once.
 * @read:      fills one sample per device, in order; a device that could not be read has valid == 0
 *             and error set; one that has nothing to say now, as a battery that is charged, 0.
 *             Never the old value, never a made-up 0. Allocates nothing, but for room when a list
 *             has grown, and to look for a device that is gone.
 * @close:     accepts NULL and half-open readers.
 */
struct reader_driver {
    const char *name;
    const char *summary;
    bool may_block;
    bool (*is_absent)(const struct reader_env *env, struct reader_status *status_out);
    int (*probe)(const struct reader_env *env, struct reader **reader_out,
                 struct reader_status *status_out, struct aico2_error *err);
    void (*read)(struct reader *reader, struct sample *samples_out);
    void (*close)(struct reader *reader);
};

/* NULL-terminated, in the order a person should meet them. */
extern const struct reader_driver *const reader_drivers[];

const char *reader_state_name(enum reader_state state);

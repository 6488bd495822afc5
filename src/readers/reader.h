/* SPDX-License-Identifier: Apache-2.0 */
/* readers/reader.h - the contract of everything that reads hardware: one row in readers/table.c */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/shared_pids.h"
#include "base/thread_clocks.h"
#include "model/device.h"
#include "model/sample.h"
#include "model/sensor.h"
#include "readers/remedy.h"

struct ipmi_io;
struct perf_events;

/* The outside world, injected: "/" in production, a captured machine in a test. */
struct reader_env {
    int proc_fd; /* <sysroot>/proc */
    int sys_fd;  /* <sysroot>/sys; -1: there is none */
    int dev_fd;
    int etc_fd;
    int root_fd;                    /* <sysroot> itself, for the few files elsewhere */
    const char *nvml_path;          /* shared object to dlopen; NULL: the system's own */
    const struct ipmi_io *ipmi;     /* NULL: the kernel's IPMI devices */
    const char *visible_gpus;       /* CUDA_VISIBLE_DEVICES of the job; NULL: not set */
    const struct perf_events *perf; /* NULL: the kernel's; none at all with another root */
    bool sysroot; /* the roots are not this machine's: no dlopen of the system's NVML */
    struct shared_pids *job_pids; /* the job's processes, for readers that want them; NULL: none */
    struct thread_clocks
        *own_threads; /* whom to count the threads of a reader among; NULL: nobody */
    /* somebody looks on: what is no energy, and changes slowly, is read as often as the rest */
    bool watched;
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

enum { READER_DOORS_MAX = 3 };

/**
 * struct reader_door - one of several ways to the same meters, a line of its own in `aico2 doctor`
 * RAPL is read through perf_event, powercap or MSRs: they differ in who may use them, so each has
 * a state, and what opens it.
 * @name:       "rapl-perf": the reader's name and a word; never renamed
 * @state:      READER_USED for the one that is read through; READER_AVAILABLE for one that would do
 * @remedy:     what opens it for good: also where it is open to root alone (root_only)
 * @root_only:  it could be read, but only because we are root: fs_is_root_only() tells
 * @band_ratio: half-width of the band with it; 0: the status's
 * @reason:     why it is not used
 * @fix:        a command, where no remedy fits; "" with a remedy: its own are shown
 */
struct reader_door {
    const char *name;
    enum reader_state state;
    enum remedy_id remedy;
    bool root_only;
    double band_ratio;
    char reason[SENSOR_REASON_SIZE];
    char fix[SENSOR_FIX_SIZE];
};

/* Why a driver reads nothing here, for `aico2 devices`; with the rest for `aico2 doctor`. */
struct reader_status {
    enum reader_state state;
    char reason[SENSOR_REASON_SIZE]; /* "no RAPL zones: a virtual machine or an old kernel" */
    char fix[SENSOR_FIX_SIZE];       /* a command that would help, or "" */
    char detail
        [SENSOR_DETAIL_SIZE]; /* what it reads through: the file that was loaded, its version; or "" */
    enum remedy_id remedy;    /* as in a door: with one, fix stays "" */
    bool root_only;
    double band_ratio; /* half-width of the band with it; 0: the driver's */
    /* none: the reader is one line; else it has one of its own only where it reads without any */
    struct reader_door doors[READER_DOORS_MAX];
    size_t door_count;
};

/**
 * struct reader_driver - a kind of interface
 * @name:      shown, and stored in CSV and SQLite: never renamed
 * @summary:   one line for `aico2 devices`
 * @may_block: its calls can hang: it gets a thread of its own and is never waited for
 * @of_machine: meters of the whole machine, for comparison with its parts and never counted: that
 *             one of them cannot be read is no news in every report
 * @is_absent: NULL, or a look that takes microseconds: true when there is plainly nothing to probe
 *             for, and status says so. It spares those who have no such device a thread.
 * @probe:     finds devices. 0 and *reader_out != NULL: found some; 0 and NULL: nothing here, and
 *             status says why; negative: only -ENOMEM. Static facts are read here, once.
 * @read:      fills one sample per device, in order; a device that could not be read has valid == 0
 *             and error set; one that has nothing to say now, as a battery that is charged, 0.
 *             Never the old value, never a made-up 0. Allocates nothing, but for room when a list
 *             has grown, and to look for a device that is gone.
 * @read_one:  NULL, or the same for one device: then one that hangs is a gap of that device alone.
 *             Calls for different devices may overlap, those for one never do.
 * @end_round: NULL, or called when all devices have been read one by one and none hangs
 * @close:     accepts NULL and half-open readers.
 * @domain:    whose energy it tells, and
 * @band_ratio: how well (half-width, 95 %), where no device is found that could say; 0: a model, or
 *             it depends on what is found
 */
struct reader_driver {
    const char *name;
    const char *summary;
    bool may_block;
    bool of_machine;
    bool (*is_absent)(const struct reader_env *env, struct reader_status *status_out);
    int (*probe)(const struct reader_env *env, struct reader **reader_out,
                 struct reader_status *status_out, struct aico2_error *err);
    void (*read)(struct reader *reader, struct sample *samples_out);
    void (*read_one)(struct reader *reader, size_t at, struct sample *sample_out);
    void (*end_round)(struct reader *reader);
    void (*close)(struct reader *reader);
    enum device_kind domain;
    double band_ratio;
};

/* NULL-terminated, in the order a person should meet them. */
extern const struct reader_driver *const reader_drivers[];

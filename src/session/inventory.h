/* SPDX-License-Identifier: Apache-2.0 */
/* session/inventory.h - what can be measured here, asked of every reader there is */
#pragma once

#include "base/error.h"
#include "base/log.h"
#include "model/inventory.h"

struct calibration;

struct inventory_options {
    const char *sysroot;   /* NULL: this machine */
    const char *nvml_path; /* NULL: the system's own */
    const char *program;   /* how commands that mend something call this one */
    int64_t wait_ns;       /* what drivers that may hang are given to answer */
    bool gauges; /* the live figures too: takes a quarter of a second at least, for the loads of the
                            * CPUs; of a captured machine, which stands still, they are not known */
    int64_t watch_ns; /* whether counters of processors move in that time; 0: not looked at */
    const struct log *log;
    const struct calibration *calibration; /* of this machine; NULL: none */
};

/* Return: 0 or -errno (sysroot, memory). */
int inventory_make(const struct inventory_options *asked, struct inventory *inventory_out,
                   struct aico2_error *err);
void inventory_deinit(struct inventory *inventory);

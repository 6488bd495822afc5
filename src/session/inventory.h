/* SPDX-License-Identifier: Apache-2.0 */
/* session/inventory.h - what can be measured here, and how */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/log.h"
#include "model/device.h"
#include "model/gauge.h"
#include "model/machine.h"
#include "readers/reader.h"

struct inventory_reader {
    const char *name;
    const char *summary;
    struct reader_status status;
};

struct inventory {
    struct machine machine;
    struct device *devices; /* used, then those another reader outranks */
    bool *used;
    size_t device_count;
    struct inventory_reader *readers;
    size_t reader_count;
    struct gauge *gauges; /* what is seen of the machine right now, beside energy */
    size_t gauge_count;
};

/* Drivers that may hang are given wait_ns to answer. It takes a quarter of a second at least, for the
 * loads of the CPUs; of a captured machine, which stands still, they are not known. Return: 0 or -errno (sysroot, memory). */
int inventory_make(const char *sysroot, const char *nvml_path, int64_t wait_ns,
                   const struct log *log, struct inventory *inventory_out, struct aico2_error *err);
void inventory_deinit(struct inventory *inventory);

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/gpu_tree.h - graphics cards for tests that name each file themselves */
#pragma once

#include "machine_tree.h"

/* One driver of a test, probed and read. */
struct probed_gpus {
    const struct reader_driver *driver;
    struct reader *reader;
    struct reader_status status;
    struct sample samples[8];
};

/* A card on the bus, "0000:NN:00.0" with NN its number in hexadecimal, and its class link. */
void gpu_tree_add(int dirfd, unsigned number, const char *driver, const char *vendor,
                  const char *device);
/* A file of that card; in its folder: "hwmon/hwmon3/name". NULL: a directory in its place, which
 * stands for a file that is forbidden. What was there is gone. */
void gpu_tree_write(int dirfd, unsigned number, const char *file, const char *text);
void gpu_tree_write_bytes(int dirfd, unsigned number, const char *file, const void *bytes,
                          size_t size);
void gpu_tree_remove(int dirfd, unsigned number, const char *file);

void gpu_tree_probe(struct test_machine *machine, const struct reader_driver *driver,
                    struct probed_gpus *probed);
/* Reads at the given second. */
void gpu_tree_read(struct test_machine *machine, struct probed_gpus *probed, double seconds);
void gpu_tree_tear_down(struct test_machine *machine, struct probed_gpus *probed);
const struct device *gpu_tree_device(const struct probed_gpus *probed, size_t at);

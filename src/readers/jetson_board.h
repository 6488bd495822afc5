/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson_board.h - whether this is a Jetson, and which module it is */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "readers/reader.h"

enum { JETSON_PRODUCT_SIZE = 40 };

/* Whether a device tree's list of strings, each with its NUL, names a Tegra. */
bool jetson_is_compatible(const char *list, size_t length);
/* "Jetson Orin Nano 8GB", by the part number in such a list; NULL: none that is known. The texts are
 * the modules of data/jetson_power_modes.csv, or that with the "Super" power modes. */
const char *jetson_product(const char *list, size_t length);

struct jetson_board {
    char product[JETSON_PRODUCT_SIZE]; /* ""  unknown */
    char model[DEVICE_MODEL_SIZE];     /* as people know it, from the device tree */
};

/* Whether it is worth a second look: other processors than ARM's are in no Jetson. */
bool jetson_may_be(const struct reader_env *env);

/* A container may see no device tree: then the module is unknown. false: this is no Jetson. */
bool jetson_read_board(const struct reader_env *env, struct jetson_board *board_out);

/* SPDX-License-Identifier: Apache-2.0 */
/* examples/digits.h - images of handwritten-like digits, drawn by the program itself */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "random.h"

enum {
    IMAGE_SIDE_PIXELS = 24,
    IMAGE_PIXELS = IMAGE_SIDE_PIXELS * IMAGE_SIDE_PIXELS,
    CLASS_COUNT = 10
};

struct data_set {
    size_t count;
    float *pixels; /* count images of IMAGE_PIXELS, 0 to 1 */
    unsigned char *labels;
};

/* Returns false when memory is short; data_set_free() is called either way. */
bool data_set_create(struct data_set *set, size_t count, long seed, enum random_stream stream);
void data_set_free(struct data_set *set);

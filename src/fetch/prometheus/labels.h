/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/labels.h - the labels of a series, as one text that can be compared */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* name NUL value NUL, again and again by rising name, then NUL. */
struct label_set {
    char *text;
    size_t size;
    uint64_t hash;
};

/* Return: 0; -EBADMSG for what are no labels, or too many of them; -ENOMEM. */
int label_set_of(const json_t *object, struct label_set *set_out);
void label_set_deinit(struct label_set *set);

/* "" where there is none, which is the same to the server. Borrowed. */
const char *label_of(const struct label_set *set, const char *name);
bool label_set_equal(const struct label_set *a, const struct label_set *b);

/* Whether two have the same labels but for one; the metric's own name is left out too. */
bool label_set_equal_but(const struct label_set *a, const struct label_set *b, const char *name);

/* SPDX-License-Identifier: Apache-2.0 */
/* session/place/own.h - how a stored run keeps the user's own figure of its place */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/intensity.h"

/* "44~37~51~2024~lifecycle-average~short~source": the value of the field "own" of place/text.h. The file may be gone
 * when the run is shown again. */
void place_own_write(char *text, size_t size, const struct intensity *intensity);

/* fields: that value; taken apart. false: it is damaged, and the intensity as it was. */
bool place_own_read(char *fields, struct intensity *intensity);

/* A place that only the user's table knew: all there is of it is the name. */
void place_own_name(const char *name, struct intensity *intensity_out);

/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/providers/entsoe_xml.h - generation per type out of ENTSO-E's documents */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "fetch/providers/mix.h"

/**
 * entsoe_read() - the production of an area by fuel, in cells of a quarter of an hour
 * Consumption (a pump's, or a plant's own) is left out. The document has to be of the area in answer->query->zone and
 * in MW. A document without data is good and has none; a type declaration is refused, so that nothing is expanded.
 * Return: 0, -EBADMSG, -ENOMEM
 */
int entsoe_read(const struct answer *answer, const char *body, size_t length, struct mix *mix);

/* The reason of an acknowledgement: "Unauthorized. Missing or invalid security token". false: not one. */
bool entsoe_reason(const char *body, size_t length, char text_out[160]);

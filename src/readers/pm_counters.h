/* SPDX-License-Identifier: Apache-2.0 */
/* readers/pm_counters.h - energy of a whole node of an HPE Cray EX by its pm_counters */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "readers/reader.h"

extern const struct reader_driver reader_pm_counters;

/* The number of "178214555 J 1734094386462336 us", whose unit must be the one given; the time may
 * be missing. Return: false for anything else, *value_out untouched. */
bool pm_counter_parse(const char *text, const char *unit, uint64_t *value_out);

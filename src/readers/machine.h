/* SPDX-License-Identifier: Apache-2.0 */
/* readers/machine.h - the facts of the computer that do not change */
#pragma once

#include "model/machine.h"
#include "readers/reader.h"

/* Fills every field but timezone_country; what cannot be read is left unknown. Never fails. */
void machine_read(const struct reader_env *env, struct machine *machine_out);

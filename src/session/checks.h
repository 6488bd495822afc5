/* SPDX-License-Identifier: Apache-2.0 */
/* session/checks.h - every way to a meter of this machine: its state, and what it does to a band */
#pragma once

#include "model/inventory.h"

struct session;

/* Fills inventory->checks from the readers of a session whose devices are chosen, inventory->readers
 * from the same ones; still: sources that still_find() has found. Return: 0 or -ENOMEM. */
int checks_make(const struct session *session, const bool *still, const char *program,
                struct inventory *inventory);

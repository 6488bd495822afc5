/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson_mode.h - the power mode a Jetson runs in, as nvpmodel keeps it */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "readers/reader.h"

enum { JETSON_MODE_SIZE = DEVICE_MODE_SIZE };

/* "pmode:0003 fmode:quiet" is mode 3. */
bool jetson_mode_parse_status(const char *text, int *id_out);
/* The name of a mode in the text of nvpmodel.conf: "< POWER_MODEL ID=3 NAME=MODE_30W_ALL >". */
bool jetson_mode_find_name(const char *conf, int id, char name_out[JETSON_MODE_SIZE]);
/* What a name tells of the budget: 15 of "MODE_15W_6CORE"; NAN: nothing ("MAXN"). */
double jetson_mode_watts(const char *name);

/* Its number. false: unknown. */
bool jetson_mode_read_id(const struct reader_env *env, int *id_out);
/* Its name, or "mode 3" where nothing names it. false: unknown, as in a container. */
bool jetson_mode_read(const struct reader_env *env, char name_out[JETSON_MODE_SIZE]);

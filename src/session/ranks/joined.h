/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/joined.h - a training that is several runs: of several machines, or begun anew, told as one */
#pragma once

#include "history/history.h"

/* The training that a run is a part of, as the label of the next: the one it says, else its own id. */
void joined_training(const struct run *run, char *training_out, size_t size);

/* The same by the name of a run, as history_load() takes it. Return: 0, -ENODATA, -ENOENT or another -errno. */
int joined_find(const char *db_path, const char *name, char *training_out, size_t size,
                struct aico2_error *err);

/**
 * joined_load() - as history_load(), with all other runs of the same training in it
 * The run is the first of them, its end and state the last one's; its duration the time that any of them took;
 * devices of one machine (by its boot id, else its name) are the same by their UUIDs, else their ids, those of others have
 * the machine's name in theirs. What two of the runs measured of a device at once counts once (ranks/overlap.h).
 */
int joined_load(struct history *history, const char *name, struct history_record *record_out,
                struct aico2_error *err);

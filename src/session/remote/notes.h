/* SPDX-License-Identifier: Apache-2.0 */
/* session/remote/notes.h - what a reader of the report should know of what a server told, and did not */
#pragma once

#include "base/error.h"
#include "history/history.h"
#include "session/remote/devices.h"
#include "session/series/run.h"

/**
 * remote_notes_add() - the server's and the fetcher's own, lost energy, gaps, and models
 * @torn: code 0: the answer is whole
 * Return: 0 or -ENOMEM
 */
int remote_notes_add(const struct remote_answer *answer, const struct remote_devices *devices,
                     const struct history_record *record, const struct series_doubt *doubts,
                     const struct aico2_error *torn, char ***notes, size_t *note_count);

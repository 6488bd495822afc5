/* SPDX-License-Identifier: Apache-2.0 */
/* server/import_folder.h - --import-dir: logs that are put into a folder become runs of the history
 *
 * By a thread of its own. Files are read, never changed, moved or deleted; what is in the history already is known
 * by its text. One that is refused is said once, and told of by import_folder_add_checks().
 */
#pragma once

#include "model/sensor.h"
#include "server/settings.h"

struct import_folder;

/* Return: 0, also without that option; -EINVAL for what is no folder, or without a history to import to */
int import_folder_check(const struct settings *settings, struct aico2_error *err);
/**
 * import_folder_start() - watches the folder of --import-dir
 * @folder_out: NULL without that option
 * Return: as import_folder_check(), or another -errno
 */
int import_folder_start(struct import_folder **folder_out, struct settings *settings,
                        struct aico2_error *err);
/* Waits a second at most for the file in hand; what is not stored then is not. NULL allowed. */
void import_folder_stop(struct import_folder *folder);

/* Lines for doctor: how many files were imported, and what is wrong with others. From any thread; NULL allowed.
 * Return: 0 or -ENOMEM */
int import_folder_add_checks(struct import_folder *folder, struct doctor *doctor);

/* SPDX-License-Identifier: Apache-2.0 */
/* history/write.h - a sample's row, which thinning writes too */
#pragma once

#include "history/database.h"
#include "history/history.h"

int write_sample(struct database *database, int64_t run_key, const struct history_sample *sample,
                 struct aico2_error *err);

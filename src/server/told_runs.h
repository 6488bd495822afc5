/* SPDX-License-Identifier: Apache-2.0 */
/* server/told_runs.h - a run that goes on is told anew once a second at most, however often others store it and whoever asks */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "history/history.h"

struct told_runs;

int told_runs_new(struct told_runs **told_out, struct aico2_error *err);
void told_runs_free(struct told_runs *told); /* NULL allowed */

/**
 * told_runs_take() - what is told of a run that goes on
 * @record: as it is stored now; taken over
 * Return: that, or what was told less than a second ago: not to be changed, and of this thread alone until told_runs_release();
 * NULL: there is no memory, and nothing to release
 */
struct history_record *told_runs_take(struct told_runs *told, struct history_record *record,
                                      int64_t now_mono_ns);
void told_runs_release(struct told_runs *told);

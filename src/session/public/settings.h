/* SPDX-License-Identifier: Apache-2.0 */
/* session/public/settings.h - struct aico2_options checked and copied, as a session takes them */
#pragma once

#include <limits.h>

#include <aico2/session.h>

#include "base/strbuf.h"
#include "model/calibration.h"
#include "session/budget.h"
#include "session/session.h"

/* All texts are its own: the caller's need not outlive aico2_session_new(). */
struct public_settings {
    struct session_options options; /* borrows from what follows, and from run.c's tables */
    char **texts;
    size_t text_count;
    char **command;
    struct intensity_series series;
    struct price_series prices;
    struct intensity_series cuts;
    struct calibration calibration;
    struct budget budget;
    char place[RUN_PLACE_SIZE];
    char pue_source[RUN_SOURCE_SIZE];
    char db_path[PATH_MAX];
    char resume_run[ULID_SIZE];
    bool alone;
    char calibration_trouble[256]; /* "": none */
    char history_trouble[256];
};

/* given: NULL, or size-first. Return: 0; -EINVAL, -ENOENT, -EBADMSG, -ENOMEM; nothing to deinit on failure. */
int public_settings_init(struct public_settings *settings, const struct aico2_options *given,
                         struct aico2_error *err);
void public_settings_deinit(struct public_settings *settings);

/* --db of the library: given, else AICO2_DB, else the user's own. Return: 0, -ENOENT, -ENAMETOOLONG. */
int public_db_path(const char *given, char *path_out, size_t size, struct aico2_error *err);

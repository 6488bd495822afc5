/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push_main.h - aico2-fetch --push: a set-up from stdin, then snapshots for as long as they come */
#pragma once

#include "model/push.h"

enum push_main_result {
    PUSH_MAIN_ENDED,
    PUSH_MAIN_GAVE_UP, /* not all was sent or kept; the last state said why */
    PUSH_MAIN_NO_SETUP,
    PUSH_MAIN_INTERNAL,
    PUSH_MAIN_ABSENT, /* this build has no remote write */
};

/* Threads may still be at work when it returns: end the process by _exit(). */
enum push_main_result push_main(void);

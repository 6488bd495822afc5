/* SPDX-License-Identifier: Apache-2.0 */
/* session/ranks/ask.c - what those that follow a measuring process say to it, as records of a pipe */
#include "session/ranks/ask.h"

#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "model/task.h"

_Static_assert(sizeof(void *) != 8 || sizeof(struct figures_ask) == 136,
               "another form wants another magic");
_Static_assert(FIGURES_ASKS_AT_ONCE * sizeof(struct figures_ask) <= PIPE_BUF,
               "records that are written together stay together");

static const char MAGIC[4] = "a2q1";

void figures_ask_seal(struct figures_ask *ask)
{
    memcpy(ask->magic, MAGIC, sizeof(ask->magic));
}

bool figures_ask_is_whole(const struct figures_ask *ask)
{
    return memcmp(ask->magic, MAGIC, sizeof(MAGIC)) == 0 && ask->kind >= ASK_READING &&
           ask->kind <= ASK_DONE && ask->mono_ns >= 0 && ask->process.pid > 0 &&
           text_is_line(ask->name, sizeof(ask->name)) &&
           (ask->kind != ASK_KIND || ask->task_kind == TASK_EPOCH ||
            ask->task_kind == TASK_VALIDATION) &&
           (ask->kind != ASK_EPOCHS || (ask->epochs >= 0 && ask->epochs <= 1e9));
}

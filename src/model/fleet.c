/* SPDX-License-Identifier: Apache-2.0 */
/* model/fleet.c - the words of what a fleet is added up by, and its end */
#include "model/fleet.h"

#include <stdlib.h>

#include "base/lines.h"

const char *fleet_by_name(enum fleet_by by)
{
    static const char *const names[] = {
        [FLEET_JOB] = "job",
        [FLEET_USER] = "user",
        [FLEET_PROJECT] = "project",
        [FLEET_NODE] = "node",
    };

    return names[by];
}

void fleet_deinit(struct fleet *fleet)
{
    free(fleet->rows);
    free(fleet->places);
    lines_free(fleet->notes, fleet->note_count);
    *fleet = (struct fleet){ 0 };
}

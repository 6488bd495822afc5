/* SPDX-License-Identifier: Apache-2.0 */
/* model/machine.c - the words for what a computer is built as */
#include "model/machine.h"

#include "base/attributes.h"
#include "base/text.h"

static const char *const chassis_names[] = {
    [CHASSIS_UNKNOWN] = "",        [CHASSIS_SERVER] = "server", [CHASSIS_BLADE] = "blade",
    [CHASSIS_DESKTOP] = "desktop", [CHASSIS_LAPTOP] = "laptop",
};

const char *chassis_name(enum chassis chassis)
{
    return chassis_names[chassis];
}

int chassis_parse(const char *word)
{
    return text_index(word, chassis_names, ARRAY_LENGTH(chassis_names));
}

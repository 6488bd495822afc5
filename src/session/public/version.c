/* SPDX-License-Identifier: Apache-2.0 */
/* session/public/version.c - aico2_version() of the shared library */
#include <aico2/aico2.h>

#include "writers/version.h"

const char *aico2_version(void)
{
    return AICO2_VERSION;
}

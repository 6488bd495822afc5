/* SPDX-License-Identifier: Apache-2.0 */
/* base/handed_fds.h - descriptors that a service manager has opened for us (sd_listen_fds(3)) */
#pragma once

#include <stddef.h>

/* The first of them; the others follow it. */
enum { HANDED_FIRST = 3 };

/* How many there are: this process's own alone. The variables are taken, and not its children's. */
size_t handed_fds(void);

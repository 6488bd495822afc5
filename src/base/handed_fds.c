/* SPDX-License-Identifier: Apache-2.0 */
/* base/handed_fds.c - descriptors that a service manager has opened for us (sd_listen_fds(3)) */
#include "base/handed_fds.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/number.h"

enum { HANDED_MAX = 16 };

size_t handed_fds(void)
{
    const char *pid = getenv("LISTEN_PID");
    const char *count = getenv("LISTEN_FDS");
    uint64_t number = 0;

    if (pid == NULL || count == NULL || !number_parse_u64(pid, &number) ||
        number != (uint64_t)getpid() || !number_parse_u64(count, &number) || number > HANDED_MAX)
        number = 0;
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    return (size_t)number;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options/write.c - --remote-write and what goes with it, as a set-up for the fetcher that pushes */
#include "cli/options/write.h"

#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/options/access.h"

int write_setup_from_options(const struct options *options, struct push_setup *setup_out,
                             struct aico2_error *err)
{
    struct push_setup setup = { .job = WRITE_JOB, .queue_bytes_max = PUSH_QUEUE_LEAST };
    char host[sizeof(setup.instance)];
    int r = access_from_options(options, &access_of_remote_write, &setup.access, err);

    if (r < 0)
        return r;
    if (gethostname(host, sizeof(host)) < 0)
        host[0] = '\0';
    host[sizeof(host) - 1] = '\0';
    text_copy_clean(setup.instance, sizeof(setup.instance), host);
    *setup_out = setup;
    return 0;
}

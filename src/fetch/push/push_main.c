/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push/push_main.c - aico2-fetch --push: a set-up from stdin, then snapshots for as long as they come */
#include "fetch/push_main.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "fetch/http.h"
#include "fetch/push/post.h"
#include "fetch/push/push.h"
#include "fetch/sandbox.h"
#include "fetch/store.h"

static bool read_setup(struct push_setup *setup)
{
    char *at = (char *)setup;
    size_t left = sizeof(*setup);

    while (left > 0) {
        ssize_t got = read(STDIN_FILENO, at, left);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        left -= (size_t)got;
    }
    return push_setup_check(setup);
}

enum push_main_result push_main(void)
{
    static const int ignored[] = { SIGTERM, SIGINT, SIGHUP };
    static struct push_setup setup; /* outlives this function, as the thread that sends may */
    static struct poster poster;
    const struct transport transport = { .post = post_request, .payload = &poster };

    /* Who started it ends it, by closing the pipe: what is in the pipe by then is stored first. */
    for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
        (void)signal(ignored[i], SIG_IGN);
    if (!read_setup(&setup))
        return PUSH_MAIN_NO_SETUP;
    if (setup.mode == PUSH_ONCE)
        setup.state_dir[0] = '\0';
    if (setup.state_dir[0] != '\0')
        (void)store_make(setup.state_dir, NULL); /* the queue tries again, and says why not */
    sandbox_enter(setup.state_dir);
    if (http_init() < 0)
        return PUSH_MAIN_INTERNAL;
    poster = (struct poster){ .access = &setup.access,
                              .credentials_dir = getenv("CREDENTIALS_DIRECTORY") };
    switch (push_run(&setup, &transport, STDIN_FILENO, STDOUT_FILENO)) {
    case PUSH_ENDED:
        return PUSH_MAIN_ENDED;
    case PUSH_GAVE_UP:
        return PUSH_MAIN_GAVE_UP;
    case PUSH_BAD_FRAME:
        return PUSH_MAIN_NO_SETUP;
    default:
        return PUSH_MAIN_INTERNAL;
    }
}

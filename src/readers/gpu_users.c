/* SPDX-License-Identifier: Apache-2.0 */
/* readers/gpu_users.c - when a reader asks who uses its GPUs */
#include "readers/gpu_users.h"

#include <errno.h>

static const int64_t LOOK_LEAST_NS = 50 * NSEC_PER_MSEC;
static const int64_t LOOK_MOST_NS = NSEC_PER_SEC;
/* A walk through all processes, when something is amiss, costs milliseconds: each time it does not
 * help the next waits twice as long. */
static const int64_t HURRY_NS = 60 * NSEC_PER_SEC;
static const int64_t HURRY_MOST_NS = 3600 * NSEC_PER_SEC;

int gpu_users_open(struct gpu_users *users_out, const struct reader_env *env, bool rocm, int sys_fd)
{
    struct gpu_users users = { .first_ns = -1 };
    int r = drm_clients_open(&users.clients, env->proc_fd, env->job_pids);

    if (r == -ENOMEM)
        return r;
    users.open = r == 0;
    /* its pids are the host's: in a namespace they would name others */
    if (users.open && rocm && users.clients.search.first_namespace &&
        kfd_open(&users.kfd, sys_fd) < 0) {
        drm_clients_close(&users.clients);
        return -ENOMEM;
    }
    *users_out = users;
    return 0;
}

void gpu_users_close(struct gpu_users *users)
{
    if (!users->open)
        return;
    drm_clients_close(&users->clients);
    kfd_close(&users->kfd);
    users->open = false;
}

bool gpu_users_are_due(const struct gpu_users *users, int64_t now_ns)
{
    return users->open && now_ns >= users->due_ns;
}

static int units_of_look(struct gpu_users *users, int64_t now_ns)
{
    const struct drm_search *search = &users->clients.search;

    if (search->walks == 0)
        return DRM_SEARCH_HURRY;
    if (users->unexplained && search->walks >= users->hurry_to && now_ns >= users->hurry_ns) {
        users->hurry_wait_ns = users->hurry_wait_ns == 0 ? HURRY_NS : 2 * users->hurry_wait_ns;
        if (users->hurry_wait_ns > HURRY_MOST_NS)
            users->hurry_wait_ns = HURRY_MOST_NS;
        users->hurry_to = search->walks + 2; /* the one that goes on, and a whole one */
        users->hurry_ns = now_ns + users->hurry_wait_ns;
    }
    return search->walks < users->hurry_to ? DRM_SEARCH_HURRY : DRM_SEARCH_STEADY;
}

void gpu_users_look(struct gpu_users *users, int64_t now_ns)
{
    int64_t period_ns;

    if (users->first_ns < 0)
        users->first_ns = now_ns;
    period_ns = users->every_reading ? 0 : (now_ns - users->first_ns) / 10;
    if (period_ns < LOOK_LEAST_NS)
        period_ns = LOOK_LEAST_NS;
    if (period_ns > LOOK_MOST_NS)
        period_ns = LOOK_MOST_NS;
    /* a tick that comes a little early (they are jittered) is still the one meant */
    users->due_ns = now_ns + period_ns - period_ns / 8;

    drm_clients_look(&users->clients, now_ns, units_of_look(users, now_ns));
    kfd_read(&users->kfd);
    users->unexplained = false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* session/session_loop.c - the loop that a session is driven by: what is waited for, who is called when */
#include "session/session_private.h"

int session_fd(const struct session *session)
{
    return sampler_fd(&session->sampler);
}

static void end_turn(struct session *session, const struct sampler_events *events)
{
    if (session->turn_hook != NULL && session->started)
        session->turn_hook(session->turn_payload, session,
                           session->turn_fd < 0 || sampler_has_found(events, session->turn_fd));
}

void session_await(const struct session *session, int timeout_ms, struct sampler_events *events_out)
{
    sampler_await(&session->sampler, timeout_ms, events_out);
}

void session_take(struct session *session, const struct sampler_events *events)
{
    (void)sampler_take(&session->sampler, events);
    end_turn(session, events);
}

void session_dispatch(struct session *session)
{
    struct sampler_events events;

    (void)sampler_wait(&session->sampler, 0, &events); /* looks after workers that are silent, too */
    end_turn(session, &events);
}

int session_patience_ms(struct session *session)
{
    return sampler_patience_ms(&session->sampler);
}

int session_watch(struct session *session, int fd, struct aico2_error *err)
{
    return sampler_watch(&session->sampler, fd, err);
}

int session_wait(struct session *session, int timeout_ms)
{
    struct sampler_events events;
    int r = sampler_wait(&session->sampler, timeout_ms, &events);

    if (r > 0 && session_follows_epochs(session) && session->started)
        session_tasks_wake(session);
    end_turn(session, &events);
    return r;
}

void session_on_tick(struct session *session, void (*hook)(void *payload), void *payload)
{
    session->tick_hook = hook;
    session->tick_payload = payload;
}

bool session_second_is_over(const struct session *session)
{
    return session->second_is_over;
}

void session_keep_seconds(struct session *session)
{
    session->keeps_seconds = true;
}

void session_on_turn(struct session *session, int fd,
                     void (*hook)(void *payload, struct session *session, bool readable),
                     void *payload)
{
    session->turn_hook = hook;
    session->turn_payload = payload;
    session->turn_fd = fd >= 0 && sampler_watch(&session->sampler, fd, NULL) == 0 ? fd : -1;
}

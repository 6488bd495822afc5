/* SPDX-License-Identifier: Apache-2.0 */
/* session/public/session.c - implements include/aico2/session.h: the life of a session and its thread */
#include "session/public/session.h"

#include <assert.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/thread_clocks.h"
#include "history/fork_gate.h"
#include "session/public/report.h"
#include "session/report/build.h"
#include "session/session_private.h"

/* A rank that does not measure looks so often for the one that does. */
enum { STACK_BYTES = 256 * 1024, LOOK_MS = 250, MORE_MS = 100 };

/* A reading that is no older than this will do. */
static const int64_t FRESH_NS = 100 * NSEC_PER_MSEC;
/* One of another process is waited for so long. */
static const int64_t ANSWER_NS = 10 * NSEC_PER_MSEC;

static int64_t thread_cpu_ns(void)
{
    struct timespec used;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * NSEC_PER_SEC + used.tv_nsec;
}

static void pass_on(void *payload, enum log_level level, const char *line)
{
    static const int levels[] = {
        [LOG_ERROR] = AICO2_LEVEL_ERROR,
        [LOG_WARNING] = AICO2_LEVEL_WARNING,
        [LOG_INFO] = AICO2_LEVEL_INFO,
        [LOG_DEBUG] = AICO2_LEVEL_INFO,
    };
    const struct aico2_session *session = payload;

    if (session->message != NULL && level != LOG_DEBUG)
        session->message(session->context, levels[level], line);
}

int public_enter(struct public_call *call, struct aico2_session *session, struct aico2_error *err)
{
    *call = (struct public_call){ .session = session };
    if (session->pid != getpid())
        return aico2_error_set(err, -ECHILD,
                               "the session is process %d's, and this is a child of its",
                               (int)session->pid);
    call->cpu_ns = thread_cpu_ns();
    call->before = uselocale(session->points);
    (void)pthread_mutex_lock(&session->lock);
    return 0;
}

void public_leave(struct public_call *call)
{
    struct aico2_session *session = call->session;

    if (session->session != NULL)
        session_add_own_cpu(session->session, thread_cpu_ns() - call->cpu_ns);
    (void)pthread_mutex_unlock(&session->lock);
    (void)uselocale(call->before);
}

int public_enter_running(struct public_call *call, struct aico2_session *session,
                         struct aico2_error *err)
{
    int r = public_enter(call, session, err);

    if (r < 0 || session->state == PUBLIC_RUNNING)
        return r;
    public_leave(call);
    return aico2_error_set(err, -EINVAL, "the session is not running");
}

void public_refresh(struct aico2_session *session)
{
    int64_t now_ns = session_mono_ns(session->session);

    if (now_ns - session->session->read_mono_ns < FRESH_NS)
        return;
    if (!session->measures)
        figures_follow_ask(&session->follow, false, ANSWER_NS);
    session_read_now(session->session);
    public_settle_tasks(session);
}

int public_open(struct aico2_session *session, struct aico2_error *err)
{
    int64_t cpu_ns = thread_cpu_ns();
    int r;

    session->settings.options.log = &session->log;
    r = session_new(&session->session, &session->settings.options, err);
    if (r < 0)
        return r;
    if (session->settings.calibration_trouble[0] != '\0')
        session_add_warning(session->session, session->settings.calibration_trouble);
    if (session->settings.history_trouble[0] != '\0')
        session_add_warning(session->session, session->settings.history_trouble);
    session_add_own_cpu(session->session, thread_cpu_ns() - cpu_ns);
    return session_watch(session->session, session->wake_fd, err);
}

static int open_handles(struct aico2_session *session, struct aico2_error *err)
{
    session->points = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (session->points == (locale_t)0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    session->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (session->wake_fd < 0)
        return aico2_error_set_errno(err, errno, "cannot create an event descriptor");
    return 0;
}

static void free_all(struct aico2_session *session)
{
    session_free(session->session);
    figures_follow_close(&session->follow);
    rank_election_end(&session->election);
    public_drop_tasks(session);
    public_settings_deinit(&session->settings);
    fd_closep(&session->wake_fd);
    if (session->points != (locale_t)0)
        freelocale(session->points);
    (void)pthread_mutex_destroy(&session->lock);
    free(session);
}

static int open_all(struct aico2_session *session, const struct aico2_options *options,
                    const struct public_seam *seam, struct aico2_error *err)
{
    locale_t before;
    int r = open_handles(session, err);

    if (r < 0)
        return r;
    before = uselocale(session->points);
    r = public_settings_init(&session->settings, options, err);
    if (r == 0) {
        if (seam != NULL) {
            session->settings.options.clock = seam->clock;
            session->settings.options.drivers = seam->drivers;
        }
        if (!public_is_rank(session))
            r = public_open(session, err);
    }
    (void)uselocale(before);
    return r;
}

int public_session_new(struct aico2_session **session_out, const struct aico2_options *options,
                       const struct public_seam *seam, struct aico2_error *err)
{
    struct aico2_session *session = calloc(1, sizeof(*session));
    int r;

    if (session == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    session->pid = getpid();
    session->wake_fd = -1;
    session->log = (struct log){ .write = pass_on, .payload = session };
    session->embodied = BAND_NONE;
    session->election = RANK_ELECTION_NULL;
    session->follow = FIGURES_FOLLOW_NULL;
    session->measures = true;
    (void)pthread_mutex_init(&session->lock, NULL);
    fork_gate_arm();
    r = open_all(session, options, seam, err);
    if (r < 0) {
        free_all(session);
        return r;
    }
    if (options != NULL) {
        session->message = options->message;
        session->context = options->context;
    }
    *session_out = session;
    return 0;
}

int aico2_session_new(struct aico2_session **session_out, const struct aico2_options *options,
                      struct aico2_error *err)
{
    return public_session_new(session_out, options, NULL, err);
}

static void take_wake(struct aico2_session *session)
{
    uint64_t count;
    ssize_t length = read(session->wake_fd, &count, sizeof(count));

    (void)length; /* nothing there: somebody else has taken it */
}

/* Reads at every tick until it is told that the run ends. */
static void *read_on(void *payload)
{
    struct aico2_session *session = payload;
    locale_t before = uselocale(session->points);
    struct sampler_events events;
    int patience_ms;

    (void)pthread_mutex_lock(&session->lock);
    while (session->state == PUBLIC_RUNNING) {
        patience_ms = session_patience_ms(session->session);
        if (!session->measures && (patience_ms < 0 || patience_ms > LOOK_MS))
            patience_ms = public_awaits_more(session) ? MORE_MS : LOOK_MS;
        (void)pthread_mutex_unlock(&session->lock);
        session_await(session->session, patience_ms, &events);
        (void)pthread_mutex_lock(&session->lock);
        if (session->state != PUBLIC_RUNNING)
            break;
        if (sampler_has_found(&events, session->wake_fd))
            take_wake(session);
        session_take(session->session, &events);
        public_settle_tasks(session);
        public_look_around(session);
    }
    (void)pthread_mutex_unlock(&session->lock);
    (void)uselocale(before);
    return NULL;
}

void public_begin(struct aico2_session *session, const char *id, const char *name)
{
    session_name(session->session, id, name);
    memcpy(session->run_id, session_run_id(session->session), sizeof(session->run_id));
    session_start(session->session);
    session_record(session->session);
    session->embodied_mono_ns = 0;
}

static void close_run(struct aico2_session *session)
{
    session_free(session->session);
    session->session = NULL;
    session->state = PUBLIC_IDLE;
    figures_follow_close(&session->follow);
    rank_election_end(&session->election);
}

static int begin_run(struct aico2_session *session, const char *name, struct aico2_error *err)
{
    char run[ULID_SIZE];
    int r;

    ulid_make(run, clock_wall_ns());
    r = public_elect(session, run, err);
    if (r < 0) {
        close_run(session);
        return r;
    }
    public_begin(session, run, name);
    session->state = PUBLIC_RUNNING;
    session->exceeded = false;
    session->used_before = 0;
    session->epochs = 0;
    r = thread_start_counted(&session->thread, STACK_BYTES, read_on, session,
                             session->session->own_threads);
    if (r == 0)
        return 0;
    close_run(session);
    return aico2_error_set_errno(err, -r, "cannot start the thread that reads");
}

int aico2_session_start(struct aico2_session *session, const char *name, struct aico2_error *err)
{
    struct public_call call;
    int r = public_enter(&call, session, err);

    if (r < 0)
        return r;
    if (session->state != PUBLIC_IDLE)
        r = aico2_error_set(err, -EALREADY, "the session is running");
    else
        r = begin_run(session, name, err);
    public_leave(&call);
    return r;
}

/* Ends the thread. Lock held before and after, not in between. */
static void end_thread(struct aico2_session *session)
{
    const uint64_t one = 1;
    ssize_t written;

    session->state = PUBLIC_STOPPING;
    (void)pthread_mutex_unlock(&session->lock);
    written =
        write(session->wake_fd, &one, sizeof(one)); /* of a counter that is small: it has room */
    assert(written == (ssize_t)sizeof(one));
    (void)written;
    (void)pthread_join(session->thread, NULL);
    (void)pthread_mutex_lock(&session->lock);
    take_wake(session);
}

static int end_run(struct aico2_session *session, const struct session_end *end,
                   struct aico2_report **report_out, struct aico2_error *err)
{
    struct report report;
    int r;

    end_thread(session);
    public_drop_tasks(session);
    if (!session->measures)
        public_end_following(session);
    r = session_finish(session->session, end, &report, err);
    if (r == 0 && session->measures)
        rank_election_turn(&session->election, session->session);
    else if (r == 0) {
        report.measured_by = session->election.lock.leader.pid;
        report.own_energy =
            BAND_NONE; /* of this process, which is the job's where it is measured */
    }
    if (r == 0 && report_out != NULL)
        r = public_report_new(report_out, &report, err); /* takes it */
    else if (r == 0)
        report_deinit(&report);
    close_run(session);
    return r;
}

static int stop(struct aico2_session *session, const struct session_end *end,
                struct aico2_report **report_out, struct aico2_error *err)
{
    struct public_call call;
    int r = public_enter_running(&call, session, err);

    if (r < 0)
        return r;
    r = end_run(session, end, report_out, err);
    public_leave(&call);
    return r;
}

int aico2_session_stop(struct aico2_session *session, struct aico2_report **report_out,
                       struct aico2_error *err)
{
    return stop(session, &(struct session_end){ RUN_FINISHED, 0 }, report_out, err);
}

int aico2_session_stop_failed(struct aico2_session *session, int exit_status,
                              struct aico2_report **report_out, struct aico2_error *err)
{
    return stop(session, &(struct session_end){ RUN_FAILED, exit_status }, report_out, err);
}

void aico2_session_free(struct aico2_session *session)
{
    /* a child of fork() has neither our threads nor a lock it could trust: what it has stays as it is */
    if (session == NULL || session->pid != getpid())
        return;
    (void)aico2_session_stop(session, NULL, NULL);
    free_all(session);
}

const char *aico2_session_run_id(const struct aico2_session *session)
{
    return session->run_id;
}

int aico2_session_is_running(const struct aico2_session *session)
{
    /* without the lock: who asks while another stops gets one of two right answers */
    return session->pid == getpid() && session->state == PUBLIC_RUNNING;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* session/public/task.c - implements include/aico2/session.h: tasks */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "session/public/session.h"

#include "base/text.h"
#include "carbon/footprint.h"
#include "session/public/public.h"
#include "session/report/build.h"
#include "session/report/tasks.h"
#include "session/session_private.h"

/* Making the hardware has a rate that hardly changes; finding it costs more than a task's edge may. */
static const int64_t EMBODIED_NS = 10 * NSEC_PER_SEC;

void public_settle_tasks(struct aico2_session *session)
{
    /* one that is settled was begun before the last reading, and so were all that are older */
    for (struct open_task *task = session->newest; task != NULL; task = task->older) {
        if (task->begin.settled)
            break;
        task_edge_settle(session->session, &task->begin);
    }
}

static void forget(struct aico2_session *session, struct open_task *task)
{
    if (task->newer != NULL)
        task->newer->older = task->older;
    else
        session->newest = task->older;
    if (task->older != NULL)
        task->older->newer = task->newer;
    else
        session->oldest = task->newer;
    task_edge_deinit(&task->begin);
    free(task);
}

void public_drop_tasks(struct aico2_session *session)
{
    while (session->newest != NULL)
        forget(session, session->newest);
}

static void append(struct aico2_session *session, struct open_task *task)
{
    task->older = session->newest;
    if (session->newest != NULL)
        session->newest->newer = task;
    else
        session->oldest = task;
    session->newest = task;
    for (struct open_task *item = task->older; item != NULL && !item->overlaps; item = item->older)
        item->overlaps = true;
    task->overlaps = task->older != NULL;
}

static void name_task(struct aico2_session *session, struct open_task *task, const char *name)
{
    session->epochs += task->kind == AICO2_TASK_EPOCH;
    text_copy_clean(task->name, sizeof(task->name), name != NULL ? name : "");
    if (task->name[0] != '\0')
        return;
    if (task->kind == AICO2_TASK_EPOCH)
        (void)snprintf(task->name, sizeof(task->name), "epoch %u", session->epochs);
    else
        (void)snprintf(task->name, sizeof(task->name), "%s",
                       task->kind == AICO2_TASK_VALIDATION ? "validation" : "task");
}

/* In the run of who measures it is a part, too. */
static void tell_part(struct aico2_session *session, const char *name, bool continues,
                      int64_t mono_ns)
{
    struct figures_ask ask = { .kind = ASK_PART,
                               .continues = continues ? 1 : 0,
                               .mono_ns = mono_ns };

    if (session->measures)
        return;
    (void)snprintf(ask.name, sizeof(ask.name), "%s", name != NULL ? name : "");
    public_tell(session, &ask);
}

/* Lock held. *task_out is borrowed until it is closed. */
static int begin(struct aico2_session *session, const char *name, int kind, bool nests,
                 struct open_task **task_out, struct aico2_error *err)
{
    struct open_task *task = calloc(1, sizeof(*task));
    int64_t now_ns;

    if (task == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    public_refresh(session);
    now_ns = session_mono_ns(session->session);
    task->number = session->last_number + 1;
    task->thread = pthread_self();
    task->nests = nests;
    task->kind = kind;
    name_task(session, task, name);
    if (task_edge_take(session->session, now_ns, &task->begin) < 0 ||
        session_mark(session->session, task->name, false, now_ns) < 0) {
        task_edge_deinit(&task->begin);
        free(task);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    task->first_part = session_mark_count(session->session) - 1;
    session->last_number = task->number;
    append(session, task);
    tell_part(session, task->name, false, now_ns);
    *task_out = task;
    return 0;
}

/* The job's part of making the hardware, grams a second. */
static struct band embodied(struct aico2_session *session, double seconds)
{
    int64_t now_ns = session_mono_ns(session->session);
    struct report report;

    if (session->embodied_mono_ns == 0 || now_ns - session->embodied_mono_ns >= EMBODIED_NS) {
        if (session_totals_so_far(session->session, &report, NULL) == 0) {
            double duration = seconds_from_ns(report.run.duration_ns);

            session->embodied = duration > 0 ? band_scaled(report.embodied_gco2e, 1 / duration)
                                             : report.embodied_gco2e;
            session->embodied_mono_ns = now_ns;
            report_deinit(&report);
        }
    }
    return band_scaled(session->embodied, seconds);
}

static struct band grams(struct aico2_session *session, const struct task_figures *figures,
                         int64_t begin_mono_ns)
{
    struct session *inner = session->session;
    struct carbon_basis basis = session_basis(inner);
    int64_t begin_ns = begin_mono_ns + inner->wall_offset_ns;
    int64_t end_ns = begin_ns + (int64_t)(figures->seconds * 1e9);
    struct band sum =
        footprint_operational(figures->energy_joules, basis.pue,
                              report_intensity_between(&basis, begin_ns, end_ns, false));
    struct band made = embodied(session, figures->seconds);

    return band_is_known(made) ? band_sum(sum, made) : sum;
}

static int fill(struct aico2_session *session, struct open_task *task, int64_t now_ns,
                struct aico2_task_figures *figures_out, struct aico2_error *err)
{
    struct aico2_task_figures filled;
    struct task_figures figures;

    if (figures_out == NULL)
        return 0;
    task_figures_between(session->session, &task->begin, now_ns, &figures);
    filled = (struct aico2_task_figures){
        .duration_s = figures.seconds,
        .energy_joules = public_band(figures.energy_joules),
        .total_gco2e = public_band(grams(session, &figures, task->begin.mono_ns)),
        .cpu_s = figures.cpu_seconds,
        .readings = figures.readings,
        .overlaps = task->overlaps ? 1 : 0,
    };
    return public_fill(figures_out, &filled, sizeof(filled), sizeof(filled), "aico2_task_figures",
                       err);
}

/* Lock held. The task is gone unless figures_out is refused, or memory is short. */
static int end(struct aico2_session *session, struct open_task *task,
               struct aico2_task_figures *figures_out, struct aico2_error *err)
{
    const struct open_task *next = task != session->newest ? session->newest : task->older;
    int64_t now_ns;
    int r;

    public_refresh(session);
    now_ns = session_mono_ns(session->session);
    r = fill(session, task, now_ns, figures_out, err);
    if (r < 0)
        return r;
    if (session_mark(session->session, next != NULL ? next->name : NULL, next != NULL, now_ns) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    tell_part(session, next != NULL ? next->name : NULL, next != NULL, now_ns);
    if (task->kind != AICO2_TASK_WORK) {
        const enum task_kind kind = task->kind == AICO2_TASK_EPOCH ? TASK_EPOCH : TASK_VALIDATION;

        session_mark_as(session->session, task->first_part, kind);
        public_tell(session, &(struct figures_ask){ .kind = ASK_KIND,
                                                    .task_kind = (int32_t)kind,
                                                    .mono_ns = task->begin.mono_ns });
    }
    forget(session, task);
    return 0;
}

int aico2_task_begin(struct aico2_session *session, const char *name, struct aico2_error *err)
{
    struct open_task *ignored;
    struct public_call call;
    int r = public_enter_running(&call, session, err);

    if (r < 0)
        return r;
    r = begin(session, name, AICO2_TASK_WORK, true, &ignored, err);
    public_leave(&call);
    return r;
}

int aico2_task_end(struct aico2_session *session, struct aico2_task_figures *figures_out,
                   struct aico2_error *err)
{
    struct open_task *task;
    struct public_call call;
    int r = public_enter_running(&call, session, err);

    if (r < 0)
        return r;
    task = session->newest;
    while (task != NULL && !(task->nests && pthread_equal(task->thread, pthread_self())))
        task = task->older;
    r = task != NULL ? end(session, task, figures_out, err)
                     : aico2_error_set(err, -EINVAL, "this thread has begun no task");
    public_leave(&call);
    return r;
}

int aico2_task_open(struct aico2_session *session, const char *name, int kind, uint64_t *task_out,
                    struct aico2_error *err)
{
    struct open_task *task;
    struct public_call call;
    int r;

    if (kind < AICO2_TASK_WORK || kind > AICO2_TASK_VALIDATION)
        return aico2_error_set(err, -EINVAL,
                               "kind is %d: it must be 0 (work), 1 (epoch) or 2 (validation)",
                               kind);
    r = public_enter_running(&call, session, err);
    if (r < 0)
        return r;
    r = begin(session, name, kind, false, &task, err);
    if (r == 0)
        *task_out = task->number;
    public_leave(&call);
    return r;
}

int aico2_task_close(struct aico2_session *session, uint64_t number,
                     struct aico2_task_figures *figures_out, struct aico2_error *err)
{
    struct open_task *task;
    struct public_call call;
    int r = public_enter_running(&call, session, err);

    if (r < 0)
        return r;
    task = session->newest;
    while (task != NULL && (task->nests || task->number != number))
        task = task->older;
    r = task != NULL
            ? end(session, task, figures_out, err)
            : aico2_error_set(err, -EINVAL, "no task %llu is open", (unsigned long long)number);
    public_leave(&call);
    return r;
}

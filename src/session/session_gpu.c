/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session/session_gpu.c - whose work a GPU does: the driver's list of processes against the job's
 *
 * The share is by SM time; where the driver does not account it, by memory held; where it accounts
 * nothing that can be compared, the work is taken for the job's, and each of the last two is said
 * in the report.
 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>

#include "session/session_private.h"

#include "attribution/job_cpu.h"
#include "base/array.h"
#include "base/clock.h"

/* SM samples come up to a second late; this old they say nothing of now. */
static const int64_t SM_KEPT_NS = 2 * NSEC_PER_SEC;
/* Readers look at the job's processes about once a second. */
static const int64_t TOLD_MOST_NS = NSEC_PER_SEC;
/* Less of the activity than this is not worth a note. */
static const double NOTED_RATIO = 0.05;
/* Long against the 20-100 ms at which counters are renewed; short of a nominal 1 s tick with
 * jitter. */
static const double PEAK_SECONDS = 0.9;
static const double IDLE_RATIO = 0.01;
static const double EDGE_SECONDS = 0.1;
static const double SHORT_RUN_SECONDS = 10;
/* Half-width (95 %): docs/readers/nvml.md. */
static const double SHORT_POWER_BAND = 0.5;
/* Of one reading of the instant, for the mean of a load that comes and goes. */
static const double INSTANT_BAND = 0.5;

struct list_sums {
    double sm_all;
    double sm_job;
    double memory_all;
    double memory_job;
    double hidden;
    bool job_listed;
    bool timed;       /* the time of each is known */
    bool all_foreign; /* no listed pid is a process that we can see */
};

/* pids are the host's: under another PID namespace they may name nobody, or somebody else. */
static bool is_visible(int pid)
{
    return kill(pid, 0) == 0 || errno == EPERM;
}

static size_t count_in_instance(const struct sample *sample, uint32_t instance)
{
    size_t count = 0;

    for (size_t i = 0; i < sample->process_count; i++)
        count += sample->processes[i].instance == instance;
    return count;
}

/* Of a divided GPU: memory held of the instance's, times the instance's size. */
double session_gpu_weight(const struct sample *sample, const struct process_use *process,
                          bool memory_known)
{
    if (!(process->instance_ratio > 0))
        return memory_known ? (double)process->memory_bytes : 1; /* each alike */
    if (memory_known && process->instance_bytes > 0)
        return (double)process->instance_ratio *
               fmin((double)process->memory_bytes / (double)process->instance_bytes, 1);
    return (double)process->instance_ratio / (double)count_in_instance(sample, process->instance);
}

bool session_gpu_memory_known(const struct sample *sample)
{
    for (size_t i = 0; i < sample->process_count; i++) {
        const struct process_use *process = &sample->processes[i];

        if (process->memory_bytes == UINT64_MAX ||
            (process->instance_ratio > 0 && process->instance_bytes == 0))
            return false;
    }
    return true;
}

double session_gpu_sm(const struct process_use *process)
{
    double sm = process->sm_ratio > 0 ? (double)process->sm_ratio : 0;

    return process->instance_ratio > 0 ? sm * (double)process->instance_ratio : sm;
}

static struct list_sums add_up(const struct session *session, const struct sample *sample)
{
    struct list_sums sums = { .timed = true, .all_foreign = !sample->own_pids };
    bool memory_known = session_gpu_memory_known(sample);

    for (size_t i = 0; i < sample->process_count; i++) {
        const struct process_use *process = &sample->processes[i];
        bool job = session->job != NULL && job_cpu_contains(session->job, process->pid);
        double memory = session_gpu_weight(sample, process, memory_known);
        double sm = session_gpu_sm(process);

        sums.memory_all += memory;
        sums.sm_all += sm;
        sums.timed = sums.timed && process->sm_ratio >= 0;
        if (process->pid == PROCESS_HIDDEN)
            sums.hidden += sm;
        if (job) {
            sums.job_listed = true;
            sums.memory_job += memory;
            sums.sm_job += sm;
        }
        /* only there pids may be another namespace's */
        if (session->record.run.machine.container && !sample->own_pids)
            sums.all_foreign = sums.all_foreign && !is_visible(process->pid);
    }
    return sums;
}

/* What is taken for the job's where nothing tells whose work it is: all, but of a divided GPU only
 * the instances that are known to be its own. A container is shown no others. */
static double presumed_ratio(const struct session *session, const struct device *device)
{
    bool container = session->record.run.machine.container;

    if (device->instances == 0 || !(device->instances_ratio > 0))
        return 1;
    if (device->asked_ratio > 0)
        return container ? device->asked_ratio
                         : fmin(device->asked_ratio / device->instances_ratio, 1);
    return container ? device->instances_ratio : 1;
}

/* Graphics within a module, reached through nodes that can be seen among a process's files. */
static bool is_integrated(const struct device *device)
{
    return device->product[0] != '\0';
}

static void take_list(struct session *session, const struct device *device, struct gpu_use *use,
                      const struct sample *sample)
{
    struct list_sums sums = add_up(session, sample);

    /* at the end the job's processes have left the list: what they did until then is in the SM
     * samples, or else the last shares stand */
    if (session->ending && use->job_seen && !(sums.sm_job > 0))
        return;
    /* nor was it there yet in the first: a run that was over before another tells nothing of it */
    use->lists += !session->ending;
    if (session->ending && sample->own_pids && !sums.job_listed && use->lists < 2) {
        use->accounted = false;
        return;
    }
    use->accounted = true;
    use->own_pids = sample->own_pids;
    use->timed = sums.timed && sample->process_count > 0;
    use->hidden_ratio = sums.sm_all > 0 ? sums.hidden / sums.sm_all : 0;
    use->listed = sample->process_count;
    use->met = use->met || sample->process_count > 0;
    use->job_seen = use->job_seen || sums.job_listed;
    /* one match shows that the driver counts processes as we do */
    session->gpu_pids_ours = session->gpu_pids_ours || (sums.job_listed && !sample->own_pids);

    if (sample->process_count == 0) {
        use->sm_ratio = 0;
        if (sample->own_pids)
            use->job_ratio = 0; /* it has left, and others work on */
    } else if (!sums.job_listed && !session->gpu_pids_ours && sums.all_foreign &&
               session->record.run.machine.container) {
        use->way = GPU_PRESUMED;
        use->job_ratio = presumed_ratio(session, device);
        use->sm_ratio = fmin(sums.sm_all, 1);
    } else if (sums.sm_all > 0 || (sums.timed && sample->own_pids)) {
        use->way = GPU_BY_SM;
        use->job_ratio = sums.sm_all > 0 ? sums.sm_job / sums.sm_all : 0;
        use->sm_ratio = fmin(sums.sm_all, 1);
        use->sm_mono_ns = sample->mono_ns;
    } else if (use->way != GPU_BY_SM || sample->mono_ns - use->sm_mono_ns > SM_KEPT_NS) {
        use->way = GPU_BY_MEMORY;
        use->job_ratio = sums.memory_all > 0 ? sums.memory_job / sums.memory_all : 0;
        use->sm_ratio = 0;
    }
}

void session_gpu_take(struct session *session, size_t index, const struct sample *sample)
{
    take_list(session, &session->record.devices[index], &session->channels[index].gpu, sample);
    session_processes_take(session, index, sample);
}

/* SM seconds a second of everybody, where the driver tells; else whether somebody is there. */
static double busy_ratio(const struct device *device, struct gpu_use *use,
                         const struct sample *sample)
{
    bool fresh_list = (sample->valid & SAMPLE_PROCESSES) != 0;

    if ((sample->valid & SAMPLE_UTILIZATION) != 0) {
        use->utilization_ratio = sample->utilization_ratio;
        use->utilization_known = true;
    }
    if ((device->fields & SAMPLE_UTILIZATION) != 0) /* asked less often than we read */
        return fresh_list ? fmax(use->utilization_ratio, use->sm_ratio) : use->utilization_ratio;
    if (use->sm_ratio > 0 || use->timed)
        return use->sm_ratio;
    return use->listed > 0 ? 1 : 0;
}

/* A number for those in a list who have not been met yet; 0: everybody has. */
static uint64_t strangers_in(const struct session *session, const struct sample *sample)
{
    uint64_t strangers = 0;

    for (size_t i = 0; i < sample->process_count; i++) {
        if (!job_cpu_knows(session->job, sample->processes[i].pid))
            strangers = strangers * 31 + (uint64_t)sample->processes[i].pid;
    }
    return strangers;
}

/* The tree of the job is looked at when a list names somebody new: those of other containers stay
 * strangers, and are looked for once. */
void session_gpu_look(struct session *session, size_t source, const struct sample *samples)
{
    bool news = false;

    if (session->job == NULL || session->ending)
        return;
    for (size_t i = 0; i < session->channel_count; i++) {
        struct channel *channel = &session->channels[i];
        uint64_t strangers;

        if (channel->source != source || (samples[channel->at].valid & SAMPLE_PROCESSES) == 0)
            continue;
        strangers = strangers_in(session, &samples[channel->at]);
        news = news || (strangers != 0 && strangers != channel->gpu.strangers);
        channel->gpu.strangers = strangers;
    }
    if (news)
        job_cpu_look(session->job, session->forks);
}

static int64_t told_again_ns(const struct session *session, int64_t now_mono_ns)
{
    int64_t period_ns = (now_mono_ns - session->start_mono_ns) / 10;

    return now_mono_ns + (period_ns < TOLD_MOST_NS ? period_ns : TOLD_MOST_NS) * 7 / 8;
}

void session_tell_job(struct session *session, int64_t now_mono_ns)
{
    struct shared_pids *list = session->environment.job_pids;
    size_t count;

    if (session->job == NULL || session->ending || list == NULL || !shared_pids_are_wanted(list) ||
        now_mono_ns < session->job_told_ns)
        return;
    session->job_told_ns = told_again_ns(session, now_mono_ns);
    job_cpu_look(session->job, session->forks);
    count = job_cpu_members(session->job, NULL, 0);
    if (array_reserve(&session->job_pids, &session->job_pids_capacity, count,
                      sizeof(*session->job_pids)) < 0)
        return;
    count = job_cpu_members(session->job, session->job_pids, count);
    (void)shared_pids_set(list, session->job_pids, count);
}

/* The job would be in it if it were on the GPU. A captured machine does not hold the job: one that
 * shows nobody proves nothing. */
static bool is_own_list(const struct session *session, const struct gpu_use *use)
{
    return use->accounted && use->own_pids && (session->options.sysroot == NULL || use->met);
}

void session_gpu_activity(struct session *session, size_t index, const struct sample *sample,
                          double seconds)
{
    struct channel *channel = &session->channels[index];
    const struct device *device = &session->record.devices[index];
    struct gpu_use *use = &channel->gpu;
    bool utilization_told = (device->fields & SAMPLE_UTILIZATION) != 0;
    bool lists_processes = (device->fields & SAMPLE_PROCESSES) != 0;
    double busy;

    if ((sample->valid & SAMPLE_PROCESSES) != 0)
        session_gpu_take(session, index, sample);
    busy = busy_ratio(device, use, sample);
    if (!use->accounted || use->listed == 0) {
        /* in a container the list may be kept empty */
        bool ours = use->own_pids ? is_own_list(session, use) : session->gpu_pids_ours;
        bool blind = !use->accounted || (session->record.run.machine.container && !ours);

        if (!utilization_told && blind)
            busy = 1; /* nothing at all is known of its use */
        if (is_integrated(device) && busy > 0 && session_gpu_is_open(session) == 0) {
            use->way = GPU_ABSENT; /* the job would have its node open */
            use->job_ratio = 0;
        } else if (!ours || !lists_processes) {
            use->way = GPU_PRESUMED; /* nobody but the job is known to be here */
            use->job_ratio = presumed_ratio(session, device);
        } else if (!use->job_seen) {
            use->way = GPU_ABSENT;
            use->job_ratio = 0; /* the job would be listed if it were here */
        }
    }
    if (session->job == NULL)
        use->job_ratio = 0; /* nobody to take it for */
    use->busy_ratio = busy;
    channel->all_activity = busy * seconds;
    channel->job_activity = channel->all_activity * use->job_ratio;
    use->activity_seconds[use->way] += channel->all_activity;
    use->hidden_seconds += use->way == GPU_BY_SM ? channel->all_activity * use->hidden_ratio : 0;
}

bool session_gpu_is_idle(const struct gpu_use *use)
{
    return use->utilization_known && use->utilization_ratio <= IDLE_RATIO;
}

/* Two refreshes of the counter may fall between two quick readings, or none. */
void session_gpu_peak(struct channel *channel, struct interval *interval)
{
    struct power_window *window = &channel->gpu.peak;

    interval->peak_watts =
        (channel->last.valid & SAMPLE_POWER) != 0 ? channel->last.power_watts : NAN;
    window->joules += interval->joules;
    window->seconds += interval->seconds;
    if (interval->gap || window->seconds >= PEAK_SECONDS) {
        if (!interval->gap)
            interval->peak_watts = fmax(interval->peak_watts, window->joules / window->seconds);
        *window = (struct power_window){ 0 };
    }
}

/* A run of a few periods of the sensor begins and ends somewhere within one; power that is a mean
 * lags behind the work, and power of the instant is a sample of it. */
static void widen_band(struct device *device, enum meter_method method,
                       const struct energy_sums *sums)
{
    double seconds = sums->covered_seconds;
    double wider = device->band_ratio;

    if (!(seconds > 0) || !isfinite(device->band_ratio))
        return;
    if (method == METER_POWER && device->power_time == POWER_OF_THE_INSTANT && sums->samples > 0)
        wider = fmin(hypot(wider, INSTANT_BAND / sqrt((double)sums->samples)), SHORT_POWER_BAND);
    else if (method == METER_POWER && seconds < SHORT_RUN_SECONDS)
        wider = SHORT_POWER_BAND;
    else if (method == METER_COUNTER && seconds < SHORT_RUN_SECONDS)
        wider = fmin(hypot(wider, EDGE_SECONDS / seconds), 1);
    device->band_ratio = fmax(device->band_ratio, wider);
}

static void note_presumed(struct session *session, size_t index)
{
    const struct device *device = &session->record.devices[index];
    double ratio = presumed_ratio(session, device);
    char note[128];

    if (device->instances == 0 || ratio >= 1) {
        session_note(session, index, "nothing tells whose work it is: taken for the job's");
        return;
    }
    (void)snprintf(note, sizeof(note),
                   "nothing tells whose work it is: %.0f %% taken for the job's, %s", ratio * 100,
                   device->asked_ratio > 0 ? "the instances in CUDA_VISIBLE_DEVICES"
                                           : "the instances that are visible here");
    session_note(session, index, note);
}

void session_settle_gpu(struct session *session, size_t index)
{
    const struct channel *channel = &session->channels[index];
    const double *ways = channel->gpu.activity_seconds;
    double all = 0;
    double noted;

    for (size_t i = 0; i < GPU_WAYS; i++)
        all += ways[i];
    noted = NOTED_RATIO * all;
    if (ways[GPU_PRESUMED] > noted && session->job != NULL)
        note_presumed(session, index);
    if (ways[GPU_BY_MEMORY] > noted && session->job != NULL)
        session_note(session, index,
                     session->record.devices[index].instances > 0
                         ? "shared by memory held x size of the instance: no SM time per process"
                         : "shared by memory residency: no SM time per process");
    if (channel->gpu.hidden_seconds > noted && session->job != NULL)
        session_note(session, index,
                     "part of its work is of processes that may not be looked at: counted as "
                     "others'");
    widen_band(&session->record.devices[index], channel->meter.method, &channel->totals.sums);
}

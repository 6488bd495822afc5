/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session/session_module.c - whose work a module does: CPU time and the load of the graphics in it
 *
 * A rail that feeds the CPU is shared by CPU time, one that feeds the graphics by their load, one that
 * feeds both by either, each as busy as it was. The module is shared as its rails are, weighed by what
 * they draw; where none of them is known, by how busy CPU and graphics were. What memory and the rest
 * of the chip draw follows. Of a superchip whose GPUs have meters of their own, what these draw is
 * shared as they are, by the driver's processes. Whose work the graphics do nobody tells without root: it is taken for the
 * job's as long as one of its processes has the GPU open, and that is said.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "session/session_private.h"

#include "attribution/job_cpu.h"
#include "attribution/job_files.h"
#include "model/rails.h"

enum { PIDS_MAX = 256 };

static const int64_t LOOK_NS = NSEC_PER_SEC;
/* Less of the activity than this is not worth a note. */
static const double NOTED_RATIO = 0.05;
/* Parts above their whole by more than two meters are off by (10 % each, in quadrature). */
static const double SUSPECT_RATIO = 0.14;

/* Seconds in which somebody worked, and of these the job's. */
struct work {
    double job;
    double all;
};

static double job_share(const struct work *work)
{
    return work->all > 0 ? fmin(work->job / work->all, 1) : 0;
}

/* Both works on one thing, by the weight of each; one that nobody did weighs nothing. */
static struct work join(const struct work *cpu, double cpu_weight, const struct work *gpu,
                        double gpu_weight)
{
    struct work both = { .all = cpu->all + gpu->all };

    if (!(cpu->all > 0))
        cpu_weight = 0;
    if (!(gpu->all > 0))
        gpu_weight = 0;
    if (!(cpu_weight + gpu_weight > 0))
        return both; /* nobody is known to have done anything */
    both.job = both.all * (cpu_weight * job_share(cpu) + gpu_weight * job_share(gpu)) /
               (cpu_weight + gpu_weight);
    return both;
}

/* The same weights, for who asks which of the two a process has a part in. */
static double graphics_part(unsigned covers, const struct work *cpu, double cpu_weight,
                            const struct work *gpu, double gpu_weight)
{
    if ((covers & (RAIL_CPU | RAIL_GPU)) == RAIL_GPU)
        return 1;
    if (!(cpu->all > 0))
        cpu_weight = 0;
    if (!(gpu->all > 0))
        gpu_weight = 0;
    return cpu_weight + gpu_weight > 0 ? gpu_weight / (cpu_weight + gpu_weight) : 0;
}

static const struct device *device_of(const struct session *session, size_t index)
{
    return &session->record.devices[index];
}

static bool is_part_of(const struct session *session, size_t index, const struct device *module)
{
    return device_of(session, index)->kind == DEVICE_PART &&
           device_of(session, index)->index == module->index;
}

/* Parts are asked less often than the module: until they are again their load stands, and no longer. */
static void note_load(struct gpu_use *use, const struct sample *sample)
{
    if ((sample->valid & SAMPLE_UTILIZATION) != 0) {
        use->utilization_ratio = sample->utilization_ratio;
        use->utilization_known = true;
    } else if (sample->valid != 0 || sample->error != 0) {
        use->utilization_known = false;
    }
}

void session_module_look(struct session *session, size_t source, const struct sample *samples)
{
    const struct reader *reader = session->sampler.sources[source].reader;

    for (size_t i = 0; reader != NULL && i < reader->device_count; i++) {
        if (reader->devices[i].kind == DEVICE_GPU &&
            (reader->devices[i].fields & (SAMPLE_ENERGY | SAMPLE_POWER)) == 0 &&
            (samples[i].valid & SAMPLE_UTILIZATION) != 0)
            session->module_gpu_ratio = samples[i].utilization_ratio;
    }
    for (size_t i = 0; i < session->channel_count; i++) {
        struct channel *channel = &session->channels[i];

        if (channel->source != source || device_of(session, i)->kind != DEVICE_PART)
            continue;
        note_load(&channel->gpu, &samples[channel->at]);
        if ((samples[channel->at].valid & SAMPLE_PROCESSES) == 0)
            continue;
        session_gpu_look(session, source, samples);
        session_gpu_take(session, i, &samples[channel->at]);
    }
}

/* 1 or 0; -1: not to be known. The files of each process are looked through once a second. */
static int look_for_gpu(struct session *session)
{
    pid_t pids[PIDS_MAX];
    size_t count = job_cpu_living(session->job, pids, PIDS_MAX);
    bool hidden = count > PIDS_MAX;

    for (size_t i = 0; i < count && i < PIDS_MAX; i++) {
        int r = job_files_any(session->environment.own_proc_fd, pids[i], job_file_is_nvidia);

        if (r > 0)
            return 1;
        hidden = hidden || (r < 0 && r != -ENOENT && r != -ESRCH);
    }
    return hidden ? -1 : 0;
}

/* Below --sysroot there may be this machine, as a container mounts it, or one that was captured, whose
 * graphics no process here has open. */
static bool is_this_machine(const struct session *session)
{
    struct environment there = session->environment;
    char here_id[64];
    char there_id[64];

    if (session->options.sysroot == NULL)
        return true;
    there.own_proc_fd = there.reader.proc_fd;
    environment_boot_id(&session->environment, here_id, sizeof(here_id));
    environment_boot_id(&there, there_id, sizeof(there_id));
    return here_id[0] != '\0' && strcmp(here_id, there_id) == 0;
}

int session_gpu_is_open(struct session *session)
{
    int64_t now_ns = session_mono_ns(session);

    if (session->job == NULL)
        return 0;
    if (!session->ending &&
        (session->gpu_open_ns == 0 || now_ns - session->gpu_open_ns >= LOOK_NS)) {
        session->gpu_open_ns = now_ns;
        session->gpu_open = is_this_machine(session) ? look_for_gpu(session) : -1;
    }
    return session->gpu_open;
}

/* By a list of processes, where root may see one; else by whether the job has the GPU open. */
static double gpu_job_share(struct session *session, const struct device *module,
                            enum gpu_way *way_out)
{
    for (size_t i = 0; i < session->channel_count; i++) {
        const struct gpu_use *use = &session->channels[i].gpu;

        if (!is_part_of(session, i, module) || !use->accounted || session->job == NULL)
            continue;
        *way_out = use->listed == 0 ? GPU_ABSENT : use->way;
        return use->listed == 0 ? 0 : use->job_ratio;
    }
    *way_out = session_gpu_is_open(session) == 0 ? GPU_ABSENT : GPU_PRESUMED;
    return *way_out == GPU_ABSENT ? 0 : 1;
}

/* The load that a part told at its last reading; else what another driver says. NAN: unknown. */
static double gpu_load(const struct session *session, const struct device *module)
{
    double load = session->module_gpu_ratio;

    for (size_t i = 0; i < session->channel_count; i++) {
        const struct gpu_use *use = &session->channels[i].gpu;

        if (is_part_of(session, i, module) && use->utilization_known)
            load = use->utilization_ratio;
    }
    return load;
}

/* Of its last reading; one that fails draws nobody knows what. */
static double last_watts(const struct channel *channel)
{
    if ((channel->last.valid & SAMPLE_POWER) != 0)
        return channel->last.power_watts;
    return channel->last.error == 0 && channel->meter.started ? channel->meter.last_watts : NAN;
}

/* What rails draw that feed the CPU, and the graphics; of one that feeds both, by how busy they were. */
static void weigh_rails(const struct session *session, const struct device *module,
                        double cpu_ratio, double gpu_ratio, double *cpu_watts, double *gpu_watts)
{
    double both = cpu_ratio + gpu_ratio;

    *cpu_watts = *gpu_watts = 0;
    for (size_t i = 0; i < session->channel_count; i++) {
        const struct channel *channel = &session->channels[i];
        double watts = last_watts(channel);
        unsigned covers;

        if (!is_part_of(session, i, module) || !(watts > 0))
            continue;
        covers = rails_covers(device_of(session, i)->id) & (RAIL_CPU | RAIL_GPU);
        if (covers == RAIL_CPU)
            *cpu_watts += watts;
        else if (covers == RAIL_GPU)
            *gpu_watts += watts;
        else if (covers != 0 && both > 0) {
            *cpu_watts += watts * cpu_ratio / both;
            *gpu_watts += watts * gpu_ratio / both;
        }
    }
}

/* A run is of the mode it began in, as long as nobody says otherwise. */
static void watch_mode(struct session *session, size_t index)
{
    const struct channel *channel = &session->channels[index];
    const struct reader *reader = session->sampler.sources[channel->source].reader;
    struct device *device = &session->record.devices[index];
    const struct device *now = reader != NULL ? &reader->devices[channel->at] : device;

    if (strcmp(now->power_mode, device->power_mode) == 0)
        return;
    session_warn(session, "%s: the power mode went from %s to %s", device->id,
                 device->power_mode[0] != '\0' ? device->power_mode : "unknown",
                 now->power_mode[0] != '\0' ? now->power_mode : "unknown");
    memcpy(device->power_mode, now->power_mode, sizeof(device->power_mode));
}

double session_module_utilization(const struct session *session, size_t index, double seconds)
{
    int threads = session->record.run.machine.threads;

    /* one that leaves its parts to others is no processor */
    if (device_of(session, index)->memory_bytes == 0 || !(seconds > 0))
        return NAN;
    return fmin(session->channels[index].all_activity / ((threads > 0 ? threads : 1) * seconds), 1);
}

static bool is_metered_gpu_of(const struct session *session, size_t index,
                              const struct device *module)
{
    const struct device *device = device_of(session, index);
    size_t modules = 0;

    if (device->kind != DEVICE_GPU || (device->fields & (SAMPLE_ENERGY | SAMPLE_POWER)) == 0)
        return false;
    for (size_t i = 0; i < session->channel_count; i++)
        modules += device_of(session, i)->kind == DEVICE_MODULE;
    return device_is_inside_module(device, modules, device->index == module->index);
}

/* A superchip: its GPUs by their processes, the CPU by its time, weighed by what they draw and how
 * busy they are, since most of what an idle CPU draws is nobody's doing. false: no GPU is metered. */
static bool share_with_gpus(struct session *session, size_t index, const struct work *cpu,
                            double cpu_ratio, double seconds)
{
    struct channel *channel = &session->channels[index];
    double watts =
        (channel->last.valid & SAMPLE_POWER) != 0 ? channel->last.power_watts : channel->watts;
    struct work gpus = { 0 };
    double gpu_watts = 0;
    double cpu_weight;
    double gpu_weight;
    struct work both;

    for (size_t i = 0; i < session->channel_count; i++) {
        const struct channel *gpu = &session->channels[i];
        double busy = gpu->gpu.busy_ratio * seconds;

        if (!is_metered_gpu_of(session, i, device_of(session, index)) || !(gpu->watts > 0))
            continue;
        gpu_watts += gpu->watts;
        gpus.all += busy * gpu->watts;
        gpus.job += busy * gpu->watts * gpu->gpu.job_ratio;
        channel->gpu.activity_seconds[gpu->gpu.way] += busy;
    }
    if (!(gpu_watts > 0))
        return false;
    gpu_weight = gpus.all / seconds;
    gpus.all /= gpu_watts;
    gpus.job /= gpu_watts;
    cpu_weight = fmax(watts - gpu_watts, 0) * cpu_ratio;
    both = join(cpu, cpu_weight, &gpus, gpu_weight);
    channel->job_activity = both.job;
    channel->all_activity = both.all;
    channel->gpu_part = graphics_part(0, cpu, cpu_weight, &gpus, gpu_weight);
    channel->gpu.activity_seconds[GPU_BY_SM] += cpu->all;
    return true;
}

void session_module_activity(struct session *session, size_t index, double seconds)
{
    struct channel *channel = &session->channels[index];
    const struct device *device = device_of(session, index);
    const struct work cpu = { channel->job_activity, channel->all_activity };
    unsigned covers = device->kind == DEVICE_PART ? rails_covers(device->id) : 0;
    double load = gpu_load(session, device);
    double threads =
        session->record.run.machine.threads > 0 ? session->record.run.machine.threads : 1;
    double cpu_ratio = seconds > 0 ? fmin(cpu.all / (threads * seconds), 1) : 0;
    double cpu_weight = cpu_ratio;
    double gpu_weight = load;
    enum gpu_way way = GPU_PRESUMED;
    struct work gpu;
    struct work both;

    if (device->kind == DEVICE_MODULE)
        watch_mode(session, index);
    if (device->kind == DEVICE_MODULE && seconds > 0 &&
        share_with_gpus(session, index, &cpu, cpu_ratio, seconds))
        return;
    if (!isfinite(load) || !(seconds > 0))
        return; /* CPU time is all that is known */
    gpu.all = load * seconds;
    gpu.job = gpu.all > 0 ? gpu.all * gpu_job_share(session, device, &way) : 0;
    switch (covers & (RAIL_CPU | RAIL_GPU)) {
    case RAIL_CPU:
        return;
    case RAIL_GPU:
        both = gpu;
        break;
    case RAIL_CPU | RAIL_GPU:
        both = join(&cpu, cpu_weight, &gpu, gpu_weight);
        break;
    default:
        weigh_rails(session, device, cpu_ratio, load, &cpu_weight, &gpu_weight);
        if (!(cpu_weight + gpu_weight > 0)) {
            cpu_weight = cpu_ratio;
            gpu_weight = load;
        }
        both = join(&cpu, cpu_weight, &gpu, gpu_weight);
        break;
    }
    channel->job_activity = both.job;
    channel->all_activity = both.all;
    channel->gpu_part = graphics_part(covers, &cpu, cpu_weight, &gpu, gpu_weight);
    channel->gpu.activity_seconds[way] += gpu.all;
    channel->gpu.activity_seconds[GPU_BY_SM] += cpu.all;
}

static double mean_watts(const struct channel *channel)
{
    const struct energy_sums *sums = &channel->totals.sums;

    return sums->covered_seconds > 0 ? sums->joules / sums->covered_seconds : NAN;
}

/* Without those that lie within another of them, which their note says. */
static double sum_of_parts(const struct session *session, const struct device *module)
{
    double sum = 0;

    for (size_t i = 0; i < session->channel_count; i++) {
        double watts = mean_watts(&session->channels[i]);

        if (is_part_of(session, i, module) && device_of(session, i)->note[0] == '\0' && watts > 0)
            sum += watts;
    }
    return sum;
}

void session_settle_module(struct session *session, size_t index)
{
    const double *ways = session->channels[index].gpu.activity_seconds;
    double parts_watts = sum_of_parts(session, device_of(session, index));
    double watts = mean_watts(&session->channels[index]);
    double noted = NOTED_RATIO *
                   (ways[GPU_BY_SM] + ways[GPU_BY_MEMORY] + ways[GPU_PRESUMED] + ways[GPU_ABSENT]);

    if (parts_watts > (1 + SUSPECT_RATIO) * watts)
        session_warn(
            session,
            "%s: its parts draw %.3g W together and it %.3g W: a rail is named wrongly, or "
            "a monitor is off",
            device_of(session, index)->id, parts_watts, watts);
    if (session->job == NULL)
        return;
    if (ways[GPU_PRESUMED] > noted && ways[GPU_PRESUMED] >= ways[GPU_ABSENT])
        session_note(session, index, "the GPU's work is taken for the job's: nobody tells whose");
    else if (ways[GPU_BY_MEMORY] > noted)
        session_note(session, index, "the GPU's work is shared by the memory its processes hold");
    else if (ways[GPU_ABSENT] > noted)
        session_note(session, index, "the GPU's work is others': the job has not opened it");
}

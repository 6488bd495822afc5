/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/fake_machine.c - a machine whose clocks and sensors say what the test says */
#include "fake_machine.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/support.h"
#include "session/report/build.h"

struct fake_reader {
    struct reader base;
    struct fake_machine *machine;
    size_t places[FAKE_DEVICES_MAX]; /* of its devices among the machine's */
    struct device devices[FAKE_DEVICES_MAX];
};

static int probe(int row, const struct reader_env *env, struct reader **reader_out,
                 struct reader_status *status_out, struct aico2_error *err)
{
    struct fake_reader *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    reader->machine = env->clock->payload;
    reader->base.driver = fake_drivers[row];
    reader->base.devices = reader->devices;
    for (size_t i = 0; i < reader->machine->device_count; i++) {
        if (reader->machine->devices[i].driver != row)
            continue;
        reader->places[reader->base.device_count] = i;
        reader->devices[reader->base.device_count++] = reader->machine->devices[i].device;
    }
    if (reader->base.device_count == 0) {
        free(reader);
        status_out->state = READER_ABSENT;
        return 0;
    }
    status_out->state = READER_USED;
    *reader_out = &reader->base;
    return 0;
}

static int probe_0(const struct reader_env *env, struct reader **reader_out,
                   struct reader_status *status_out, struct aico2_error *err)
{
    return probe(0, env, reader_out, status_out, err);
}

static int probe_1(const struct reader_env *env, struct reader **reader_out,
                   struct reader_status *status_out, struct aico2_error *err)
{
    return probe(1, env, reader_out, status_out, err);
}

static int probe_2(const struct reader_env *env, struct reader **reader_out,
                   struct reader_status *status_out, struct aico2_error *err)
{
    return probe(2, env, reader_out, status_out, err);
}

static int probe_3(const struct reader_env *env, struct reader **reader_out,
                   struct reader_status *status_out, struct aico2_error *err)
{
    return probe(3, env, reader_out, status_out, err);
}

static void read_samples(struct reader *base, struct sample *samples_out)
{
    struct fake_reader *reader = (struct fake_reader *)base;

    for (size_t i = 0; i < base->device_count; i++) {
        samples_out[i] = reader->machine->devices[reader->places[i]].sample;
        samples_out[i].mono_ns = reader->machine->mono_ns;
    }
}

static void close_reader(struct reader *base)
{
    free(base);
}

static const struct reader_driver drivers[FAKE_DRIVERS] = {
    { .name = "counters", .probe = probe_0, .read = read_samples, .close = close_reader },
    { .name = "busy", .probe = probe_1, .read = read_samples, .close = close_reader },
    { .name = "gpus", .probe = probe_2, .read = read_samples, .close = close_reader },
    { .name = "rest", .probe = probe_3, .read = read_samples, .close = close_reader },
};

const struct reader_driver *const fake_drivers[FAKE_DRIVERS + 1] = {
    &drivers[0], &drivers[1], &drivers[2], &drivers[3], NULL,
};

static int64_t mono_ns(void *payload)
{
    return ((struct fake_machine *)payload)->mono_ns;
}

static int64_t boot_ns(void *payload)
{
    return ((struct fake_machine *)payload)->boot_ns;
}

static int64_t wall_ns(void *payload)
{
    struct fake_machine *machine = payload;

    machine->mono_ns += machine->delay_ns;
    machine->boot_ns += machine->delay_ns;
    machine->wall_ns += machine->delay_ns;
    return machine->wall_ns;
}

static int64_t own_cpu_ns(void *payload)
{
    return ((struct fake_machine *)payload)->own_cpu_ns;
}

void fake_machine_init(struct fake_machine *machine)
{
    *machine = (struct fake_machine){
        .clock = { .mono_ns = mono_ns,
                   .boot_ns = boot_ns,
                   .wall_ns = wall_ns,
                   .process_cpu_ns = own_cpu_ns,
                   .payload = machine },
        .mono_ns = 1000 * NSEC_PER_SEC,
        .boot_ns = 1500 * NSEC_PER_SEC,
        .wall_ns = INT64_C(1767225600) * NSEC_PER_SEC,
    };
}

static struct fake_device *add(struct fake_machine *machine, int driver, enum device_kind kind,
                               const char *word, int index, uint32_t fields)
{
    struct fake_device *item = &machine->devices[machine->device_count++];

    assert_true(machine->device_count <= FAKE_DEVICES_MAX);
    item->driver = driver;
    item->device = DEVICE_NULL;
    item->device.kind = kind;
    item->device.basis = BASIS_MEASURED;
    item->device.index = index;
    item->device.fields = fields;
    item->device.band_ratio = 0.1;
    (void)snprintf(item->device.id, sizeof(item->device.id), "%s%d", word, index);
    (void)snprintf(item->device.reader, sizeof(item->device.reader), "%s", drivers[driver].name);
    item->sample.valid = fields;
    return item;
}

void fake_add_package(struct fake_machine *machine, int index, double threads)
{
    struct fake_device *counter = add(machine, 0, DEVICE_CPU, "cpu", index, SAMPLE_ENERGY);
    struct fake_device *busy = add(machine, 1, DEVICE_CPU, "cpu", index, SAMPLE_BUSY);

    counter->device.rated_watts = 200;
    counter->device.counter_range_uj = 262143328850;
    counter->sample.energy_uj = 262142328850; /* a joule before it wraps */
    busy->device.threads = threads;
    busy->sample.busy_ns = 12345 * NSEC_PER_SEC;
}

void fake_add_dram(struct fake_machine *machine, int index)
{
    struct fake_device *counter = add(machine, 0, DEVICE_DRAM, "dram", index, SAMPLE_ENERGY);

    counter->device.rated_watts = 50;
    counter->device.counter_range_uj = 65712999613;
    counter->device.memory_bytes = UINT64_C(16) << 30;
}

void fake_add_gpu(struct fake_machine *machine, int index)
{
    struct fake_device *gpu = add(machine, 2, DEVICE_GPU, "gpu", index,
                                  SAMPLE_POWER | SAMPLE_UTILIZATION | SAMPLE_PROCESSES);

    gpu->device.rated_watts = 300;
}

void fake_add_memory(struct fake_machine *machine)
{
    struct fake_device *memory = add(machine, 3, DEVICE_MEMORY, "memory", 0, SAMPLE_UTILIZATION);

    memory->device.memory_bytes = UINT64_C(16) << 30;
    memory->sample.utilization_ratio = 0.5;
}

struct fake_device *fake_find(struct fake_machine *machine, int driver, const char *id)
{
    for (size_t i = 0; i < machine->device_count; i++) {
        if (machine->devices[i].driver == driver && strcmp(machine->devices[i].device.id, id) == 0)
            return &machine->devices[i];
    }
    fail_msg("no '%s' with driver %d", id, driver);
    return NULL;
}

void fake_use(struct fake_machine *machine, const char *id, double joules)
{
    struct fake_device *item = fake_find(machine, 0, id);

    item->sample.energy_uj = (item->sample.energy_uj + (uint64_t)llround(joules * 1e6)) %
                             (item->device.counter_range_uj + 1);
}

void fake_work(struct fake_machine *machine, const char *id, double cpu_seconds)
{
    fake_find(machine, 1, id)->sample.busy_ns += llround(cpu_seconds * 1e9);
}

void fake_pass(struct fake_machine *machine, double seconds)
{
    int64_t ns = llround(seconds * 1e9);

    machine->mono_ns += ns;
    machine->boot_ns += ns;
    machine->wall_ns += ns;
}

struct session_options fake_options(struct fake_machine *machine)
{
    struct session_options options = {
        .name = "fake",
        .interval_ns = NSEC_PER_SEC,
        .scope = SCOPE_JOB,
        .lifetime_years = NAN,
        .units = NAN,
        .pue = 1,
        .root = getpid(),
        .clock = &machine->clock,
        .drivers = fake_drivers,
    };

    options.intensity.gco2e_per_kwh = (struct band){ 360, 360, 360 };
    return options;
}

void fake_job_works(struct session *session, double cpu_seconds)
{
    session_reaped(session, 4000000, llround(cpu_seconds * 1e9)); /* no pid there can be */
}

void fake_tick(struct session *session, struct fake_machine *machine)
{
    struct ticker *ticker = &session->sampler.ticker;

    sampler_read_now(&session->sampler);
    session_take_tick(session, machine->mono_ns);
    /* as if the timer had told of it: none is late */
    ticker->index = (machine->mono_ns - ticker->start_mono_ns) / ticker->interval_ns + 1;
}

void fake_finish(struct session *session, struct report *report_out)
{
    const struct session_end end = { RUN_FINISHED, 0 };

    assert_int_equal(session_finish(session, &end, report_out, NULL), 0);
    session_free(session);
}

const struct report_device *fake_report_device(const struct report *report, const char *id)
{
    for (size_t i = 0; i < report->device_count; i++) {
        if (strcmp(report->devices[i].device.id, id) == 0)
            return &report->devices[i];
    }
    fail_msg("no '%s' in the report", id);
    return NULL;
}

bool fake_has_warning(const struct report *report, const char *part)
{
    for (size_t i = 0; i < report->warning_count; i++) {
        if (strstr(report->warnings[i], part) != NULL)
            return true;
    }
    return false;
}

void assert_near(double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected))))
        fail_msg("%.12g is not %.12g", got, expected);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_msr.c - RAPL counters from the processor's own registers, as the last resort
 *
 * msr(4): /dev/cpu/N/msr, eight bytes at the register's number; for root with CAP_SYS_RAWIO, where
 * the module is loaded and the kernel is not locked down. The low 32 bits count. Opened for what
 * neither perf nor powercap gives; psys is not read.
 */
#include "readers/rapl_msr.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/rapl_msr_plan.h"
#include "readers/topology.h"

static const double COUNTS = 4294967296.0; /* 2^32: then it begins again */

bool rapl_msr_is_locked_down(int sys_fd)
{
    char text[64];

    return fs_read_text_at(sys_fd, "kernel/security/lockdown", text, sizeof(text), NULL) >= 0 &&
           (strstr(text, "[integrity]") != NULL || strstr(text, "[confidentiality]") != NULL);
}

void rapl_msr_explain(int code, bool locked_down, struct rapl_closed *closed_out)
{
    struct rapl_closed *closed = closed_out;
    const char *why = "cannot be read";

    closed->state = READER_BROKEN;
    switch (fs_is_denied(code) && code != -EPERM ? -EACCES : code) {
    case -ENOENT:
        closed->state = READER_ABSENT;
        why = "are not there: the module is not loaded";
        break;
    case -EACCES:
        closed->state = READER_DENIED;
        why = "are for root only: perf and powercap need less";
        break;
    case -EPERM:
        closed->state = READER_DENIED;
        why = locked_down ? "are closed by the kernel's lockdown (Secure Boot)"
                          : "need CAP_SYS_RAWIO, which is missing here";
        break;
    case -ENXIO:
        why = "are of a CPU that is not there";
        break;
    case -EIO:
        closed->state = READER_ABSENT;
        why = "do not include the energy counters: a virtual machine, or a processor without them";
        break;
    case -ENODATA:
        closed->state = READER_ABSENT;
        why = "say 0 for the energy counters: a virtual machine, or they are switched off";
        break;
    default:
        break;
    }
    text_append(closed->reason, sizeof(closed->reason), "the registers in /dev/cpu %s", why);
}

static int open_file(const struct rapl_world *world, int cpu)
{
    char path[32];

    (void)snprintf(path, sizeof(path), "cpu/%d/msr", cpu);
    return fs_open_at(world->dev_fd, path, NULL);
}

static int add_registers(const struct rapl_msr_plan *plan, const struct rapl_seat *seat, int cpu,
                         struct rapl_counters *counters)
{
    for (int dram = 0; dram < (plan->dram_address != 0 ? 2 : 1); dram++) {
        struct rapl_counter counter = RAPL_COUNTER_NULL;

        counter.place.kind = dram ? DEVICE_DRAM : DEVICE_CPU;
        counter.place.package = seat->package >= 0 ? seat->package : 0;
        counter.place.die = plan->per_die ? seat->die : RAPL_DIE_NONE;
        counter.cpu = cpu;
        counter.address = dram ? plan->dram_address : plan->package_address;
        if (rapl_counters_add(counters, &counter) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* One CPU of each package, or die. */
static int add_leaders(struct rapl_world *world, const struct rapl_msr_plan *plan,
                       struct rapl_counters *counters)
{
    struct cpu_mask left = { .words = { 1 } };

    (void)topology_online(world->sys_fd, &left);
    for (int cpu = cpu_mask_next(&left, 0); cpu < TOPOLOGY_CPUS_MAX;
         cpu = cpu_mask_next(&left, cpu + 1)) {
        struct cpu_mask same = { .words = { 0 } };
        struct rapl_seat seat;

        rapl_seat_read(world->sys_fd, cpu, &seat);
        if (add_registers(plan, &seat, cpu, counters) < 0)
            return -ENOMEM;
        if ((plan->per_die && topology_cpu_list(world->sys_fd, cpu, "die_cpus_list", &same)) ||
            topology_cpu_list(world->sys_fd, cpu, "package_cpus_list", &same) ||
            topology_cpu_list(world->sys_fd, cpu, "core_siblings_list", &same)) {
            for (size_t i = 0; i < ARRAY_LENGTH(left.words); i++)
                left.words[i] &= ~same.words[i];
        }
    }
    rapl_counters_join_dies(counters);
    return 0;
}

/* The device file of a CPU: of the first one, or where that is switched off of the next. */
static bool is_there(const struct rapl_world *world)
{
    struct cpu_mask online;
    char path[32];

    if (world->dev_fd < 0 || faccessat(world->dev_fd, "cpu", F_OK, 0) < 0)
        return false;
    if (faccessat(world->dev_fd, "cpu/0/msr", F_OK, 0) == 0)
        return true;
    if (!topology_online(world->sys_fd, &online) || cpu_mask_has(&online, 0))
        return false;
    (void)snprintf(path, sizeof(path), "cpu/%d/msr", cpu_mask_next(&online, 0));
    return faccessat(world->dev_fd, path, F_OK, 0) == 0;
}

static int find(struct rapl_world *world, struct rapl_counters *counters_out,
                struct rapl_closed *closed_out)
{
    struct rapl_msr_plan plan;
    bool known = rapl_msr_plan(rapl_world_info(world), &plan);

    if (!is_there(world)) {
        rapl_msr_explain(-ENOENT, false, closed_out);
        if (known && !rapl_world_info(world)->hypervisor)
            closed_out->remedy = REMEDY_MSR_MODULE;
        return 0;
    }
    if (!known) {
        closed_out->state = READER_ABSENT;
        text_append(closed_out->reason, sizeof(closed_out->reason),
                    "no energy registers are known of this processor");
        return 0;
    }
    return add_leaders(world, &plan, counters_out);
}

static int open_registers(struct rapl_world *world, int fd, struct rapl_counter *counter,
                          uint64_t *energy_uj_out)
{
    struct rapl_msr_plan plan = { .unit_address = 0 };
    uint64_t unit = 0;
    uint64_t value = 0;
    int r = rapl_msr_plan(rapl_world_info(world), &plan) ? 0 : -ENODEV;

    if (r == 0)
        r = fs_pread_register(fd, plan.unit_address, &unit);
    if (r == 0)
        r = fs_pread_register(fd, counter->address, &value);
    if (r < 0)
        return r;
    counter->unit_uj = rapl_msr_unit_uj(&plan, unit, counter->place.kind == DEVICE_DRAM);
    /* the kernel too takes a counter of 0 for none */
    if (!(counter->unit_uj > 0) || (uint32_t)value == 0)
        return -ENODATA;
    counter->range_uj = (uint64_t)llround(COUNTS * counter->unit_uj) - 1;
    *energy_uj_out = (uint64_t)((double)(uint32_t)value * counter->unit_uj);
    return 0;
}

static int open_counter(struct rapl_world *world, struct rapl_counter *counter,
                        uint64_t *energy_uj_out)
{
    AICO2_CLEANUP(fd_closep) int fd = open_file(world, counter->cpu);
    int r = fd < 0 ? fd : open_registers(world, fd, counter, energy_uj_out);

    counter->error = r;
    if (r < 0)
        return r;
    counter->fd = fd_take(&fd);
    counter->last_uj = *energy_uj_out;
    return 0;
}

static void close_counter(struct rapl_world *world, struct rapl_counter *counter)
{
    (void)world;
    fd_closep(&counter->fd);
}

/* When its CPU has gone another one of the package sees the same counter. */
static int read_counter(struct rapl_world *world, struct rapl_counter *counter,
                        uint64_t *energy_uj_out)
{
    uint64_t value = 0;

    if (counter->fd < 0 || fs_pread_register(counter->fd, counter->address, &value) < 0)
        return rapl_counter_open_again(world, &rapl_door_msr, counter, energy_uj_out);
    counter->last_uj = *energy_uj_out = (uint64_t)((double)(uint32_t)value * counter->unit_uj);
    return 0;
}

/* The rating of the package, and what it may draw for seconds. */
static void rate(struct rapl_world *world, struct rapl_counter *counter)
{
    struct rapl_msr_plan plan;
    uint64_t unit = 0;
    uint64_t value = 0;

    if (counter->place.kind != DEVICE_CPU || counter->fd < 0 ||
        !rapl_msr_plan(rapl_world_info(world), &plan) || plan.info_address == 0 ||
        fs_pread_register(counter->fd, plan.unit_address, &unit) < 0)
        return;
    counter->rated_by = "MSR_PKG_POWER_INFO";
    if (fs_pread_register(counter->fd, plan.info_address, &value) == 0)
        counter->rated_watts = rapl_watts_or_none(rapl_msr_rated_watts(unit, value));
    if (fs_pread_register(counter->fd, plan.limit_address, &value) == 0)
        counter->burst_watts = rapl_watts_or_none(rapl_msr_burst_watts(unit, value));
}

const struct rapl_door rapl_door_msr = {
    .name = "msr",
    .find = find,
    .open = open_counter,
    .read = read_counter,
    .close = close_counter,
    .rate = rate,
};

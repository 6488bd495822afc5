/* SPDX-License-Identifier: Apache-2.0 */
/* readers/battery.c - the power of a laptop by what its battery gives up
 *
 * Linux Documentation/power/power_supply_class.rst. The batteries of a machine add up. What one
 * tells is the machine's power only while it discharges and no charger helps: else it is what goes
 * into the battery, or nothing, and there is no reading.
 */
#include "readers/battery.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/battery_supply.h"
#include "readers/board.h"

/* Twice the 15 % (1 sigma) of short runs: the controller filters, and refreshes every 1 to 30 s. */
static const double BAND_RATIO = 0.30;
static const double MICROJOULES_PER_MICROWATT_HOUR = 3600;
/* The counter that is made of the charge left starts here, and takes such a step back after every
 * time it has not been watched: a counter that goes back is a gap. */
static const uint64_t COUNTER_START = UINT64_C(1) << 62;
static const uint64_t COUNTER_STEP = UINT64_C(1) << 50;

struct battery {
    struct reader base;
    const struct clock *clock;
    int sys_fd;
    struct supply *supplies;
    size_t supply_count;
    bool by_energy; /* none tells its power: differences of the energy left */
    bool watched;   /* the last reading was one of a discharge */
    uint64_t start_uj;
    double used_uj; /* since start_uj */
};

static void battery_close(struct reader *base)
{
    struct battery *reader = (struct battery *)base;

    if (reader == NULL)
        return;
    for (size_t i = 0; i < reader->supply_count; i++)
        supply_close(&reader->supplies[i]);
    fd_closep(&reader->sys_fd);
    free(reader->supplies);
    free(base->devices);
    free(reader);
}

/* Return: 1: all the power is from batteries; 0: it is not; -errno: nobody knows. */
static int is_on_battery(struct battery *reader)
{
    int discharging = 0;

    for (size_t i = 0; i < reader->supply_count; i++) {
        struct supply *supply = &reader->supplies[i];
        int state = supply_state(reader->sys_fd, supply);

        supply->discharging = state == SUPPLY_DISCHARGING;
        if (state == SUPPLY_FEEDS)
            return 0;
        if (state < 0 && supply->kind == SUPPLY_BATTERY)
            return state;
        discharging += supply->discharging;
    }
    return discharging > 0;
}

/* The sum of those that discharge. Return: 0 or -errno. */
static int read_power(struct battery *reader, double *watts_out)
{
    double watts = 0;

    for (size_t i = 0; i < reader->supply_count; i++) {
        double one = 0;
        int r;

        if (!reader->supplies[i].discharging)
            continue;
        r = supply_watts(reader->sys_fd, &reader->supplies[i], &one);
        if (r < 0)
            return r;
        watts += one;
    }
    *watts_out = watts;
    return board_check_watts(watts);
}

/* What is left goes down in steps and may go up a little as the controller thinks again: only a
 * new low counts. Return: 0 or -errno. */
static int read_energy(struct battery *reader)
{
    double fallen_uwh = 0;

    for (size_t i = 0; i < reader->supply_count; i++) {
        struct supply *supply = &reader->supplies[i];
        int64_t left_uwh = 0;
        int r;

        if (supply->kind != SUPPLY_BATTERY)
            continue;
        r = board_read_i64(reader->sys_fd, &supply->energy, &left_uwh);
        if (r == 0 && (left_uwh < 0 || left_uwh > SUPPLY_UWH_MAX))
            r = -ERANGE;
        if (r < 0)
            return r;
        supply->now_uwh = left_uwh;
    }
    for (size_t i = 0; i < reader->supply_count; i++) {
        struct supply *supply = &reader->supplies[i];

        if (supply->kind != SUPPLY_BATTERY)
            continue;
        if (!reader->watched) {
            supply->lowest_uwh = supply->now_uwh;
        } else if (supply->now_uwh < supply->lowest_uwh) {
            fallen_uwh += (double)(supply->lowest_uwh - supply->now_uwh);
            supply->lowest_uwh = supply->now_uwh;
        }
    }
    if (!reader->watched) {
        reader->start_uj -= COUNTER_STEP;
        reader->used_uj = 0;
    }
    reader->used_uj += fallen_uwh * MICROJOULES_PER_MICROWATT_HOUR;
    return 0;
}

static void battery_read(struct reader *base, struct sample *samples_out)
{
    struct battery *reader = (struct battery *)base;
    struct sample sample = { .valid = 0 };
    double watts = 0;
    int on = is_on_battery(reader);
    int r = on;

    if (on > 0)
        r = reader->by_energy ? read_energy(reader) : read_power(reader, &watts);
    /* a reading that fails is bridged by the next; a time on the mains is not */
    reader->watched = on != 0 && (reader->watched || r == 0);
    sample.mono_ns = reader->clock->mono_ns(reader->clock->payload);
    sample.error = r < 0 ? r : 0;
    if (on > 0 && r == 0 && reader->by_energy) {
        sample.energy_uj = reader->start_uj + (uint64_t)reader->used_uj;
        sample.valid = SAMPLE_ENERGY;
    } else if (on > 0 && r == 0) {
        sample.power_watts = watts;
        sample.valid = SAMPLE_POWER;
    }
    samples_out[0] = sample;
}

static void describe(struct battery *reader)
{
    struct device *device = &reader->base.devices[0];
    int on = is_on_battery(reader);

    board_describe(device, reader_battery.name, "board-battery", BAND_RATIO);
    device->fields = reader->by_energy ? SAMPLE_ENERGY : SAMPLE_POWER;
    for (size_t i = 0; i < reader->supply_count; i++) {
        const struct supply *supply = &reader->supplies[i];

        if (supply->kind == SUPPLY_BATTERY)
            text_append(device->model, sizeof(device->model), "%s%s",
                        device->model[0] != '\0' ? " + " : "", supply->model);
    }
    (void)snprintf(device->note, sizeof(device->note), "%s%s",
                   on > 0 ? "by its battery: read only while that discharges"
                          : "by its battery, which did not discharge when the run began: read only "
                            "while it does",
                   reader->by_energy ? "; by the energy left in it, in coarse steps" : "");
}

static bool has_batteries(const struct supply *supplies, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (supplies[i].kind == SUPPLY_BATTERY)
            return true;
    }
    return false;
}

/* How all of them can be read alike. Return: 0 or -errno of one that tells nothing. */
static int choose_way(struct battery *reader)
{
    bool all_power = true;
    bool all_energy = true;
    int code = -ENOENT;

    for (size_t i = 0; i < reader->supply_count; i++) {
        struct supply *supply = &reader->supplies[i];
        int64_t ignored;
        double watts;
        int state;
        int power;
        int energy;

        if (supply->kind != SUPPLY_BATTERY)
            continue;
        state = supply_state(reader->sys_fd, supply);
        if (state < 0 && !supply_is_asleep(state))
            return state;
        power = supply_watts(reader->sys_fd, supply, &watts);
        energy = supply->energy.path[0] != '\0'
                     ? board_read_i64(reader->sys_fd, &supply->energy, &ignored)
                     : -ENOENT;
        all_power = all_power && (power == 0 || supply_is_asleep(power));
        all_energy = all_energy && (energy == 0 || supply_is_asleep(energy));
        if (power < 0 && power != -ENOENT)
            code = power;
        else if (energy < 0 && energy != -ENOENT)
            code = energy;
    }
    reader->by_energy = !all_power;
    return all_power || all_energy ? 0 : code;
}

static bool battery_is_absent(const struct reader_env *env, struct reader_status *status_out)
{
    struct supply *supplies = NULL;
    size_t count = 0;
    int r = supplies_find(env->sys_fd, &supplies, &count);
    bool absent = r == 0 && !has_batteries(supplies, count);

    supplies_free(supplies, count);
    if (!absent)
        return false;
    *status_out = (struct reader_status){ .state = READER_ABSENT };
    (void)snprintf(status_out->reason, sizeof(status_out->reason),
                   "no battery that runs a machine");
    return true;
}

static struct battery *new_reader(const struct reader_env *env)
{
    struct battery *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        return NULL;
    reader->base.driver = &reader_battery;
    reader->clock = env->clock;
    reader->start_uj = COUNTER_START;
    reader->sys_fd = fs_open_dir_at(env->sys_fd, ".", NULL);
    reader->base.devices = calloc(1, sizeof(*reader->base.devices));
    if (reader->base.devices == NULL ||
        supplies_find(env->sys_fd, &reader->supplies, &reader->supply_count) < 0) {
        battery_close(&reader->base);
        return NULL;
    }
    return reader;
}

static int battery_probe(const struct reader_env *env, struct reader **reader_out,
                         struct reader_status *status_out, struct aico2_error *err)
{
    struct battery *reader;
    int r;

    *reader_out = NULL;
    if (battery_is_absent(env, status_out))
        return 0;
    reader = new_reader(env);
    if (reader == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    r = choose_way(reader);
    if (r == -ENOENT) {
        *status_out = (struct reader_status){ .state = READER_BROKEN };
        (void)snprintf(status_out->reason, sizeof(status_out->reason),
                       "the battery tells neither power_now, nor current_now and voltage_now, nor "
                       "energy_now");
    } else if (r < 0) {
        board_refuse(status_out, "the battery", r);
        if (status_out->state == READER_DENIED)
            (void)snprintf(status_out->fix, sizeof(status_out->fix),
                           "sudo chmod -R a+rX /sys/class/power_supply/*/");
    }
    if (r < 0) {
        battery_close(&reader->base);
        return 0;
    }
    reader->base.device_count = 1;
    describe(reader);
    *reader_out = &reader->base;
    *status_out = (struct reader_status){ .state = READER_USED };
    return 0;
}

const struct reader_driver reader_battery = {
    .name = "battery",
    .summary = "power of a laptop while its battery discharges",
    .may_block = true,
    .of_machine = true,
    .is_absent = battery_is_absent,
    .probe = battery_probe,
    .read = battery_read,
    .close = battery_close,
    .domain = DEVICE_BOARD,
    .band_ratio = 0.30,
};

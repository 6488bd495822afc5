/* SPDX-License-Identifier: Apache-2.0 */
/* readers/battery_supply.h - batteries and chargers as /sys/class/power_supply shows them */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "readers/board.h"

enum supply_kind { SUPPLY_BATTERY, SUPPLY_CHARGER };

/* What of it says where the machine's power comes from. */
enum supply_state {
    SUPPLY_RESTS,       /* a charger that is not plugged in, a battery that does nothing */
    SUPPLY_DISCHARGING, /* a battery that feeds the machine */
    SUPPLY_FEEDS,       /* a charger that does, or a battery that is charged by one */
};

/* More than any battery of a laptop: 10 kWh. */
#define SUPPLY_UWH_MAX INT64_C(10000000000)

struct supply {
    enum supply_kind kind;
    char name[32];
    char model[72];          /* of a battery; its name where it has none */
    struct live_file status; /* of a charger: online */
    struct live_file power;  /* "": told by current and voltage */
    struct live_file current;
    struct live_file voltage;
    struct live_file energy;
    bool discharging; /* by the last look */
    int64_t now_uwh;
    int64_t lowest_uwh; /* of this discharge */
};

/**
 * supplies_find() - the machine's own batteries and chargers, by name
 * Those of a mouse or a headset are not among them.
 * Return: 0 or -ENOMEM; no class directory is no supplies
 */
int supplies_find(int sys_fd, struct supply **supplies_out, size_t *count_out);
void supply_close(struct supply *supply);
void supplies_free(struct supply *supplies, size_t count);

/* Return: a supply_state or -errno. */
int supply_state(int sys_fd, struct supply *supply);

/* power_now, else current_now times voltage_now; some count what goes out as negative.
 * Return: 0 or -errno; -ENOENT when it has neither */
int supply_watts(int sys_fd, struct supply *supply, double *watts_out);

/* What the controller answers while it sleeps: it may have a reading later. */
bool supply_is_asleep(int code);

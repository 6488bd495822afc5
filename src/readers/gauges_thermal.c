/* SPDX-License-Identifier: Apache-2.0 */
/* readers/gauges_thermal.c - temperatures and fans, as live figures
 *
 * Thermal zones: Linux Documentation/ABI/testing/sysfs-class-thermal, millidegrees. A zone of a Jetson
 * whose part is off says -256000 or EAGAIN, and PMIC-Die tells 100 or 50 degrees for ever.
 */
#include "readers/gauge_sources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/hwmon.h"

#define ZONES "class/thermal"
#define OLD_FAN "devices/pwm-fan"

enum { ZONES_MAX = 256, TYPE_SIZE = 40 };

static const double MILLIDEGREES_MIN = -100000;
static const double MILLIDEGREES_MAX = 250000;
static const double PWM_MAX = 255;
static const double RPM_MAX = 100000;

static bool has_name(const struct gauge_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Zones of one type are told apart by their number. */
static void add_zone(int sys_fd, int number, struct gauge_list *list)
{
    char path[64];
    char text[TYPE_SIZE];
    char type[TYPE_SIZE];
    char name[GAUGE_NAME_SIZE];
    struct gauge *gauge;

    (void)snprintf(path, sizeof(path), ZONES "/thermal_zone%d/type", number);
    if (fs_read_text_at(sys_fd, path, text, sizeof(text), NULL) <= 0)
        return;
    text_copy_clean(type, sizeof(type), text);
    (void)snprintf(name, sizeof(name), "temperature.%.30s", type);
    gauge = has_name(list, name)
                ? gauge_add(list, GAUGE_CELSIUS, "temperature.%.30s.%d", type, number)
                : gauge_add(list, GAUGE_CELSIUS, "%s", name);
    (void)snprintf(gauge->label, sizeof(gauge->label), "%s", type);
    (void)snprintf(path, sizeof(path), ZONES "/thermal_zone%d/temp", number);
    (void)gauge_take(gauge, sys_fd, path, 1e-3, -1e9, 1e9);
    if (strncmp(type, "PMIC", 4) == 0 && (gauge->value == 100 || gauge->value == 50)) {
        if (gauge != &list->beyond)
            list->count--; /* no sensor */
    } else if (gauge->value * 1e3 < MILLIDEGREES_MIN || gauge->value * 1e3 > MILLIDEGREES_MAX) {
        gauge_refuse(gauge, gauge->value < 0 ? -EAGAIN : -EBADMSG);
    }
}

static void add_zones(int sys_fd, struct gauge_list *list)
{
    bool there[ZONES_MAX] = { false };
    AICO2_CLEANUP(fs_closedirp) DIR *entries = fs_list_at(sys_fd, ZONES);
    const struct dirent *entry;

    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        char *end;
        long number;

        if (strncmp(entry->d_name, "thermal_zone", 12) != 0)
            continue;
        number = strtol(entry->d_name + 12, &end, 10);
        if (end != entry->d_name + 12 && *end == '\0' && number >= 0 && number < ZONES_MAX)
            there[number] = true;
    }
    for (int i = 0; i < ZONES_MAX; i++) {
        if (there[i])
            add_zone(sys_fd, i, list);
    }
}

/* The chips of one driver. */
static void add_chips(int sys_fd, const char *driver, struct gauge_list *list,
                      void (*add)(int sys_fd, const struct hwmon *chip, size_t index,
                                  struct gauge_list *list))
{
    AICO2_CLEANUP(freep) struct hwmon *chips = NULL;
    size_t count = 0;

    if (hwmon_find(sys_fd, driver, &chips, &count) < 0)
        list->failed = true;
    for (size_t i = 0; i < count; i++)
        add(sys_fd, &chips[i], i, list);
}

/* The package of coretemp, the control value of k10temp: their first. */
static void add_processor(int sys_fd, const struct hwmon *chip, size_t index,
                          struct gauge_list *list)
{
    char path[HWMON_PATH_SIZE + 40];
    char label[TYPE_SIZE];
    struct gauge *gauge;

    if (!hwmon_attribute(sys_fd, chip, "temp1_input", path))
        return;
    gauge = gauge_add(list, GAUGE_CELSIUS, "temperature.package%zu", index);
    (void)gauge_take(gauge, sys_fd, path, 1e-3, MILLIDEGREES_MIN, MILLIDEGREES_MAX);
    hwmon_text(sys_fd, chip, "temp1_label", label, sizeof(label));
    text_copy_clean(gauge->label, sizeof(gauge->label), label);
}

static void add_duty(int sys_fd, const char *path, size_t index, struct gauge_list *list)
{
    struct gauge *gauge = gauge_add(list, GAUGE_RATIO, "fan%zu.duty", index);

    gauge->limit = 1;
    (void)gauge_take(gauge, sys_fd, path, 1 / PWM_MAX, 0, PWM_MAX);
}

static void add_speed(int sys_fd, const char *path, size_t index, struct gauge_list *list)
{
    (void)gauge_take(gauge_add(list, GAUGE_RPM, "fan%zu.speed", index), sys_fd, path, 1, 0,
                     RPM_MAX);
}

static void add_pwm(int sys_fd, const struct hwmon *chip, size_t index, struct gauge_list *list)
{
    char path[HWMON_PATH_SIZE + 40];

    if (hwmon_attribute(sys_fd, chip, "pwm1", path))
        add_duty(sys_fd, path, index, list);
}

static void add_tachometer(int sys_fd, const struct hwmon *chip, size_t index,
                           struct gauge_list *list)
{
    char path[HWMON_PATH_SIZE + 40];

    if (hwmon_attribute(sys_fd, chip, "fan1_input", path) ||
        hwmon_attribute(sys_fd, chip, "rpm", path))
        add_speed(sys_fd, path, index, list);
}

/* JetPack 4 has the fan of a Jetson outside of hwmon. */
static void add_old_fan(int sys_fd, struct gauge_list *list)
{
    double ignored;

    if (gauge_number(sys_fd, OLD_FAN "/cur_pwm", 1, &ignored))
        add_duty(sys_fd, OLD_FAN "/cur_pwm", 0, list);
    else if (gauge_number(sys_fd, OLD_FAN "/target_pwm", 1, &ignored))
        add_duty(sys_fd, OLD_FAN "/target_pwm", 0, list);
    if (gauge_number(sys_fd, OLD_FAN "/rpm_measured", 1, &ignored))
        add_speed(sys_fd, OLD_FAN "/rpm_measured", 0, list);
}

void gauges_add_thermal(const struct reader_env *env, struct gauge_list *list)
{
    static const char *const processors[] = { "coretemp", "k10temp" };
    static const char *const tachometers[] = { "pwm_tach", "tachometer" };

    add_zones(env->sys_fd, list);
    for (size_t i = 0; i < ARRAY_LENGTH(processors); i++)
        add_chips(env->sys_fd, processors[i], list, add_processor);
    add_chips(env->sys_fd, "pwmfan", list, add_pwm);
    for (size_t i = 0; i < ARRAY_LENGTH(tachometers); i++)
        add_chips(env->sys_fd, tachometers[i], list, add_tachometer);
    add_old_fan(env->sys_fd, list);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* readers/battery_supply.c - batteries and chargers as /sys/class/power_supply shows them */
#include "readers/battery_supply.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/fs.h"
#include "base/text.h"

#define CLASS "class/power_supply"

enum { SUPPLIES_MAX = 4096, WORD_SIZE = 32 };

static bool read_word(int sys_fd, const char *name, const char *file, char *word_out, size_t size)
{
    char path[LIVE_FILE_PATH_SIZE];

    (void)snprintf(path, sizeof(path), CLASS "/%.31s/%s", name, file);
    word_out[0] = '\0';
    return fs_read_text_at(sys_fd, path, word_out, size, NULL) >= 0;
}

static void watch(int sys_fd, const char *name, const char *file, struct live_file *watched)
{
    struct stat there;

    *watched = LIVE_FILE_NULL;
    (void)snprintf(watched->path, sizeof(watched->path), CLASS "/%.31s/%s", name, file);
    if (fstatat(sys_fd, watched->path, &there, 0) < 0)
        watched->path[0] = '\0';
}

/* Return: whether it is one that can run the machine. */
static bool classify(int sys_fd, const char *name, enum supply_kind *kind_out)
{
    char word[WORD_SIZE];

    if (read_word(sys_fd, name, "scope", word, sizeof(word)) && strcmp(word, "Device") == 0)
        return false;
    if (!read_word(sys_fd, name, "type", word, sizeof(word)))
        return false;
    if (strcmp(word, "Mains") == 0 || strcmp(word, "USB") == 0) {
        *kind_out = SUPPLY_CHARGER;
        return true;
    }
    *kind_out = SUPPLY_BATTERY;
    if (strcmp(word, "Battery") != 0)
        return false;
    return !read_word(sys_fd, name, "present", word, sizeof(word)) || strcmp(word, "0") != 0;
}

static void name_battery(int sys_fd, struct supply *supply)
{
    char maker[WORD_SIZE];
    char model[WORD_SIZE];
    char both[2 * WORD_SIZE + 16];

    (void)read_word(sys_fd, supply->name, "manufacturer", maker, sizeof(maker));
    (void)read_word(sys_fd, supply->name, "model_name", model, sizeof(model));
    (void)snprintf(both, sizeof(both), "battery %s %s", maker, model);
    if (maker[0] == '\0' && model[0] == '\0')
        (void)snprintf(both, sizeof(both), "battery %s", supply->name);
    text_copy_clean(supply->model, sizeof(supply->model), both);
}

static void open_supply(int sys_fd, const char *name, enum supply_kind kind,
                        struct supply *supply_out)
{
    struct supply supply = { .kind = kind };

    (void)snprintf(supply.name, sizeof(supply.name), "%.31s", name);
    watch(sys_fd, name, kind == SUPPLY_BATTERY ? "status" : "online", &supply.status);
    supply.power = supply.current = supply.voltage = supply.energy = LIVE_FILE_NULL;
    if (kind == SUPPLY_BATTERY) {
        name_battery(sys_fd, &supply);
        watch(sys_fd, name, "power_now", &supply.power);
        watch(sys_fd, name, "current_now", &supply.current);
        watch(sys_fd, name, "voltage_now", &supply.voltage);
        watch(sys_fd, name, "energy_now", &supply.energy);
    }
    *supply_out = supply;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct supply *)a)->name, ((const struct supply *)b)->name);
}

int supplies_find(int sys_fd, struct supply **supplies_out, size_t *count_out)
{
    AICO2_CLEANUP(fs_closedirp) DIR *entries = fs_list_at(sys_fd, CLASS);
    const struct dirent *entry;
    struct supply *supplies = NULL;
    size_t capacity = 0;
    size_t count = 0;
    int seen = 0;

    *supplies_out = NULL;
    *count_out = 0;
    while (entries != NULL && seen++ < SUPPLIES_MAX && (entry = readdir(entries)) != NULL) {
        enum supply_kind kind;

        if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof(supplies->name) ||
            !classify(sys_fd, entry->d_name, &kind))
            continue;
        if (array_reserve(&supplies, &capacity, count + 1, sizeof(*supplies)) < 0) {
            supplies_free(supplies, count);
            return -ENOMEM;
        }
        open_supply(sys_fd, entry->d_name, kind, &supplies[count++]);
    }
    if (count > 1)
        qsort(supplies, count, sizeof(*supplies), by_name);
    *supplies_out = supplies;
    *count_out = count;
    return 0;
}

void supply_close(struct supply *supply)
{
    live_file_close(&supply->status);
    live_file_close(&supply->power);
    live_file_close(&supply->current);
    live_file_close(&supply->voltage);
    live_file_close(&supply->energy);
}

void supplies_free(struct supply *supplies, size_t count)
{
    for (size_t i = 0; i < count; i++)
        supply_close(&supplies[i]);
    free(supplies);
}

int supply_state(int sys_fd, struct supply *supply)
{
    char word[WORD_SIZE];
    int64_t online = 0;
    int r;

    if (supply->status.path[0] == '\0')
        return supply->kind == SUPPLY_CHARGER ? SUPPLY_RESTS : -ENOENT;
    if (supply->kind == SUPPLY_CHARGER) {
        r = board_read_i64(sys_fd, &supply->status, &online);
        if (r < 0)
            return r;
        return online != 0 ? SUPPLY_FEEDS : SUPPLY_RESTS;
    }
    r = board_read_text(sys_fd, &supply->status, word, sizeof(word));
    if (r < 0)
        return r;
    if (strcmp(word, "Discharging") == 0)
        return SUPPLY_DISCHARGING;
    return strcmp(word, "Charging") == 0 ? SUPPLY_FEEDS : SUPPLY_RESTS;
}

int supply_watts(int sys_fd, struct supply *supply, double *watts_out)
{
    int64_t value = 0;
    int64_t microvolts = 0;
    int r;

    if (supply->power.path[0] != '\0') {
        r = board_read_i64(sys_fd, &supply->power, &value);
        if (r == 0)
            *watts_out = fabs((double)value) * 1e-6;
        return r;
    }
    if (supply->current.path[0] == '\0' || supply->voltage.path[0] == '\0')
        return -ENOENT;
    r = board_read_i64(sys_fd, &supply->current, &value);
    if (r == 0)
        r = board_read_i64(sys_fd, &supply->voltage, &microvolts);
    if (r == 0)
        *watts_out = fabs((double)value) * (double)microvolts * 1e-12;
    return r;
}

bool supply_is_asleep(int code)
{
    return code == -ENODEV || code == -ENODATA || code == -EAGAIN || code == -EIO ||
           code == -ETIMEDOUT || code == -ENXIO;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson_rails.c - which rails a Jetson's power monitors see, and which of them make a whole
 *
 * Each INA3221 on an I2C bus has three channels. NVIDIA's driver of JetPack 4 (ina3221x) shows them
 * through iio, the kernel's own of JetPack 5 and later (Documentation/hwmon/ina3221.rst) through
 * hwmon. Both have the names of the rails from the device tree. AGX Thor has an INA238, of one
 * channel, beside them.
 */
#include "readers/jetson_rails.h"

#include <ctype.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "model/rails.h"

#define I2C_DEVICES "bus/i2c/devices"

enum { CHANNELS = 3, NAME_SIZE = 64 };

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The first entry, by name, that begins so. */
static bool find_entry(int sys_fd, const char *folder, const char *prefix, char *name, size_t size)
{
    AICO2_CLEANUP(fs_closedirp) DIR *entries = fs_list_at(sys_fd, folder);
    const struct dirent *entry;
    bool found = false;

    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        if (!starts_with(entry->d_name, prefix) || strlen(entry->d_name) >= size ||
            (found && strcmp(entry->d_name, name) >= 0))
            continue;
        memcpy(name, entry->d_name, strlen(entry->d_name) + 1);
        found = true;
    }
    return found;
}

bool jetson_find_monitor(int sys_fd, const char *chip, struct jetson_monitor *monitor_out)
{
    struct jetson_monitor monitor = { .iio = false };
    char folder[64];
    char name[32];

    (void)snprintf(folder, sizeof(folder), I2C_DEVICES "/%.23s/hwmon", chip);
    if (!find_entry(sys_fd, folder, "hwmon", name, sizeof(name))) {
        (void)snprintf(folder, sizeof(folder), I2C_DEVICES "/%.23s", chip);
        monitor.iio = true;
        if (!find_entry(sys_fd, folder, "iio:device", name, sizeof(name)) &&
            !find_entry(sys_fd, folder, "iio_device", name, sizeof(name)))
            return false;
    }
    (void)snprintf(monitor.path, sizeof(monitor.path), "%s/%s", folder, name);
    *monitor_out = monitor;
    return true;
}

/* Return: whether the file has a text; it is cleaned. */
static bool read_word(int sys_fd, const char *folder, const char *file, char *word, size_t size)
{
    char path[JETSON_PATH_SIZE + 32];
    char text[NAME_SIZE];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, file);
    if (fs_read_text_at(sys_fd, path, text, sizeof(text), NULL) <= 0)
        return false;
    text_copy_clean(word, size, text);
    return word[0] != '\0';
}

static int compare_rails(const struct jetson_rail *a, const struct jetson_rail *b)
{
    int order = strcmp(a->chip, b->chip);

    return order != 0 ? order : a->channel - b->channel;
}

/* In its place, whatever order the directory has; of too many the last go. */
static void insert(struct jetson_rails *rails, const struct jetson_rail *rail)
{
    size_t at = rails->count;

    while (at > 0 && compare_rails(rail, &rails->items[at - 1]) < 0)
        at--;
    if (at == JETSON_RAILS_MAX)
        return;
    if (rails->count < JETSON_RAILS_MAX)
        rails->count++;
    memmove(&rails->items[at + 1], &rails->items[at],
            (rails->count - 1 - at) * sizeof(rails->items[0]));
    rails->items[at] = *rail;
}

static bool read_label(int sys_fd, const struct jetson_monitor *monitor,
                       const struct jetson_rail *rail, char *label, size_t size)
{
    char file[32] = "label";

    if (!rail->single)
        (void)snprintf(file, sizeof(file), monitor->iio ? "rail_name_%d" : "in%d_label",
                       rail->channel);
    return read_word(sys_fd, monitor->path, file, label, size);
}

bool jetson_is_rail_there(int sys_fd, const struct jetson_monitor *monitor,
                          const struct jetson_rail *rail)
{
    char label[sizeof(rail->label)];

    return read_label(sys_fd, monitor, rail, label, sizeof(label)) &&
           strcmp(label, rail->label) == 0;
}

static void take_channel(int sys_fd, const struct jetson_monitor *monitor, const char *chip,
                         int channel, bool single, struct jetson_rails *rails)
{
    struct jetson_rail rail = { .channel = channel, .single = single };
    char file[32];
    char enabled[8];

    if (!read_label(sys_fd, monitor, &rail, rail.label, sizeof(rail.label)) ||
        text_equal_nocase(rail.label, "NC")) /* not connected */
        return;
    (void)snprintf(rail.chip, sizeof(rail.chip), "%s", chip);
    (void)snprintf(file, sizeof(file), "in%d_enable", channel);
    rail.off = !monitor->iio && read_word(sys_fd, monitor->path, file, enabled, sizeof(enabled)) &&
               strcmp(enabled, "0") == 0;
    insert(rails, &rail);
}

static void take_chip(int sys_fd, const char *chip, const char *name, struct jetson_rails *rails)
{
    struct jetson_monitor monitor;

    if ((strstr(name, "ina3221") == NULL && strstr(name, "ina238") == NULL) ||
        !jetson_find_monitor(sys_fd, chip, &monitor))
        return;
    if (strstr(name, "ina238") != NULL) {
        take_channel(sys_fd, &monitor, chip, 1, true, rails);
        return;
    }
    for (int i = 0; i < CHANNELS; i++)
        take_channel(sys_fd, &monitor, chip, monitor.iio ? i : i + 1, false, rails);
}

void jetson_find_rails(int sys_fd, struct jetson_rails *rails_out)
{
    AICO2_CLEANUP(fs_closedirp) DIR *entries = fs_list_at(sys_fd, I2C_DEVICES);
    const struct dirent *entry;

    rails_out->count = 0;
    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        char folder[64];
        char name[NAME_SIZE];

        if (!isdigit((unsigned char)entry->d_name[0]) ||
            strlen(entry->d_name) >= sizeof(rails_out->items[0].chip))
            continue;
        (void)snprintf(folder, sizeof(folder), I2C_DEVICES "/%.23s", entry->d_name);
        if (read_word(sys_fd, folder, "name", name, sizeof(name)))
            take_chip(sys_fd, entry->d_name, name, rails_out);
    }
}

static void take_total(const struct jetson_rails *rails,
                       void (*choose)(const char *const *names, size_t count,
                                      struct rails_total *total_out),
                       struct jetson_total *total_out)
{
    const char *names[JETSON_RAILS_MAX];
    struct rails_total total;

    for (size_t i = 0; i < rails->count; i++)
        names[i] = rails->items[i].label;
    choose(names, rails->count, &total);
    *total_out = (struct jetson_total){ .count = total.count };
    for (size_t i = 0; i < total.count; i++)
        total_out->rails[i] = &rails->items[total.index[i]];
}

void jetson_choose_module(const struct jetson_rails *rails, struct jetson_total *total_out)
{
    take_total(rails, rails_choose_module, total_out);
}

void jetson_choose_carrier(const struct jetson_rails *rails, struct jetson_total *total_out)
{
    take_total(rails, rails_choose_carrier, total_out);
}

/* The monitors of TX1 and TX2 that stand on the carrier board begin with that of its input. Elsewhere
 * only the input itself is seen. */
bool jetson_is_on_carrier(const struct jetson_total *carrier, const struct jetson_rail *rail)
{
    const struct jetson_rail *input = carrier->count > 0 ? carrier->rails[0] : NULL;

    if (input == NULL)
        return false;
    return input->single ? rail == input : strcmp(rail->chip, input->chip) >= 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* readers/hwmon.h - the chips of /sys/class/hwmon by the name of their driver, never by number */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HWMON_PATH_SIZE = 320 };

struct hwmon {
    char path[HWMON_PATH_SIZE];   /* of its directory, below /sys */
    char parent[HWMON_PATH_SIZE]; /* of the device it belongs to: stays when it is renumbered; "" */
    int number;
};

/**
 * hwmon_find() - all chips whose driver gives them this name, in the order of their numbers
 * @chips_out: the caller frees it; NULL when there is none
 * Return: 0 or -ENOMEM; no class directory is no chips.
 */
int hwmon_find(int sys_fd, const char *name, struct hwmon **chips_out, size_t *count_out);

/* Looks for the same device again, by whatever number; the class directory is read, which
 * allocates. Return: 0, -ENODEV or -ENOMEM. */
int hwmon_find_again(int sys_fd, const char *name, struct hwmon *chip);

/**
 * hwmon_attribute() - where an attribute stands: on the chip, or on the device it belongs to
 * Old drivers put all of them, the name too, on the device.
 * @path_out: HWMON_PATH_SIZE + 40 bytes
 * Return: whether it is there
 */
bool hwmon_attribute(int sys_fd, const struct hwmon *chip, const char *attribute,
                     char path_out[HWMON_PATH_SIZE + 40]);

/* The text of an attribute; "" when there is none. */
void hwmon_text(int sys_fd, const struct hwmon *chip, const char *attribute, char *text_out,
                size_t size);
/* Return: false when it is not there or no whole number. */
bool hwmon_number(int sys_fd, const struct hwmon *chip, const char *attribute, uint64_t *value_out);

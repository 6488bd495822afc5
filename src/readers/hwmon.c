/* SPDX-License-Identifier: Apache-2.0 */
/* readers/hwmon.c - the chips of /sys/class/hwmon by the name of their driver, never by number */
#include "readers/hwmon.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fs.h"
#include "base/number.h"

#define CLASS "class/hwmon"

enum { CHIPS_MAX = 4096, NAME_SIZE = 64 };

bool hwmon_attribute(int sys_fd, const struct hwmon *chip, const char *attribute,
                     char path_out[HWMON_PATH_SIZE + 40])
{
    static const char *const places[] = { "", "device/" };
    struct stat there;

    for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
        int made =
            snprintf(path_out, HWMON_PATH_SIZE + 40, "%s/%s%s", chip->path, places[i], attribute);

        if (made < HWMON_PATH_SIZE + 40 && fstatat(sys_fd, path_out, &there, 0) == 0)
            return true;
    }
    return false;
}

void hwmon_text(int sys_fd, const struct hwmon *chip, const char *attribute, char *text_out,
                size_t size)
{
    char path[HWMON_PATH_SIZE + 40];

    if (!hwmon_attribute(sys_fd, chip, attribute, path) ||
        fs_read_text_at(sys_fd, path, text_out, size, NULL) < 0)
        text_out[0] = '\0';
}

bool hwmon_number(int sys_fd, const struct hwmon *chip, const char *attribute, uint64_t *value_out)
{
    char path[HWMON_PATH_SIZE + 40];

    return hwmon_attribute(sys_fd, chip, attribute, path) &&
           fs_read_u64_at(sys_fd, path, value_out, NULL) == 0;
}

/* "hwmon12" is 12. */
static bool parse_entry(const char *name, int *number_out)
{
    uint64_t number;

    if (strncmp(name, "hwmon", 5) != 0 || strlen(name) > 15 ||
        !number_parse_u64(name + 5, &number) || number > INT_MAX)
        return false;
    *number_out = (int)number;
    return true;
}

/* The class entry is a link to .../DEVICE/hwmon/hwmonN: that is where the chip is, and DEVICE
 * whose it is. Where it is none, as in a copied tree, the entry itself is all there is. */
static void locate(int sys_fd, const char *entry, struct hwmon *chip)
{
    char target[HWMON_PATH_SIZE];
    ssize_t length;
    char *end;

    (void)snprintf(chip->path, sizeof(chip->path), CLASS "/%.15s", entry);
    chip->parent[0] = '\0';
    length = readlinkat(sys_fd, chip->path, target, sizeof(target));
    if (length <= 0 || (size_t)length >= sizeof(target) || strncmp(target, "../../", 6) != 0)
        return;
    target[length] = '\0';
    (void)snprintf(chip->path, sizeof(chip->path), "%s", target + 6);
    (void)snprintf(chip->parent, sizeof(chip->parent), "%s", chip->path);
    end = strrchr(chip->parent, '/');
    if (end != NULL)
        *end = '\0';
    end = strrchr(chip->parent, '/');
    if (end != NULL && strcmp(end, "/hwmon") == 0)
        *end = '\0';
}

static int by_number(const void *a, const void *b)
{
    const struct hwmon *left = a;
    const struct hwmon *right = b;

    return (left->number > right->number) - (left->number < right->number);
}

int hwmon_find(int sys_fd, const char *name, struct hwmon **chips_out, size_t *count_out)
{
    AICO2_CLEANUP(fs_closedirp) DIR *entries = fs_list_at(sys_fd, CLASS);
    const struct dirent *entry;
    struct hwmon *chips = NULL;
    size_t capacity = 0;
    size_t count = 0;
    int seen = 0;

    *chips_out = NULL;
    *count_out = 0;
    while (entries != NULL && seen++ < CHIPS_MAX && (entry = readdir(entries)) != NULL) {
        struct hwmon chip;
        char found[NAME_SIZE];

        if (!parse_entry(entry->d_name, &chip.number))
            continue;
        locate(sys_fd, entry->d_name, &chip);
        hwmon_text(sys_fd, &chip, "name", found, sizeof(found));
        if (strcmp(found, name) != 0)
            continue;
        if (array_reserve(&chips, &capacity, count + 1, sizeof(*chips)) < 0) {
            free(chips);
            return -ENOMEM;
        }
        chips[count++] = chip;
    }
    if (count > 1)
        qsort(chips, count, sizeof(*chips), by_number);
    *chips_out = chips;
    *count_out = count;
    return 0;
}

int hwmon_find_again(int sys_fd, const char *name, struct hwmon *chip)
{
    struct hwmon *chips = NULL;
    size_t count = 0;
    int r = hwmon_find(sys_fd, name, &chips, &count);

    if (r == 0)
        r = -ENODEV;
    for (size_t i = 0; i < count && r < 0; i++) {
        bool same = chip->parent[0] != '\0' ? strcmp(chips[i].parent, chip->parent) == 0
                                            : strcmp(chips[i].path, chip->path) == 0;

        if (!same)
            continue;
        *chip = chips[i];
        r = 0;
    }
    free(chips);
    return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* readers/drm_card.h - the graphics cards of a driver, and their hwmon folders */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { DRM_PATH_SIZE = 64, DRM_SLOT_SIZE = 40, DRM_DRIVER_SIZE = 32, DRM_HWMON_SIZE = 128 };

/* Neither numbers of cards nor of hwmon folders mean anything: a card is known by its slot. */
struct drm_card {
    char path[DRM_PATH_SIZE]; /* of the device, below sysfs: "class/drm/card1/device" */
    char slot[DRM_SLOT_SIZE]; /* "0000:c1:00.0"; "card1" where it does not say */
    char driver[DRM_DRIVER_SIZE];
    unsigned vendor_id;
    unsigned device_id;
};

/* Which cards are meant: those of a maker and of drivers, NULL at the end. */
struct drm_kind {
    unsigned vendor_id;
    const char *const *drivers;
};

/* Some card of the kind is here: a look that takes microseconds. */
bool drm_card_exists(int sys_fd, const struct drm_kind *kind);

/* All of them, in the order of their slots, each once. The caller frees the list.
 * Return: 0 or -ENOMEM. */
int drm_cards_find(int sys_fd, const struct drm_kind *kind, struct drm_card **cards_out,
                   size_t *count_out);

/* The same card under the number it now has. false: it is not here. */
bool drm_card_find_again(int sys_fd, const struct drm_kind *kind, struct drm_card *card);

/* The hwmon folder of a card whose `name` is this. false: there is none. */
bool drm_hwmon_find(int sys_fd, const struct drm_card *card, const char *name,
                    char path_out[DRM_HWMON_SIZE]);

/**
 * drm_uevent_find() - the value of "KEY=value", a line of a uevent file
 * @value_out: untouched when false is returned; what does not fit is no value
 */
bool drm_uevent_find(const char *text, const char *key, char *value_out, size_t size);

/* "AMD INSTINCT MI250 [1002:740c]", as lspci -nn writes it; product: "" unknown. */
void drm_card_name(const struct drm_card *card, const char *maker, const char *product,
                   char *name_out, size_t size);

/* SPDX-License-Identifier: Apache-2.0 */
/* readers/drm_card.c - the graphics cards of a driver, and their hwmon folders
 *
 * Linux Documentation/ABI/testing/sysfs-bus-pci and hwmon/sysfs-interface.rst. What a server's BMC
 * shows as card0 (ast, mgag200) is no GPU: cards are told by their driver.
 */
#include "readers/drm_card.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"

enum { NAME_DIGITS_MAX = 10, UEVENT_SIZE = 4096, CARDS_MAX = 4096 };

/* "card12", but not "card12-DP-1": a word with a number behind it. */
static bool is_numbered(const char *name, const char *word)
{
    size_t length = strlen(word);
    size_t digits;

    if (strncmp(name, word, length) != 0)
        return false;
    digits = strspn(name + length, "0123456789");
    return digits > 0 && digits <= NAME_DIGITS_MAX && name[length + digits] == '\0';
}

bool drm_uevent_find(const char *text, const char *key, char *value_out, size_t size)
{
    size_t key_length = strlen(key);

    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");

        if (length > key_length && strncmp(line, key, key_length) == 0 && line[key_length] == '=') {
            size_t value_length = length - key_length - 1;

            if (value_length == 0 || value_length >= size)
                return false;
            memcpy(value_out, line + key_length + 1, value_length);
            value_out[value_length] = '\0';
            return true;
        }
        line += length;
        line += *line == '\n';
    }
    return false;
}

static bool read_hexadecimal(int sys_fd, const struct drm_card *card, const char *file,
                             unsigned *value_out)
{
    char path[DRM_PATH_SIZE + 16];
    char text[16];

    (void)snprintf(path, sizeof(path), "%s/%s", card->path, file);
    if (fs_read_text_at(sys_fd, path, text, sizeof(text), NULL) < 0 ||
        strncmp(text, "0x", 2) != 0 || strspn(text + 2, "0123456789abcdefABCDEF") != 4 ||
        text[6] != '\0')
        return false;
    *value_out = (unsigned)strtoul(text, NULL, 16);
    return true;
}

static bool read_driver(int sys_fd, struct drm_card *card, const char *uevent)
{
    char path[DRM_PATH_SIZE + 16];
    char target[PATH_MAX];
    const char *name;
    ssize_t length;

    (void)snprintf(path, sizeof(path), "%s/driver", card->path);
    length = readlinkat(sys_fd, path, target, sizeof(target) - 1);
    if (length < 0)
        return drm_uevent_find(uevent, "DRIVER", card->driver, sizeof(card->driver));
    target[length] = '\0';
    name = strrchr(target, '/');
    (void)snprintf(card->driver, sizeof(card->driver), "%.31s", name != NULL ? name + 1 : target);
    return true;
}

/* A card of the kind, by the name of its node. */
static bool read_card(int sys_fd, const char *node, const struct drm_kind *kind,
                      struct drm_card *card_out)
{
    struct drm_card card = { .slot = "" };
    char path[DRM_PATH_SIZE + 16];
    char uevent[UEVENT_SIZE];
    bool wanted = false;

    if (!is_numbered(node, "card"))
        return false;
    (void)snprintf(card.path, sizeof(card.path), "class/drm/%.20s/device", node);
    (void)snprintf(path, sizeof(path), "%s/uevent", card.path);
    if (fs_read_text_at(sys_fd, path, uevent, sizeof(uevent), NULL) < 0)
        uevent[0] = '\0';
    if (!read_driver(sys_fd, &card, uevent))
        return false;
    for (const char *const *driver = kind->drivers; *driver != NULL; driver++)
        wanted = wanted || strcmp(card.driver, *driver) == 0;
    if (!wanted || !read_hexadecimal(sys_fd, &card, "vendor", &card.vendor_id) ||
        card.vendor_id != kind->vendor_id)
        return false;
    if (!read_hexadecimal(sys_fd, &card, "device", &card.device_id))
        card.device_id = 0;
    if (!drm_uevent_find(uevent, "PCI_SLOT_NAME", card.slot, sizeof(card.slot)))
        (void)snprintf(card.slot, sizeof(card.slot), "%.20s", node);
    *card_out = card;
    return true;
}

/* The next card of the kind. false: there are no more. */
static bool next_card(DIR *nodes, int sys_fd, const struct drm_kind *kind,
                      struct drm_card *card_out)
{
    const struct dirent *entry;

    while (nodes != NULL && (entry = readdir(nodes)) != NULL) {
        if (read_card(sys_fd, entry->d_name, kind, card_out))
            return true;
    }
    return false;
}

bool drm_card_exists(int sys_fd, const struct drm_kind *kind)
{
    AICO2_CLEANUP(fs_closedirp) DIR *nodes = fs_list_at(sys_fd, "class/drm");
    struct drm_card card;

    return next_card(nodes, sys_fd, kind, &card);
}

static int by_slot(const void *a, const void *b)
{
    const struct drm_card *first = a;
    const struct drm_card *second = b;
    int order = strcmp(first->slot, second->slot);

    return order != 0 ? order : strcmp(first->path, second->path);
}

int drm_cards_find(int sys_fd, const struct drm_kind *kind, struct drm_card **cards_out,
                   size_t *count_out)
{
    AICO2_CLEANUP(fs_closedirp) DIR *nodes = fs_list_at(sys_fd, "class/drm");
    AICO2_CLEANUP(freep) struct drm_card *cards = NULL;
    size_t capacity = 0;
    size_t count = 0;
    size_t kept = 0;
    struct drm_card card;

    while (count < CARDS_MAX && next_card(nodes, sys_fd, kind, &card)) {
        if (array_reserve(&cards, &capacity, count + 1, sizeof(*cards)) < 0)
            return -ENOMEM;
        cards[count++] = card;
    }
    if (count > 0)
        qsort(cards, count, sizeof(*cards), by_slot);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || strcmp(cards[kept - 1].slot, cards[i].slot) != 0)
            cards[kept++] = cards[i];
    }
    *cards_out = cards;
    *count_out = kept;
    cards = NULL;
    return 0;
}

bool drm_card_find_again(int sys_fd, const struct drm_kind *kind, struct drm_card *card)
{
    AICO2_CLEANUP(fs_closedirp) DIR *nodes = fs_list_at(sys_fd, "class/drm");
    struct drm_card found;

    while (next_card(nodes, sys_fd, kind, &found)) {
        if (strcmp(found.slot, card->slot) == 0) {
            *card = found;
            return true;
        }
    }
    return false;
}

bool drm_hwmon_find(int sys_fd, const struct drm_card *card, const char *name,
                    char path_out[DRM_HWMON_SIZE])
{
    char folder[DRM_PATH_SIZE + 16];
    const struct dirent *entry;
    DIR *found;
    bool named = false;

    (void)snprintf(folder, sizeof(folder), "%s/hwmon", card->path);
    found = fs_list_at(sys_fd, folder);
    while (!named && found != NULL && (entry = readdir(found)) != NULL) {
        char path[DRM_HWMON_SIZE];
        char file[DRM_HWMON_SIZE + 8];
        char text[64];

        if (!is_numbered(entry->d_name, "hwmon"))
            continue;
        (void)snprintf(path, sizeof(path), "%s/%.20s", folder, entry->d_name);
        (void)snprintf(file, sizeof(file), "%s/name", path);
        named =
            fs_read_text_at(sys_fd, file, text, sizeof(text), NULL) >= 0 && strcmp(text, name) == 0;
        if (named)
            memcpy(path_out, path, DRM_HWMON_SIZE);
    }
    fs_closedirp(&found);
    return named;
}

void drm_card_name(const struct drm_card *card, const char *maker, const char *product,
                   char *name_out, size_t size)
{
    char text[128];

    text_copy_clean(text, sizeof(text), product);
    if (text[0] == '\0')
        (void)snprintf(text, sizeof(text), "%s GPU", maker);
    (void)snprintf(name_out, size, "%s [%04x:%04x]", text, card->vendor_id, card->device_id);
}

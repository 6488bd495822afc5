/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/intel_gpu.c - discrete Intel GPUs through the energy counters of i915 and xe
 *
 * Linux Documentation/ABI/testing/sysfs-driver-intel-i915-hwmon and sysfs-driver-intel-xe-hwmon.
 * The package lies within the card and the folders i915_gt0 and so on within the device: one
 * counter for each card, the widest. Graphics within a processor have none, they are in its package.
 */
#include "readers/intel_gpu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/drm_card.h"
#include "readers/live_file.h"
#include "readers/pci_gpus.h"

/* Nobody has measured these counters: taken as good as AMD's. That of the package alone misses the
 * card's memory and regulators. Both 95 %. */
static const double CARD_BAND = 0.20;
static const double PACKAGE_BAND = 0.40;

static const double LIMIT_WATTS_MIN = 1;
static const double LIMIT_WATTS_MAX = 10000;
static const int64_t RETRY_NS = NSEC_PER_SEC;

static const char *const drivers[] = { "i915", "xe", NULL };
static const struct drm_kind kind = { .vendor_id = 0x8086, .drivers = drivers };

enum { CHANNEL_CARD = 1, CHANNEL_PACKAGE = 2 };

struct intel_card {
    struct drm_card card;
    struct live_file energy;
    int channel;        /* N of energyN_input */
    bool package_only;  /* what it counts may be the package, or is */
    double rated_watts; /* NAN unknown */
    int error;          /* -ENODEV: it is gone; looked for again at retry_ns */
    int64_t retry_ns;
};

struct intel {
    struct reader base;
    const struct clock *clock;
    int sys_fd;
    struct intel_card *cards; /* one per device */
};

/* --- why there is nothing --- */

static void explain_absence(const struct reader_env *env, struct reader_status *status)
{
    *status = (struct reader_status){ .state = READER_ABSENT };
    if (env->explain && pci_gpus_count(env->sys_fd, kind.vendor_id, NULL) > 0)
        text_append(
            status->reason, sizeof(status->reason),
            "an Intel GPU is on the PCI bus, but not in the hands of the i915 or xe driver");
    else
        text_append(status->reason, sizeof(status->reason), "no card of the i915 or xe driver");
}

struct refusals {
    bool denied;
    bool broken;
    bool integrated;
};

/* A processor's own graphics are on its own bus, 0000:00:02.0; a card is behind a bridge. */
static bool is_integrated(const struct drm_card *card)
{
    return strncmp(card->slot, "0000:00:", 8) == 0;
}

static void explain_refusal(const struct drm_card *card, int code, struct refusals *refusals,
                            struct reader_status *status)
{
    bool denied = fs_is_denied(code);
    struct aico2_error why = { 0 };

    if (code == -ENOENT && is_integrated(card)) {
        refusals->integrated = true;
        return;
    }
    refusals->denied = refusals->denied || denied;
    refusals->broken = refusals->broken || !denied;
    if (denied)
        (void)aico2_error_set(&why, code, "no permission to read its energy counter");
    else if (code == -ENOENT)
        (void)aico2_error_set(&why, code, "its driver, %s, has no energy counter", card->driver);
    else if (code == -EBADMSG)
        (void)aico2_error_set(&why, code, "no number in its energy counter");
    else
        (void)aico2_error_set_errno(&why, -code, "its energy counter cannot be read");
    text_append(status->reason, sizeof(status->reason), "%s%s: %s",
                status->reason[0] != '\0' ? "; " : "", card->slot, why.message);
    if (status->fix[0] != '\0')
        return;
    if (denied)
        text_append(status->fix, sizeof(status->fix),
                    "sudo chmod a+r /sys/bus/pci/devices/%s/hwmon/*/energy*_input  # until reboot; "
                    "readable by all, unless somebody or a container took that away",
                    card->slot);
    else if (code == -ENOENT)
        text_append(status->fix, sizeof(status->fix),
                    "# a newer kernel: i915 has one since Linux 6.2, xe since some time after 6.5");
}

static void set_state(const struct intel *reader, const struct refusals *refusals,
                      struct reader_status *status)
{
    static const char integrated[] =
        "graphics of a processor, which are in the energy of its package";

    status->state = reader->base.device_count > 0 ? READER_USED
                    : refusals->denied            ? READER_DENIED
                    : refusals->broken            ? READER_BROKEN
                                                  : READER_ABSENT;
    if (status->state == READER_ABSENT)
        text_append(status->reason, sizeof(status->reason), "%s", integrated);
    else
        text_append(status->detail, sizeof(status->detail), "hwmon%s%s",
                    refusals->integrated ? "; left out are " : "",
                    refusals->integrated ? integrated : "");
}

/* --- probing --- */

static void intel_gpu_close(struct reader *base)
{
    struct intel *reader = (struct intel *)base;

    if (reader == NULL)
        return;
    for (size_t i = 0; i < base->device_count; i++)
        live_file_close(&reader->cards[i].energy);
    fd_closep(&reader->sys_fd);
    free(reader->cards);
    free(base->devices);
    free(reader);
}

static int read_number(int sys_fd, const char *hwmon, const char *stem, int channel,
                       const char *tail, uint64_t *value_out)
{
    char path[LIVE_FILE_PATH_SIZE];

    (void)snprintf(path, sizeof(path), "%s/%s%d_%s", hwmon, stem, channel, tail);
    return fs_read_u64_at(sys_fd, path, value_out, NULL);
}

static bool is_labelled(int sys_fd, const char *hwmon, int channel, const char *label)
{
    char path[LIVE_FILE_PATH_SIZE];
    char text[32];

    (void)snprintf(path, sizeof(path), "%s/energy%d_label", hwmon, channel);
    return fs_read_text_at(sys_fd, path, text, sizeof(text), NULL) >= 0 && strcmp(text, label) == 0;
}

/* The card's counter where it can be read, else the package's. Return: 0 or -errno. */
static int choose_channel(int sys_fd, const char *hwmon, struct intel_card *card)
{
    uint64_t first_uj;
    uint64_t second_uj;
    int r = read_number(sys_fd, hwmon, "energy", CHANNEL_CARD, "input", &first_uj);
    int second = read_number(sys_fd, hwmon, "energy", CHANNEL_PACKAGE, "input", &second_uj);
    bool swapped = second == 0 && is_labelled(sys_fd, hwmon, CHANNEL_PACKAGE, "card");

    card->channel = r == 0 && !swapped ? CHANNEL_CARD : CHANNEL_PACKAGE;
    if (r < 0 && second < 0)
        return r != -ENOENT ? r : second;
    if (swapped)
        return 0;
    /* xe began with one counter, of the card or of the package, and no label */
    card->package_only = r < 0 || is_labelled(sys_fd, hwmon, CHANNEL_CARD, "pkg") ||
                         (second == -ENOENT && strcmp(card->card.driver, "xe") == 0 &&
                          !is_labelled(sys_fd, hwmon, CHANNEL_CARD, "card"));
    return 0;
}

static void find_limit(int sys_fd, const char *hwmon, struct intel_card *card)
{
    static const char *const files[] = { "rated_max", "max" };

    for (size_t i = 0; i < ARRAY_LENGTH(files) && isnan(card->rated_watts); i++) {
        uint64_t microwatts = 0;
        double watts;

        if (read_number(sys_fd, hwmon, "power", card->channel, files[i], &microwatts) < 0)
            continue;
        watts = (double)microwatts / 1e6;
        if (watts >= LIMIT_WATTS_MIN && watts <= LIMIT_WATTS_MAX)
            card->rated_watts = watts;
    }
}

static void set_energy(const char *hwmon, struct intel_card *card)
{
    char file[32];

    (void)snprintf(file, sizeof(file), "energy%d_input", card->channel);
    live_file_set(&card->energy, hwmon, file);
}

/* Return: 0, or why the card has no counter that can be read. */
static int examine(int sys_fd, const struct drm_card *found, struct intel_card *card_out)
{
    struct intel_card card = { .card = *found, .energy = LIVE_FILE_NULL, .rated_watts = NAN };
    char hwmon[DRM_HWMON_SIZE];
    int r;

    if (!drm_hwmon_find(sys_fd, found, found->driver, hwmon))
        return -ENOENT;
    r = choose_channel(sys_fd, hwmon, &card);
    if (r < 0)
        return r;
    find_limit(sys_fd, hwmon, &card);
    set_energy(hwmon, &card);
    *card_out = card;
    return 0;
}

static void describe(const struct intel_card *card, unsigned number, struct device *device_out)
{
    struct device device = DEVICE_NULL;

    device.kind = DEVICE_GPU;
    device.basis = BASIS_MEASURED;
    device.index = (int)number;
    device.fields = SAMPLE_ENERGY;
    device.band_ratio = card->package_only ? PACKAGE_BAND : CARD_BAND;
    device.rated_watts = card->rated_watts;
    if (isfinite(device.rated_watts))
        (void)snprintf(device.rated_source, sizeof(device.rated_source), "driver limit");
    (void)snprintf(device.id, sizeof(device.id), "gpu%u", number);
    (void)snprintf(device.reader, sizeof(device.reader), "intel_gpu");
    (void)snprintf(device.uuid, sizeof(device.uuid), "%s", card->card.slot);
    drm_card_name(&card->card, "Intel", "", device.model, sizeof(device.model));
    if (card->package_only)
        (void)snprintf(device.note, sizeof(device.note),
                       "its counter is, or may be, that of the GPU's package: the card's memory "
                       "and regulators are not in it");
    *device_out = device;
}

static int open_reader(const struct reader_env *env, const struct drm_card *found, size_t count,
                       struct reader **reader_out, struct reader_status *status)
{
    struct intel *reader = calloc(1, sizeof(*reader));
    struct refusals refusals = { .denied = false };
    unsigned first = 0;
    size_t kept = 0;

    if (reader == NULL)
        return -ENOMEM;
    reader->base.driver = &reader_intel_gpu;
    reader->clock = env->clock;
    reader->base.devices = calloc(count, sizeof(*reader->base.devices));
    reader->cards = calloc(count, sizeof(*reader->cards));
    reader->sys_fd = fs_open_dir_at(env->sys_fd, ".", NULL);
    if (reader->base.devices == NULL || reader->cards == NULL) {
        intel_gpu_close(&reader->base);
        return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        int r = examine(reader->sys_fd, &found[i], &reader->cards[kept]);

        if (r < 0) {
            explain_refusal(&found[i], r, &refusals, status);
            continue;
        }
        if (kept == 0) /* a look at every device of the bus, which most machines need not pay for */
            first = pci_gpus_first_free(env->sys_fd);
        describe(&reader->cards[kept], first + (unsigned)kept, &reader->base.devices[kept]);
        kept++;
    }
    reader->base.device_count = kept;
    set_state(reader, &refusals, status);
    if (kept == 0) {
        intel_gpu_close(&reader->base);
        return 0;
    }
    *reader_out = &reader->base;
    return 0;
}

static int intel_gpu_probe(const struct reader_env *env, struct reader **reader_out,
                           struct reader_status *status_out, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) struct drm_card *found = NULL;
    size_t count = 0;

    *reader_out = NULL;
    *status_out = (struct reader_status){ .state = READER_ABSENT };
    if (drm_cards_find(env->sys_fd, &kind, &found, &count) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (count == 0) {
        explain_absence(env, status_out);
        return 0;
    }
    if (open_reader(env, found, count, reader_out, status_out) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    return 0;
}

/* --- reading --- */

static int64_t now_ns(const struct intel *reader)
{
    return reader->clock->mono_ns(reader->clock->payload);
}

static void find_again(int sys_fd, struct intel_card *card)
{
    char hwmon[DRM_HWMON_SIZE];

    if (drm_card_find_again(sys_fd, &kind, &card->card) &&
        drm_hwmon_find(sys_fd, &card->card, card->card.driver, hwmon))
        set_energy(hwmon, card);
}

static void read_card(struct intel *reader, struct intel_card *card, struct sample *sample_out)
{
    int64_t now = now_ns(reader);
    uint64_t energy_uj = 0;
    int r;

    *sample_out = (struct sample){ .mono_ns = now, .error = card->error };
    if (card->error != 0 && now < card->retry_ns)
        return;
    if (card->error != 0)
        find_again(reader->sys_fd, card);
    r = live_file_read_u64(&card->energy, reader->sys_fd, now, &energy_uj);
    card->error = 0;
    if (r == -ENOENT || r == -ENOTDIR || r == -ENODEV) {
        card->error = r = -ENODEV;
        card->retry_ns = now + RETRY_NS;
    }
    *sample_out = (struct sample){ .mono_ns = now_ns(reader), .error = r };
    if (r < 0)
        return;
    sample_out->energy_uj = energy_uj;
    sample_out->valid = SAMPLE_ENERGY;
}

static void intel_gpu_read(struct reader *base, struct sample *samples_out)
{
    struct intel *reader = (struct intel *)base;

    for (size_t i = 0; i < base->device_count; i++)
        read_card(reader, &reader->cards[i], &samples_out[i]);
}

const struct reader_driver reader_intel_gpu = {
    .name = "intel_gpu",
    .summary = "energy counters of discrete Intel GPUs",
    .probe = intel_gpu_probe,
    .read = intel_gpu_read,
    .close = intel_gpu_close,
    .domain = DEVICE_GPU,
    .band_ratio = 0.20,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readers/intel_gpu.c - discrete Intel GPUs through the energy counters of i915 and xe
 *
 * Linux Documentation/ABI/testing/sysfs-driver-intel-i915-hwmon and sysfs-driver-intel-xe-hwmon.
 * The package lies within the card and the folders i915_gt0 and so on within the device: one
 * counter for each card, the widest. Graphics within a processor have none, they are in its package.
 * How busy a card is is told for each of its clients only. Some of these files wait for the GPU, so
 * that this reader has a thread of its own.
 */
#include "readers/intel_gpu.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/drm_gpus.h"
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
    struct live_file status; /* whether it sleeps: asking for more would wake it */
    struct live_file energy;
    bool has_energy;
    bool asleep;
    int channel;        /* N of energyN_input */
    bool package_only;  /* what it counts may be the package, or is */
    double rated_watts; /* NAN unknown */
    int error;          /* -ENODEV: it is gone; looked for again at retry_ns */
    int64_t retry_ns;
};

/* --- why there is nothing --- */

struct refusals {
    bool denied;
    bool broken;
    bool integrated;
};

double intel_gpu_band_ratio(bool package_only)
{
    return package_only ? PACKAGE_BAND : CARD_BAND;
}

/* A processor's own graphics are on its own bus, 0000:00:02.0; a card is behind a bridge, but in a virtual
 * machine. */
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

static void set_state(const struct reader *reader, const struct refusals *refusals,
                      struct reader_status *status)
{
    static const char integrated[] =
        "graphics of a processor, which are in the energy of its package";

    status->state = reader->device_count > 0 ? READER_USED
                    : refusals->denied       ? READER_DENIED
                    : refusals->broken       ? READER_BROKEN
                                             : READER_ABSENT;
    if (status->state == READER_ABSENT)
        text_append(status->reason, sizeof(status->reason), "%s", integrated);
    else
        text_append(status->detail, sizeof(status->detail), "hwmon%s%s",
                    refusals->integrated ? "; left out are " : "",
                    refusals->integrated ? integrated : "");
}

/* --- probing --- */

static bool says_asleep(const char *status)
{
    return strncmp(status, "suspend", 7) == 0; /* "suspended", or about to be */
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

/* Return: 0 or -errno. Of a card that sleeps only whether there is a file: its driver would wake it. */
static int look_at_counter(int sys_fd, const char *hwmon, bool asleep, int channel)
{
    char path[LIVE_FILE_PATH_SIZE];
    struct stat found;
    uint64_t energy_uj;

    if (!asleep)
        return read_number(sys_fd, hwmon, "energy", channel, "input", &energy_uj);
    (void)snprintf(path, sizeof(path), "%s/energy%d_input", hwmon, channel);
    return fstatat(sys_fd, path, &found, 0) == 0 && S_ISREG(found.st_mode) ? 0 : -ENOENT;
}

/* The card's counter where it can be read, else the package's. Return: 0 or -errno. */
static int choose_channel(int sys_fd, const char *hwmon, struct intel_card *card)
{
    int r = look_at_counter(sys_fd, hwmon, card->asleep, CHANNEL_CARD);
    int second = look_at_counter(sys_fd, hwmon, card->asleep, CHANNEL_PACKAGE);
    bool swapped = second == 0 && is_labelled(sys_fd, hwmon, CHANNEL_PACKAGE, "card");

    card->channel = r == 0 && !swapped ? CHANNEL_CARD : CHANNEL_PACKAGE;
    if (r < 0 && second < 0) {
        card->channel = CHANNEL_CARD;
        return r != -ENOENT ? r : second;
    }
    card->has_energy = true;
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
    struct intel_card card = {
        .card = *found,
        .status = LIVE_FILE_NULL,
        .energy = LIVE_FILE_NULL,
        .channel = CHANNEL_CARD,
        .rated_watts = NAN,
    };
    char hwmon[DRM_HWMON_SIZE];
    char path[LIVE_FILE_PATH_SIZE];
    char status[32];
    int r = -ENOENT;

    (void)snprintf(path, sizeof(path), "%s/power/runtime_status", found->path);
    card.asleep =
        fs_read_text_at(sys_fd, path, status, sizeof(status), NULL) > 0 && says_asleep(status);
    live_file_set(&card.status, found->path, "power/runtime_status");
    if (drm_hwmon_find(sys_fd, found, found->driver, hwmon)) {
        r = choose_channel(sys_fd, hwmon, &card);
        find_limit(sys_fd, hwmon, &card);
        if (r == 0)
            set_energy(hwmon, &card);
    }
    *card_out = card;
    return r;
}

static void add_note(struct device *device, const char *note)
{
    text_append_note(device->note, sizeof(device->note), note);
}

static void describe(const struct intel_card *card, const struct gpu_users *users, unsigned number,
                     struct device *device_out)
{
    bool sees_all = users->open && users->clients.search.sees_all;
    struct device device = DEVICE_NULL;

    device.kind = DEVICE_GPU;
    device.basis = BASIS_MEASURED;
    device.index = (int)number;
    /* how busy it is, when all its clients are seen, or if that is all there is */
    device.fields = (card->has_energy ? SAMPLE_ENERGY : 0u) |
                    (sees_all || !card->has_energy ? SAMPLE_UTILIZATION : 0u);
    device.band_ratio = intel_gpu_band_ratio(card->package_only);
    device.rated_watts = card->rated_watts;
    if (isfinite(device.rated_watts))
        (void)snprintf(device.rated_source, sizeof(device.rated_source), "driver limit");
    (void)snprintf(device.id, sizeof(device.id), "gpu%u", number);
    (void)snprintf(device.reader, sizeof(device.reader), "intel_gpu");
    (void)snprintf(device.uuid, sizeof(device.uuid), "%s", card->card.slot);
    drm_card_name(&card->card, "Intel", "", device.model, sizeof(device.model));
    if (card->package_only)
        add_note(&device, "its counter is, or may be, that of the GPU's package: the card's memory "
                          "and regulators are not in it");
    if (users->open && !sees_all)
        add_note(&device, card->has_energy
                              ? "what other users' processes do on it is not told"
                              : "no energy counter: modelled on what this user's processes do");
    *device_out = device;
}

static void take(struct drm_gpus *gpus, const struct drm_card *found, size_t count,
                 struct reader_status *status)
{
    struct intel_card *cards = gpus->cards;
    struct refusals refusals = { .denied = false };
    unsigned first = 0;
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        int r = examine(gpus->sys_fd, &found[i], &cards[kept]);

        if (r < 0)
            explain_refusal(&found[i], r, &refusals, status);
        if (r < 0 && (is_integrated(&found[i]) || !gpus->users.open))
            continue;
        gpus->users.every_reading = gpus->users.every_reading || r < 0;
        if (kept == 0) /* a look at every device of the bus, which most machines need not pay for */
            first = pci_gpus_first_free(gpus->sys_fd);
        describe(&cards[kept], &gpus->users, first + (unsigned)kept, &gpus->base.devices[kept]);
        kept++;
    }
    gpus->base.device_count = kept;
    set_state(&gpus->base, &refusals, status);
}

static size_t dies(const void *payload, struct gpu_die dies_out[GPU_DIES_MAX])
{
    const struct intel_card *card = payload;

    dies_out[0] = (struct gpu_die){ .slot = card->card.slot, .busy_ratio = NAN };
    return 1;
}

static bool sleeps(const void *card)
{
    return ((const struct intel_card *)card)->asleep;
}

static void close_card(void *payload)
{
    struct intel_card *card = payload;

    live_file_close(&card->status);
    live_file_close(&card->energy);
}

static const struct drm_gpu_driver intel = {
    .driver = &reader_intel_gpu,
    .kind = &kind,
    .maker = "Intel",
    .kernel_name = "the i915 or xe driver",
    .fix = "",
    .card_size = sizeof(struct intel_card),
    .take = take,
    .dies = dies,
    .sleeps = sleeps,
    .close = close_card,
};

/* Most of these drivers' cards are a processor's graphics, for which they make no meter: they need no thread.
 * A card that was given to a virtual machine is on bus 0, too. */
static bool intel_gpu_is_absent(const struct reader_env *env, struct reader_status *status_out)
{
    AICO2_CLEANUP(freep) struct drm_card *found = NULL;
    const struct reader none = { .device_count = 0 };
    const struct refusals refusals = { .integrated = true };
    size_t count = 0;

    if (drm_gpus_are_absent(&intel, env, status_out))
        return true;
    if (drm_cards_find(env->sys_fd, &kind, &found, &count) < 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        char hwmon[DRM_HWMON_SIZE];

        if (!is_integrated(&found[i]) ||
            drm_hwmon_find(env->sys_fd, &found[i], found[i].driver, hwmon))
            return false;
    }
    *status_out = (struct reader_status){ .state = READER_ABSENT };
    set_state(&none, &refusals, status_out);
    return true;
}

static int intel_gpu_probe(const struct reader_env *env, struct reader **reader_out,
                           struct reader_status *status_out, struct aico2_error *err)
{
    return drm_gpus_probe(&intel, env, reader_out, status_out, err);
}

/* --- reading --- */

static void find_again(int sys_fd, struct intel_card *card)
{
    char hwmon[DRM_HWMON_SIZE];

    if (!drm_card_find_again(sys_fd, &kind, &card->card))
        return;
    live_file_set(&card->status, card->card.path, "power/runtime_status");
    if (card->has_energy && drm_hwmon_find(sys_fd, &card->card, card->card.driver, hwmon))
        set_energy(hwmon, card);
}

/* Return: 0; -ENODEV when it is gone. */
static int look_whether_asleep(int sys_fd, struct intel_card *card, int64_t now_ns)
{
    char path[LIVE_FILE_PATH_SIZE];
    char status[32];
    struct stat found;
    int length = live_file_read(&card->status, sys_fd, now_ns, status, sizeof(status));

    card->asleep = length > 0 && says_asleep(status);
    if (length >= 0 || card->has_energy) /* its counter tells */
        return 0;
    (void)snprintf(path, sizeof(path), "%s/vendor", card->card.path);
    return fstatat(sys_fd, path, &found, 0) == 0 ? 0 : -ENODEV;
}

static void read_card(struct drm_gpus *gpus, struct intel_card *card, struct sample *sample_out)
{
    int64_t now = drm_gpus_now_ns(gpus);
    uint64_t energy_uj = 0;
    int r;

    *sample_out = (struct sample){ .mono_ns = now, .error = card->error };
    if (card->error != 0 && now < card->retry_ns)
        return;
    if (card->error != 0)
        find_again(gpus->sys_fd, card);
    r = look_whether_asleep(gpus->sys_fd, card, now);
    if (r == 0 && card->has_energy && !card->asleep)
        r = live_file_read_u64(&card->energy, gpus->sys_fd, now, &energy_uj);
    card->error = 0;
    if (r == -ENOENT || r == -ENOTDIR || r == -ENODEV) {
        card->error = r = -ENODEV;
        card->retry_ns = now + RETRY_NS;
    }
    *sample_out = (struct sample){ .mono_ns = drm_gpus_now_ns(gpus), .error = r };
    if (r == 0 && card->has_energy && !card->asleep) {
        sample_out->energy_uj = energy_uj;
        sample_out->valid = SAMPLE_ENERGY;
    }
}

/* How busy the busiest engines were since the last look; of all clients, unless a model needs it. */
static void tell_utilization(const struct drm_gpus *gpus, size_t at, struct sample *sample)
{
    const struct drm_clients *clients = &gpus->users.clients;
    const struct intel_card *card = drm_gpus_card(gpus, at);

    if ((gpus->base.devices[at].fields & SAMPLE_UTILIZATION) == 0 || sample->error != 0 ||
        (card->has_energy && !drm_clients_are_all(clients)) ||
        !drm_clients_are_timed(clients, card->card.slot))
        return;
    sample->utilization_ratio = drm_clients_busiest(clients, card->card.slot);
    sample->valid |= SAMPLE_UTILIZATION;
}

static void intel_gpu_read(struct reader *base, struct sample *samples_out)
{
    struct drm_gpus *gpus = (struct drm_gpus *)base;

    for (size_t i = 0; i < base->device_count; i++)
        read_card(gpus, drm_gpus_card(gpus, i), &samples_out[i]);
    if (!drm_gpus_account(gpus, samples_out))
        return;
    for (size_t i = 0; i < base->device_count; i++)
        tell_utilization(gpus, i, &samples_out[i]);
}

const struct reader_driver reader_intel_gpu = {
    .name = "intel_gpu",
    .summary = "energy counters and processes of discrete Intel GPUs",
    .may_block = true,
    .is_absent = intel_gpu_is_absent,
    .probe = intel_gpu_probe,
    .read = intel_gpu_read,
    .close = drm_gpus_close,
    .domain = DEVICE_GPU,
    .band_ratio = 0.20,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* readers/amdgpu_card.c - what does not change of an AMD GPU
 *
 * Linux Documentation/gpu/amdgpu/thermal.rst and driver-misc.rst.
 */
#include "readers/amdgpu_card.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/amdgpu_metrics.h"

/* Twice the 10 % (1 sigma) at the upper end of what is said of it: docs/readers/amdgpu.md. */
static const double BAND = 0.20;

static const double LIMIT_WATTS_MIN = 1;
static const double LIMIT_WATTS_MAX = 10000;

enum { MI250X = 0x7408, MI250 = 0x740c, MI300A = 0x74a0, MI100 = 0x738c, MI100_TOO = 0x738e };

static const char *const drivers[] = { "amdgpu", NULL };
const struct drm_kind amdgpu_kind = { .vendor_id = 0x1002, .drivers = drivers };

static bool read_word(int sys_fd, const char *folder, const char *file, char *text, size_t size)
{
    char path[LIVE_FILE_PATH_SIZE];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, file);
    return fs_read_text_at(sys_fd, path, text, size, NULL) > 0;
}

static int read_number(int sys_fd, const char *folder, const char *file, uint64_t *value_out)
{
    char path[LIVE_FILE_PATH_SIZE];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, file);
    return fs_read_u64_at(sys_fd, path, value_out, NULL);
}

static bool is_file(int sys_fd, const char *folder, const char *file)
{
    char path[LIVE_FILE_PATH_SIZE];
    struct stat found;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, file);
    return fstatat(sys_fd, path, &found, 0) == 0 && S_ISREG(found.st_mode);
}

bool amdgpu_says_asleep(const char *status)
{
    return strncmp(status, "suspend", 7) == 0; /* "suspended", or about to be */
}

static void refuse(struct amdgpu_card *card, int code)
{
    if (code != -ENOENT && card->refusal == 0)
        card->refusal = code;
}

/* The first file that tells a power. One that says 0 is none: what is on draws something. */
static void find_power(int sys_fd, const char *hwmon, bool asleep, struct amdgpu_card *card)
{
    static const char *const names[] = { "power1_average", "power1_input" };

    for (size_t i = 0; card->power_name == NULL && i < ARRAY_LENGTH(names); i++) {
        uint64_t microwatts = 0;
        int r;

        if (asleep) {
            if (is_file(sys_fd, hwmon, names[i]))
                card->power_name = names[i];
            continue;
        }
        r = read_number(sys_fd, hwmon, names[i], &microwatts);
        if (r == 0 && microwatts > 0)
            card->power_name = names[i];
        else if (r < 0)
            refuse(card, r);
    }
    if (card->power_name != NULL)
        live_file_set(&card->power, hwmon, card->power_name);
}

static void find_limit(int sys_fd, const char *hwmon, struct amdgpu_card *card)
{
    uint64_t microwatts = 0;
    double watts;

    if (read_number(sys_fd, hwmon, "power1_cap", &microwatts) < 0)
        return;
    watts = (double)microwatts / 1e6;
    if (watts >= LIMIT_WATTS_MIN && watts <= LIMIT_WATTS_MAX)
        card->rated_watts = watts;
}

/* The second voltage is that of the north bridge, which only a processor has. */
static bool has_north_bridge(int sys_fd, const char *hwmon)
{
    char label[32];

    return (read_word(sys_fd, hwmon, "in1_label", label, sizeof(label)) &&
            strcmp(label, "vddnb") == 0) ||
           (read_word(sys_fd, hwmon, "power1_label", label, sizeof(label)) &&
            strcmp(label, "slowPPT") == 0);
}

static void examine_metrics(int sys_fd, const struct drm_card *found, struct amdgpu_card *card)
{
    char path[LIVE_FILE_PATH_SIZE];
    char bytes[AMDGPU_METRICS_SIZE + 1];
    AICO2_CLEANUP(fd_closep) int fd = -1;
    struct amdgpu_metrics metrics;
    int length;

    (void)snprintf(path, sizeof(path), "%s/gpu_metrics", found->path);
    fd = fs_open_at(sys_fd, path, NULL);
    length = fd < 0 ? fd : fs_pread_text(fd, bytes, sizeof(bytes));
    if (length < 0) {
        refuse(card, length);
        return;
    }
    if (!amdgpu_metrics_parse(bytes, (size_t)length, &metrics))
        return;
    if (metrics.format != 1)
        card->role = AMDGPU_INTEGRATED;
    /* the accumulator of the MI100 is not to be relied on */
    card->has_energy =
        metrics.has_energy && found->device_id != MI100 && found->device_id != MI100_TOO;
    if (card->has_energy)
        live_file_set(&card->metrics, found->path, "gpu_metrics");
}

static void set_die(const struct drm_card *found, struct amdgpu_die *die)
{
    die->card = *found;
    live_file_set(&die->busy, found->path, "gpu_busy_percent");
    live_file_set(&die->memory, found->path, "mem_info_vram_used");
    live_file_set(&die->status, found->path, "power/runtime_status");
}

void amdgpu_card_examine(int sys_fd, const struct drm_card *found, struct amdgpu_card *card_out)
{
    struct amdgpu_card card = { .role = AMDGPU_CARD, .die_count = 1, .rated_watts = NAN };
    char hwmon[DRM_HWMON_SIZE];
    char status[32] = "";
    uint64_t value = 0;
    bool asleep;
    int r;

    card.power = card.metrics = LIVE_FILE_NULL;
    for (size_t i = 0; i < AMDGPU_DIES_MAX; i++)
        card.dies[i].busy = card.dies[i].memory = card.dies[i].status = LIVE_FILE_NULL;
    set_die(found, &card.dies[0]);
    asleep = read_word(sys_fd, found->path, "power/runtime_status", status, sizeof(status)) &&
             amdgpu_says_asleep(status);

    if (drm_hwmon_find(sys_fd, found, "amdgpu", hwmon)) {
        find_power(sys_fd, hwmon, asleep, &card);
        if (!asleep)
            find_limit(sys_fd, hwmon, &card);
        if (has_north_bridge(sys_fd, hwmon))
            card.role = AMDGPU_INTEGRATED;
    }
    if (!asleep)
        examine_metrics(sys_fd, found, &card);
    if (found->device_id == MI300A)
        card.role = AMDGPU_MODULE;
    card.is_dead_die = (found->device_id == MI250X || found->device_id == MI250) && !asleep &&
                       card.power_name == NULL && isnan(card.rated_watts);

    r = asleep ? 0 : read_number(sys_fd, found->path, "gpu_busy_percent", &value);
    card.has_busy =
        asleep ? is_file(sys_fd, found->path, "gpu_busy_percent") : r == 0 && value <= 100;
    if (r < 0)
        refuse(&card, r);
    card.has_memory = read_number(sys_fd, found->path, "mem_info_vram_used", &value) == 0;
    if (read_number(sys_fd, found->path, "mem_info_vram_total", &value) == 0)
        card.memory_bytes = value;
    *card_out = card;
}

bool amdgpu_card_join(struct amdgpu_card *first, const struct amdgpu_card *second)
{
    if (!second->is_dead_die || first->is_dead_die || first->die_count == AMDGPU_DIES_MAX ||
        first->role != AMDGPU_CARD ||
        first->dies[0].card.device_id != second->dies[0].card.device_id)
        return false;
    set_die(&second->dies[0].card, &first->dies[first->die_count++]);
    first->has_busy = first->has_busy && second->has_busy;
    first->has_memory = first->has_memory && second->has_memory;
    first->memory_bytes = first->memory_bytes > 0 && second->memory_bytes > 0
                              ? first->memory_bytes + second->memory_bytes
                              : 0;
    return true;
}

bool amdgpu_card_is_usable(const struct amdgpu_card *card)
{
    return card->has_energy || card->power_name != NULL ||
           (card->has_busy && card->role != AMDGPU_MODULE);
}

static void write_note(const struct amdgpu_card *card, struct device *device)
{
    if (card->die_count > 1)
        (void)snprintf(device->note, sizeof(device->note),
                       "two dies, %s and %s: the first tells the power of both, counted once",
                       card->dies[0].card.slot, card->dies[1].card.slot);
    else if (card->is_dead_die)
        (void)snprintf(device->note, sizeof(device->note),
                       "the second die of a module: its power is told by the first, which is not "
                       "here");
    else if (card->role == AMDGPU_MODULE)
        (void)snprintf(device->note, sizeof(device->note),
                       "processor, GPU and memory in one: its power is that of all three");
}

void amdgpu_card_describe(int sys_fd, const struct amdgpu_card *card, unsigned number,
                          struct device *device_out)
{
    const struct drm_card *first = &card->dies[0].card;
    struct device device = DEVICE_NULL;
    char text[128] = "";

    device.kind = card->role == AMDGPU_MODULE ? DEVICE_MODULE : DEVICE_GPU;
    device.basis = BASIS_MEASURED;
    device.index = (int)number;
    device.band_ratio = BAND;
    (void)snprintf(device.id, sizeof(device.id), "%s%u",
                   card->role == AMDGPU_MODULE ? "module" : "gpu", number);
    (void)snprintf(device.reader, sizeof(device.reader), "amdgpu");
    (void)read_word(sys_fd, first->path, "product_name", text, sizeof(text));
    drm_card_name(first, "AMD", text, device.model, sizeof(device.model));
    if (!read_word(sys_fd, first->path, "unique_id", text, sizeof(text)))
        (void)snprintf(text, sizeof(text), "%s", first->slot);
    text_copy_clean(device.uuid, sizeof(device.uuid), text);
    device.memory_bytes = card->memory_bytes;
    device.rated_watts = card->rated_watts;
    if (isfinite(device.rated_watts))
        (void)snprintf(device.rated_source, sizeof(device.rated_source), "driver limit");
    device.fields =
        (card->has_energy ? SAMPLE_ENERGY : 0u) | (card->power_name != NULL ? SAMPLE_POWER : 0u) |
        (card->has_busy ? SAMPLE_UTILIZATION : 0u) | (card->has_memory ? SAMPLE_MEMORY : 0u);
    write_note(card, &device);
    *device_out = device;
}

void amdgpu_card_find_again(int sys_fd, struct amdgpu_card *card)
{
    char hwmon[DRM_HWMON_SIZE];

    for (size_t i = 0; i < card->die_count; i++) {
        struct amdgpu_die *die = &card->dies[i];

        if (!drm_card_find_again(sys_fd, &amdgpu_kind, &die->card))
            return;
        live_file_close(&die->busy);
        live_file_close(&die->memory);
        live_file_close(&die->status);
        set_die(&die->card, die);
    }
    if (card->power_name != NULL && drm_hwmon_find(sys_fd, &card->dies[0].card, "amdgpu", hwmon))
        live_file_set(&card->power, hwmon, card->power_name);
    if (card->has_energy)
        live_file_set(&card->metrics, card->dies[0].card.path, "gpu_metrics");
}

void amdgpu_card_close(struct amdgpu_card *card)
{
    live_file_close(&card->power);
    live_file_close(&card->metrics);
    for (size_t i = 0; i < AMDGPU_DIES_MAX; i++) {
        live_file_close(&card->dies[i].busy);
        live_file_close(&card->dies[i].memory);
        live_file_close(&card->dies[i].status);
    }
}

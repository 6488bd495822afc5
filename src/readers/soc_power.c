/* SPDX-License-Identifier: Apache-2.0 */
/* readers/soc_power.c - ARM servers by the power sensors of their own firmware
 *
 * NVIDIA Grace: ACPI power meters that say what they cover. The module holds Grace and its GPU, Grace its
 * CPU, its I/O and its LPDDR. Ampere Altra: smpro_hwmon, a chip per socket (Linux
 * Documentation/hwmon/smpro-hwmon.rst). APM X-Gene: xgene-hwmon.rst. SCMI firmware: powercap zones of arm-scmi
 * (Documentation/power/powercap/powercap.rst). All are read as watts.
 */
#include "readers/soc_power.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/board.h"
#include "readers/hwmon.h"
#include "readers/patience.h"
#include "readers/topology.h"

enum {
    ZONES_MAX = 64,
    ZONE_SIZE = 48,
    TERMS_MAX = 8,
    SOCKETS_MAX = 64,
    ATTRIBUTE_SIZE = 24,
    CHANNELS_MAX = 8
};

/* Twice the 5 % (1 sigma) of the literature for such meters. */
static const double BAND_RATIO = 0.10;
static const int64_t FIND_NS = NSEC_PER_SEC;
/* Firmware has a new figure no more often, and each costs a call of it. */
static const int64_t SPACING_NS = 50 * NSEC_PER_MSEC;
static const double MICROWATTS = 1e-6;

/* One sensor that a device's power is made of. */
struct term {
    const char *chip_name; /* NULL: no chip of hwmon, and not looked for again */
    struct hwmon chip;
    char attribute[ATTRIBUTE_SIZE];
    struct live_file file;
    double sign;
    int64_t find_ns; /* not before */
};

struct sum {
    struct term terms[TERMS_MAX];
    size_t count;
    struct patience patience;
};

struct soc_power {
    struct reader base;
    const struct clock *clock;
    int sys_fd;
    struct sum *sums; /* one per device */
    size_t capacity;
    size_t sums_capacity;
    int64_t next_ns; /* not read before */
    int refused;     /* -errno of the first sensor that could not be read; 0 none */
};

static const char *const grace_words[] = {
    [GRACE_MODULE] = "module",
    [GRACE_TOTAL] = "grace",
    [GRACE_CPU] = "cpu",
    [GRACE_SYSIO] = "sysio",
};

enum grace_meter grace_meter_of(const char *oem_info, int *socket_out)
{
    const char *socket = strcasestr(oem_info, "socket ");
    enum grace_meter meter = GRACE_NONE;
    char *end;
    long number;

    if (socket == NULL)
        return GRACE_NONE;
    number = strtol(socket + strlen("socket "), &end, 10);
    if (end == socket + strlen("socket ") || number < 0 || number >= SOCKETS_MAX)
        return GRACE_NONE;
    for (size_t i = GRACE_MODULE; i < ARRAY_LENGTH(grace_words); i++) {
        if (strncasecmp(oem_info, grace_words[i], strlen(grace_words[i])) == 0)
            meter = (enum grace_meter)i;
    }
    /* the wording of other firmware; its total is Grace's, and it has no module */
    if (strncasecmp(oem_info, "total ", strlen("total ")) == 0)
        meter = GRACE_TOTAL;
    if (strncasecmp(oem_info, "soc rail", strlen("soc rail")) == 0)
        meter = GRACE_SYSIO;
    if (meter != GRACE_NONE)
        *socket_out = (int)number;
    return meter;
}

static int read_term(struct soc_power *reader, struct term *term, double *watts_out)
{
    int64_t now = reader->clock->mono_ns(reader->clock->payload);
    int64_t microwatts = 0;
    int r = board_read_i64(reader->sys_fd, &term->file, &microwatts);

    if (r == -ENODEV && term->chip_name != NULL && now >= term->find_ns) {
        term->find_ns = now + FIND_NS; /* the driver may have been loaded again */
        if (hwmon_find_again(reader->sys_fd, term->chip_name, &term->chip) == 0 &&
            hwmon_attribute(reader->sys_fd, &term->chip, term->attribute, term->file.path))
            r = board_read_i64(reader->sys_fd, &term->file, &microwatts);
    }
    if (r < 0)
        return r;
    if (microwatts < 0)
        return -ERANGE;
    *watts_out = (double)microwatts * MICROWATTS;
    return 0;
}

/* A sum without one of its terms is another figure: it is none. */
static int read_sum(struct soc_power *reader, struct sum *sum, double *watts_out)
{
    double watts = 0;

    for (size_t i = 0; i < sum->count; i++) {
        double term = 0;
        int r = read_term(reader, &sum->terms[i], &term);

        if (r < 0)
            return r;
        watts += sum->terms[i].sign * term;
    }
    *watts_out = watts;
    return board_check_watts(watts);
}

static void close_sum(struct sum *sum)
{
    for (size_t i = 0; i < sum->count; i++)
        live_file_close(&sum->terms[i].file);
    sum->count = 0;
}

static void soc_close(struct reader *base)
{
    struct soc_power *reader = (struct soc_power *)base;

    if (reader == NULL)
        return;
    for (size_t i = 0; i < base->device_count; i++)
        close_sum(&reader->sums[i]);
    fd_closep(&reader->sys_fd);
    free(reader->sums);
    free(base->devices);
    free(reader);
}

/* false: the chip has no such attribute. */
static bool add_term(const struct soc_power *reader, struct sum *sum, const char *chip_name,
                     const struct hwmon *chip, const char *attribute, double sign)
{
    struct term *term = &sum->terms[sum->count];

    if (sum->count >= TERMS_MAX)
        return false;
    *term = (struct term){
        .chip_name = chip_name, .chip = *chip, .file = LIVE_FILE_NULL, .sign = sign
    };
    (void)snprintf(term->attribute, sizeof(term->attribute), "%s", attribute);
    if (!hwmon_attribute(reader->sys_fd, chip, attribute, term->file.path))
        return false;
    sum->count++;
    return true;
}

/* Takes the sum over. One that cannot be read now is left out, and remembered. Return: 0 or -ENOMEM. */
static int add_device(struct soc_power *reader, struct sum *sum, enum device_kind kind, int socket,
                      const char *model, const char *note)
{
    static const char *const names[] = {
        [DEVICE_CPU] = "cpu", [DEVICE_DRAM] = "dram", [DEVICE_MODULE] = "module"
    };
    size_t count = reader->base.device_count;
    struct device device = DEVICE_NULL;
    double watts;
    int r = sum->count == 0 ? -ENODATA : read_sum(reader, sum, &watts);

    if (r < 0) {
        reader->refused = reader->refused == 0 ? r : reader->refused;
        close_sum(sum);
        return 0;
    }
    if (array_reserve(&reader->base.devices, &reader->capacity, count + 1,
                      sizeof(*reader->base.devices)) < 0 ||
        array_reserve(&reader->sums, &reader->sums_capacity, count + 1, sizeof(*reader->sums)) <
            0) {
        close_sum(sum);
        return -ENOMEM;
    }
    device.kind = kind;
    device.basis = BASIS_MEASURED;
    device.index = socket;
    device.fields = SAMPLE_POWER;
    device.band_ratio = BAND_RATIO;
    device.spacing_seconds = seconds_from_ns(SPACING_NS);
    (void)snprintf(device.id, sizeof(device.id), "%s%d", names[kind], socket);
    (void)snprintf(device.reader, sizeof(device.reader), "%s", reader_soc_power.name);
    (void)snprintf(device.note, sizeof(device.note), "%s", note);
    if (kind == DEVICE_DRAM)
        (void)snprintf(device.model, sizeof(device.model), "DRAM of socket %d", socket);
    else
        (void)snprintf(device.model, sizeof(device.model), "%s", model);
    reader->base.devices[count] = device;
    reader->sums[count] = *sum;
    reader->base.device_count++;
    return 0;
}

/* The meters of a socket, by what they cover; path "": it has none. */
struct grace {
    struct hwmon meters[GRACE_SYSIO + 1];
};

static bool grace_term(const struct soc_power *reader, const struct grace *grace,
                       enum grace_meter meter, double sign, struct sum *sum)
{
    const struct hwmon *chip = &grace->meters[meter];

    return chip->path[0] != '\0' &&
           (add_term(reader, sum, "power_meter", chip, "power1_average", sign) ||
            add_term(reader, sum, "power_meter", chip, "power1_input", sign));
}

/* With a meter of the module it is one device and holds all; without, Grace is its processor and I/O, and
 * its memory what is left of it. */
static int add_grace(struct soc_power *reader, const struct grace *grace, int socket,
                     uint64_t memory_bytes)
{
    struct sum whole = { .count = 0 };
    struct sum cpu = { .count = 0 };
    struct sum memory = { .count = 0 };
    size_t before = reader->base.device_count;
    int r;

    if (grace_term(reader, grace, GRACE_MODULE, 1, &whole)) {
        r = add_device(reader, &whole, DEVICE_MODULE, socket, "NVIDIA Grace superchip module",
                       "the module's own meter: Grace, its GPU and all memory");
        if (r == 0 && reader->base.device_count > before)
            reader->base.devices[before].memory_bytes = memory_bytes;
        if (r < 0 || reader->base.device_count > before)
            return r;
    }
    if (!grace_term(reader, grace, GRACE_CPU, 1, &cpu))
        return 0;
    if (!grace_term(reader, grace, GRACE_SYSIO, 1, &cpu))
        return add_device(reader, &cpu, DEVICE_CPU, socket, "NVIDIA Grace",
                          "the rail of the CPU, without its I/O");
    r = add_device(reader, &cpu, DEVICE_CPU, socket, "NVIDIA Grace",
                   "the rails of the CPU and its I/O");
    if (r == 0 && grace_term(reader, grace, GRACE_TOTAL, 1, &memory) &&
        grace_term(reader, grace, GRACE_CPU, -1, &memory) &&
        grace_term(reader, grace, GRACE_SYSIO, -1, &memory))
        return add_device(reader, &memory, DEVICE_DRAM, socket, "",
                          "what Grace draws beside the rails of CPU and I/O: LPDDR and regulators");
    close_sum(&memory);
    return r;
}

static int find_grace(struct soc_power *reader, uint64_t memory_bytes)
{
    AICO2_CLEANUP(freep) struct hwmon *chips = NULL;
    AICO2_CLEANUP(freep) struct grace *sockets = NULL;
    size_t count = 0;
    int r = hwmon_find(reader->sys_fd, "power_meter", &chips, &count);

    if (r < 0 || count == 0)
        return r;
    sockets = calloc(SOCKETS_MAX, sizeof(*sockets));
    if (sockets == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        char info[128];
        int socket = 0;
        enum grace_meter meter;

        hwmon_text(reader->sys_fd, &chips[i], "power1_oem_info", info, sizeof(info));
        meter = grace_meter_of(info, &socket);
        if (meter != GRACE_NONE && sockets[socket].meters[meter].path[0] == '\0')
            sockets[socket].meters[meter] = chips[i]; /* of two of one name the first */
    }
    for (int socket = 0; r == 0 && socket < SOCKETS_MAX; socket++)
        r = add_grace(reader, &sockets[socket], socket, memory_bytes);
    return r;
}

static int by_parent(const void *a, const void *b)
{
    const struct hwmon *left = a;
    const struct hwmon *right = b;
    int order = strcmp(left->parent, right->parent);

    return order != 0 ? order : (left->number > right->number) - (left->number < right->number);
}

/* Adds the powers of a chip whose labels have one of the words. */
static void add_labelled(const struct soc_power *reader, const char *name, const struct hwmon *chip,
                         const char *const *words, size_t word_count, struct sum *sum)
{
    for (size_t word = 0; word < word_count; word++) {
        for (int channel = 1; channel <= CHANNELS_MAX; channel++) {
            char attribute[ATTRIBUTE_SIZE];
            char label[64];

            (void)snprintf(attribute, sizeof(attribute), "power%d_label", channel);
            hwmon_text(reader->sys_fd, chip, attribute, label, sizeof(label));
            if (strcasestr(label, words[word]) == NULL)
                continue;
            (void)snprintf(attribute, sizeof(attribute), "power%d_input", channel);
            (void)add_term(reader, sum, name, chip, attribute, 1);
            break; /* of two of one name the first */
        }
    }
}

/* A chip per socket, in the order of the devices they belong to. */
static int find_sockets(struct soc_power *reader, const char *name, const char *model,
                        const char *const *cpu_words, size_t cpu_count, const char *cpu_note,
                        const char *const *dram_words, size_t dram_count)
{
    AICO2_CLEANUP(freep) struct hwmon *chips = NULL;
    size_t count = 0;
    int r = hwmon_find(reader->sys_fd, name, &chips, &count);

    if (r < 0 || count == 0)
        return r;
    qsort(chips, count, sizeof(*chips), by_parent);
    for (size_t i = 0; r == 0 && i < count && i < SOCKETS_MAX; i++) {
        struct sum cpu = { .count = 0 };
        struct sum dram = { .count = 0 };

        add_labelled(reader, name, &chips[i], cpu_words, cpu_count, &cpu);
        add_labelled(reader, name, &chips[i], dram_words, dram_count, &dram);
        r = add_device(reader, &cpu, DEVICE_CPU, (int)i, model, cpu_note);
        if (r == 0 && dram.count > 0)
            r = add_device(reader, &dram, DEVICE_DRAM, (int)i, "", "the regulators of the DIMMs");
    }
    return r;
}

/* "arm-scmi:0:1" lies within "arm-scmi:0". */
static bool lies_within(const char *zone, const char *other)
{
    size_t length = strlen(other);

    return strncmp(zone, other, length) == 0 && zone[length] == ':';
}

static bool is_of_a_processor(const struct soc_power *reader, const char *zone)
{
    static const char *const words[] = { "cpu", "cluster", "core", "pkg", "package", "socket" };
    char path[LIVE_FILE_PATH_SIZE];
    char name[64];

    (void)snprintf(path, sizeof(path), "class/powercap/%s/name", zone);
    if (fs_read_text_at(reader->sys_fd, path, name, sizeof(name), NULL) <= 0)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        if (strcasestr(name, words[i]) != NULL)
            return true;
    }
    return false;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Zones that firmware names as a processor's. Return: how many, at most ZONES_MAX. */
static size_t list_zones(const struct soc_power *reader, char zones[ZONES_MAX][ZONE_SIZE])
{
    AICO2_CLEANUP(fs_closedirp) DIR *list = fs_list_at(reader->sys_fd, "class/powercap");
    const struct dirent *entry;
    size_t count = 0;

    while (list != NULL && count < ZONES_MAX && (entry = readdir(list)) != NULL) {
        size_t length = strlen(entry->d_name);

        if (length >= ZONE_SIZE || strncmp(entry->d_name, "arm-scmi:", strlen("arm-scmi:")) != 0 ||
            !is_of_a_processor(reader, entry->d_name))
            continue;
        memcpy(zones[count++], entry->d_name, length + 1);
    }
    qsort(zones, count, ZONE_SIZE, by_name); /* a zone comes before those within it */
    return count;
}

/* One processor of all such zones; what lies within another of them is in its figure. */
static int find_scmi(struct soc_power *reader)
{
    char zones[ZONES_MAX][ZONE_SIZE];
    size_t count = list_zones(reader, zones);
    struct sum cpu = { .count = 0 };

    for (size_t i = 0; i < count; i++) {
        struct term *term = &cpu.terms[cpu.count];
        bool inside = false;

        for (size_t j = 0; j < i; j++)
            inside = inside || lies_within(zones[i], zones[j]);
        if (inside)
            continue;
        if (cpu.count >= TERMS_MAX) { /* a part of the processor would pass for all of it */
            close_sum(&cpu);
            reader->refused = -E2BIG;
            return 0;
        }
        *term = (struct term){ .file = LIVE_FILE_NULL, .sign = 1 };
        (void)snprintf(term->file.path, sizeof(term->file.path), "class/powercap/%.*s/power_uw",
                       ZONE_SIZE - 1, zones[i]);
        cpu.count++;
    }
    if (cpu.count == 0)
        return 0;
    return add_device(reader, &cpu, DEVICE_CPU, 0, "",
                      "zones that the firmware (SCMI) names as the processor's");
}

/* Firmware counts sockets; the kernel's numbers of packages are others on some ARM machines ("36", "5674"), and by those
 * the reader of their CPU time knows them. Modules are told apart by sockets. Return: 0 or -ENOMEM. */
static int number_as_the_kernel(struct soc_power *reader)
{
    AICO2_CLEANUP(freep) struct topology *topology = calloc(1, sizeof(*topology));
    struct cpu_mask online;

    if (topology == NULL)
        return -ENOMEM;
    if (!topology_online(reader->sys_fd, &online))
        return 0;
    topology_read(reader->sys_fd, &online, topology);
    for (size_t i = 0; i < reader->base.device_count; i++) {
        struct device *device = &reader->base.devices[i];

        if (device->kind != DEVICE_MODULE && device->index < topology->package_count)
            device->index = topology->package_ids[device->index];
    }
    return 0;
}

static int find_all(struct soc_power *reader, uint64_t memory_bytes)
{
    static const char *const altra_cpu[] = { "core vrd", "soc", "rca vrd" };
    static const char *const altra_dram[] = { "dimm vrd1", "dimm vrd2" };
    static const char *const xgene_cpu[] = { "cpu power", "io power" };
    int r = find_grace(reader, memory_bytes);

    if (r == 0)
        r = find_sockets(reader, "smpro_hwmon", "Ampere Altra", altra_cpu, ARRAY_LENGTH(altra_cpu),
                         "regulators of the cores, the SoC and its I/O", altra_dram,
                         ARRAY_LENGTH(altra_dram));
    if (r == 0)
        r = find_sockets(reader, "apm_xgene", "APM X-Gene", xgene_cpu, ARRAY_LENGTH(xgene_cpu),
                         "power of the cores and the I/O, as the SoC tells it", NULL, 0);
    if (r == 0 &&
        reader->base.device_count == 0) /* else it would be the same processor once more */
        r = find_scmi(reader);
    if (r == 0 && reader->base.device_count > 0)
        r = number_as_the_kernel(reader);
    return r;
}

static bool soc_is_absent(const struct reader_env *env, struct reader_status *status_out)
{
    static const char *const names[] = { "power_meter", "smpro_hwmon", "apm_xgene" };

    if (env->sys_fd >= 0 && faccessat(env->sys_fd, "class/powercap/arm-scmi", F_OK, 0) == 0)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        struct hwmon *chips = NULL;
        size_t count = 0;

        if (hwmon_find(env->sys_fd, names[i], &chips, &count) < 0 || count > 0) {
            free(chips);
            return false;
        }
    }
    *status_out = (struct reader_status){ .state = READER_ABSENT };
    (void)snprintf(status_out->reason, sizeof(status_out->reason),
                   "no power sensors of an ARM server: Grace, Altra, X-Gene and SCMI have some");
    return true;
}

static uint64_t memory_of(const struct reader_env *env)
{
    char text[4096];
    unsigned long long kib = 0;
    const char *line;

    if (fs_read_text_at(env->proc_fd, "meminfo", text, sizeof(text), NULL) <= 0)
        return 1; /* a module holds memory, however much */
    line = strstr(text, "MemTotal:");
    if (line == NULL || sscanf(line, "MemTotal: %llu kB", &kib) != 1 || kib == 0)
        return 1;
    return kib * 1024;
}

static int soc_probe(const struct reader_env *env, struct reader **reader_out,
                     struct reader_status *status_out, struct aico2_error *err)
{
    struct soc_power *reader;

    *reader_out = NULL;
    if (soc_is_absent(env, status_out))
        return 0;
    reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    reader->base.driver = &reader_soc_power;
    reader->clock = env->clock;
    reader->sys_fd = fs_open_dir_at(env->sys_fd, ".", NULL);
    if (find_all(reader, memory_of(env)) < 0) {
        soc_close(&reader->base);
        return aico2_error_set(err, -ENOMEM, "out of memory");
    }
    *status_out = (struct reader_status){ .state = READER_USED };
    if (reader->base.device_count > 0) {
        *reader_out = &reader->base;
        return 0;
    }
    if (reader->refused < 0) {
        board_refuse(status_out, "the power sensor of the processor", reader->refused);
    } else {
        status_out->state = READER_ABSENT;
        (void)snprintf(status_out->reason, sizeof(status_out->reason),
                       "the power meters here are not of a Grace superchip, an Altra or an X-Gene");
    }
    soc_close(&reader->base);
    return 0;
}

static void soc_read(struct reader *base, struct sample *samples_out)
{
    struct soc_power *reader = (struct soc_power *)base;
    int64_t now = reader->clock->mono_ns(reader->clock->payload);

    if (now < reader->next_ns) {
        for (size_t i = 0; i < base->device_count; i++)
            samples_out[i] = (struct sample){ .mono_ns = now };
        return;
    }
    /* a tick that comes a little early is still the one meant */
    reader->next_ns = now + SPACING_NS - SPACING_NS / 8;
    for (size_t i = 0; i < base->device_count; i++) {
        struct patience *patience = &reader->sums[i].patience;
        int64_t began_ns = reader->clock->mono_ns(reader->clock->payload);
        double watts = 0;
        int r = patience_check(patience, began_ns);
        bool asked = r == 0;

        if (asked)
            r = read_sum(reader, &reader->sums[i], &watts);
        samples_out[i] = (struct sample){
            .mono_ns = reader->clock->mono_ns(reader->clock->payload),
            .error = r,
        };
        if (asked)
            patience_take(patience, began_ns, samples_out[i].mono_ns, r);
        if (r < 0)
            continue;
        samples_out[i].power_watts = watts;
        samples_out[i].valid = SAMPLE_POWER;
    }
}

const struct reader_driver reader_soc_power = {
    .name = "soc_power",
    .summary = "power of ARM servers by their firmware (Grace, Altra, X-Gene, SCMI)",
    .is_absent = soc_is_absent,
    .probe = soc_probe,
    .read = soc_read,
    .close = soc_close,
    .domain = DEVICE_CPU,
    .band_ratio = 0.10,
};

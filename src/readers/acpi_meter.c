/* SPDX-License-Identifier: Apache-2.0 */
/* readers/acpi_meter.c - the power of the whole machine by its ACPI power meter
 *
 * Linux Documentation/hwmon/acpi_power_meter.rst. Firmware averages over power1_average_interval
 * and answers through the management controller: a reading may take its time. The meters of Grace
 * modules have the same driver and are of a socket each; they are told by what their maker says of
 * them (power1_oem_info) and are no machine's.
 */
#include "readers/acpi_meter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "base/fs.h"
#include "base/text.h"
#include "readers/board.h"
#include "readers/hwmon.h"

#define DRIVER_NAME "power_meter"

/* Twice the 5 % (1 sigma) of the literature for meters behind a management controller. */
static const double BAND_RATIO = 0.10;
/* One that is gone is looked for no more often than this. */
static const int64_t FIND_NS = NSEC_PER_SEC;
static const double MICROWATTS = 1e-6;

static const char *const attributes[] = { "power1_average", "power1_input" };

struct acpi_meter {
    struct hwmon chip;
    const char *attribute;
    struct live_file power;
    int64_t find_ns; /* not before */
};

struct acpi_meters {
    struct reader base;
    const struct clock *clock;
    int sys_fd;
    struct acpi_meter *meters; /* one per device */
};

static void acpi_close(struct reader *base)
{
    struct acpi_meters *reader = (struct acpi_meters *)base;

    if (reader == NULL)
        return;
    for (size_t i = 0; i < base->device_count; i++)
        live_file_close(&reader->meters[i].power);
    fd_closep(&reader->sys_fd);
    free(reader->meters);
    free(base->devices);
    free(reader);
}

/* Of a battery, or of a part of the machine: "Module Power Socket 0", "CPU Rail Power in uW
 * socket 1". */
static bool is_of_a_part(int sys_fd, const struct hwmon *chip)
{
    char info[128];
    uint64_t battery = 0;

    if (hwmon_number(sys_fd, chip, "power1_is_battery", &battery) && battery != 0)
        return true;
    hwmon_text(sys_fd, chip, "power1_oem_info", info, sizeof(info));
    return strcasestr(info, "socket") != NULL || strcasestr(info, " rail ") != NULL;
}

static int read_watts(int sys_fd, struct acpi_meter *meter, double *watts_out)
{
    int64_t microwatts = 0;
    int r = board_read_i64(sys_fd, &meter->power, &microwatts);

    if (r < 0)
        return r;
    *watts_out = (double)microwatts * MICROWATTS;
    return board_check_watts(*watts_out);
}

/* The first attribute that answers. Return: 0, or -errno of the first that is there. */
static int open_meter(int sys_fd, const struct hwmon *chip, struct acpi_meter *meter_out)
{
    int code = -ENOENT;

    for (size_t i = 0; i < ARRAY_LENGTH(attributes); i++) {
        struct acpi_meter meter = {
            .chip = *chip,
            .attribute = attributes[i],
            .power = LIVE_FILE_NULL,
        };
        double watts;
        int r;

        if (!hwmon_attribute(sys_fd, chip, attributes[i], meter.power.path))
            continue;
        r = read_watts(sys_fd, &meter, &watts);
        if (r == 0) {
            *meter_out = meter;
            return 0;
        }
        live_file_close(&meter.power);
        code = code == -ENOENT ? r : code;
    }
    return code;
}

static void describe(int sys_fd, const struct acpi_meter *meter, size_t at, struct device *device)
{
    char model[64];
    char id[DEVICE_ID_SIZE] = "board-acpi";
    uint64_t interval_ms = 0;

    if (at > 0)
        text_append(id, sizeof(id), "%zu", at);
    board_describe(device, reader_acpi_meter.name, id, BAND_RATIO);
    device->index = (int)at;
    device->fields = SAMPLE_POWER;
    hwmon_text(sys_fd, &meter->chip, "power1_model_number", model, sizeof(model));
    text_copy_clean(device->model, sizeof(device->model), model);
    if (device->model[0] == '\0')
        (void)snprintf(device->model, sizeof(device->model), "ACPI power meter");
    if (hwmon_number(sys_fd, &meter->chip, "power1_average_interval", &interval_ms) &&
        interval_ms > 0 && interval_ms <= 3600000)
        device->refresh_seconds = (double)interval_ms / 1e3;
    if (device->refresh_seconds > 0)
        (void)snprintf(device->note, sizeof(device->note),
                       "each reading is the mean of the last %.3g s", device->refresh_seconds);
}

static bool acpi_is_absent(const struct reader_env *env, struct reader_status *status_out)
{
    struct hwmon *chips = NULL;
    size_t count = 0;

    if (hwmon_find(env->sys_fd, DRIVER_NAME, &chips, &count) < 0 || count > 0) {
        free(chips);
        return false;
    }
    *status_out = (struct reader_status){ .state = READER_ABSENT };
    (void)snprintf(status_out->reason, sizeof(status_out->reason),
                   "no ACPI power meter: servers have one, where their firmware shows it");
    return true;
}

static struct acpi_meters *new_reader(const struct reader_env *env, size_t count)
{
    struct acpi_meters *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        return NULL;
    reader->base.driver = &reader_acpi_meter;
    reader->clock = env->clock;
    reader->sys_fd = fs_open_dir_at(env->sys_fd, ".", NULL);
    reader->base.devices = calloc(count, sizeof(*reader->base.devices));
    reader->meters = calloc(count, sizeof(*reader->meters));
    if (reader->base.devices == NULL || reader->meters == NULL) {
        acpi_close(&reader->base);
        return NULL;
    }
    return reader;
}

static int acpi_probe(const struct reader_env *env, struct reader **reader_out,
                      struct reader_status *status_out, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) struct hwmon *chips = NULL;
    struct acpi_meters *reader;
    size_t count = 0;
    int refused = 0;

    *reader_out = NULL;
    if (acpi_is_absent(env, status_out))
        return 0;
    if (hwmon_find(env->sys_fd, DRIVER_NAME, &chips, &count) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    reader = new_reader(env, count + 1);
    if (reader == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");

    for (size_t i = 0; i < count; i++) {
        size_t at = reader->base.device_count;
        int r;

        if (is_of_a_part(reader->sys_fd, &chips[i]))
            continue;
        r = open_meter(reader->sys_fd, &chips[i], &reader->meters[at]);
        if (r < 0) {
            refused = refused == 0 ? r : refused;
            continue;
        }
        describe(reader->sys_fd, &reader->meters[at], at, &reader->base.devices[at]);
        reader->base.device_count++;
    }
    *status_out = (struct reader_status){ .state = READER_USED };
    if (reader->base.device_count > 0) {
        *reader_out = &reader->base;
        return 0;
    }
    if (refused < 0) {
        board_refuse(status_out, "the ACPI power meter", refused);
        if (status_out->state == READER_DENIED)
            (void)snprintf(status_out->fix, sizeof(status_out->fix),
                           "sudo chmod a+r /sys/class/hwmon/hwmon*/device/power1_average");
    } else {
        status_out->state = READER_ABSENT;
        (void)snprintf(status_out->reason, sizeof(status_out->reason),
                       "the ACPI power meters here are of sockets, modules or a battery, none is "
                       "of the machine");
    }
    acpi_close(&reader->base);
    return 0;
}

/* The driver may have been loaded again, and the chip have another number. */
static int find_again(struct acpi_meters *reader, struct acpi_meter *meter, double *watts_out)
{
    int64_t now = reader->clock->mono_ns(reader->clock->payload);

    if (now < meter->find_ns)
        return -ENODEV;
    meter->find_ns = now + FIND_NS;
    if (hwmon_find_again(reader->sys_fd, DRIVER_NAME, &meter->chip) < 0 ||
        !hwmon_attribute(reader->sys_fd, &meter->chip, meter->attribute, meter->power.path))
        return -ENODEV;
    return read_watts(reader->sys_fd, meter, watts_out);
}

static void acpi_read(struct reader *base, struct sample *samples_out)
{
    struct acpi_meters *reader = (struct acpi_meters *)base;

    for (size_t i = 0; i < base->device_count; i++) {
        double watts = 0;
        int r = read_watts(reader->sys_fd, &reader->meters[i], &watts);

        if (r == -ENODEV)
            r = find_again(reader, &reader->meters[i], &watts);
        samples_out[i] = (struct sample){
            .mono_ns = reader->clock->mono_ns(reader->clock->payload),
            .error = r,
        };
        if (r < 0)
            continue;
        samples_out[i].power_watts = watts;
        samples_out[i].valid = SAMPLE_POWER;
    }
}

const struct reader_driver reader_acpi_meter = {
    .name = "acpi_meter",
    .summary = "power of the whole machine, by its ACPI power meter",
    .may_block = true,
    .of_machine = true,
    .is_absent = acpi_is_absent,
    .probe = acpi_probe,
    .read = acpi_read,
    .close = acpi_close,
    .domain = DEVICE_BOARD,
    .band_ratio = 0.10,
};

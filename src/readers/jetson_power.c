/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson_power.c - what a Jetson's rails draw together, out of their open files
 *
 * Power is the chip's own figure where it has one (INA238, uW), or the product that NVIDIA's driver
 * of JetPack 4 makes itself (mW), else voltage times current (mV x mA), each a conversion of its own.
 * A current may read a little below zero; the sum is not let below.
 */
#include "readers/jetson_power.h"

#include <errno.h>
#include <stdio.h>

#include "base/fs.h"

/* More than a monitor for 26 V (INA3221) or 85 V (INA238) can tell is no reading. */
static const int64_t MILLIVOLTS_MAX = 100000;
static const int64_t MILLIAMPERES_MAX = 100000;
static const int64_t MICROWATTS_MAX = INT64_C(1000000000);

static void close_files(struct jetson_metered_rail *metered)
{
    for (size_t i = 0; i < metered->file_count; i++)
        fd_closep(&metered->files[i].fd);
    metered->file_count = 0;
}

/* Return: 0 or -errno; what is open is counted. */
static int open_file(int sys_fd, const struct jetson_monitor *monitor, const char *file,
                     struct jetson_metered_rail *metered)
{
    struct jetson_file *target = &metered->files[metered->file_count];

    (void)snprintf(target->path, sizeof(target->path), "%s/%s", monitor->path, file);
    target->fd = fs_open_at(sys_fd, target->path, NULL);
    if (target->fd < 0)
        return target->fd;
    metered->file_count++;
    return 0;
}

/* Finds the files of a rail, wherever its chip is now. Return: 0 or -errno. */
static int open_rail(int sys_fd, struct jetson_metered_rail *metered)
{
    const struct jetson_rail *rail = &metered->rail;
    struct jetson_monitor monitor;
    char file[32];
    int r;

    close_files(metered);
    if (!jetson_find_monitor(sys_fd, rail->chip, &monitor) ||
        !jetson_is_rail_there(sys_fd, &monitor, rail))
        return -ENODEV;
    (void)snprintf(file, sizeof(file), monitor.iio ? "in_power%d_input" : "power%d_input",
                   rail->channel);
    metered->microwatts_each = monitor.iio ? 1000 : 1;
    r = open_file(sys_fd, &monitor, file, metered);
    if (r != -ENOENT)
        return r;
    (void)snprintf(file, sizeof(file), monitor.iio ? "in_voltage%d_input" : "in%d_input",
                   rail->channel);
    r = open_file(sys_fd, &monitor, file, metered);
    if (r < 0)
        return r;
    (void)snprintf(file, sizeof(file), monitor.iio ? "in_current%d_input" : "curr%d_input",
                   rail->channel);
    r = open_file(sys_fd, &monitor, file, metered);
    if (r < 0)
        close_files(metered);
    return r;
}

int jetson_sum_open(int sys_fd, struct jetson_sum *sum, const struct jetson_rail **failed_out)
{
    int code = 0;

    for (size_t i = 0; i < sum->count; i++) {
        int r = open_rail(sys_fd, &sum->rails[i]);

        if (r == 0 || code < 0)
            continue;
        code = r;
        if (failed_out != NULL)
            *failed_out = &sum->rails[i].rail;
    }
    return code;
}

void jetson_sum_close(struct jetson_sum *sum)
{
    for (size_t i = 0; i < sum->count; i++)
        close_files(&sum->rails[i]);
}

static int read_file(int sys_fd, bool captured, struct jetson_file *file, int64_t *value_out)
{
    int r = captured ? fs_follow_at(sys_fd, file->path, &file->fd) : 0;

    return r < 0 ? r : fs_pread_i64(file->fd, value_out, NULL);
}

static bool is_within(int64_t value, int64_t low, int64_t high)
{
    return value >= low && value <= high;
}

int jetson_rail_read(int sys_fd, bool captured, struct jetson_metered_rail *metered,
                     int64_t *microwatts_out)
{
    int64_t values[JETSON_FILES_MAX] = { 0 };

    if (metered->file_count == 0)
        return -ENODEV;
    for (size_t i = 0; i < metered->file_count; i++) {
        int r = read_file(sys_fd, captured, &metered->files[i], &values[i]);

        if (r < 0)
            return r == -ENOENT || r == -ENOTDIR ? -ENODEV : r;
    }
    if (metered->file_count == 1) {
        int64_t most = MICROWATTS_MAX / metered->microwatts_each;

        if (!is_within(values[0], -most, most))
            return -EBADMSG;
        *microwatts_out = values[0] * metered->microwatts_each;
        return 0;
    }
    if (!is_within(values[0], 0, MILLIVOLTS_MAX) ||
        !is_within(values[1], -MILLIAMPERES_MAX, MILLIAMPERES_MAX))
        return -EBADMSG;
    *microwatts_out = values[0] * values[1];
    return 0;
}

int jetson_sum_read(int sys_fd, bool captured, struct jetson_sum *sum, double *watts_out,
                    const struct jetson_rail **failed_out)
{
    int64_t sum_microwatts = 0;

    for (size_t i = 0; i < sum->count; i++) {
        int64_t microwatts = 0;
        int r = jetson_rail_read(sys_fd, captured, &sum->rails[i], &microwatts);

        if (r < 0) {
            if (failed_out != NULL)
                *failed_out = &sum->rails[i].rail;
            return r;
        }
        sum_microwatts += microwatts;
    }
    *watts_out = sum_microwatts > 0 ? (double)sum_microwatts / 1e6 : 0;
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* session/doctor.c - the checks that were asked for, and the files that `--apply` writes */
#include "session/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/fs.h"
#include "base/new_file.h"
#include "base/text.h"

static bool is_meant(const struct sensor_check *check, const char *sensor)
{
    return sensor == NULL || strcmp(check->sensor, sensor) == 0 ||
           strcmp(check->reader, sensor) == 0;
}

static int unknown_sensor(const struct inventory *inventory, const char *sensor,
                          struct aico2_error *err)
{
    AICO2_CLEANUP(freep)
    const char **names = calloc(2 * inventory->check_count + 1, sizeof(*names));
    size_t count = 0;
    char clean[64];
    int nearest;

    if (names == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < inventory->check_count; i++) {
        names[count++] = inventory->checks[i].sensor;
        names[count++] = inventory->checks[i].reader;
    }
    text_copy_clean(clean, sizeof(clean), sensor);
    nearest = text_nearest(sensor, names, count);
    if (nearest >= 0)
        return aico2_error_set(err, -EINVAL, "unknown sensor '%s': nearest is '%s'", clean,
                               names[nearest]);
    return aico2_error_set(err, -EINVAL, "unknown sensor '%s': `aico2 doctor` lists them", clean);
}

static void count_devices(const struct inventory *inventory, struct doctor *doctor)
{
    for (size_t i = 0; i < inventory->device_count; i++) {
        const struct inventory_device *row = &inventory->devices[i];

        if (!row->used || row->device.kind == DEVICE_BOARD)
            continue;
        doctor->device_count++;
        doctor->measured_count += row->device.basis == BASIS_MEASURED;
    }
}

int doctor_choose(const struct inventory *inventory, const char *sensor, const char *sysroot,
                  struct doctor *doctor_out, struct aico2_error *err)
{
    struct doctor doctor = {
        .named = sensor != NULL,
        .container = inventory->machine.container,
        .virtualized = inventory->machine.virtualized,
        .checks = calloc(inventory->check_count + 1, sizeof(*doctor.checks)),
    };

    if (doctor.checks == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (sysroot != NULL && strcmp(sysroot, "/") != 0)
        text_copy_clean(doctor.root, sizeof(doctor.root), sysroot);
    for (size_t i = 0; i < inventory->check_count; i++) {
        if (is_meant(&inventory->checks[i], sensor))
            doctor.checks[doctor.check_count++] = inventory->checks[i];
    }
    if (doctor.check_count == 0 && sensor != NULL) {
        doctor_deinit(&doctor);
        return unknown_sensor(inventory, sensor, err);
    }
    count_devices(inventory, &doctor);
    *doctor_out = doctor;
    return 0;
}

void doctor_deinit(struct doctor *doctor)
{
    free(doctor->checks);
    *doctor = (struct doctor){ 0 };
}

static bool is_to_apply(const struct doctor *doctor, size_t index, size_t kept)
{
    const struct sensor_check *check = &doctor->checks[index];
    bool is_closed = (check->state == READER_DENIED && !check->no_better) || check->root_only;

    if (check->remedy == NULL || check->remedy->path == NULL || check->fix[0] == '\0')
        return false;
    for (size_t i = 0; i < kept; i++) {
        if (doctor->checks[i].remedy == check->remedy)
            return false;
    }
    return doctor->named || (is_closed && !check->remedy->asks);
}

void doctor_plan(struct doctor *doctor)
{
    size_t kept = 0;

    for (size_t i = 0; i < doctor->check_count; i++) {
        if (is_to_apply(doctor, i, kept))
            doctor->checks[kept++] = doctor->checks[i];
    }
    doctor->check_count = kept;
}

/* Not through a link: it could lead out of the sysroot. */
static int open_etc(const char *sysroot, struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep)
    int root_fd = open(sysroot != NULL ? sysroot : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd;

    if (root_fd < 0)
        return aico2_error_set_errno(err, errno, "cannot open '%s'", sysroot);
    if (sysroot != NULL)
        (void)mkdirat(root_fd, "etc", 0755); /* a captured machine may have none */
    fd = openat(root_fd, "etc", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return aico2_error_set_errno(err, errno, "cannot open '%s/etc'",
                                     sysroot != NULL ? sysroot : "");
    return fd;
}

static int apply(int etc_fd, const char *root, struct sensor_check *check, struct aico2_error *err)
{
    int r = new_file_write(etc_fd, check->remedy->path, check->remedy->content, err);

    if (r == NEW_FILE_WRITTEN || r == NEW_FILE_THERE) {
        check->applied = r == NEW_FILE_WRITTEN ? APPLY_WRITTEN : APPLY_THERE;
        return 0;
    }
    aico2_error_prefix(err, "below '%s/etc'", root);
    check->applied = APPLY_FAILED;
    text_append(check->apply_error, sizeof(check->apply_error), "%s", err->message);
    return r;
}

int doctor_apply(struct doctor *doctor, const char *sysroot, struct aico2_error *err)
{
    AICO2_CLEANUP(fd_closep) int etc_fd = -1;
    int first = 0;

    if (doctor->container && sysroot == NULL)
        return aico2_error_set(err, -EPERM,
                               "this is a container, whose /etc is not the machine's: on its host");
    etc_fd = open_etc(sysroot, err);
    if (etc_fd < 0)
        return fd_take(&etc_fd);
    for (size_t i = 0; i < doctor->check_count; i++) {
        struct aico2_error each = { 0 };
        int r = apply(etc_fd, doctor->root, &doctor->checks[i], &each);

        if (r < 0 && first == 0) {
            first = r;
            *err = each;
        }
    }
    return first;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* readers/gauge_list.c - a list of live figures while it is made */
#include "readers/gauge_list.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fs.h"

void gauge_list_deinit(struct gauge_list *list)
{
    free(list->items);
    *list = (struct gauge_list){ 0 };
}

struct gauge *gauge_add(struct gauge_list *list, enum gauge_unit unit, const char *format, ...)
{
    struct gauge *gauge = &list->beyond;
    va_list arguments;

    if (array_reserve(&list->items, &list->capacity, list->count + 1, sizeof(*list->items)) < 0)
        list->failed = true;
    else
        gauge = &list->items[list->count++];
    *gauge = (struct gauge){ .unit = unit, .value = NAN, .limit = NAN };
    va_start(arguments, format);
    (void)vsnprintf(gauge->name, sizeof(gauge->name), format, arguments);
    va_end(arguments);
    return gauge;
}

void gauge_refuse(struct gauge *gauge, int code)
{
    const char *why;

    gauge->value = NAN;
    if (fs_is_denied(code))
        why = "no permission to read it";
    else if (code == -EBADMSG)
        why = "what is told is no such number";
    else if (code == -EAGAIN || code == -EBUSY || code == -EINVAL || code == -ENODATA)
        why = "it is off, or asleep";
    else
        why = strerror(-code);
    (void)snprintf(gauge->reason, sizeof(gauge->reason), "%s", why);
}

/* 48312 thousandths are 48.312, to the last bit. */
static double scaled(int64_t value, double scale)
{
    return scale < 1 ? (double)value / rint(1 / scale) : (double)value * scale;
}

static int read_number(int dirfd, const char *path, int64_t *value_out)
{
    AICO2_CLEANUP(fd_closep) int fd = fs_open_at(dirfd, path, NULL);

    return fd < 0 ? fd : fs_pread_i64(fd, value_out, NULL);
}

bool gauge_take(struct gauge *gauge, int dirfd, const char *path, double scale, double low,
                double high)
{
    int64_t value = 0;
    int r = read_number(dirfd, path, &value);

    if (r == 0 && ((double)value < low || (double)value > high))
        r = -EBADMSG;
    if (r < 0)
        gauge_refuse(gauge, r);
    else
        gauge->value = scaled(value, scale);
    return r != -ENOENT && r != -ENOTDIR;
}

bool gauge_number(int dirfd, const char *path, double scale, double *value_out)
{
    int64_t value = 0;

    if (read_number(dirfd, path, &value) < 0 || value < 0)
        return false;
    *value_out = scaled(value, scale);
    return true;
}

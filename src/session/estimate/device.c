/* SPDX-License-Identifier: Apache-2.0 */
/* session/estimate/device.c - one kind of device of an estimate, as a person writes it */
#include "session/estimate/device.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

static const double COUNT_MAX = 1e7;
static const double WATTS_MAX = 1e6;

static int refuse(const char *text, const char *why, struct aico2_error *err)
{
    char clean[64];

    text_copy_clean(clean, sizeof(clean), text);
    return aico2_error_set(err, -EINVAL, "device '%s': %s", clean, why);
}

/* The ids that `lspci -nn` shows are a name, whatever digits they are of. */
static bool is_pci_ids(const char *name)
{
    return strlen(name) == 9 && strspn(name, "0123456789abcdefABCDEF") == 4 && name[4] == ':' &&
           strspn(name + 5, "0123456789abcdefABCDEF") == 4;
}

/* "@400W" or "@60%" at the end of the name, cut off. Return: 1 taken, 0 there is none. */
static int take_at(struct estimate_device *device, const char *text, struct aico2_error *err)
{
    char *at = strrchr(device->name, '@');
    size_t length = at == NULL ? 0 : strlen(at);
    double *field;
    double value;
    double most;
    char unit;

    if (length < 3)
        return 0;
    unit = at[length - 1];
    if ((unit != 'W' && unit != '%') || strspn(at + 1, "0123456789.+-") != length - 2)
        return 0;
    field = unit == 'W' ? &device->watts : &device->utilization;
    most = unit == 'W' ? WATTS_MAX : 100;
    at[length - 1] = '\0';
    if (!number_parse_double(at + 1, &value) || !(value >= 0 && value <= most))
        return refuse(text,
                      unit == 'W' ? "its watts must be 0 to 1000000"
                                  : "its share of full load must be 0 to 100 %",
                      err);
    if (isfinite(*field))
        return refuse(text,
                      unit == 'W' ? "watts are given twice" : "two shares of full load are given",
                      err);

    *field = unit == 'W' ? value : value / 100;
    *at = '\0';
    return 1;
}

/* ":8" at the end of the name, cut off. */
static int take_count(struct estimate_device *device, const char *text, struct aico2_error *err)
{
    char *at = strrchr(device->name, ':');
    int64_t count;

    if (at == NULL || at[1 + strspn(at + 1, "0123456789.+-")] != '\0' || is_pci_ids(device->name))
        return 0;
    if (!number_parse_i64(at + 1, &count) || count < 1 || (double)count > COUNT_MAX)
        return refuse(text, "its count must be a whole number, 1 to 10000000", err);

    device->count = (double)count;
    *at = '\0';
    return 0;
}

int estimate_device_parse(const char *text, enum device_kind kind,
                          struct estimate_device *device_out, struct aico2_error *err)
{
    struct estimate_device device = { .kind = kind, .watts = NAN, .utilization = NAN };
    int r;

    if (strlen(text) >= sizeof(device.name))
        return refuse(text, "the name is too long", err);
    (void)snprintf(device.name, sizeof(device.name), "%s", text);
    do
        r = take_at(&device, text, err);
    while (r > 0);
    if (r == 0)
        r = take_count(&device, text, err);
    if (r < 0)
        return r;

    *device_out = device;
    return 0;
}

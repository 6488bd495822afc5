/* SPDX-License-Identifier: Apache-2.0 */
/* session/report/hosts.c - what each machine of a report used, where its devices are of several */
#include "session/report/hosts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/attributes.h"
#include "carbon/footprint.h"

static const char *name_of(const struct report *report, const struct device *device)
{
    const char *name = device_machine(device);

    return name[0] != '\0' ? name : report->run.machine.hostname;
}

/* Devices of one host stand together, as a rule: the newest is looked at first. */
static struct report_host *find_host(struct report *report, const char *name)
{
    char cut[sizeof(report->hosts->name)];

    (void)snprintf(cut, sizeof(cut), "%.*s", (int)sizeof(cut) - 1, name);
    for (size_t i = report->host_count; i > 0; i--) {
        if (strcmp(report->hosts[i - 1].name, cut) == 0)
            return &report->hosts[i - 1];
    }
    return NULL;
}

static int find_all(struct report *report, size_t *of_device)
{
    size_t capacity = 0;

    for (size_t i = 0; i < report->device_count; i++) {
        const char *name = name_of(report, &report->devices[i].device);
        struct report_host *host = find_host(report, name);

        if (host == NULL) {
            if (array_reserve(&report->hosts, &capacity, report->host_count + 1,
                              sizeof(*report->hosts)) < 0)
                return -ENOMEM;
            host = &report->hosts[report->host_count++];
            *host = (struct report_host){ .energy = BAND_NONE };
            (void)snprintf(host->name, sizeof(host->name), "%.*s", (int)sizeof(host->name) - 1,
                           name);
        }
        of_device[i] = (size_t)(host - report->hosts);
    }
    return 0;
}

/* parts: room for one a device. */
static void add_up(const struct report *report, const size_t *of_device, size_t index,
                   struct class_part *parts)
{
    struct report_host *host = &report->hosts[index];
    double measured_joules = 0;
    double joules = 0;

    for (size_t i = 0; i < report->device_count; i++) {
        const struct report_device *item = &report->devices[i];

        if (of_device[i] != index || !report_is_added(item))
            continue;
        parts[host->device_count++] =
            (struct class_part){ .kind = item->device.kind, .part = item->energy };
        joules += item->energy.value;
        if (item->device.basis == BASIS_MEASURED)
            measured_joules += item->energy.value;
    }
    host->measured_ratio = joules > 0 ? measured_joules / joules : NAN;
    if (host->device_count > 0)
        host->energy = footprint_add_bands(parts, host->device_count);
}

int report_add_hosts(struct report *report, struct aico2_error *err)
{
    AICO2_CLEANUP(freep) size_t *of_device = calloc(report->device_count + 1, sizeof(*of_device));
    AICO2_CLEANUP(freep)
    struct class_part *parts = calloc(report->device_count + 1, sizeof(*parts));

    if (of_device == NULL || parts == NULL || find_all(report, of_device) < 0)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < report->host_count; i++)
        add_up(report, of_device, i, parts);
    return 0;
}

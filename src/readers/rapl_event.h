/* SPDX-License-Identifier: Apache-2.0 */
/* readers/rapl_event.h - what sysfs says of an event of the perf PMU `power` */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* "event=0x02": what goes into perf_event_attr.config, of which the PMU has 8 bits. false: another
 * text; the output is untouched then. */
bool rapl_event_parse(const char *text, uint64_t *config_out);

/* "2.3283064365386962890625e-10" joules a count, as microjoules. false: not a number in (0, 1]. */
bool rapl_event_parse_scale(const char *text, double *unit_uj_out);

struct rapl_event {
    uint64_t config;
    double unit_uj;
};

/**
 * rapl_event_read() - "energy-pkg" below sys/bus/event_source/devices/power/events
 * Return: 0; -ENOENT: there is none; -EBADMSG: its files do not say what is expected, the unit not
 * being joules among it; or another -errno
 */
int rapl_event_read(int sys_fd, const char *name, struct rapl_event *event_out);

/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/prometheus/hosts.h - which series are of one machine, by what exporters call it */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "fetch/prometheus/labels.h"
#include "model/remote.h"

/* By what the labels of one exporter on it say. */
struct host_alias {
    char address[128]; /* instance without its port */
    char hint[128];    /* Hostname, node_name ...; "" */
    char uname[128];   /* nodename of node_exporter at this address; "" */
    uint32_t host;
};

struct hosts {
    struct remote_host *items;
    size_t count;
    size_t capacity;
    struct host_alias *aliases;
    size_t alias_count;
    size_t alias_capacity;
};

void hosts_deinit(struct hosts *hosts);

/* "h:9100" is "h", "[::1]:9100" is "[::1]". */
void host_address(const char *instance, char address_out[128]);

/* Each series is looked at; then hosts_settle() makes hosts of them. Return: 0 or -ENOMEM. */
int hosts_see(struct hosts *hosts, const struct label_set *labels);
int hosts_settle(struct hosts *hosts);

/* The host of a series that was seen; false: none. */
bool hosts_find(const struct hosts *hosts, const struct label_set *labels, uint32_t *host_out);

/* Whether a machine is meant by what the user calls it: an instance, its address, or a name, also without its domain. */
bool host_is_called(const struct hosts *hosts, uint32_t host, const char *word);

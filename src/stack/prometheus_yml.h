/* SPDX-License-Identifier: Apache-2.0 */
/* stack/prometheus_yml.h - the configuration that Prometheus is started with */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

struct scrape_target {
    const char *job;
    const char *metrics_path;
    int32_t port;
};

/* interval_ns: whole milliseconds. rules: a file of recording and alerting rules; NULL none. */
void prometheus_yml_write(struct strbuf *out, const char *address,
                          const struct scrape_target *targets, size_t count, int64_t interval_ns,
                          const char *rules);
/* The interval that such a configuration has. Return: 0 where none of ours is found. */
int64_t prometheus_yml_interval_ns(const char *text);

/* SPDX-License-Identifier: Apache-2.0 */
/* server/origin.h - pages of the request's own host name, whatever their port: the original project's is on another */
#pragma once

#include <stdbool.h>

/* Whether an Origin is of the very host and port of a Host header; NULL: no. */
bool origin_is_host(const char *origin, const char *host);

/* Whether an Origin ("http://host:3033") has the host of a Host header ("host:8000"); NULL: no. */
bool origin_is_of_host(const char *origin, const char *host);

/* SPDX-License-Identifier: Apache-2.0 */
/* server/coding.h - whether a client takes gzip, and whether it sends JSON: headers about bodies */
#pragma once

#include <stdbool.h>

/* NULL: there is no such header. Only what names gzip counts, with no weight of 0 (RFC 9110, 12.5.3). */
bool coding_takes_gzip(const char *accept_encoding);
/* Whether a Content-Type is JSON; without one (NULL) it is taken for it. */
bool type_is_json(const char *type);

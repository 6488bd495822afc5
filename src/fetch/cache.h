/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/cache.h - what providers answered, kept on disk by provider, zone, kind and day */
#pragma once

#include "base/error.h"
#include "fetch/timeline.h"

/* Whose values. Another kind or address is another answer, which never mixes with this one. */
struct cache_key {
    const struct provider *provider;
    const char *zone;
    const char *kind;
    const char *url;
    bool marginal;
};

/**
 * cache_parse() - a file of the cache
 * @text: NUL-terminated, changed
 * @day: what its times have to lie in
 * Return: 0, -EBADMSG for anything but a whole file of this key, -ENOMEM
 */
int cache_parse(char *text, const struct cache_key *key, const struct timespan *day,
                struct timeline *timeline_out);

/* All that is kept of a span; what cannot be read or believed was never asked. Return: 0 or -ENOMEM. */
int cache_load(int dirfd, const struct cache_key *key, const struct timespan *span,
               struct timeline *timeline_out);

/* Laid over what is there. Return: 0, or -errno: the answer holds all the same. */
int cache_save(int dirfd, const struct cache_key *key, const struct timeline *timeline);

/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/quota.h - how often a provider may be asked, and until when not at all, counted across processes */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum quota_failure {
    QUOTA_CONNECTION, /* may be our own network: asked again within a minute */
    QUOTA_SERVER,     /* 5xx */
    QUOTA_LIMIT,      /* 429 */
};

/**
 * quota_take() - count one request
 * @dirfd: the provider's directory of the store; -1: nothing is counted
 * Return: true: it may be sent; false: as many as allowed have been sent within the last minute
 */
bool quota_take(int dirfd, unsigned per_minute, int64_t now_wall_ns);

/* Until when the provider is not to be asked; 0: it may be. */
int64_t quota_closed_until(int dirfd, int64_t now_wall_ns);

/**
 * quota_failed() - the provider is left alone: longer with every failure in a row, by chance a little more
 * @until_wall_ns: of its Retry-After; 0 it gave none
 */
void quota_failed(int dirfd, enum quota_failure failure, int64_t until_wall_ns,
                  int64_t now_wall_ns);

/* It answered: what was held against it is forgotten. */
void quota_answered(int dirfd);

/* A random part of [half, one and a half) of a time, so that many do not come back at once. */
int64_t quota_jitter_ns(int64_t ns);

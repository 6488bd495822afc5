/* SPDX-License-Identifier: Apache-2.0 */
/* base/thread.h - threads beside a loop: signals are the loop's, waits by the monotonic clock */
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/* Starts a thread that gets no signal. Return: 0 or -errno. */
int thread_start(pthread_t *thread_out, size_t stack_bytes, void *(*run)(void *payload),
                 void *payload);

/* A condition for thread_wait_until(). */
void thread_condition_init(pthread_cond_t *condition);

/* Waits, with the lock held as for pthread_cond_wait(): 0 may mean nothing, so look and wait again.
 * Return: 0, or -ETIMEDOUT past the deadline, never before it. */
int thread_wait_until(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t deadline_mono_ns);

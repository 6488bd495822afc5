/* SPDX-License-Identifier: Apache-2.0 */
/* base/thread_clocks.h - the CPU time of some of a process's threads, those that have ended included */
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/* Each function may be called from any thread. */
struct thread_clocks;

/* NULL: out of memory. */
struct thread_clocks *thread_clocks_new(void);
/* One more that holds it; each lets go by thread_clocks_free(), the last frees it. NULL: nobody does. */
struct thread_clocks *thread_clocks_hold(struct thread_clocks *clocks);
void thread_clocks_free(struct thread_clocks *clocks);

/* CPU time of those that live and of those that do not, nanoseconds; 0 of NULL. */
int64_t thread_clocks_ns(struct thread_clocks *clocks);
/* What a thread that is not one of them has spent for them. */
void thread_clocks_add(struct thread_clocks *clocks, int64_t cpu_ns);

/* As thread_start(), the thread being one of them; clocks NULL: of nobody's. */
int thread_start_counted(pthread_t *thread_out, size_t stack_bytes, void *(*run)(void *payload),
                         void *payload, struct thread_clocks *clocks);

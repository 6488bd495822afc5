/* SPDX-License-Identifier: Apache-2.0 */
/* session/calibration/spin.c - all CPUs busy for a while, with the lowest claim to them
 *
 * setpriority(2): on Linux a nice value is a thread's own. Additions and multiplications that
 * depend on each other, on numbers that stay finite: neither the lightest nor the heaviest work.
 */
#include "session/calibration/spin.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/thread.h"

enum { STACK_BYTES = 64 * 1024, NICE_MOST = 19, LANES = 8, ROUNDS = 100000, THREADS_MAX = 8192 };

struct spin {
    atomic_bool stop;
    size_t count;
    pthread_t threads[];
};

static void *work(void *payload)
{
    struct spin *spin = payload;
    double lanes[LANES] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    volatile double sink = 0;

    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE_MOST);
    while (!atomic_load_explicit(&spin->stop, memory_order_relaxed)) {
        for (int i = 0; i < ROUNDS; i++) {
            for (int lane = 0; lane < LANES; lane++)
                lanes[lane] = lanes[lane] * 0.999 + 0.5;
        }
        sink = lanes[0];
    }
    (void)sink;
    return NULL;
}

static size_t usable_cpus(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
        return (size_t)CPU_COUNT(&set);
    return online > 0 && online < THREADS_MAX ? (size_t)online : 1;
}

int spin_start(struct spin **spin_out, struct aico2_error *err)
{
    size_t count = usable_cpus();
    struct spin *spin = calloc(1, sizeof(*spin) + count * sizeof(spin->threads[0]));

    if (spin == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    for (; spin->count < count; spin->count++) {
        int r = thread_start(&spin->threads[spin->count], STACK_BYTES, work, spin);

        if (r < 0) {
            spin_stop(spin);
            return aico2_error_set_errno(err, -r, "cannot start %zu threads to load the CPUs",
                                         count);
        }
    }
    *spin_out = spin;
    return 0;
}

void spin_stop(struct spin *spin)
{
    if (spin == NULL)
        return;
    atomic_store(&spin->stop, true);
    for (size_t i = 0; i < spin->count; i++)
        (void)pthread_join(spin->threads[i], NULL);
    free(spin);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_thread.c - a deadline that the C library says is over is over by our clock too */
#include "support.h"

#include <errno.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/thread.h"

/* In place of the C library's: what a program sees under faketime. */
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *lock,
                           const struct timespec *deadline)
{
    (void)condition;
    (void)lock;
    (void)deadline;
    return ETIMEDOUT;
}

static void test_no_deadline_has_passed_before_its_time(void **state)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition;

    (void)state;
    thread_condition_init(&condition);
    (void)pthread_mutex_lock(&lock);
    assert_int_equal(thread_wait_until(&condition, &lock, clock_mono_ns() + 3600 * NSEC_PER_SEC), 0);
    assert_int_equal(thread_wait_until(&condition, &lock, clock_mono_ns() - 1), -ETIMEDOUT);
    (void)pthread_mutex_unlock(&lock);
    (void)pthread_cond_destroy(&condition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_deadline_has_passed_before_its_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_worker.c - drivers that answer, hang, find nothing or come back too late */
#include "support.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "sampler/sampler.h"
#include "sampler/worker.h"

/* The scripted driver. The semaphores are what it waits for; reads and closes are counted. */
static struct {
    sem_t may_probe;
    sem_t may_read;
    sem_t closed;
    bool hang_in_probe;
    atomic_bool hang_in_read;
    bool nothing_here;
    bool fails;
    int reads;
} script;

static struct device the_device;

static int probe(const struct reader_env *env, struct reader **reader_out,
                 struct reader_status *status_out, struct aico2_error *err)
{
    struct reader *reader;

    (void)env;
    if (script.hang_in_probe)
        (void)sem_wait(&script.may_probe);
    if (script.fails)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    if (script.nothing_here) {
        *status_out = (struct reader_status){ .state = READER_ABSENT, .reason = "nothing here" };
        return 0;
    }
    reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return aico2_error_set(err, -ENOMEM, "out of memory");
    reader->devices = &the_device;
    reader->device_count = 1;
    status_out->state = READER_USED;
    *reader_out = reader;
    return 0;
}

static void read_one(struct reader *reader, struct sample *samples_out)
{
    (void)reader;
    if (script.hang_in_read)
        (void)sem_wait(&script.may_read);
    samples_out[0] = (struct sample){
        .mono_ns = clock_mono_ns(),
        .energy_uj = (uint64_t)++script.reads,
        .valid = SAMPLE_ENERGY,
    };
}

static void close_one(struct reader *reader)
{
    free(reader);
    (void)sem_post(&script.closed);
}

static const struct reader_driver slow_driver = {
    .name = "slow",
    .may_block = true,
    .probe = probe,
    .read = read_one,
    .close = close_one,
};

static struct reader_env env;

static int set_up(void **state)
{
    (void)sem_init(&script.may_probe, 0, 0);
    (void)sem_init(&script.may_read, 0, 0);
    (void)sem_init(&script.closed, 0, 0);
    script.hang_in_probe = false;
    script.hang_in_read = false;
    script.nothing_here = false;
    script.fails = false;
    script.reads = 0;
    env = (struct reader_env){ .proc_fd = -1,
                               .sys_fd = -1,
                               .dev_fd = -1,
                               .etc_fd = -1,
                               .root_fd = -1,
                               .clock = &clock_system };
    *state = &env;
    return 0;
}

static void wait_notified(int fd)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    uint64_t count;

    assert_int_equal(poll(&wait, 1, 20000), 1);
    assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
}

static struct worker *start(int *notify_fd_out)
{
    struct worker *worker;

    *notify_fd_out = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert_true(*notify_fd_out >= 0);
    assert_int_equal(worker_start(&worker, &slow_driver, &env, *notify_fd_out, NULL), 0);
    return worker;
}

static void test_answers_are_taken_once(void **state)
{
    struct reader_status status = { 0 };
    const struct sample *samples;
    int notify_fd;
    struct worker *worker = start(&notify_fd);

    (void)state;
    wait_notified(notify_fd);
    assert_true(worker_probed(worker, &status));
    assert_int_equal(status.state, READER_USED);
    assert_non_null(worker_reader(worker));
    assert_null(worker_take(worker));
    worker_request(worker);
    wait_notified(notify_fd);
    samples = worker_take(worker);
    assert_non_null(samples);
    assert_int_equal(samples[0].energy_uj, 1);
    assert_null(worker_take(worker));
    assert_int_equal(worker_silent_ns(worker, clock_mono_ns()), 0);
    assert_true(worker_stop(worker, 20 * NSEC_PER_SEC));
    assert_int_equal(sem_trywait(&script.closed), 0);
    (void)close(notify_fd);
}

static void test_an_answer_is_not_lost_with_the_next_request(void **state)
{
    const struct sample *samples;
    struct reader_status status;
    int notify_fd;
    struct worker *worker = start(&notify_fd);

    (void)state;
    wait_notified(notify_fd);
    (void)worker_probed(worker, &status);
    assert_true(worker_request(worker));
    wait_notified(notify_fd);
    assert_false(worker_request(worker));
    samples = worker_take(worker);
    assert_non_null(samples);
    assert_int_equal(samples[0].energy_uj, 1);
    assert_true(worker_request(worker));
    wait_notified(notify_fd);
    samples = worker_take(worker);
    assert_non_null(samples);
    assert_int_equal(samples[0].energy_uj, 2);
    assert_true(worker_stop(worker, 20 * NSEC_PER_SEC));
    (void)close(notify_fd);
}

static void test_driver_that_finds_nothing(void **state)
{
    struct reader_status status = { 0 };
    int notify_fd;
    struct worker *worker;

    (void)state;
    script.nothing_here = true;
    worker = start(&notify_fd);
    wait_notified(notify_fd);
    assert_true(worker_probed(worker, &status));
    assert_int_equal(status.state, READER_ABSENT);
    assert_null(worker_reader(worker));
    worker_request(worker); /* nobody to ask */
    assert_null(worker_take(worker));
    assert_true(worker_stop(worker, 20 * NSEC_PER_SEC));
    (void)close(notify_fd);
}

static void test_driver_that_fails_is_broken(void **state)
{
    struct reader_status status = { 0 };
    int notify_fd;
    struct worker *worker;

    (void)state;
    script.fails = true;
    worker = start(&notify_fd);
    wait_notified(notify_fd);
    assert_true(worker_probed(worker, &status));
    assert_int_equal(status.state, READER_BROKEN);
    assert_true(worker_stop(worker, 20 * NSEC_PER_SEC));
    (void)close(notify_fd);
}

static void test_request_during_a_reading_starts_no_second_one(void **state)
{
    struct reader_status status;
    int notify_fd;
    struct worker *worker = start(&notify_fd);

    (void)state;
    wait_notified(notify_fd);
    (void)worker_probed(worker, &status);
    script.hang_in_read = true;
    worker_request(worker);
    worker_request(worker);
    worker_request(worker);
    assert_null(worker_take(worker));
    (void)sem_post(&script.may_read);
    wait_notified(notify_fd);
    assert_non_null(worker_take(worker));
    assert_int_equal(script.reads, 1);
    assert_true(worker_stop(worker, 20 * NSEC_PER_SEC));
    (void)close(notify_fd);
}

static void test_end_does_not_wait_for_a_reading_that_hangs(void **state)
{
    struct reader_status status;
    int64_t before_ns;
    int notify_fd;
    struct worker *worker = start(&notify_fd);

    (void)state;
    wait_notified(notify_fd);
    (void)worker_probed(worker, &status);
    script.hang_in_read = true;
    worker_request(worker);
    while (worker_silent_ns(worker, clock_mono_ns()) == 0)
        (void)usleep(1000);
    before_ns = clock_mono_ns();
    assert_false(worker_stop(worker, 10 * NSEC_PER_MSEC));
    assert_true(clock_mono_ns() - before_ns < 10 * NSEC_PER_SEC); /* it would hang for ever */
    /* one day the driver comes back: the thread puts everything away by itself */
    (void)sem_post(&script.may_read);
    assert_int_equal(sem_wait(&script.closed), 0);
    (void)close(notify_fd);
}

static void test_end_does_not_wait_for_a_probe_that_hangs(void **state)
{
    struct reader_status status;
    int notify_fd;
    struct worker *worker;

    (void)state;
    script.hang_in_probe = true;
    worker = start(&notify_fd);
    assert_false(worker_probed(worker, &status));
    assert_null(worker_reader(worker));
    worker_request(worker);
    assert_null(worker_take(worker));
    assert_true(worker_silent_ns(worker, clock_mono_ns() + NSEC_PER_SEC) >= NSEC_PER_SEC);
    assert_false(worker_stop(worker, NSEC_PER_MSEC));
    (void)sem_post(&script.may_probe);
    assert_int_equal(sem_wait(&script.closed), 0);
    (void)close(notify_fd);
}

/* --- a driver that reads its devices one by one --- */

enum { ROW = 3 };

/* Device i hangs until its semaphore is posted; which thread reads it is kept. */
static struct {
    sem_t may_read[ROW + 1]; /* the last: of the end of a round */
    sem_t left;              /* a call that hung has come back */
    atomic_bool hangs[ROW + 1];
    atomic_int reads[ROW + 1];
    atomic_bool inside[ROW + 1];
} row;

static struct device row_devices[ROW];

static int row_probe(const struct reader_env *from, struct reader **reader_out,
                     struct reader_status *status_out, struct aico2_error *err)
{
    int r = probe(from, reader_out, status_out, err);

    if (r == 0) {
        (*reader_out)->devices = row_devices;
        (*reader_out)->device_count = ROW;
    }
    return r;
}

static void row_call(size_t at)
{
    assert_false(atomic_exchange(&row.inside[at], true)); /* never two for one device */
    atomic_fetch_add(&row.reads[at], 1);
    if (atomic_load(&row.hangs[at])) {
        (void)sem_wait(&row.may_read[at]);
        atomic_store(&row.inside[at], false);
        (void)sem_post(&row.left);
        return;
    }
    atomic_store(&row.inside[at], false);
}

static void row_read_one(struct reader *reader, size_t at, struct sample *sample_out)
{
    static const struct process_use nobody;

    (void)reader;
    row_call(at);
    *sample_out = (struct sample){
        .mono_ns = clock_mono_ns(),
        .energy_uj = (uint64_t)(at * 1000) + (uint64_t)atomic_load(&row.reads[at]),
        .processes = &nobody,
        .process_count = 1,
        .valid = SAMPLE_ENERGY | SAMPLE_PROCESSES,
    };
}

static void row_end(struct reader *reader)
{
    (void)reader;
    row_call(ROW);
}

static const struct reader_driver row_driver = {
    .name = "row",
    .may_block = true,
    .probe = row_probe,
    .read_one = row_read_one,
    .end_round = row_end,
    .close = close_one,
};

static void reset_row(void)
{
    for (int i = 0; i <= ROW; i++) {
        (void)sem_init(&row.may_read[i], 0, 0);
        atomic_store(&row.hangs[i], false);
        atomic_store(&row.reads[i], 0);
        atomic_store(&row.inside[i], false);
    }
    (void)sem_init(&row.left, 0, 0);
}

static struct worker *start_row(int *notify_fd_out)
{
    struct reader_status status;
    struct worker *worker;

    reset_row();
    *notify_fd_out = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert_true(*notify_fd_out >= 0);
    assert_int_equal(worker_start(&worker, &row_driver, &env, *notify_fd_out, NULL), 0);
    wait_notified(*notify_fd_out);
    assert_true(worker_probed(worker, &status));
    return worker;
}

/* Waits until a device is inside its call, then lets its time run out. */
static void pass_over(struct worker *worker, size_t at)
{
    while (!atomic_load(&row.inside[at]))
        (void)usleep(1000);
    assert_true(worker_watch(worker, clock_mono_ns() + NSEC_PER_SEC) > 0);
}

static const struct sample *round_of(struct worker *worker, int notify_fd)
{
    const struct sample *samples;

    assert_true(worker_request(worker));
    wait_notified(notify_fd);
    samples = worker_take(worker);
    assert_non_null(samples);
    return samples;
}

static void test_device_that_hangs_is_a_gap_of_its_own(void **state)
{
    const struct sample *samples;
    int notify_fd;
    struct worker *worker = start_row(&notify_fd);

    (void)state;
    samples = round_of(worker, notify_fd);
    for (size_t i = 0; i < ROW; i++)
        assert_int_equal(samples[i].energy_uj, i * 1000 + 1);
    assert_int_equal(atomic_load(&row.reads[ROW]), 1);

    atomic_store(&row.hangs[1], true);
    assert_true(worker_request(worker));
    pass_over(worker, 1);
    wait_notified(notify_fd);
    samples = worker_take(worker);
    assert_non_null(samples);
    assert_int_equal(samples[0].energy_uj, 2);
    assert_int_equal(samples[1].valid, 0); /* late, not failed */
    assert_int_equal(samples[1].error, 0);
    assert_int_equal(samples[2].energy_uj, 2002);
    assert_int_equal(atomic_load(&row.reads[ROW]), 1); /* while one hangs no round ends */

    /* from then on it is not asked and costs the others no time */
    for (int i = 0; i < 5; i++)
        samples = round_of(worker, notify_fd);
    assert_int_equal(samples[2].energy_uj, 2007);
    assert_int_equal(atomic_load(&row.reads[1]), 2);
    assert_int_equal(worker_watch(worker, clock_mono_ns() + NSEC_PER_SEC), 0);

    /* it comes back */
    atomic_store(&row.hangs[1], false);
    (void)sem_post(&row.may_read[1]);
    assert_int_equal(sem_wait(&row.left), 0);
    do {
        samples = round_of(worker, notify_fd);
    } while ((samples[1].valid & SAMPLE_PROCESSES) == 0);
    assert_int_equal(samples[1].energy_uj, 1003);
    assert_true(worker_stop(worker, 20 * NSEC_PER_SEC));
    assert_int_equal(sem_trywait(&script.closed), 0);
    (void)close(notify_fd);
}

/* Each call is late, yet none is lost: what came late stands for the next that is. */
static void test_late_answer_is_given_in_the_next_round(void **state)
{
    const struct sample *samples;
    int notify_fd;
    struct worker *worker = start_row(&notify_fd);

    (void)state;
    atomic_store(&row.hangs[0], true);
    assert_true(worker_request(worker));
    pass_over(worker, 0);
    wait_notified(notify_fd);
    samples = worker_take(worker);
    assert_int_equal(samples[0].valid, 0);
    (void)sem_post(&row.may_read[0]);
    assert_int_equal(sem_wait(&row.left), 0);
    do { /* until the thread that was late has put down what it brought */
        struct pollfd wait = { .fd = notify_fd, .events = POLLIN };

        assert_true(worker_request(worker));
        while (poll(&wait, 1, 1) == 0)
            (void)worker_watch(worker, clock_mono_ns() + NSEC_PER_SEC);
        wait_notified(notify_fd);
        samples = worker_take(worker);
    } while (samples[0].valid == 0);
    assert_int_equal(samples[0].energy_uj, 1);
    assert_int_equal(samples[0].valid, SAMPLE_ENERGY); /* the list may be under change */
    assert_null(samples[0].processes);
    (void)sem_post(&row.may_read[0]);
    assert_true(worker_stop(worker, 20 * NSEC_PER_SEC));
    (void)close(notify_fd);
}

static void test_device_that_hangs_for_two_seconds_has_failed(void **state)
{
    const struct sample *samples;
    int notify_fd;
    struct worker *worker = start_row(&notify_fd);
    int64_t before_ns;

    (void)state;
    atomic_store(&row.hangs[2], true);
    assert_true(worker_request(worker));
    before_ns = clock_mono_ns();
    pass_over(worker, 2);
    wait_notified(notify_fd);
    samples = worker_take(worker);
    while (clock_mono_ns() - before_ns < 2100 * NSEC_PER_MSEC)
        (void)usleep(50000);
    samples = round_of(worker, notify_fd);
    assert_int_equal(samples[2].error, -ETIMEDOUT);
    assert_int_equal(samples[0].error, 0);
    (void)sem_post(&row.may_read[2]);
    assert_true(worker_stop(worker, 20 * NSEC_PER_SEC));
    (void)close(notify_fd);
}

static void test_all_devices_and_the_end_may_hang(void **state)
{
    const struct sample *samples;
    int notify_fd;
    struct worker *worker = start_row(&notify_fd);

    (void)state;
    for (size_t i = 0; i < ROW; i++)
        atomic_store(&row.hangs[i], true);
    assert_true(worker_request(worker));
    for (size_t i = 0; i < ROW; i++)
        pass_over(worker, i);
    wait_notified(notify_fd);
    samples = worker_take(worker);
    for (size_t i = 0; i < ROW; i++)
        assert_int_equal(samples[i].valid, 0);
    /* nobody to ask, and the worker still answers */
    (void)round_of(worker, notify_fd);
    /* left behind, they put everything away when the last has come back */
    assert_false(worker_stop(worker, NSEC_PER_MSEC));
    for (size_t i = 0; i < ROW; i++)
        (void)sem_post(&row.may_read[i]);
    assert_int_equal(sem_wait(&script.closed), 0);
    (void)close(notify_fd);

    worker = start_row(&notify_fd);
    atomic_store(&row.hangs[ROW], true);
    assert_true(worker_request(worker));
    pass_over(worker, ROW);
    wait_notified(notify_fd);
    assert_non_null(worker_take(worker));
    assert_int_equal(round_of(worker, notify_fd)[ROW - 1].energy_uj, (ROW - 1) * 1000 + 2);
    (void)sem_post(&row.may_read[ROW]);
    assert_true(worker_stop(worker, 20 * NSEC_PER_SEC));
    (void)close(notify_fd);
}

/* --- the loop's half --- */

struct heard {
    int samples;
    int ticks;
};

static void hear_samples(void *payload, size_t source, const struct sample *samples)
{
    struct heard *heard = payload;

    assert_int_equal(source, 0);
    assert_true(samples[0].valid != 0);
    heard->samples++;
}

static void hear_tick(void *payload, int64_t now_mono_ns)
{
    struct heard *heard = payload;

    (void)now_mono_ns;
    heard->ticks++;
}

static void run_for(struct sampler *sampler, const struct heard *heard, int ticks)
{
    while (heard->ticks < ticks) {
        struct pollfd wait = { .fd = sampler_fd(sampler), .events = POLLIN };
        struct sampler_events events;

        assert_int_equal(poll(&wait, 1, 20000), 1);
        assert_int_equal(sampler_wait(sampler, 0, &events), 0);
    }
}

static const struct reader_driver *const slow_only[] = { &slow_driver, NULL };

static void test_loop_goes_on_while_a_driver_hangs(void **state)
{
    struct heard heard = { 0 };
    struct sampler sampler = { .on_samples = hear_samples,
                               .on_tick = hear_tick,
                               .payload = &heard };

    (void)state;
    script.hang_in_probe = true;
    assert_int_equal(sampler_open(&sampler, slow_only, &env, NSEC_PER_MSEC, NULL), 0);
    sampler_start(&sampler);
    run_for(&sampler, &heard, 10);
    assert_int_equal(heard.samples, 0);
    sampler_finish(&sampler, NSEC_PER_MSEC);
    assert_false(sampler_close(&sampler)); /* left behind */
    (void)sem_post(&script.may_probe);
    assert_int_equal(sem_wait(&script.closed), 0);
}

static void test_loop_gets_the_answers_and_one_at_the_end(void **state)
{
    struct heard heard = { 0 };
    struct sampler sampler = { .on_samples = hear_samples,
                               .on_tick = hear_tick,
                               .payload = &heard };
    int before;

    (void)state;
    assert_int_equal(sampler_open(&sampler, slow_only, &env, 2 * NSEC_PER_MSEC, NULL), 0);
    sampler_start(&sampler);
    while (heard.samples < 5)
        run_for(&sampler, &heard, heard.ticks + 1);
    before = heard.samples;
    sampler_finish(&sampler, 20 * NSEC_PER_SEC);
    assert_true(heard.samples > before);
    assert_true(sampler_close(&sampler));
    assert_int_equal(sem_trywait(&script.closed), 0);
}

static void test_reading_that_hangs_at_the_end_is_not_waited_for(void **state)
{
    struct heard heard = { 0 };
    struct sampler sampler = { .on_samples = hear_samples,
                               .on_tick = hear_tick,
                               .payload = &heard };
    int64_t before_ns;

    (void)state;
    assert_int_equal(sampler_open(&sampler, slow_only, &env, 2 * NSEC_PER_MSEC, NULL), 0);
    sampler_start(&sampler);
    while (heard.samples < 2)
        run_for(&sampler, &heard, heard.ticks + 1);
    script.hang_in_read = true;
    run_for(&sampler, &heard, heard.ticks + 3);
    before_ns = clock_mono_ns();
    sampler_finish(&sampler, 50 * NSEC_PER_MSEC);
    assert_false(sampler_close(&sampler));
    assert_true(clock_mono_ns() - before_ns < 10 * NSEC_PER_SEC);
    (void)sem_post(&script.may_read);
    assert_int_equal(sem_wait(&script.closed), 0);
}

static void hear_row(void *payload, size_t source, const struct sample *samples)
{
    struct heard *heard = payload;

    assert_int_equal(source, 0);
    heard->samples += samples[2].valid != 0;
}

static const struct reader_driver *const row_only[] = { &row_driver, NULL };

/* The loop passes over it by itself, and at the end as well. */
static void test_loop_gets_the_other_devices_answers(void **state)
{
    struct heard heard = { 0 };
    struct sampler sampler = { .on_samples = hear_row, .on_tick = hear_tick, .payload = &heard };
    struct sampler_events events;
    int before;

    (void)state;
    reset_row();
    assert_int_equal(sampler_open(&sampler, row_only, &env, 2 * NSEC_PER_MSEC, NULL), 0);
    sampler_start(&sampler);
    while (heard.samples < 3)
        assert_true(sampler_wait(&sampler, 20000, &events) >= 0);
    atomic_store(&row.hangs[0], true);
    while (!atomic_load(&row.inside[0]))
        assert_true(sampler_wait(&sampler, 20000, &events) >= 0);
    before = heard.samples;
    while (heard.samples < before + 3)
        assert_true(sampler_wait(&sampler, 20000, &events) >= 0);

    atomic_store(&row.hangs[1], true);
    before = heard.samples;
    sampler_finish(&sampler, 20 * NSEC_PER_SEC);
    assert_true(heard.samples > before);
    (void)sem_post(&row.may_read[0]);
    (void)sem_post(&row.may_read[1]);
    (void)sampler_close(&sampler);
    assert_int_equal(sem_wait(&script.closed), 0);
}

#define WORKER_TEST(function) cmocka_unit_test_setup(function, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORKER_TEST(test_answers_are_taken_once),
        WORKER_TEST(test_an_answer_is_not_lost_with_the_next_request),
        WORKER_TEST(test_driver_that_finds_nothing),
        WORKER_TEST(test_driver_that_fails_is_broken),
        WORKER_TEST(test_request_during_a_reading_starts_no_second_one),
        WORKER_TEST(test_end_does_not_wait_for_a_reading_that_hangs),
        WORKER_TEST(test_end_does_not_wait_for_a_probe_that_hangs),
        WORKER_TEST(test_device_that_hangs_is_a_gap_of_its_own),
        WORKER_TEST(test_late_answer_is_given_in_the_next_round),
        WORKER_TEST(test_device_that_hangs_for_two_seconds_has_failed),
        WORKER_TEST(test_all_devices_and_the_end_may_hang),
        WORKER_TEST(test_loop_goes_on_while_a_driver_hangs),
        WORKER_TEST(test_loop_gets_the_answers_and_one_at_the_end),
        WORKER_TEST(test_reading_that_hangs_at_the_end_is_not_waited_for),
        WORKER_TEST(test_loop_gets_the_other_devices_answers),
    };

    return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}

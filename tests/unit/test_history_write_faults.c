/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_history_write_faults.c - what writes a history does it whole or not at all, whatever SQLite meets */
#include "history_faults.h"

#include <dirent.h>

#include "history/schema.h"

static int run_begin(struct history *history, struct answer *answer, struct aico2_error *err)
{
    struct device devices[2] = { device_named("cpu0"), device_named("gpu0") };
    struct run run = run_numbered(3);

    (void)answer;
    return history_run_begin(history, &run, devices, 2, err);
}

static int put_devices(struct history *history, struct answer *answer, struct aico2_error *err)
{
    struct device devices[3] = { device_named("cpu0"), device_named("gpu0"), device_named("gpu1") };
    struct run run = run_numbered(1);

    (void)answer;
    return history_put_devices(history, &run, devices, NULL, 3, err);
}

/* The fourth minute begins: the second is put together. Its first sample comes at an instant that there is already. */
static int append(struct history *history, struct answer *answer, struct aico2_error *err)
{
    struct history_sample samples[2] = { sample_at(0, EPOCH_NS + 180 * SECOND_NS, 3),
                                         sample_at(0, EPOCH_NS + 250 * SECOND_NS, 3) };
    struct slice slice = { .start_wall_ns = EPOCH_NS, .sums = { .joules = 999, .samples = 1 } };
    struct device_totals totals[2] = { DEVICE_TOTALS_NULL, DEVICE_TOTALS_NULL };
    struct run run = run_numbered(1);

    (void)answer;
    totals[1].peak_watts = 77;
    run.ended_wall_ns = EPOCH_NS + 250 * SECOND_NS;
    return history_append(history, &run, samples, 2, &slice, 1, totals, 2, err);
}

static int put_tasks(struct history *history, struct answer *answer, struct aico2_error *err)
{
    static const struct task task = { .name = "epochs 2-3", .kind = TASK_EPOCH, .epochs = 2 };
    const struct training training = { .epochs = 3, .budget = "6kWh", .budget_state = "exceeded" };
    const struct slice slice = { .sums = { .joules = 8, .samples = 1 } };
    struct run run = run_numbered(1);

    (void)answer;
    return history_put_tasks(history, &run, &training, 1, &task, 1, &slice, 1, err);
}

static int run_end(struct history *history, struct answer *answer, struct aico2_error *err)
{
    struct run run = run_numbered(1);

    (void)answer;
    run.state = RUN_FINISHED;
    run.exit_status = 0;
    run.duration_ns = 180 * SECOND_NS;
    return history_run_end(history, &run, 100, 0.5, err);
}

static int store(struct history *history, struct answer *answer, struct aico2_error *err)
{
    struct history_sample samples[2] = { sample_at(0, EPOCH_NS + SECOND_NS, 3),
                                         sample_at(0, EPOCH_NS + 250 * SECOND_NS, 3) };
    struct task task = { .name = "epoch 1", .kind = TASK_EPOCH, .epochs = 1 };
    struct slice slice = { .start_wall_ns = EPOCH_NS, .sums = { .joules = 6, .samples = 2 } };
    struct device device = device_named("cpu0");
    struct device_totals totals = DEVICE_TOTALS_NULL;
    struct history_record record = { .run = run_numbered(4),
                                     .devices = &device,
                                     .totals = &totals,
                                     .device_count = 1,
                                     .slices = { .items = &slice, .count = 1 },
                                     .tasks = { .items = &task, .count = 1 },
                                     .task_slices = { .items = &slice, .count = 1 } };

    (void)answer;
    return history_store_samples(history, &record, samples, 2, 6, 0.1, err);
}

static int mark_recovered(struct history *history, struct answer *answer, struct aico2_error *err)
{
    (void)answer;
    return history_mark_recovered(history, run_numbered(1).id, 100, 0.5, err);
}

/* How far it is done is told in `progress` with each of its steps; the samples, in one. */
static int thin(struct history *history, struct answer *answer, struct aico2_error *err)
{
    bool finished = false;
    int64_t removed = history_thin(history, EPOCH_NS + 2 * DAY_NS, 100, &finished, err);

    (void)answer;
    assert_int_equal(finished, removed >= 0);
    return removed < 0 ? (int)removed : 0;
}

static const struct history_call calls[] = {
    { "history_put_devices", put_devices, NULL },       { "history_append", append, NULL },
    { "history_put_tasks", put_tasks, NULL },           { "history_run_end", run_end, NULL },
    { "history_mark_recovered", mark_recovered, NULL }, { "history_run_begin", run_begin, NULL },
    { "history_store_samples", store, NULL },           { "history_thin", thin, "progress" },
};
/* of those the first: of one run, which has a file of its own where there is one per run */
enum { CALLS_OF_A_RUN = 5 };

static void test_one_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(calls); i++)
        history_faults_try(&calls[i], LOCAL, HISTORY_WRITE);
}

static void test_a_file_per_run(void **state)
{
    (void)state;
    for (size_t i = 0; i < CALLS_OF_A_RUN; i++)
        history_faults_try(&calls[i], NETWORK, HISTORY_WRITE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_file),
        cmocka_unit_test(test_a_file_per_run),
    };

    history_faults_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_history_read_faults.c - what reads a history gives all of it or says why not, whatever SQLite meets */
#include "history_faults.h"

static void add_record(struct answer *answer, const struct history_record *record)
{
    answer_add(answer, "%s %s %zu devices, %zu slices, %zu tasks, %zu slices of them\n",
               record->run.id, record->run.name, record->device_count, record->slices.count,
               record->tasks.count, record->task_slices.count);
}

static int load_as(struct history *history, const char *run, struct answer *answer,
                   struct aico2_error *err)
{
    struct history_record record = { .device_count = 77 };
    int r = history_load(history, run, &record, err);

    if (r < 0) {
        assert_true(record.device_count == 77 && record.devices == NULL);
        return r;
    }
    add_record(answer, &record);
    history_record_deinit(&record);
    return 0;
}

static int load_last(struct history *history, struct answer *answer, struct aico2_error *err)
{
    return load_as(history, "last", answer, err);
}

static int load_by_id(struct history *history, struct answer *answer, struct aico2_error *err)
{
    return load_as(history, "01kdvdxr000000000000000001", answer, err);
}

static int load_by_name(struct history *history, struct answer *answer, struct aico2_error *err)
{
    return load_as(history, "run-1", answer, err);
}

static int load_run(struct history *history, struct answer *answer, struct aico2_error *err)
{
    struct run run = { .pid = 77 };
    int r = history_load_run(history, "run-1", &run, err);

    if (r < 0) {
        assert_true(run.pid == 77 && run.labels == NULL);
        return r;
    }
    answer_add(answer, "%s %s\n", run.id, run.labels);
    run_deinit(&run);
    return 0;
}

static int list(struct history *history, struct answer *answer, struct aico2_error *err)
{
    struct run_row *rows = NULL;
    size_t count = 77;
    int r = history_list(history, &(struct history_filter){ 0 }, &rows, &count, NULL, err);

    if (r < 0) {
        assert_true(rows == NULL && count == 77);
        return r;
    }
    for (size_t i = 0; i < count; i++)
        answer_add(answer, "%s %s %g J\n", rows[i].id, rows[i].name, rows[i].total_joules);
    free(rows);
    return 0;
}

static int add_ids(struct answer *answer, int r, char (*ids)[ULID_SIZE], size_t count)
{
    if (r < 0) {
        assert_true(ids == NULL && count == 77);
        return r;
    }
    for (size_t i = 0; i < count; i++)
        answer_add(answer, "%s\n", ids[i]);
    free(ids);
    return 0;
}

static int list_labelled(struct history *history, struct answer *answer, struct aico2_error *err)
{
    char(*ids)[ULID_SIZE] = NULL;
    size_t count = 77;
    int r = history_list_labelled(history, "job_id=17", &ids, &count, err);

    return add_ids(answer, r, ids, count);
}

static int list_dead(struct history *history, struct answer *answer, struct aico2_error *err)
{
    char(*ids)[ULID_SIZE] = NULL;
    size_t count = 77;
    int r = history_list_dead(history, "here", "boot-2", -1, &ids, &count, err);

    return add_ids(answer, r, ids, count);
}

static int list_imports(struct history *history, struct answer *answer, struct aico2_error *err)
{
    struct history_imports imports = { .count = 77 };
    int r = history_list_imports(history, &imports, err);

    if (r < 0) {
        assert_true(imports.items == NULL && imports.count == 77);
        return r;
    }
    for (size_t i = 0; i < imports.count; i++)
        answer_add(answer, "%s\n", imports.items[i].id);
    history_imports_deinit(&imports);
    return 0;
}

static int has_device(struct history *history, struct answer *answer, struct aico2_error *err)
{
    struct device device = device_named("gpu0");
    int r = history_has_device(history, run_numbered(1).id, &device, err);

    if (r >= 0)
        answer_add(answer, "%d", r);
    return r;
}

/* What walks call back comes piece by piece: it is counted, and told when the walk has come to its end. */
struct counted {
    int rows;
    double joules;
};

static int add_counted(struct answer *answer, int r, const struct counted *counted)
{
    if (r >= 0)
        answer_add(answer, "%d rows, %g J\n", counted->rows, counted->joules);
    return r;
}

static int count_sample(void *payload, const struct history_sample_row *row)
{
    struct counted *counted = payload;

    counted->rows++;
    counted->joules += row->sample.sums.joules;
    return 0;
}

static int each_sample(struct history *history, struct answer *answer, struct aico2_error *err)
{
    struct counted counted = { 0 };
    int r = history_each_sample(history, NULL, EPOCH_NS, EPOCH_NS + DAY_NS, count_sample, &counted,
                                err);

    return add_counted(answer, r, &counted);
}

static int each_sample_of_run(struct history *history, struct answer *answer,
                              struct aico2_error *err)
{
    struct counted counted = { 0 };
    int r = history_each_sample(history, run_numbered(1).id, EPOCH_NS, EPOCH_NS + MINUTE_NS,
                                count_sample, &counted, err);

    return add_counted(answer, r, &counted);
}

static int count_power(void *payload, const struct history_power *power)
{
    struct counted *counted = payload;

    counted->rows++;
    counted->joules += power->joules;
    return 0;
}

static int each_power(struct history *history, struct answer *answer, struct aico2_error *err)
{
    struct counted counted = { 0 };
    int r = history_each_power(history, run_numbered(1).id, 2, false, count_power, &counted, err);

    return add_counted(answer, r, &counted);
}

static int each_power_together(struct history *history, struct answer *answer,
                               struct aico2_error *err)
{
    struct counted counted = { 0 };
    int r = history_each_power(history, run_numbered(1).id, 2, true, count_power, &counted, err);

    return add_counted(answer, r, &counted);
}

static int count_slice(void *payload, const struct history_slice_row *row)
{
    struct counted *counted = payload;

    counted->rows++;
    counted->joules += row->slice.sums.joules;
    return 0;
}

static int each_slice(struct history *history, struct answer *answer, struct aico2_error *err)
{
    struct counted counted = { 0 };
    int r = history_each_slice(history, EPOCH_NS, EPOCH_NS + DAY_NS, count_slice, &counted, err);

    return add_counted(answer, r, &counted);
}

static int list_spans(struct history *history, struct answer *answer, struct aico2_error *err)
{
    struct history_span *spans = NULL;
    size_t count = 77;
    int r = history_list_spans(history, EPOCH_NS, EPOCH_NS + DAY_NS, &spans, &count, err);

    if (r < 0) {
        assert_true(spans == NULL && count == 77);
        return r;
    }
    for (size_t i = 0; i < count; i++)
        answer_add(answer, "%lld s\n",
                   (long long)((spans[i].ended_wall_ns - spans[i].started_wall_ns) / SECOND_NS));
    free(spans);
    return 0;
}

static const struct history_call calls[] = {
    { "history_load(last)", load_last, NULL },
    { "history_load(id)", load_by_id, NULL },
    { "history_load(name)", load_by_name, NULL },
    { "history_load_run", load_run, NULL },
    { "history_list", list, NULL },
    { "history_list_labelled", list_labelled, NULL },
    { "history_list_dead", list_dead, NULL },
    { "history_list_imports", list_imports, NULL },
    { "history_has_device", has_device, NULL },
    { "history_each_sample", each_sample, NULL },
    { "history_each_sample(id)", each_sample_of_run, NULL },
    { "history_each_power", each_power, NULL },
    { "history_each_power(together)", each_power_together, NULL },
    { "history_each_slice", each_slice, NULL },
    { "history_list_spans", list_spans, NULL },
};

static void test_one_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(calls); i++)
        history_faults_try(&calls[i], LOCAL, HISTORY_READ);
}

static void test_a_file_per_run(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(calls); i++)
        history_faults_try(&calls[i], NETWORK, HISTORY_READ);
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

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_textfile.c - a history as metrics: by hand, and again and again without a fall */
#include "test_history.h"

#include "session/metrics/lately.h"
#include "session/metrics/settled.h"
#include "session/metrics/textfile.h"
#include "session/slicing.h"

static int64_t at_hour(double hour)
{
    return EPOCH_NS + llround(hour * 3600) * NSEC_PER_SEC;
}

/* A run that watches a device from hour to hour, a sample every ten minutes. */
static void store(struct history *history, struct run *run, const char *device_id,
                  double start_hour, double end_hour, double watts)
{
    const int64_t step_ns = 10 * MINUTE_NS;
    const int64_t start_ns = at_hour(start_hour);
    struct device device = device_named(device_id);
    struct device_totals totals = DEVICE_TOTALS_NULL;
    struct slice_list slices = { 0 };
    struct aico2_error err = { 0 };

    (void)snprintf(device.reader, sizeof(device.reader), "rapl");
    run->started_wall_ns = run->ended_wall_ns = start_ns;
    run->scope = SCOPE_MACHINE;
    assert_int_equal(history_run_begin(history, run, &device, 1, &err), 0);
    for (int64_t at_ns = start_ns + step_ns; at_ns <= at_hour(end_hour); at_ns += step_ns) {
        struct history_sample sample = sample_at(0, at_ns, watts * 600);

        sample.interval_seconds = 600;
        sample.sums.covered_seconds = 600;
        assert_int_equal(slicing_add(&slices, NULL, 0, &sample.sums, at_ns - step_ns, at_ns), 0);
        run->ended_wall_ns = at_ns;
        run->duration_ns += step_ns;
        assert_int_equal(history_append(history, run, &sample, 1, NULL, 0, &totals, 1, &err), 0);
    }
    assert_int_equal(history_append(history, run, NULL, 0, slices.items, slices.count, &totals, 1,
                                    &err),
                     0);
    free(slices.items);
}

static void store_numbered(struct history *history, int number, const char *device,
                           double start_hour, double end_hour, double watts)
{
    struct run run = run_numbered(number);

    store(history, &run, device, start_hour, end_hour, watts);
}

/* The file at this hour; place: how many grams a kilowatt-hour is. The caller frees. */
static char *make(struct history *history, double now_hour, double place, const char *previous)
{
    const struct carbon_basis basis = {
        .intensity = { .place = "XX",
                       .source_short = "test",
                       .gco2e_per_kwh = { place, place, place } },
        .pue = 1,
    };
    const struct textfile textfile = {
        .basis = &basis,
        .now_wall_ns = at_hour(now_hour),
        .ended_within_ns = HOUR_NS,
        .runs_most = 3,
        .node = "node7",
    };
    struct aico2_error err = { 0 };
    struct strbuf out = { 0 };
    char *text;

    if (textfile_make(history, &textfile, previous, &out, &err) < 0)
        fail_msg("%s", err.message);
    text = strbuf_take(&out);
    assert_non_null(text);
    return text;
}

static void assert_line(const char *text, const char *line)
{
    const char *at = strstr(text, line);

    while (at != NULL && at != text && at[-1] != '\n')
        at = strstr(at + 1, line);
    if (at == NULL || (at[strlen(line)] != '\n' && at[strlen(line)] != '\0'))
        fail_msg("no line '%s' in:\n%s", line, text);
}

#define CPU0 "{device=\"cpu0\",kind=\"cpu\",reader=\"rapl\",basis=\"measured\"}"
#define GRAMS "aico2_emissions_gco2e_total{device=\"cpu0\",kind=\"cpu\"} "

static void test_overlapping_runs_count_once(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    char *text;

    (void)state;
    store_numbered(history, 1, "cpu0", 0, 1, 100);
    store_numbered(history, 2, "cpu0", 0.5, 1.5, 100);
    text = make(history, 2, 360, NULL);
    /* 100 W for an hour and a half; 360 g/kWh is 0.1 mg a joule */
    assert_line(text, "aico2_energy_joules_total" CPU0 " 540000");
    assert_line(text, GRAMS "54");
    assert_line(text,
                "aico2_run_energy_joules_total{run_id=\"01KDVDXR000000000000000001\"} 360000");
    assert_line(text,
                "aico2_run_energy_joules_total{run_id=\"01KDVDXR000000000000000002\"} 360000");
    assert_null(strstr(text, "aico2_power_watts"));
    assert_null(strstr(text, "aico2_gap_seconds_total"));
    assert_null(strstr(text, "process_"));
    free(text);
    history_close(history);
    place_remove(&place);
}

static void test_grams_go_on_where_the_place_changes(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    char *text[5];

    (void)state;
    store_numbered(history, 1, "cpu0", 0, 1, 100);
    text[0] = make(history, 1, 360, NULL);
    assert_line(text[0], GRAMS "36");
    /* the same energy elsewhere: what was told stays told */
    text[1] = make(history, 1, 720, text[0]);
    assert_line(text[1], GRAMS "36");
    /* another hour, of 0.2 mg a joule */
    store_numbered(history, 2, "cpu0", 1, 2, 100);
    text[2] = make(history, 2, 720, text[1]);
    assert_line(text[2], "aico2_energy_joules_total" CPU0 " 720000");
    assert_line(text[2], GRAMS "108");
    text[3] = make(history, 2, 720, text[2]);
    assert_string_equal(text[3], text[2]);
    /* without the file of last time all of it is of the place of now */
    text[4] = make(history, 2, 720, NULL);
    assert_line(text[4], GRAMS "144");
    for (int i = 0; i < 5; i++)
        free(text[i]);
    history_close(history);
    place_remove(&place);
}

static void test_counters_do_not_fall_by_a_little(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    char *text[2];
    char *told;

    (void)state;
    store_numbered(history, 1, "cpu0", 0, 1, 100);
    text[0] = make(history, 1, 360, NULL);
    told = strstr(text[0], "aico2_energy_joules_total" CPU0 " 360000");
    assert_non_null(told);
    told[strlen("aico2_energy_joules_total" CPU0 " ") + 3] = '7'; /* 360700 */
    text[1] = make(history, 1, 360, text[0]);
    assert_line(text[1], "aico2_energy_joules_total" CPU0 " 360700");
    /* the file of another history holds nothing back */
    told[strlen("aico2_energy_joules_total" CPU0 " ")] = '9';
    free(text[1]);
    text[1] = make(history, 1, 360, text[0]);
    assert_line(text[1], "aico2_energy_joules_total" CPU0 " 360000");
    free(text[0]);
    free(text[1]);
    history_close(history);
    place_remove(&place);
}

static void test_which_runs_are_told(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct metrics_runs runs;
    struct run copy = run_numbered(6);
    struct aico2_error err = { 0 };
    char *text;

    (void)state;
    for (int i = 1; i <= 5; i++)
        store_numbered(history, i, "cpu0", i, i + 1, 100); /* ends at hour 2 to 6 */
    (void)snprintf(copy.place_option, sizeof(copy.place_option),
                   "|from=01KDVDXR000000000000000001");
    store(history, &copy, "cpu0", 4, 5, 100);

    assert_int_equal(runs_lately(history, at_hour(5), 10, &runs, &err), 0);
    assert_int_equal(runs.count, 2); /* those that ended at 5 and 6; the copy at 5 is none */
    assert_string_equal(runs.items[0].run.name, "run-5");
    assert_string_equal(runs.items[1].run.name, "run-4");
    assert_true(runs.items[0].total_joules == 360000);
    metrics_runs_deinit(&runs);
    assert_int_equal(runs_lately(history, at_hour(0), 2, &runs, &err), 0);
    assert_true(runs.count <= 2);
    metrics_runs_deinit(&runs);
    assert_int_equal(runs_lately(history, at_hour(6.1), 10, &runs, &err), 0);
    assert_int_equal(runs.count, 0);
    metrics_runs_deinit(&runs);

    text = make(history, 7, 360, NULL);
    assert_non_null(strstr(text, "name=\"run-5\""));
    assert_null(strstr(text, "name=\"run-4\""));
    /* the copy's joules are the original's: five hours */
    assert_line(text, "aico2_energy_joules_total" CPU0 " 1800000");
    free(text);
    history_close(history);
    place_remove(&place);
}

static void test_other_machines_and_nothing_at_all(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    char *text = make(history, 7, 360, NULL);

    (void)state;
    assert_null(strstr(text, "aico2_energy_joules_total"));
    assert_non_null(strstr(text, "aico2_build_info"));
    free(text);
    text = make(NULL, 7, 360, NULL);
    assert_non_null(strstr(text, "aico2_build_info"));
    free(text);
    store_numbered(history, 1, "cpu0@nano", 0, 1, 100);
    text = make(history, 1, 360, NULL);
    assert_null(strstr(text, "aico2_energy_joules_total"));
    assert_line(text,
                "aico2_run_energy_joules_total{run_id=\"01KDVDXR000000000000000001\"} 360000");
    free(text);
    history_close(history);
    place_remove(&place);
}

static void expect_settled(const struct settled *settled, double until_hour, size_t runs,
                           double joules)
{
    assert_true(settled->until_wall_ns == at_hour(until_hour));
    assert_int_equal(settled->runs, runs);
    assert_int_equal(settled->count, 1);
    assert_true(settled->items[0].joules == joules);
}

static void test_what_is_long_past_is_not_read_again(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct settled settled = { 0 };
    struct history_record record;
    struct aico2_error err = { 0 };

    (void)state;
    /* 100 W from 0:00 to 3:30, watched twice for an hour */
    store_numbered(history, 1, "cpu0", 0, 3.5, 100);
    store_numbered(history, 2, "cpu0", 1, 2, 100);
    assert_int_equal(settled_advance(&settled, history, at_hour(3.5), &err), 0);
    expect_settled(&settled, 2, 2, 2 * 360000); /* an hour may still come late */
    assert_int_equal(settled_read(&settled, history, at_hour(3.5), &record, &err), 0);
    assert_int_equal(record.device_count, 1);
    assert_true(fabs(record.totals[0].sums.joules - 3.5 * 360000) < 1e-6);
    history_record_deinit(&record);

    /* it stands on what is kept: a joule more there is a joule more here */
    settled.items[0].joules += 1;
    assert_int_equal(settled_advance(&settled, history, at_hour(3.9), &err), 0);
    expect_settled(&settled, 2, 2, 2 * 360000 + 1);
    assert_int_equal(settled_advance(&settled, history, at_hour(4.1), &err), 0);
    expect_settled(&settled, 3, 2, 3 * 360000 + 1);

    /* a log of that past came in: all is read anew */
    store_numbered(history, 3, "cpu0", 2.5, 3, 100);
    assert_int_equal(settled_advance(&settled, history, at_hour(4.1), &err), 0);
    expect_settled(&settled, 3, 3, 3 * 360000);
    /* and so it is when the clock was set back */
    assert_int_equal(settled_advance(&settled, history, at_hour(2.5), &err), 0);
    expect_settled(&settled, 1, 1, 360000);
    settled_deinit(&settled);
    history_close(history);
    place_remove(&place);
}

static void test_what_is_settled_is_read_as_it_was_written(void **state)
{
    struct settled_device items[2] = { { DEVICE_NULL, 1.0 / 3 }, { DEVICE_NULL, 1e15 } };
    const struct settled settled = { at_hour(1), 7, items, 2, 2 };
    struct settled again;
    struct strbuf out = { 0 };
    char *cut;

    (void)state;
    (void)snprintf(items[0].device.id, DEVICE_ID_SIZE, "gpu0");
    (void)snprintf(items[0].device.reader, DEVICE_READER_SIZE, "nvml");
    (void)snprintf(items[0].device.model, DEVICE_MODEL_SIZE, "odd \"name\" \\ of, it}");
    items[0].device.kind = DEVICE_GPU;
    items[0].device.index = 3;
    (void)snprintf(items[1].device.id, DEVICE_ID_SIZE, "memory");
    items[1].device.kind = DEVICE_MEMORY;
    items[1].device.basis = BASIS_MODELLED;
    items[1].device.index = -1;
    settled_write(&out, &settled);
    assert_int_equal(settled_parse(out.text, &again), 0);
    assert_true(again.until_wall_ns == settled.until_wall_ns && again.runs == 7);
    assert_int_equal(again.count, 2);
    assert_string_equal(again.items[0].device.model, items[0].device.model);
    assert_int_equal(again.items[0].device.kind, DEVICE_GPU);
    assert_int_equal(again.items[0].device.index, 3);
    assert_true(again.items[0].joules == 1.0 / 3);
    assert_int_equal(again.items[1].device.basis, BASIS_MODELLED);
    assert_int_equal(again.items[1].device.index, -1);
    settled_deinit(&again);

    /* half of it is none of it */
    cut = strstr(out.text, "kind=\"memory\"");
    memcpy(cut, "kind=\"nothing", strlen("kind=\"nothing"));
    assert_int_equal(settled_parse(out.text, &again), 0);
    assert_int_equal(again.count, 0);
    assert_true(again.until_wall_ns == 0);

    /* and what we did not write: it would be longer when it is written again */
    memcpy(cut, "kind=\"memory\"", strlen("kind=\"memory\""));
    memcpy(strstr(out.text, "odd"), "od\xff", 3);
    assert_int_equal(settled_parse(out.text, &again), 0);
    assert_int_equal(again.count, 0);
    strbuf_deinit(&out);
}

static void test_runs_do_not_fall_from_look_to_look(void **state)
{
    struct metrics_run told[] = { { .run = { .id = "A" }, .total_joules = 10, .total_gco2e = 1 },
                                  { .run = { .id = "B" }, .total_joules = NAN, .total_gco2e = 2 } };
    struct metrics_run seen[] = { { .run = { .id = "C" }, .total_joules = 1, .total_gco2e = 1 },
                                  { .run = { .id = "B" }, .total_joules = 3, .total_gco2e = 1 },
                                  { .run = { .id = "A" }, .total_joules = 9, .total_gco2e = 5 } };
    const struct metrics_runs before = { told, 2 };
    struct metrics_runs runs = { seen, 3 };

    (void)state;
    metrics_runs_keep(&runs, &before);
    assert_true(seen[0].total_joules == 1);
    assert_true(seen[1].total_joules == 3 && seen[1].total_gco2e == 2);
    assert_true(seen[2].total_joules == 10 && seen[2].total_gco2e == 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overlapping_runs_count_once),
        cmocka_unit_test(test_grams_go_on_where_the_place_changes),
        cmocka_unit_test(test_counters_do_not_fall_by_a_little),
        cmocka_unit_test(test_which_runs_are_told),
        cmocka_unit_test(test_other_machines_and_nothing_at_all),
        cmocka_unit_test(test_what_is_long_past_is_not_read_again),
        cmocka_unit_test(test_what_is_settled_is_read_as_it_was_written),
        cmocka_unit_test(test_runs_do_not_fall_from_look_to_look),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

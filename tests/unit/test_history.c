/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_history.c - what is stored comes back, and runs are found */
#include "test_history.h"

#include <sys/stat.h>

static struct run run_with_every_field(void)
{
    struct run run = run_numbered(1);

    (void)snprintf(run.name, sizeof(run.name), "näme, \"quoted\" '); DROP TABLE runs; --");
    run.command_json = strdup("[\"python\",\"train.py\"]");
    run.state = RUN_IMPORTED;
    run.ended_wall_ns = EPOCH_NS + 7;
    run.duration_ns = 8;
    run.cpu_seconds = 0.1;
    run.exit_status = 255;
    run.interval_ns = 10;
    run.scope = SCOPE_MACHINE;
    run.idle = IDLE_ALL;
    run.embodied = true;
    run.lifetime_years = 4.25;
    run.pue = 1.58;
    (void)snprintf(run.pue_source, sizeof(run.pue_source), "AWS, 2024");
    run.wue_given = true;
    run.wue_l_per_kwh = 0.15;
    run.price = (struct price){ "EUR", -0.0125 };
    run.price_matched = true;
    (void)snprintf(run.place_option, sizeof(run.place_option), "cloud:aws:eu-west-3");
    run.place_basis = PLACE_CLOUD;
    (void)snprintf(run.unit, sizeof(run.unit), "prompt");
    run.units = 1e6;
    run.machine = (struct machine){
        .hostname = "node17",
        .os = "Linux",
        .os_release = "6.1.0-18-amd64",
        .arch = "x86_64",
        .virtualized = true,
        .container = true,
        .cpu_vendor = "GenuineIntel",
        .cpu_model = "Intel Xeon",
        .cpu_family = -1,
        .cpu_model_number = 143,
        .sockets = 2,
        .cores = 3,
        .threads = 4,
        .memory_bytes = UINT64_MAX,
        .memory_limit_bytes = 5,
        .timezone_country = "FR",
        .chassis = CHASSIS_BLADE,
        .drives = { .solid = 5, .solid_bytes = UINT64_MAX, .spinning = 6, .unknown = 7 },
    };
    (void)snprintf(run.boot_id, sizeof(run.boot_id), "3f1c2a9e-0000-4000-8000-000000000000");
    run.pid = 4242;
    run.pid_start_ticks = INT64_MAX;
    run.own_cpu_seconds = 0.3;
    run.own_max_rss_bytes = 6;
    run.late_ticks = 7;
    run.warnings_json = strdup("[\"a\"]");
    run.labels = strdup("manager=slurm\njob_id=17\n");
    return run;
}

static struct device device_with_every_field(void)
{
    return (struct device){
        .id = "gpu3",
        .kind = DEVICE_GPU,
        .basis = BASIS_ASSUMED,
        .model = "H100",
        .reader = "nvml",
        .uuid = "GPU-1",
        .index = 3,
        .fields = UINT32_MAX,
        .counter_range_uj = UINT64_MAX,
        .rated_watts = 700,
        .idle_watts = NAN,
        .max_watts = 1.5,
        .band_ratio = 0.05,
        .rated_source = "driver",
        .memory_bytes = 80,
        .threads = 0.5,
        .note = "a note",
    };
}

static struct energy_sums sums_of(double first)
{
    return (struct energy_sums){
        .joules = first,
        .covered_seconds = first + 1,
        .gap_seconds = first + 2,
        .job_gross_joules = first + 3,
        .job_seconds = first + 4,
        .others_gross_joules = first + 5,
        .others_seconds = first + 6,
        .job_activity = first + 7,
        .all_activity = first + 8,
        .utilization_seconds = first + 9,
        .utilization_covered_seconds = first + 10,
        .samples = 11,
    };
}

static void assert_same_run(const struct run *a, const struct run *b)
{
    struct run one = *a;
    struct run other = *b;

    assert_string_equal(a->command_json, b->command_json);
    assert_string_equal(a->warnings_json, b->warnings_json);
    assert_string_equal(a->labels, b->labels);
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->machine.cpu_model, b->machine.cpu_model);
    assert_string_equal(a->machine.timezone_country, b->machine.timezone_country);
    assert_int_equal(a->machine.cpu_family, b->machine.cpu_family);
    assert_int_equal(a->exit_status, b->exit_status);
    assert_true(a->units == b->units);
    /* and the rest, byte for byte: both stand in zeroed memory */
    one.command_json = other.command_json = NULL;
    one.warnings_json = other.warnings_json = NULL;
    one.labels = other.labels = NULL;
    assert_memory_equal(&one, &other, sizeof(one));
}

static void test_every_field_comes_back(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct history_record record = { 0 };
    struct history_record loaded = { 0 };
    struct device devices[2] = { device_with_every_field(), device_named("cpu0") };
    struct device_totals totals[2] = { { .peak_watts = 1, .floor_watts = NAN, .lowest_watts = 3 },
                                       DEVICE_TOTALS_NULL };
    struct slice slices[3] = {
        { EPOCH_NS, 0, sums_of(0.1) },
        { EPOCH_NS, 1, sums_of(5) },
        { EPOCH_NS + HOUR_NS, 0, sums_of(0.2) },
    };
    struct aico2_error err = { 0 };

    (void)state;
    record.run = run_with_every_field();
    record.devices = devices;
    record.totals = totals;
    record.device_count = 2;
    record.slices = (struct slice_list){ .items = slices, .count = 3 };
    assert_int_equal(history_store(history, &record, 12.5, NAN, &err), 0);
    assert_int_equal(history_store(history, &record, 12.5, NAN, &err), -EEXIST);

    assert_int_equal(history_load(history, record.run.id, &loaded, &err), 0);
    assert_same_run(&record.run, &loaded.run);
    assert_int_equal(loaded.device_count, 2);
    assert_true(isnan(loaded.devices[0].idle_watts));
    loaded.devices[0].idle_watts = devices[0].idle_watts;
    assert_true(isnan(loaded.devices[0].burst_watts)); /* only a running meter needs it */
    loaded.devices[0].burst_watts = devices[0].burst_watts;
    assert_memory_equal(&loaded.devices[0], &devices[0], sizeof(devices[0]));
    assert_true(isnan(loaded.devices[1].rated_watts));
    assert_true(loaded.totals[0].peak_watts == 1 && isnan(loaded.totals[0].floor_watts));
    assert_true(loaded.totals[0].lowest_watts == 3);
    assert_int_equal(loaded.slices.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_memory_equal(&loaded.slices.items[i].sums, &slices[i].sums, sizeof(slices[i].sums));
    assert_true(loaded.slices.items[2].start_wall_ns == EPOCH_NS + HOUR_NS);
    /* the sums of a device are those of its slices: 0.1 + 0.2, and twice 11 */
    assert_true(loaded.totals[0].sums.joules == 0.1 + 0.2);
    assert_int_equal(loaded.totals[0].sums.samples, 22);
    assert_true(loaded.totals[1].sums.utilization_covered_seconds == 15);

    history_record_deinit(&loaded);
    run_deinit(&record.run);
    history_close(history);
    place_remove(&place);
}

static void test_a_run_grows_and_ends(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct run run = run_numbered(1);
    struct history_record loaded = { 0 };
    struct run_row *rows = NULL;
    size_t count = 0;
    struct aico2_error err = { 0 };

    (void)state;
    begin(history, &run);
    assert_int_equal(append_one(history, &run, EPOCH_NS + SECOND_NS, 5, 5, &err), 0);
    assert_int_equal(append_one(history, &run, EPOCH_NS + 2 * SECOND_NS, 7, 12, &err), 0);
    assert_int_equal(history_load(history, "last", &loaded, &err), 0);
    assert_int_equal(loaded.run.state, RUN_RUNNING);
    assert_true(loaded.run.ended_wall_ns == EPOCH_NS + 2 * SECOND_NS);
    assert_true(loaded.run.duration_ns == 2 * SECOND_NS);
    assert_int_equal(loaded.run.exit_status, -1);
    assert_int_equal(loaded.slices.count, 1); /* replaced, not added */
    assert_true(loaded.totals[0].sums.joules == 12);
    assert_true(loaded.totals[0].peak_watts == 7);
    history_record_deinit(&loaded);

    run.state = RUN_FAILED;
    run.exit_status = 3;
    run.warnings_json = strdup("[\"gpu0 vanished\"]");
    assert_int_equal(history_run_end(history, &run, 12, 0.5, &err), 0);
    assert_int_equal(history_load(history, "last", &loaded, &err), 0);
    assert_int_equal(loaded.run.state, RUN_FAILED);
    assert_int_equal(loaded.run.exit_status, 3);
    assert_string_equal(loaded.run.warnings_json, "[\"gpu0 vanished\"]");
    assert_int_equal(history_list(history, &(struct history_filter){ 0 }, &rows, &count, NULL,
                                  &err),
                     0);
    assert_int_equal(count, 1);
    assert_true(rows[0].total_joules == 12 && rows[0].total_gco2e == 0.5);
    assert_true(rows[0].duration_seconds == 2);

    free(rows);
    history_record_deinit(&loaded);
    run_deinit(&run);
    history_close(history);
    place_remove(&place);
}

static void assert_found(struct history *history, const char *text, const char *id)
{
    struct history_record loaded = { 0 };
    struct aico2_error err = { 0 };

    if (history_load(history, text, &loaded, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(loaded.run.id, id);
    history_record_deinit(&loaded);
}

static void assert_not_found(struct history *history, const char *text, int r, const char *why)
{
    struct history_record untouched = { .device_count = 77 };
    struct aico2_error err = { 0 };

    assert_int_equal(history_load(history, text, &untouched, &err), r);
    assert_int_equal(err.code, r);
    assert_non_null(strstr(err.message, why));
    assert_int_equal(untouched.device_count, 77);
}

/* Runs 1-11, of which 2 and 3 share a name, and one whose id starts with 7. */
static void begin_several(struct history *history)
{
    for (int i = 1; i <= 12; i++) {
        struct run run = run_numbered(i);

        if (i == 3)
            (void)snprintf(run.name, sizeof(run.name), "run-2");
        if (i == 12)
            run.id[0] = '7';
        begin(history, &run);
    }
}

static void test_runs_are_found_by_what_people_type(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);

    (void)state;
    assert_not_found(history, "last", -ENODATA, "no run in");
    begin_several(history);
    assert_found(history, "01KDVDXR000000000000000005", "01KDVDXR000000000000000005");
    assert_found(history, "01kdvdxr000000000000000005", "01KDVDXR000000000000000005");
    assert_found(history, "71kdvd", "71KDVDXR000000000000000012");
    assert_found(history, "run-2", "01KDVDXR000000000000000003");
    assert_found(history, "last", "71KDVDXR000000000000000012");
    /* 10 and 11 start so */
    assert_not_found(history, "01KDVDXR00000000000000001", -EINVAL, "01KDVDXR000000000000000011");
    assert_not_found(history, "71KDV", -ENODATA, "at least 6");
    assert_not_found(history, "71KDVE", -ENODATA, "'71KDVE'");
    assert_not_found(history, "run-4x", -ENODATA, "did you mean 'run-4'");
    assert_not_found(history, "", -ENODATA, "no run ''");
    assert_not_found(history, "\xff' OR 1=1 --", -ENODATA, "no run '?");

    history_close(history);
    place_remove(&place);
}

static void test_pages_follow_each_other_without_gap_or_repeat(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    char cursor[ULID_SIZE] = "";
    char seen[16][ULID_SIZE];
    size_t total = 0;
    struct aico2_error err = { 0 };

    (void)state;
    begin_several(history);
    do {
        struct history_filter filter = { .stage = "training", .limit = 5, .cursor = cursor };
        struct run_row *rows = NULL;
        size_t count = 0;

        assert_int_equal(history_list(history, &filter, &rows, &count, cursor, &err), 0);
        assert_true(count > 0 && count <= 5 && total + count <= 12);
        for (size_t i = 0; i < count; i++)
            memcpy(seen[total++], rows[i].id, ULID_SIZE);
        free(rows);
    } while (cursor[0] != '\0');
    assert_int_equal(total, 12);
    for (size_t i = 1; i < total; i++)
        assert_true(strcmp(seen[i], seen[i - 1]) < 0);

    history_close(history);
    place_remove(&place);
}

static void test_filters_choose(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct run_row *rows = NULL;
    size_t count = 77;
    char next[ULID_SIZE];
    struct aico2_error err = { 0 };

    (void)state;
    begin_several(history);
    assert_int_equal(history_list(history, &(struct history_filter){ .name = "run-2" }, &rows,
                                  &count, next, &err),
                     0);
    assert_int_equal(count, 2);
    assert_string_equal(next, "");
    assert_true(isnan(rows[0].total_joules));
    free(rows);
    assert_int_equal(history_list(history, &(struct history_filter){ .stage = "inference" }, &rows,
                                  &count, next, &err),
                     0);
    assert_int_equal(count, 0);
    free(rows);
    /* by when they began: the ids of all but one are of EPOCH_NS */
    assert_int_equal(
        history_list(history, &(struct history_filter){ .started_from_wall_ns = EPOCH_NS - DAY_NS },
                     &rows, &count, next, &err),
        0);
    assert_int_equal(count, 12);
    free(rows);
    assert_int_equal(
        history_list(history, &(struct history_filter){ .started_from_wall_ns = EPOCH_NS + DAY_NS },
                     &rows, &count, next, &err),
        0);
    assert_int_equal(count, 1);
    free(rows);
    assert_int_equal(history_list(history, &(struct history_filter){ .cursor = "not an id" }, &rows,
                                  &count, next, &err),
                     -EINVAL);

    history_close(history);
    place_remove(&place);
}

static void test_two_writers_take_turns(void **state)
{
    struct place place = place_new();
    struct history *one = open_local(place.path, HISTORY_WRITE);
    struct history *other = open_local(place.path, HISTORY_WRITE);
    struct history *reader = open_local(place.path, HISTORY_READ);
    struct run run_one = run_numbered(1);
    struct run run_other = run_numbered(2);
    struct seen *seen = calloc(1, sizeof(*seen));
    struct aico2_error err = { 0 };

    (void)state;
    assert_non_null(seen);
    begin(one, &run_one);
    begin(other, &run_other);
    for (int i = 1; i <= 50; i++) {
        assert_int_equal(append_one(one, &run_one, EPOCH_NS + i * SECOND_NS, 1, i, &err), 0);
        assert_int_equal(append_one(other, &run_other, EPOCH_NS + i * SECOND_NS, 2, 2 * i, &err),
                         0);
    }
    assert_int_equal(history_each_sample(reader, NULL, INT64_MIN, INT64_MAX, see, seen, &err), 0);
    assert_int_equal(seen->count, 100);
    assert_true(seen->joules == 150); /* 50 x 1 + 50 x 2 */

    free(seen);
    history_close(one);
    history_close(other);
    history_close(reader);
    place_remove(&place);
}

static void test_directories_and_file_are_private(void **state)
{
    struct place place = place_new();
    char path[128];
    struct stat status;
    mode_t mask = umask(0);

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/share/aico2/history.db", place.directory);
    history_close(open_local(path, HISTORY_WRITE));
    (void)umask(mask);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    (void)snprintf(path, sizeof(path), "%s/share/aico2", place.directory);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0750);
    place_remove(&place);
}

static void test_reading_creates_nothing(void **state)
{
    struct place place = place_new();
    char path[128];
    struct history *history = NULL;
    struct aico2_error err = { 0 };

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/none/history.db", place.directory);
    assert_int_equal(history_open(path, HISTORY_READ, &history, &err), -ENOENT);
    assert_non_null(strstr(err.message, path));
    assert_null(history);
    assert_int_equal(rmdir(place.directory), 0); /* still empty */
    (void)close(place.fd);
}

static void test_odd_names_are_just_names(void **state)
{
    static const char *const names[] = { ":memory:", "file:x?mode=memory", "a b%20#.db" };
    struct place place = place_new();
    char before[512];

    (void)state;
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(place.directory), 0);
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        struct history *history = open_local(names[i], HISTORY_WRITE);
        struct run run = run_numbered(1);

        begin(history, &run);
        history_close(history);
        assert_int_equal(access(names[i], F_OK), 0);
    }
    assert_int_equal(chdir(before), 0);
    place_remove(&place);
}

static void test_default_place_follows_the_environment(void **state)
{
    char path[64];
    char small[4];
    struct aico2_error err = { 0 };

    (void)state;
    if (geteuid() == 0) {
        assert_int_equal(history_default_path(path, sizeof(path), &err), 0);
        assert_string_equal(path, "/var/lib/aico2/history.db");
    } else {
        (void)setenv("HOME", "/home/a", 1);
        (void)setenv("XDG_DATA_HOME", "relative", 1);
        assert_int_equal(history_default_path(path, sizeof(path), &err), 0);
        assert_string_equal(path, "/home/a/.local/share/aico2/history.db");
        (void)setenv("XDG_DATA_HOME", "/data", 1);
        assert_int_equal(history_default_path(path, sizeof(path), &err), 0);
        assert_string_equal(path, "/data/aico2/history.db");
    }
    assert_int_equal(history_default_path(small, sizeof(small), &err), -ENAMETOOLONG);
}

/* What is in the file already is not written again; a new figure is, also after the devices were stored anew. */
static void test_extremes_are_stored_when_they_change(void **state)
{
    static const double peaks[] = { 10, 10, 20, 20, 15 };
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct device devices[2] = { device_named("cpu0"), device_named("gpu0") };
    struct device_totals totals[2] = { DEVICE_TOTALS_NULL, DEVICE_TOTALS_NULL };
    struct run run = run_numbered(1);
    struct aico2_error err = { 0 };

    (void)state;
    assert_int_equal(history_run_begin(history, &run, devices, 2, &err), 0);
    for (size_t i = 0; i < 5; i++) {
        struct history_record record;

        totals[1].peak_watts = peaks[i];
        if (i == 3) /* puts other figures into the file behind the back of what is kept */
            assert_int_equal(history_put_devices(history, &run, devices, NULL, 2, &err), 0);
        assert_int_equal(history_append(history, &run, NULL, 0, NULL, 0, totals, 2, &err), 0);
        assert_int_equal(history_load(history, run.id, &record, &err), 0);
        assert_true(isnan(record.totals[0].peak_watts));
        assert_true(record.totals[1].peak_watts == peaks[i]);
        history_record_deinit(&record);
    }
    history_close(history);
    place_remove(&place);
}

static int store_numbered(struct history *history, int number)
{
    struct history_record record = { 0 };
    struct device device = device_named("cpu0");
    struct device_totals totals = DEVICE_TOTALS_NULL;
    struct history_sample sample = sample_at(0, EPOCH_NS, 5);

    record.run = run_numbered(number);
    record.run.state = RUN_IMPORTED;
    record.devices = &device;
    record.totals = &totals;
    record.device_count = 1;
    return history_store_samples(history, &record, &sample, 1, 5, NAN, NULL);
}

static size_t count_imports(const char *path)
{
    struct history *history = open_local(path, HISTORY_READ);
    struct history_imports imports = { 0 };
    struct aico2_error err = { 0 };
    size_t count;

    assert_int_equal(history_list_imports(history, &imports, &err), 0);
    count = imports.count;
    history_imports_deinit(&imports);
    history_close(history);
    return count;
}

static void test_a_batch_keeps_all_that_could_be_stored_or_nothing(void **state)
{
    struct place place = place_new();
    struct history *history = open_local(place.path, HISTORY_WRITE);
    struct device cpu = device_named("cpu0");
    struct device gpu = device_named("gpu0");
    struct aico2_error err = { 0 };

    (void)state;
    assert_int_equal(history_batch_begin(history, &err), 0);
    assert_int_equal(store_numbered(history, 1), 0);
    assert_int_equal(store_numbered(history, 1), -EEXIST); /* costs itself */
    assert_int_equal(store_numbered(history, 2), 0);
    assert_int_equal(count_imports(place.path), 0);
    assert_int_equal(history_batch_end(history, &err), 0);
    assert_int_equal(count_imports(place.path), 2);
    assert_int_equal(history_has_device(history, run_numbered(2).id, &cpu, &err), 1);
    assert_int_equal(history_has_device(history, run_numbered(2).id, &gpu, &err), 0);

    assert_int_equal(history_batch_begin(history, &err), 0);
    assert_int_equal(store_numbered(history, 3), 0);
    history_close(history); /* as when the program is killed */
    assert_int_equal(count_imports(place.path), 2);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_comes_back),
        cmocka_unit_test(test_a_run_grows_and_ends),
        cmocka_unit_test(test_runs_are_found_by_what_people_type),
        cmocka_unit_test(test_pages_follow_each_other_without_gap_or_repeat),
        cmocka_unit_test(test_filters_choose),
        cmocka_unit_test(test_two_writers_take_turns),
        cmocka_unit_test(test_directories_and_file_are_private),
        cmocka_unit_test(test_reading_creates_nothing),
        cmocka_unit_test(test_odd_names_are_just_names),
        cmocka_unit_test(test_default_place_follows_the_environment),
        cmocka_unit_test(test_extremes_are_stored_when_they_change),
        cmocka_unit_test(test_a_batch_keeps_all_that_could_be_stored_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* tests/integration/test_joined.c - runs of one training, of several machines and begun anew, told as one */
#include "../unit/support.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "fake_machine.h"
#include "session/ranks/joined.h"
#include "session/ranks/overlap.h"
#include "session/report/build.h"

/* What a part of the training was: seconds since the first began, and joules a second, all the job's. */
struct part {
    const char *host;
    const char *boot;
    const char *training; /* NULL: it says nothing */
    double begin;
    double seconds;
    double watts;
    const char *gpu; /* UUID of a second device with the same watts; NULL: none */
    const char *task;
    double job_watts;   /* of them the job's; 0: all */
    const char *gpu_id; /* NULL: "gpu0" */
};

static const int64_t START_NS = INT64_C(1767225600) * NSEC_PER_SEC;

static void add_device(struct history_record *record, size_t index, const char *id,
                       enum device_kind kind, const char *uuid, const struct part *part)
{
    struct device *device = &record->devices[index];
    struct energy_sums *sums = &record->totals[index].sums;
    double job = part->job_watts > 0 ? part->job_watts / part->watts : 1;

    *device = DEVICE_NULL;
    device->kind = kind;
    device->basis = BASIS_MEASURED;
    device->band_ratio = 0.1;
    (void)snprintf(device->id, sizeof(device->id), "%s", id);
    (void)snprintf(device->reader, sizeof(device->reader), "rapl");
    (void)snprintf(device->uuid, sizeof(device->uuid), "%s", uuid);
    record->totals[index] = DEVICE_TOTALS_NULL;
    *sums = (struct energy_sums){
        .joules = part->watts * part->seconds,
        .covered_seconds = part->seconds,
        .job_gross_joules = part->watts * part->seconds * job,
        .job_seconds = part->seconds * job,
        .others_gross_joules = part->watts * part->seconds * (1 - job),
        .others_seconds = part->seconds * (1 - job),
        .job_activity = part->seconds * job,
        .all_activity = part->seconds,
        .samples = 1,
    };
}

static void store(struct history *history, const struct part *part, char id_out[ULID_SIZE])
{
    struct device devices[2];
    struct device_totals totals[2];
    struct slice slices[2];
    struct slice task_slices[2];
    struct task task = { .kind = TASK_WORK,
                         .epochs = 1,
                         .duration_ns = llround(part->seconds * 1e9) };
    char labels[128];
    struct history_record record = {
        .devices = devices,
        .totals = totals,
        .device_count = part->gpu != NULL ? 2 : 1,
        .slices = { .items = slices },
        .task_slices = { .items = task_slices },
    };
    struct run *run = &record.run;
    struct aico2_error err = { 0 };

    run->started_wall_ns = START_NS + llround(part->begin * 1e9);
    run->duration_ns = llround(part->seconds * 1e9);
    run->ended_wall_ns = run->started_wall_ns + run->duration_ns;
    ulid_make(run->id, run->started_wall_ns);
    run->state = RUN_FINISHED;
    run->cpu_seconds = part->seconds;
    run->interval_ns = NSEC_PER_SEC;
    run->pue = 1;
    run->lifetime_years = run->units = run->price.per_kwh = run->wue_l_per_kwh = NAN;
    (void)snprintf(run->name, sizeof(run->name), "train");
    (void)snprintf(run->stage, sizeof(run->stage), "training");
    (void)snprintf(run->place_option, sizeof(run->place_option), "intensity:360");
    (void)snprintf(run->machine.hostname, sizeof(run->machine.hostname), "%s", part->host);
    (void)snprintf(run->boot_id, sizeof(run->boot_id), "%s", part->boot);
    (void)snprintf(labels, sizeof(labels), "job_id=7\ntraining=%s\n", part->training);
    run->labels = part->training != NULL ? labels : NULL;
    add_device(&record, 0, "cpu0", DEVICE_CPU, "", part);
    if (part->gpu != NULL)
        add_device(&record, 1, part->gpu_id != NULL ? part->gpu_id : "gpu0", DEVICE_GPU, part->gpu,
                   part);
    for (size_t i = 0; i < record.device_count; i++) {
        slices[i] = (struct slice){ START_NS, (int)i, totals[i].sums };
        task_slices[i] = (struct slice){ 0, (int)i, totals[i].sums };
    }
    record.slices.count = record.device_count;
    if (part->task != NULL) {
        (void)snprintf(task.name, sizeof(task.name), "%s", part->task);
        record.tasks = (struct task_list){ .items = &task, .count = 1 };
        record.task_slices.count = record.device_count;
    }
    if (history_store(history, &record, 0, 0, &err) < 0)
        fail_msg("%s", err.message);
    memcpy(id_out, run->id, ULID_SIZE);
}

struct fixture {
    char directory[64];
    int dir_fd;
    struct history *history;
    char ids[4][ULID_SIZE];
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    char path[96];

    assert_non_null(fixture);
    fixture->dir_fd = temp_dir_open(fixture->directory);
    (void)snprintf(path, sizeof(path), "%s/history.db", fixture->directory);
    assert_int_equal(history_open(path, HISTORY_WRITE, &fixture->history, NULL), 0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    history_close(fixture->history);
    (void)close(fixture->dir_fd);
    temp_dir_remove(fixture->directory);
    free(fixture);
    return 0;
}

static void load(struct fixture *fixture, const char *name, struct report *report_out)
{
    struct carbon_basis basis = { .pue = 1, .price.per_kwh = NAN };
    struct history_record record;
    struct aico2_error err = { 0 };

    basis.intensity.gco2e_per_kwh = (struct band){ 360, 360, 360 };
    if (joined_load(fixture->history, name, &record, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(report_build(&record, &basis, report_out, NULL), 0);
    history_record_deinit(&record);
}

/* Two nodes at once, 100 s of 10 W and, begun 20 s later, of 30 W: 1000 + 3000 J in 120 s. */
static void test_two_machines_have_devices_of_their_own(void **state)
{
    struct fixture *fixture = *state;
    struct report report;

    store(fixture->history, &(struct part){ "a", "boot-a", "t", 0, 100, 10, NULL, NULL },
          fixture->ids[0]);
    store(fixture->history, &(struct part){ "b", "boot-b", "t", 20, 100, 30, NULL, NULL },
          fixture->ids[1]);
    store(fixture->history, &(struct part){ "c", "boot-c", "tt", 20, 100, 50, NULL, NULL },
          fixture->ids[2]);
    load(fixture, fixture->ids[1], &report);
    assert_string_equal(report.run.id, fixture->ids[0]);
    assert_int_equal(report.device_count, 2);
    assert_near(fake_report_device(&report, "cpu0")->energy.value, 1000);
    assert_near(fake_report_device(&report, "cpu0@b")->energy.value, 3000);
    assert_near(report.total.value, 4000);
    assert_near((double)report.run.duration_ns / 1e9, 120);
    assert_near(report.run.cpu_seconds, 200);
    assert_near(report.operational_gco2e.value, 0.4);
    assert_int_equal(report.host_count, 2);
    assert_true(fake_has_warning(&report, "a training of 2 runs together"));
    report_deinit(&report);
}

/* The same machine again, an hour later and after a boot; the first run did not know that it would go on. A
 * container there has another name and the same boot. */
static void test_one_machine_has_its_devices_once(void **state)
{
    struct fixture *fixture = *state;
    struct report report;

    store(fixture->history, &(struct part){ "a", "boot-1", NULL, 0, 100, 10, "GPU-1", "one" },
          fixture->ids[0]);
    store(fixture->history,
          &(struct part){ "a", "boot-2", fixture->ids[0], 3600, 50, 20, "GPU-1", NULL },
          fixture->ids[1]);
    store(fixture->history,
          &(struct part){ "pod", "boot-1", fixture->ids[0], 7200, 25, 40, "GPU-2", "two" },
          fixture->ids[2]);
    load(fixture, fixture->ids[0], &report);
    /* cpu0 of all three, GPU-1 of two, and GPU-2: 1000 J each */
    assert_int_equal(report.device_count, 3);
    assert_near(report.devices[0].energy.value, 3000);
    assert_near(report.devices[1].energy.value, 2000);
    assert_near(report.devices[2].energy.value, 1000);
    assert_near(report.total.value, 6000);
    assert_near((double)report.run.duration_ns / 1e9, 175); /* what lies between is nobody's */
    assert_int_equal(report.task_count, 3);
    assert_string_equal(report.tasks[0].name, "one");
    assert_near(report.tasks[0].energy_joules, 2000);
    assert_string_equal(report.tasks[1].name, "");
    assert_near(report.tasks[1].start_seconds, 100);
    assert_near(report.tasks[1].energy_joules, 2000);
    assert_string_equal(report.tasks[2].name, "two");
    assert_near(report.tasks[2].start_seconds, 150);
    assert_near(report.tasks[2].energy_joules, 2000);
    report_deinit(&report);
}

/*
 * Two commands of one machine at once, of 30 W and 10 W of work on a device that draws 40 W; each takes the other's for
 * others'. 100 s, and 100 s that begin 50 s later: 150 s of 40 W, 100 x 30 + 100 x 10 J of them the job's; the rest
 * is what of the others' was no job of ours: 50 s of 10 W that the second one had not begun with, 50 s of 30 W that
 * the first one did no longer.
 */
static void test_what_two_runs_measured_at_once_counts_once(void **state)
{
    struct fixture *fixture = *state;
    struct report report;

    store(fixture->history,
          &(struct part){ "a", "boot-a", "t", 0, 100, 40, "GPU-1", NULL, .job_watts = 30 },
          fixture->ids[0]);
    store(fixture->history,
          &(struct part){ "a", "boot-a", "t", 50, 100, 40, "GPU-1", NULL, .job_watts = 10 },
          fixture->ids[1]);
    load(fixture, fixture->ids[0], &report);
    assert_int_equal(report.device_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct report_device *device = &report.devices[i];

        assert_near(device->energy.value, 150 * 40);
        assert_near(device->job_joules, 100 * 30 + 100 * 10);
        assert_near(device->others_joules, 50 * 10 + 50 * 30);
        assert_near(device->coverage_ratio, 1);
    }
    assert_near((double)report.run.duration_ns / 1e9, 150);
    assert_near(report.machine_joules, 2 * 6000);
    assert_near(report.operational_gco2e.value, 8000 / 1e4);
    assert_true(fake_has_warning(&report, "50 s were measured by two of the runs"));
    report_deinit(&report);
}

/* Three at once, and a card that the second one did not see at all, under another number in the third. */
static void test_a_card_is_known_by_its_uuid(void **state)
{
    struct fixture *fixture = *state;
    struct report report;

    store(fixture->history, &(struct part){ "a", "boot-a", "t", 0, 100, 10, "GPU-1", NULL },
          fixture->ids[0]);
    store(fixture->history, &(struct part){ "a", "boot-a", "t", 0.001, 100, 10, "GPU-2", NULL },
          fixture->ids[1]);
    store(fixture->history,
          &(struct part){ "a", "boot-a", "t", 200, 100, 10, "GPU-1", NULL, .gpu_id = "gpu1" },
          fixture->ids[2]);
    load(fixture, fixture->ids[0], &report);
    assert_int_equal(report.device_count, 3);
    assert_string_equal(report.devices[1].device.uuid, "GPU-1");
    assert_near(report.devices[1].energy.value, 2000);
    assert_string_equal(report.devices[2].device.uuid, "GPU-2");
    assert_string_equal(report.devices[2].device.id, "gpu1");
    assert_near(report.devices[2].energy.value, 1000);
    assert_true(fabs(report.devices[0].energy.value - 2000) < 0.1);
    report_deinit(&report);
}

static void test_stretches_are_added_up_once(void **state)
{
    struct stretch_list list = { 0 };

    (void)state;
    assert_int_equal(stretches_add(&list, (struct stretch){ 0, 10, 20 }), 0);
    assert_int_equal(stretches_add(&list, (struct stretch){ 1, 0, 100 }), 0);
    assert_int_equal(stretches_add(&list, (struct stretch){ 0, 30, 40 }), 0);
    assert_int_equal(list.count, 3);
    assert_int_equal(stretches_known_ns(&list, (struct stretch){ 0, 15, 35 }), 10);
    assert_int_equal(stretches_add(&list, (struct stretch){ 0, 18, 32 }), 0);
    assert_int_equal(list.count, 2);
    assert_int_equal(stretches_known_ns(&list, (struct stretch){ 0, 0, 100 }), 30);
    assert_int_equal(stretches_known_ns(&list, (struct stretch){ 2, 0, 100 }), 0);
    free(list.items);
}

static void test_a_run_of_no_training_is_itself(void **state)
{
    struct fixture *fixture = *state;
    struct report report;

    store(fixture->history, &(struct part){ "a", "boot-a", NULL, 0, 100, 10, NULL, NULL },
          fixture->ids[0]);
    store(fixture->history, &(struct part){ "a", "boot-a", "only", 200, 100, 20, NULL, NULL },
          fixture->ids[1]);
    load(fixture, fixture->ids[0], &report);
    assert_near(report.total.value, 1000);
    assert_int_equal(report.warning_count, 0);
    report_deinit(&report);
    load(fixture, fixture->ids[1], &report);
    assert_near(report.total.value, 2000);
    report_deinit(&report);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_two_machines_have_devices_of_their_own),
        TEST(test_one_machine_has_its_devices_once),
        TEST(test_what_two_runs_measured_at_once_counts_once),
        TEST(test_a_card_is_known_by_its_uuid),
        TEST(test_stretches_are_added_up_once),
        TEST(test_a_run_of_no_training_is_itself),
    };

    return cmocka_run_group_tests_name("joined", tests, NULL, NULL);
}

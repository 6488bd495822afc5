/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_codecarbon_csv.c - rows that CodeCarbon's users read by their columns */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "csv_check.h"
#include "sample_report.h"
#include "writers/version.h"
#include "writers/writer.h"

/* As CodeCarbon 3.2.9 writes it. */
static const char header[] =
    "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,"
    "gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,"
    "country_name,country_iso_code,region,cloud_provider,cloud_region,os,python_version,"
    "codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,"
    "tracking_mode,cpu_utilization_percent,gpu_utilization_percent,ram_utilization_percent,"
    "ram_used_gb,on_cloud,pue,wue";

struct fixture {
    char folder[64];
    char path[96];
    int fd;
    struct sample_report sample;
    struct aico2_error err;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    (void)setenv("TZ", "UTC", 1);
    tzset();
    fixture->fd = temp_dir_open(fixture->folder);
    (void)snprintf(fixture->path, sizeof(fixture->path), "%s/emissions.csv", fixture->folder);
    sample_report_fill(&fixture->sample);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    (void)close(fixture->fd);
    temp_dir_remove(fixture->folder);
    free(fixture);
    return 0;
}

static int append(struct fixture *fixture)
{
    return append_codecarbon_csv(fixture->path, &fixture->sample.report, &fixture->err);
}

static void assert_near(const char *cell, double expected)
{
    char *end;
    double value = strtod(cell, &end);

    assert_true(end != cell && *end == '\0');
    assert_true(value > expected * (1 - 1e-12) && value < expected * (1 + 1e-12));
}

static void test_columns_are_codecarbons_by_name_and_order(void **state)
{
    struct fixture *fixture = *state;
    char *text;

    assert_int_equal(append(fixture), 0);
    text = file_text(fixture->path);
    assert_int_equal(strncmp(text, header, strlen(header)), 0);
    assert_int_equal(text[strlen(header)], '\r');
    assert_int_equal(csv_line_count(text), 2);
    free(text);
}

/* kWh of what the job is charged, with PUE 1.2: CPU 1.5 Wh, GPU 4.75, RAM 0.09375; kg of the
 * electricity. */
static void test_figures_have_codecarbons_units(void **state)
{
    struct fixture *fixture = *state;
    char *text;

    fixture->sample.report.pue = 1.2;
    assert_int_equal(append(fixture), 0);
    text = file_text(fixture->path);
    assert_string_equal(csv_value(text, 1, "timestamp"), "2026-11-24T02:29:38");
    assert_string_equal(csv_value(text, 1, "project_name"), "train.py");
    assert_string_equal(csv_value(text, 1, "run_id"), "01KB3FABCDEFGHJKMNPQRSTVWX");
    assert_near(csv_value(text, 1, "duration"), 50.1);
    assert_near(csv_value(text, 1, "emissions"), 0.00028);
    assert_near(csv_value(text, 1, "emissions_rate"), 0.00028 / 50.1);
    assert_near(csv_value(text, 1, "cpu_energy"), 0.0018);
    assert_near(csv_value(text, 1, "gpu_energy"), 0.0057);
    assert_near(csv_value(text, 1, "ram_energy"), 0.0001125);
    assert_near(csv_value(text, 1, "energy_consumed"), 0.0076125);
    /* 139 W x 1.5 / 1.9375 of the device's energy */
    assert_near(csv_value(text, 1, "cpu_power"), 139 * 1.5 / 1.9375);
    assert_string_equal(csv_value(text, 1, "country_name"), "France");
    assert_string_equal(csv_value(text, 1, "country_iso_code"), "FRA");
    assert_string_equal(csv_value(text, 1, "gpu_model"), "1 x NVIDIA A100-SXM4-80GB");
    assert_near(csv_value(text, 1, "gpu_count"), 1);
    assert_near(csv_value(text, 1, "cpu_count"), 64);
    assert_near(csv_value(text, 1, "ram_total_size"), 24);
    assert_near(csv_value(text, 1, "ram_used_gb"), 12);
    assert_string_equal(csv_value(text, 1, "tracking_mode"), "process");
    assert_near(csv_value(text, 1, "cpu_utilization_percent"), 50);
    assert_string_equal(csv_value(text, 1, "on_cloud"), "N");
    assert_near(csv_value(text, 1, "pue"), 1.2);
    assert_string_equal(csv_value(text, 1, "water_consumed"), "");
    assert_string_equal(csv_value(text, 1, "codecarbon_version"), "aico2 " AICO2_VERSION);
    free(text);
}

static void test_places_of_clouds_and_subdivisions(void **state)
{
    struct fixture *fixture = *state;
    struct intensity *intensity = &fixture->sample.report.intensity;
    char *text;

    (void)snprintf(intensity->place, sizeof(intensity->place), "aws:eu-west-3");
    assert_int_equal(append(fixture), 0);
    (void)snprintf(intensity->place, sizeof(intensity->place), "US-CA");
    assert_int_equal(append(fixture), 0);
    text = file_text(fixture->path);
    assert_string_equal(csv_value(text, 1, "cloud_provider"), "aws");
    assert_string_equal(csv_value(text, 1, "cloud_region"), "eu-west-3");
    assert_string_equal(csv_value(text, 1, "region"), "");
    assert_string_equal(csv_value(text, 1, "on_cloud"), "Y");
    assert_string_equal(csv_value(text, 2, "region"), "US-CA");
    assert_string_equal(csv_value(text, 2, "cloud_provider"), "");
    free(text);
}

static void test_a_second_run_is_a_second_row(void **state)
{
    struct fixture *fixture = *state;
    char *text;

    assert_int_equal(append(fixture), 0);
    sample_report_extreme(&fixture->sample);
    assert_int_equal(append(fixture), 0);
    sample_report_empty(&fixture->sample);
    assert_int_equal(append(fixture), 0);
    text = file_text(fixture->path);
    assert_int_equal(csv_line_count(text), 4);
    assert_string_equal(csv_value(text, 1, "project_name"), "train.py");
    assert_int_equal(csv_value(text, 2, "project_name")[0], '\'');
    assert_string_equal(csv_value(text, 3, "emissions"), "");
    free(text);
}

/* CodeCarbon itself writes LF: the file stays of one kind. */
static void test_a_file_of_codecarbon_is_continued_in_its_own_line_ends(void **state)
{
    struct fixture *fixture = *state;
    char before[2048];
    char *text;

    (void)snprintf(before, sizeof(before), "%s\n2024-01-01T00:00:00,old", header);
    tree_write(fixture->fd, "emissions.csv", before); /* a last line without an end */
    assert_int_equal(append(fixture), 0);
    text = file_text(fixture->path);
    assert_int_equal(strncmp(text, before, strlen(before)), 0);
    assert_int_equal(strncmp(text + strlen(before), "\n2026-11-24T02:29:38,train.py,", 30), 0);
    assert_null(strchr(text, '\r'));
    assert_int_equal(text[strlen(text) - 1], '\n');
    free(text);
}

static void assert_refused(struct fixture *fixture, const char *before, const char *message)
{
    char *text;

    tree_write(fixture->fd, "emissions.csv", before);
    assert_int_equal(append(fixture), -EBADMSG);
    assert_non_null(strstr(fixture->err.message, fixture->path));
    if (strstr(fixture->err.message, message) == NULL)
        fail_msg("'%s'", fixture->err.message);
    text = file_text(fixture->path);
    assert_string_equal(text, before);
    free(text);
}

static void test_a_file_with_other_columns_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    char longer[2048];

    assert_refused(fixture, "timestamp,project,run_id\n1,2,3\n",
                   "its column 2 is 'project' where CodeCarbon 3.2.9 has 'project_name'");
    assert_refused(fixture, "timestamp,project_name\n",
                   "it has 2 columns, CodeCarbon 3.2.9 has 38");
    (void)snprintf(longer, sizeof(longer), "%s,more\n", header);
    assert_refused(fixture, longer, "it has 39 columns");
    assert_refused(fixture, "\n\n", "does not begin with CodeCarbon's columns");
    assert_refused(fixture, "\"open", "does not begin with CodeCarbon's columns");
}

static void test_what_cannot_be_written_is_named(void **state)
{
    struct fixture *fixture = *state;

    tree_mkdir(fixture->fd, "emissions.csv");
    assert_true(append(fixture) < 0);
    assert_non_null(strstr(fixture->err.message, fixture->path));
}

enum { WRITERS = 4, ROUNDS = 30 };

/* Starts writers that all wait for the other end of a pipe to close. */
static void append_at_once(struct fixture *fixture)
{
    pid_t children[WRITERS];
    int start[2];

    assert_int_equal(pipe(start), 0);
    for (int i = 0; i < WRITERS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            char byte;

            (void)close(start[1]);
            (void)!read(start[0], &byte, 1);
            _exit(append(fixture) < 0 ? 1 : 0);
        }
    }
    (void)close(start[0]);
    (void)close(start[1]);
    for (int i = 0; i < WRITERS; i++) {
        int status = -1;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
}

/* Four at once, as jobs of one array end: one header, no row in another. */
static void test_rows_of_several_processes_do_not_mix(void **state)
{
    struct fixture *fixture = *state;

    for (int round = 0; round < ROUNDS; round++) {
        char *text;

        append_at_once(fixture);
        text = file_text(fixture->path);
        assert_int_equal(csv_line_count(text), 1 + WRITERS);
        for (size_t i = 1; i <= WRITERS; i++)
            assert_string_equal(csv_value(text, i, "project_name"), "train.py");
        free(text);
        assert_int_equal(unlink(fixture->path), 0);
    }
}

/* A disk that is full after ten more bytes: the row is not there, and no half of one. */
/* The lock belongs to the open file: this one is held to the end by somebody else. */
static void test_a_lock_that_is_held_does_not_keep_the_row_back(void **state)
{
    struct fixture *fixture = *state;
    int fd = open(fixture->path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    char text[4096] = { 0 };

    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(append(fixture), 0);
    assert_true(read(fd, text, sizeof(text) - 1) > 0);
    assert_non_null(strstr(text, "timestamp,project_name"));
    (void)close(fd);
}

static void test_a_full_disk_leaves_no_half_row(void **state)
{
    struct fixture *fixture = *state;
    struct rlimit before;
    struct rlimit limit;
    char *whole;
    char *after;
    int r;

    assert_int_equal(append(fixture), 0);
    whole = file_text(fixture->path);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){ strlen(whole) + 10, before.rlim_max };
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    r = append(fixture);
    (void)setrlimit(RLIMIT_FSIZE, &before);
    (void)signal(SIGXFSZ, SIG_DFL);
    assert_true(r < 0);
    assert_non_null(strstr(fixture->err.message, fixture->path));
    after = file_text(fixture->path);
    assert_string_equal(after, whole);
    free(whole);
    free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_columns_are_codecarbons_by_name_and_order, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_figures_have_codecarbons_units, setup, teardown),
        cmocka_unit_test_setup_teardown(test_places_of_clouds_and_subdivisions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_second_run_is_a_second_row, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_file_of_codecarbon_is_continued_in_its_own_line_ends,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_file_with_other_columns_is_left_alone, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_rows_of_several_processes_do_not_mix, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_lock_that_is_held_does_not_keep_the_row_back,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_full_disk_leaves_no_half_row, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_written_is_named, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

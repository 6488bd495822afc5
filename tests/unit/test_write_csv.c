/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/test_write_csv.c - the CSV of reports and samples: RFC 4180, safe in a spreadsheet */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attributes.h"
#include "csv_check.h"
#include "sample_report.h"
#include "writers/csv_row.h"
#include "writers/writer.h"

static void test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(void **state)
{
    static const struct {
        const char *text;
        const char *cell;
    } cases[] = {
        { "=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0" },
        { "+SUM(A1)", "'+SUM(A1)" },
        { "-2+3", "'-2+3" },
        { "@x", "'@x" },
        { "-5", "-5" }, /* a number is one */
        { "+1.5e3", "+1.5e3" },
        { "a=b", "a=b" },
        { "=a,b", "\"'=a,b\"" },
        { "say \"hi\", twice", "\"say \"\"hi\"\", twice\"" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct strbuf out = { 0 };
        struct csv_row row = csv_row_begin(&out);

        csv_row_text(&row, cases[i].text);
        csv_row_text(&row, "x");
        csv_row_end(&row);
        assert_int_equal(strncmp(out.text, cases[i].cell, strlen(cases[i].cell)), 0);
        assert_string_equal(out.text + strlen(cases[i].cell), ",x\r\n");
        strbuf_deinit(&out);
    }
}

static void test_numbers_are_exact_and_the_unavailable_is_empty(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    struct csv_row row = csv_row_begin(&out);

    (void)state;
    csv_row_number(&row, 0.1);
    csv_row_number(&row, -2.5);
    csv_row_number(&row, NAN);
    csv_row_figure(&row, -2.5); /* none of a report's is negative */
    csv_row_figure(&row, INFINITY);
    csv_row_int(&row, INT64_MIN);
    csv_row_wall_time(&row, 0);
    csv_row_wall_time(&row, 1795487328123000000);
    csv_row_end(&row);
    assert_string_equal(out.text, "0.1,-2.5,,,,-9223372036854775808,,2026-11-24T02:28:48.123Z\r\n");
}

static void test_a_report_is_a_row_per_device(void **state)
{
    AICO2_CLEANUP(strbuf_deinit) struct strbuf out = { 0 };
    struct sample_report sample;

    (void)state;
    sample_report_fill(&sample);
    write_report_csv(&out, &sample.report);
    assert_int_equal(csv_line_count(out.text), 4);
    assert_string_equal(csv_value(out.text, 2, "device"), "gpu0");
    assert_string_equal(csv_value(out.text, 2, "model"), "NVIDIA A100-SXM4-80GB");
    assert_string_equal(csv_value(out.text, 2, "basis"), "measured");
    assert_string_equal(csv_value(out.text, 2, "energy_joules"), "18675"); /* 5.1875 Wh */
    assert_string_equal(csv_value(out.text, 2, "others_joules"), "0");
    assert_string_equal(csv_value(out.text, 3, "note"), "size from MemTotal");
    assert_string_equal(csv_value(out.text, 1, "started_at"), "2026-11-24T02:28:48.123Z");
}

static void test_any_report_is_a_readable_table(void **state)
{
    struct sample_report sample;
    struct strbuf out = { 0 };

    (void)state;
    sample_report_extreme(&sample);
    write_report_csv(&out, &sample.report);
    assert_int_equal(csv_line_count(out.text), 4);
    assert_int_equal(csv_value(out.text, 1, "name")[0], '\''); /* it starts with an equals sign */
    strbuf_deinit(&out);

    sample_report_empty(&sample);
    write_report_csv(&out, &sample.report);
    assert_int_equal(csv_line_count(out.text), 2);
    assert_string_equal(csv_value(out.text, 1, "energy_joules"), "");
    strbuf_deinit(&out);
}

static void test_samples_are_a_row_per_device_and_sample(void **state)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    const struct samples_row rows[] = {
        { 1795487328123000000, "gpu0", "nvml", 373.5, 373.25, 0.875, 300 },
        { 1795487329123000000, "cpu0", "rapl", NAN, 139, NAN, NAN },
    };

    (void)state;
    write_samples_header(file);
    write_samples_row(file, &rows[0]);
    write_samples_row(file, &rows[1]);
    (void)fclose(file);
    assert_string_equal(
        text, "time,device,reader,power_watts,energy_joules,utilization_ratio,job_joules\r\n"
              "2026-11-24T02:28:48.123Z,gpu0,nvml,373.5,373.25,0.875,300\r\n"
              "2026-11-24T02:28:49.123Z,cpu0,rapl,,139,,\r\n");
    free(text);
}

/* ---- write_file_atomic() ---- */

static struct strbuf text_of(const char *words)
{
    struct strbuf text = { 0 };

    strbuf_add(&text, words);
    return text;
}

static size_t entries_below(const char *path)
{
    struct dirent **names = NULL;
    int found = scandir(path, &names, NULL, NULL);
    size_t count = 0;

    for (int i = 0; i < found; i++) {
        count += strcmp(names[i]->d_name, ".") != 0 && strcmp(names[i]->d_name, "..") != 0;
        free(names[i]);
    }
    free(names);
    return count;
}

static void test_a_file_is_replaced_whole_and_keeps_its_mode(void **state)
{
    char folder[64];
    char path[128];
    int fd = temp_dir_open(folder);
    struct strbuf text = text_of("new");
    struct aico2_error err = { 0 };
    struct stat status;
    char *content;

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/report.json", folder);
    tree_write(fd, "report.json", "something longer that was here before");
    (void)chmod(path, 0600);
    assert_int_equal(write_file_atomic(path, &text, &err), 0);
    content = file_text(path);
    assert_string_equal(content, "new");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(entries_below(folder), 1); /* no temporary file is left */
    free(content);
    strbuf_deinit(&text);
    (void)close(fd);
    temp_dir_remove(folder);
}

static void test_a_link_stays_one(void **state)
{
    char folder[64];
    char path[128];
    int fd = temp_dir_open(folder);
    struct strbuf text = text_of("new");
    struct stat status;
    char *content;

    (void)state;
    tree_write(fd, "target", "old");
    tree_link(fd, "link", "target");
    (void)snprintf(path, sizeof(path), "%s/link", folder);
    assert_int_equal(write_file_atomic(path, &text, NULL), 0);
    assert_int_equal(lstat(path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    (void)snprintf(path, sizeof(path), "%s/target", folder);
    content = file_text(path);
    assert_string_equal(content, "new");
    free(content);
    strbuf_deinit(&text);
    (void)close(fd);
    temp_dir_remove(folder);
}

static void test_what_cannot_be_written_leaves_the_old_file(void **state)
{
    char folder[64];
    char path[128];
    int fd = temp_dir_open(folder);
    struct strbuf text = text_of("new");
    struct strbuf failed = { .failed = true };
    struct aico2_error err = { 0 };
    char *content;

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/none/report.json", folder);
    assert_int_equal(write_file_atomic(path, &text, &err), -ENOENT);
    assert_non_null(strstr(err.message, path));

    tree_write(fd, "old.json", "old");
    (void)snprintf(path, sizeof(path), "%s/old.json", folder);
    assert_int_equal(write_file_atomic(path, &failed, &err), -ENOMEM);
    content = file_text(path);
    assert_string_equal(content, "old");
    free(content);
    assert_int_equal(write_file_atomic("/dev/null", &text, &err), 0);
    assert_int_equal(write_file_atomic("/dev/full", &text, &err), -ENOSPC);
    assert_int_equal(entries_below(folder), 1);
    strbuf_deinit(&text);
    (void)close(fd);
    temp_dir_remove(folder);
}

/* A disk that fills up in the middle, by a limit on the size of files: neither half a report, nor none. */
static void test_a_disk_that_fills_up_leaves_the_old_file(void **state)
{
    struct rlimit before;
    struct rlimit small;
    char folder[64];
    char path[128];
    int fd = temp_dir_open(folder);
    struct strbuf text = { 0 };
    struct aico2_error err = { 0 };
    char *content;
    int r;

    (void)state;
    for (int i = 0; i < 1000; i++)
        strbuf_add(&text, "a line of it\n");
    tree_write(fd, "report.json", "old");
    (void)snprintf(path, sizeof(path), "%s/report.json", folder);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){ 4096, before.rlim_max };
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    r = write_file_atomic(path, &text, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(r, -EFBIG);
    assert_non_null(strstr(err.message, path));
    content = file_text(path);
    assert_string_equal(content, "old");
    free(content);
    assert_int_equal(entries_below(folder), 1);

    assert_int_equal(write_file_atomic(path, &text, &err), 0); /* there is room again */
    content = file_text(path);
    assert_int_equal(strlen(content), 13000);
    free(content);
    strbuf_deinit(&text);
    (void)close(fd);
    temp_dir_remove(folder);
}

/* "-" behind what was printed before it; one that takes nothing is named as that. */
static void test_standard_output_is_written_in_its_turn(void **state)
{
    char folder[64];
    char path[128];
    int folder_fd = temp_dir_open(folder);
    struct strbuf text = text_of("second\n");
    struct aico2_error err = { 0 };
    char *content;
    int kept;
    int full;
    int r;

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/out", folder);
    (void)fflush(stdout);
    kept = dup(STDOUT_FILENO);
    tree_write(folder_fd, "out", "");
    full = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_true(kept >= 0 && full >= 0 && dup2(full, STDOUT_FILENO) == STDOUT_FILENO);
    (void)printf("first\n");
    r = write_file_atomic("-", &text, &err);
    (void)close(full);
    full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    (void)dup2(full, STDOUT_FILENO);
    if (r == 0)
        r = write_file_atomic("-", &text, &err) == -ENOSPC ? 0 : -1;
    (void)dup2(kept, STDOUT_FILENO);
    (void)close(kept);
    (void)close(full);
    assert_int_equal(r, 0);
    assert_string_equal(err.message, "cannot write to standard output: No space left on device");
    content = file_text(path);
    assert_string_equal(content, "first\nsecond\n");
    free(content);
    strbuf_deinit(&text);
    (void)close(folder_fd);
    temp_dir_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_that_a_spreadsheet_would_run_gets_an_apostrophe),
        cmocka_unit_test(test_numbers_are_exact_and_the_unavailable_is_empty),
        cmocka_unit_test(test_a_report_is_a_row_per_device),
        cmocka_unit_test(test_any_report_is_a_readable_table),
        cmocka_unit_test(test_samples_are_a_row_per_device_and_sample),
        cmocka_unit_test(test_a_file_is_replaced_whole_and_keeps_its_mode),
        cmocka_unit_test(test_a_link_stays_one),
        cmocka_unit_test(test_what_cannot_be_written_leaves_the_old_file),
        cmocka_unit_test(test_a_disk_that_fills_up_leaves_the_old_file),
        cmocka_unit_test(test_standard_output_is_written_in_its_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

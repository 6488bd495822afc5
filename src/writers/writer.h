/* SPDX-License-Identifier: Apache-2.0 */
/* writers/writer.h - formats of a report; each formats, none computes */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "base/json_out.h"
#include "base/strbuf.h"
#include "model/calibration.h"
#include "model/documents.h"
#include "model/fleet.h"
#include "model/glance.h"
#include "model/inventory.h"
#include "model/recomputed.h"
#include "model/report.h"
#include "model/stack.h"
#include "model/tick.h"

struct text_style {
    bool colour;
    bool unicode; /* the locale is UTF-8: "±", "…", "–" */
    int columns;  /* 80 when not a terminal */
};

/* Each appends to a buffer; strbuf.failed tells of ENOMEM. */
/* "all 100 epochs, after 12: 5.20 Wh (4.90 ... 5.60), 1 h 05 min (...), 2.10 gCO2e (...)"; nothing where
 * nothing is foretold. Without an end of line; blanks within figures are solid (text_out.h). */
void write_prediction(struct strbuf *out, const struct report *report, struct text_style style);

void write_report_text(struct strbuf *out, const struct report *report, struct text_style style);
void write_report_json(struct strbuf *out, const struct report *report); /* aico2.report/1 */
void write_report_csv(struct strbuf *out, const struct report *report);  /* one row per device */
/* The same object as an item of an array of another document. */
void write_report_object(struct json_out *json, const struct report *report);

/* Many runs, written as they come: aico2.export/1 of whole reports, or CSV. The buffer may be emptied
 * between two calls. */
enum export_form { EXPORT_CSV, EXPORT_JSON };
struct export_out {
    enum export_form form;
    struct strbuf *out;
    struct json_out json;
};
void write_export_begin(struct export_out *rows, enum export_form form, struct strbuf *out);
void write_export_run(struct export_out *rows, const struct report *report);
void write_export_end(struct export_out *rows);

/* next: the cursor of the next page; "" or NULL when this is the last. */
void write_runs_text(struct strbuf *out, const struct run_row *rows, size_t count, const char *next,
                     struct text_style style);
void write_runs_json(struct strbuf *out, const struct run_row *rows, size_t count,
                     const char *next);
/* The hours of a place: aico2.series/1. */
void write_place_day_json(struct strbuf *out, const struct place_day *day);

/* With what their reports tell; details: one for each row, or NULL. */
void write_runs_detailed_json(struct strbuf *out, const struct run_row *rows,
                              const struct run_detail *details, size_t count, const char *next);
/* One of them as an object on one line. */
void write_run_line(struct strbuf *out, const struct run_row *row);
void write_runs_csv(struct strbuf *out, const struct run_row *rows, size_t count);

/* Of many machines: aico2.fleet/1. limit: rows of the text, the rest is summed up in one. */
void write_fleet_text(struct strbuf *out, const struct fleet *fleet, size_t limit,
                      struct text_style style);
void write_fleet_json(struct strbuf *out, const struct fleet *fleet);
void write_fleet_csv(struct strbuf *out, const struct fleet *fleet);

/* What is seen of the machine at a tick: lines for people, rows of CSV, or aico2.monitor/1 as an object on one line. */
void write_glance_text(struct strbuf *out, const struct glance *glance, struct text_style style);
void write_glance_csv_header(struct strbuf *out);
void write_glance_csv(struct strbuf *out, const struct glance *glance);
void write_glance_line(struct strbuf *out, const struct glance *glance);

/* What was just measured, as an object on one line. */
void write_tick_line(struct strbuf *out, const struct tick *tick);

void write_comparison_text(struct strbuf *out, const struct comparison *comparison,
                           struct text_style style);
void write_comparison_json(struct strbuf *out, const struct comparison *comparison);
void write_comparison_csv(struct strbuf *out, const struct comparison *comparison);

/* Its warnings are the caller's to print, on standard error. */
void write_estimate_text(struct strbuf *out, const struct estimate *estimate,
                         struct text_style style);
void write_estimate_json(struct strbuf *out, const struct estimate *estimate);
void write_estimate_csv(struct strbuf *out, const struct estimate *estimate);
/* `--cite`: a paragraph to paste into a paper. */
void write_estimate_cite(struct strbuf *out, const struct estimate *estimate,
                         struct text_style style);

enum estimate_form { ESTIMATE_TEXT, ESTIMATE_JSON, ESTIMATE_CSV };

/* Many estimates, a row each: the buffer may be emptied between two calls. */
struct estimate_rows {
    enum estimate_form form;
    struct strbuf *out;
    struct text_style style;
    struct json_out json;
};
void write_estimate_rows_begin(struct estimate_rows *rows, enum estimate_form form,
                               struct strbuf *out, struct text_style style);
/* line: of the table it came from; name: "" none. */
void write_estimate_row(struct estimate_rows *rows, size_t line, const char *name,
                        const struct estimate *estimate);
void write_estimate_rows_end(struct estimate_rows *rows);

enum recomputed_form { RECOMPUTED_TEXT, RECOMPUTED_JSON, RECOMPUTED_CSV };

/* Many runs before and after: aico2.recompute/1. The buffer may be emptied between two calls. */
struct recomputed_out {
    enum recomputed_form form;
    struct strbuf *out;
    struct text_style style;
    struct json_out json;
};
void write_recomputed_begin(struct recomputed_out *rows, enum recomputed_form form,
                            struct strbuf *out, struct text_style style);
void write_recomputed_row(struct recomputed_out *rows, const struct recomputed_row *row);
void write_recomputed_end(struct recomputed_out *rows, const struct recomputed_totals *totals);

void write_when_text(struct strbuf *out, const struct when *when, struct text_style style);
/* "waiting 20 h 32 min, until 2026-11-27 04:00 CET" */
void write_when_wait(struct strbuf *out, const struct when *when, struct text_style style);
/* "40.0 gCO2e/kWh instead of 100, by a typical day" */
void write_when_gain(struct strbuf *out, const struct when *when, struct text_style style);
void write_when_json(struct strbuf *out, const struct when *when); /* aico2.when/1 */
void write_when_csv(struct strbuf *out, const struct when *when);
/* The start alone, for at(1) -t, sbatch --begin, crontab(5); in local time, but for seconds since 1970. */
enum when_starter { WHEN_FOR_AT, WHEN_FOR_SLURM, WHEN_FOR_CRON, WHEN_FOR_UNIX };
void write_when_starter(struct strbuf *out, const struct when *when, enum when_starter starter);
/* Several places: aico2.when/1 with the places beside the best of them. */
void write_when_places_text(struct strbuf *out, const struct when_choice *choice,
                            struct text_style style);
void write_when_places_json(struct strbuf *out, const struct when_choice *choice);
void write_when_places_csv(struct strbuf *out, const struct when_choice *choice);

/* One place: aico2.intensity/1; several: {"places":[...]}. */
/* others: further figures of the same place, shown beside it. */
void write_intensity_text(struct strbuf *out, const struct intensity *intensity,
                          const struct intensity *others, size_t other_count,
                          struct text_style style);
void write_intensity_json(struct strbuf *out, const struct intensity *intensity,
                          const struct intensity *others, size_t other_count,
                          const struct live_view *live); /* NULL: nobody was asked */
/* What a provider tells, below the place's text; as CSV alone, fit for --intensity-file. */
void write_live_text(struct strbuf *out, const struct live_view *view, struct text_style style);
void write_live_csv(struct strbuf *out, const struct live_view *view);
void write_intensity_list_text(struct strbuf *out, const struct intensity *list, size_t count,
                               struct text_style style);
void write_intensity_list_json(struct strbuf *out, const struct intensity *list, size_t count);
void write_intensity_list_csv(struct strbuf *out, const struct intensity *list, size_t count);

void write_devices_text(struct strbuf *out, const struct inventory *inventory,
                        struct text_style style);
void write_devices_json(struct strbuf *out,
                        const struct inventory *inventory); /* aico2.devices/1 */
void write_devices_csv(struct strbuf *out, const struct inventory *inventory);

void write_doctor_text(struct strbuf *out, const struct doctor *doctor, struct text_style style);
void write_doctor_json(struct strbuf *out, const struct doctor *doctor); /* aico2.doctor/1 */
void write_doctor_csv(struct strbuf *out, const struct doctor *doctor);
/* What `doctor --apply` is about to write, for a person to read first. */
void write_doctor_plan(struct strbuf *out, const struct doctor *doctor, struct text_style style);
/* What has come of it; errors are the caller's to print. */
void write_doctor_applied(struct strbuf *out, const struct doctor *doctor, struct text_style style);

void write_stack_up_text(struct strbuf *out, const struct stack_report *report,
                         struct text_style style);
void write_stack_down_text(struct strbuf *out, const struct stack_report *report,
                           struct text_style style);
void write_stack_json(struct strbuf *out, const struct stack_report *report); /* aico2.stack/1 */
void write_stack_csv(struct strbuf *out, const struct stack_report *report);

/* What `aico2 calibrate` found, and where it is kept. */
struct calibration_document {
    const struct calibration *calibration;
    const char *path;
    const char *hash; /* of the hardware */
    char **warnings;
    size_t warning_count;
};
void write_calibration_json(struct strbuf *out, const struct calibration_document *document);
void write_calibration_text(struct strbuf *text, const struct calibration_document *document,
                            struct text_style style);

/* `--csv FILE`: appends a row of CodeCarbon's emissions.csv. A file with other columns is left as
 * it is: -EBADMSG, naming the file. The row is written in one write(2) with O_APPEND. */
int append_codecarbon_csv(const char *path, const struct report *report, struct aico2_error *err);
/* Whether a row can go there: no file, an empty one, or one with these columns; else -EBADMSG. */
int check_codecarbon_csv(const char *path, struct aico2_error *err);
/* `--seed-csv FILE`: the seed's training_data.csv, whole in a temporary file and renamed. */
int write_seed_csv(const char *path, const struct report *report, struct aico2_error *err);
/* The same as text. Return: 0 or -ENOMEM. */
int format_seed_csv(struct strbuf *out, const struct report *report, struct aico2_error *err);

/* What the seed's two back ends tell of a run; grams are those of the electricity alone. */
struct seed_footprint {
    const struct report *report; /* of the place that was asked for */
    double car_km;               /* of report->operational_gco2e, as the next */
    double tree_seedling_months;
    int64_t answered_wall_ns;
};
/* `POST /carbonfootprint`, on one line. */
void write_seed_footprint(struct strbuf *out, const struct seed_footprint *footprint);
/* `/responseai/getData`, by the names that its page reads; likewise. */
void write_seed_page_data(struct strbuf *out, const struct seed_footprint *footprint);
/* `-o FILE`: temporary file in the same directory + rename; mode 0644 & ~umask. "-" is stdout. */
int write_file_atomic(const char *path, const struct strbuf *content, struct aico2_error *err);

/* `--samples FILE`: header, then a row per device and sample. power, energy, utilization, job may
 * be NAN: an empty cell. */
struct samples_row {
    int64_t wall_ns;
    const char *device;
    const char *reader;
    double power_watts;
    double energy_joules; /* of this interval */
    double utilization_ratio;
    double job_joules;
};
/* To be written anew. A file that was not there is shut to all but user and group, as a history is: what a machine
 * drew ten times a second tells what it computed. Return: NULL, and errno says why. */
FILE *samples_file_open(const char *path);
void write_samples_header(FILE *out);
void write_samples_row(FILE *out, const struct samples_row *row);

/* SPDX-License-Identifier: Apache-2.0 */
/* aico2/report.h - the figures of a run: what it used, where that comes from and how far off it may be */
#ifndef AICO2_REPORT_H
#define AICO2_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include <aico2/band.h>
#include <aico2/error.h>
#include <aico2/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Never changes once made, so that threads may share it. A report knows nothing of the session that
 * made it, and may be used and freed after a fork() too. */
struct aico2_report;

/* Accepts NULL. */
AICO2_API void aico2_report_free(struct aico2_report *report);

/**
 * aico2_report_load() - the report of a run in the history
 * @db_path: NULL: AICO2_DB of the environment, else the user's own
 * @run:     an id, or at least 6 characters of its beginning; a name (the newest of it); "last"
 * Return: 0; -ENODATA for a run that is not there, -EINVAL for an ambiguous one (the messages quote
 * it); -ENOENT when there is no history; -EACCES, -EBADMSG, -ENOTSUP, -ENOMEM.
 */
AICO2_API int aico2_report_load(struct aico2_report **report_out, const char *db_path,
                                const char *run, struct aico2_error *err);

/* Texts below are never NULL, may be "", and live as long as the report. Figures that are unavailable
 * are NaN. Joules are without PUE, grams with it. */

AICO2_API const char *aico2_report_run_id(const struct aico2_report *report);
AICO2_API const char *aico2_report_name(const struct aico2_report *report);
AICO2_API const char *aico2_report_stage(const struct aico2_report *report);
/* "finished", "failed", "recovered", ... */
AICO2_API const char *aico2_report_state(const struct aico2_report *report);
/* 0: of the session's own readings. Else the pid of the process that measures for this one too (see Ranks in session.h):
 * the figures are of the whole job on this machine while the session ran, and in that process's run; who adds up
 * reports leaves this one out. */
AICO2_API int64_t aico2_report_measured_by(const struct aico2_report *report);
/* Seconds since 1970, UTC. */
AICO2_API double aico2_report_started_at_s(const struct aico2_report *report);
AICO2_API double aico2_report_duration_s(const struct aico2_report *report);
/* CPU time of the job. */
AICO2_API double aico2_report_cpu_s(const struct aico2_report *report);

/* What the carbon is computed from: by scope the job's with its share of idle, or the machine's. */
AICO2_API struct aico2_band aico2_report_energy_joules(const struct aico2_report *report);
AICO2_API struct aico2_band aico2_report_energy_kwh(const struct aico2_report *report);
/* energy_joules.value */
AICO2_API double aico2_report_total_joules(const struct aico2_report *report);
/* Of the machine: job + others + idle = machine. */
AICO2_API double aico2_report_machine_joules(const struct aico2_report *report);
AICO2_API double aico2_report_job_joules(const struct aico2_report *report);
AICO2_API double aico2_report_others_joules(const struct aico2_report *report);
AICO2_API double aico2_report_idle_joules(const struct aico2_report *report);
/* The job's part of idle. */
AICO2_API double aico2_report_idle_share_joules(const struct aico2_report *report);
/* Of aico2 itself, within others_joules, which is never added again: its CPU time at what a busy second of the CPUs
 * used over the run. NaN where nobody measured for this run alone, and of a rank that another measures for. */
AICO2_API struct aico2_band aico2_report_own_energy_joules(const struct aico2_report *report);
/* Share of machine_joules that is measured, 0-1. */
AICO2_API double aico2_report_measured_ratio(const struct aico2_report *report);

/* Of the electricity. */
AICO2_API struct aico2_band aico2_report_operational_gco2e(const struct aico2_report *report);
/* The share of making the devices; NaN when it was left out. */
AICO2_API struct aico2_band aico2_report_embodied_gco2e(const struct aico2_report *report);
/* Both together. */
AICO2_API struct aico2_band aico2_report_total_gco2e(const struct aico2_report *report);
AICO2_API struct aico2_band aico2_report_gco2e_per_kwh(const struct aico2_report *report);
/* "FR"; "world": no place was given; "" for a figure of the caller's. */
AICO2_API const char *aico2_report_place(const struct aico2_report *report);
/* "France" */
AICO2_API const char *aico2_report_place_name(const struct aico2_report *report);
AICO2_API double aico2_report_pue(const struct aico2_report *report);
/* SCI: grams for one of the options' units. */
AICO2_API double aico2_report_gco2e_per_unit(const struct aico2_report *report);
AICO2_API double aico2_report_water_litres(const struct aico2_report *report);
/* Of the electricity, PUE included, in aico2_report_currency(); NaN without a price. */
AICO2_API struct aico2_band aico2_report_cost(const struct aico2_report *report);
/* "EUR"; "": nobody told a price. */
AICO2_API const char *aico2_report_currency(const struct aico2_report *report);
AICO2_API double aico2_report_car_km(const struct aico2_report *report);

/**
 * struct aico2_report_device - a device of the run
 * @size:               set by the caller: sizeof(struct aico2_report_device)
 * @id:                 "cpu0", "gpu1", "memory": unique within a run
 * @kind:               "cpu", "dram", "memory", "gpu", "module", "board", "part", "other"
 * @model:              as the machine names it
 * @reader:             "rapl", "nvml", "proc_cpu", ...
 * @basis:              "measured", "modelled" or "assumed"
 * @uuid:               of a GPU
 * @note:               what a reader of the report should know
 * @energy_joules:      whole, whoever used it
 * @job_joules:         active energy of the job } these three add up to
 * @others_joules:      of everybody else        } energy_joules.value
 * @idle_joules:        of nobody                }
 * @idle_share_joules:  the job's part of idle_joules
 * @mean_power_watts:   over the time that readings cover
 * @peak_power_watts:   highest of an interval
 * @utilization_ratio:  mean, 0-1
 * @coverage_ratio:     share of the run that readings cover, 0-1
 * @gap_seconds:        that they do not
 * @samples:            readings
 * @operational_gco2e:  of what the report's total counts of it
 * @embodied_gco2e:     likewise
 * @is_added:           0: shown for comparison; its energy is in another device, or is the whole again
 */
struct aico2_report_device {
    size_t size;
    const char *id;
    const char *kind;
    const char *model;
    const char *reader;
    const char *basis;
    const char *uuid;
    const char *note;
    struct aico2_band energy_joules;
    double job_joules;
    double others_joules;
    double idle_joules;
    double idle_share_joules;
    double mean_power_watts;
    double peak_power_watts;
    double utilization_ratio;
    double coverage_ratio;
    double gap_seconds;
    uint64_t samples;
    double operational_gco2e;
    double embodied_gco2e;
    int is_added;
};

AICO2_API size_t aico2_report_device_count(const struct aico2_report *report);
/* Return: 0; -ENODATA past the last; -EINVAL when size is not set. */
AICO2_API int aico2_report_device(const struct aico2_report *report, size_t index,
                                  struct aico2_report_device *device_out);

/**
 * struct aico2_report_task - a stretch of the run
 * @size:          set by the caller: sizeof(struct aico2_report_task)
 * @name:          of the task that was begun last and is open; "": none is
 * @kind:          "task", "epoch", "validation"; "rest": no task is open
 * @start_s:       since the run began
 * @duration_s:    stretches follow each other without a gap, and together are the run
 * @energy_joules: that the report's total counts: they add up to it
 * @total_gco2e:   likewise
 * @continues:     1: it goes on with a task that another one, which began within it, had interrupted
 */
struct aico2_report_task {
    size_t size;
    const char *name;
    const char *kind;
    double start_s;
    double duration_s;
    double energy_joules;
    double total_gco2e;
    int continues;
};

/* 0: the run had no tasks. */
AICO2_API size_t aico2_report_task_count(const struct aico2_report *report);
/* Return: 0; -ENODATA past the last; -EINVAL when size is not set. */
AICO2_API int aico2_report_task(const struct aico2_report *report, size_t index,
                                struct aico2_report_task *task_out);

/* The warnings, from index 0; NULL past the last. */
AICO2_API const char *aico2_report_warning(const struct aico2_report *report, size_t index);

/* Documents; made when first asked for; NULL: out of memory. */

/* aico2.report/1, as `aico2 show RUN --json` prints it. */
AICO2_API const char *aico2_report_json(const struct aico2_report *report);
/* The report in 80 columns of plain text. */
AICO2_API const char *aico2_report_text(const struct aico2_report *report);
/* A header line and a row in the columns of CodeCarbon's emissions.csv; lines end in "\r\n". */
AICO2_API const char *aico2_report_codecarbon_csv(const struct aico2_report *report);
/* The rows of the original project's training_data.csv; lines end in "\r\n". */
AICO2_API const char *aico2_report_seed_csv(const struct aico2_report *report);

#ifdef __cplusplus
}
#endif

#endif

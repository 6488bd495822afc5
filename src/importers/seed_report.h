/* SPDX-License-Identifier: Apache-2.0 */
/* importers/seed_report.h - the original project's training_data.csv and its kin, read strictly */
#pragma once

#include "importers/local_time.h"
#include "importers/log_text.h"
#include "model/device.h"

/* "" and NAN: the file does not say. */
struct seed_report {
    char os[32];
    char os_release[96];
    char hostname[128];
    char arch[32];
    char cpu_model[DEVICE_MODEL_SIZE];
    char gpu_model[DEVICE_MODEL_SIZE];
    double cpu_ratio; /* mean loads, 0-1 */
    double gpu_ratio;
    double ram_ratio;
    double energy_wh;
    double duration_seconds;
    int64_t end_ns; /* when it was written; INT64_MIN: no date */
};

/**
 * seed_report_parse() - all of a file, in the layout of training_data.csv, inference_data.csv or the
 *                       usage_data.csv of ARM machines
 * @time: by which zone its date is read
 * Of Wh, kWh (six decimals) and J the first that is there counts; the J of ARM files are not taken.
 * Return: 0; -EBADMSG, with line and value, for what is no such file or lacks energy, duration or date
 */
int seed_report_parse(struct log_text *text, struct local_time *time,
                      struct seed_report *report_out, struct aico2_error *err);

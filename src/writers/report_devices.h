/* SPDX-License-Identifier: Apache-2.0 */
/* writers/report_devices.h - the device table of the text report, and what is said of single
 * devices */
#pragma once

#include "model/report.h"
#include "writers/text_out.h"

/* "GPU0", "CPU", "RAM": with its number where there are several of the kind. */
void device_label_add(struct strbuf *out, const struct report *report, size_t index);
/* A model's name without "(R)" and clock rates; "24 GiB" for memory. */
void device_model_add(struct strbuf *out, const struct device *device, bool unicode);

void report_devices_table(struct text_out *out, const struct report *report);
/* Gaps, notes, and what a board's figure is for. */
void report_devices_remarks(struct text_out *out, const struct report *report);

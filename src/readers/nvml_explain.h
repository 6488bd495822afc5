/* SPDX-License-Identifier: Apache-2.0 */
/* readers/nvml_explain.h - why there is no NVML, or why it does not start, and what mends it */
#pragma once

#include "readers/nvml_library.h"
#include "readers/reader.h"

extern const char nvml_not_under_sysroot[];

/* reader_driver.is_absent. */
bool nvml_is_absent(const struct reader_env *env, struct reader_status *status_out);
void nvml_explain_no_library(const struct reader_env *env, struct reader_status *status);
/* nvmlInit has answered with code. */
void nvml_explain_init(const struct reader_env *env, const struct nvml_library *library, int code,
                       struct reader_status *status);
/* The file that was loaded, and the driver's version. */
void nvml_name_library(const struct nvml_library *library, struct reader_status *status);

/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/gpu_default.h - what stands in for a GPU whose name matches nothing */
#pragma once

#include "catalog/gpu_name.h"

/* The narrowest class its words tell. */
enum gpu_class gpu_default_class(const struct gpu_name *name);

/* Graphics inside a CPU package, or drawn by software: what it draws is in the CPU's figure. */
bool gpu_is_integrated(const struct gpu_name *name);

/* SPDX-License-Identifier: Apache-2.0 */
/* readers/acpi_meter.h - the power of the whole machine by its ACPI power meter */
#pragma once

#include "readers/reader.h"

extern const struct reader_driver reader_acpi_meter;

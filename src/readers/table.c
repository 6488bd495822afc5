/* SPDX-License-Identifier: Apache-2.0 */
/* readers/table.c - every kind of interface that can be read, a row each */
#include "readers/acpi_meter.h"
#include "readers/amdgpu.h"
#include "readers/battery.h"
#include "readers/intel_gpu.h"
#include "readers/ipmi_dcmi.h"
#include "readers/jetson.h"
#include "readers/nvml.h"
#include "readers/pm_counters.h"
#include "readers/proc_cpu.h"
#include "readers/proc_memory.h"
#include "readers/rapl.h"
#include "readers/reader.h"
#include "readers/sensord.h"
#include "readers/soc_power.h"
#include "readers/tegra_gpu.h"

const struct reader_driver *const reader_drivers[] = {
    &reader_rapl,
    &reader_soc_power,
    &reader_sensord,
    &reader_jetson,
    &reader_tegra_gpu,
    &reader_nvml,
    &reader_amdgpu,
    &reader_intel_gpu,
    &reader_proc_cpu,
    &reader_proc_memory,
    &reader_pm_counters,
    &reader_acpi_meter,
    &reader_ipmi_dcmi,
    &reader_battery,
    NULL,
};

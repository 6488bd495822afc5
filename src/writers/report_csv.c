/* SPDX-License-Identifier: Apache-2.0 */
/* writers/report_csv.c - the devices of a report as CSV, one row each */
#include "base/clock.h"
#include "writers/csv_row.h"
#include "writers/writer.h"

static void add_device(struct strbuf *out, const struct run *run,
                       const struct report_device *device)
{
    struct csv_row row = csv_row_begin(out);

    csv_row_text(&row, run->id);
    csv_row_text(&row, run->name);
    csv_row_text(&row, run->stage);
    csv_row_wall_time(&row, run->started_wall_ns);
    csv_row_figure(&row, seconds_from_ns(run->duration_ns));
    csv_row_text(&row, device->device.id);
    csv_row_text(&row, device_kind_name(device->device.kind));
    csv_row_text(&row, device->device.model);
    csv_row_text(&row, device->device.reader);
    csv_row_text(&row, basis_name(device->device.basis));
    csv_row_figure(&row, device->energy.value);
    csv_row_figure(&row, device->energy.low);
    csv_row_figure(&row, device->energy.high);
    csv_row_figure(&row, device->job_joules);
    csv_row_figure(&row, device->others_joules);
    csv_row_figure(&row, device->idle_joules);
    csv_row_figure(&row, device->idle_share_joules);
    csv_row_figure(&row, device->mean_power_watts);
    csv_row_figure(&row, device->peak_power_watts);
    csv_row_figure(&row, device->idle_power_watts);
    csv_row_figure(&row, device->mean_utilization_ratio);
    csv_row_figure(&row, device->coverage_ratio);
    csv_row_figure(&row, device->gap_seconds);
    csv_row_int(&row, (int64_t)(device->samples & INT64_MAX));
    csv_row_figure(&row, device->operational_gco2e);
    csv_row_figure(&row, device->embodied_gco2e);
    csv_row_text(&row, device->device.note);
    csv_row_end(&row);
}

void write_report_csv(struct strbuf *out, const struct report *report)
{
    strbuf_add(out, "run_id,name,stage,started_at,duration_seconds,device,kind,model,reader,basis,"
                    "energy_joules,energy_low_joules,energy_high_joules,job_joules,others_joules,"
                    "idle_joules,idle_share_joules,mean_power_watts,peak_power_watts,"
                    "idle_power_watts,mean_utilization_ratio,coverage_ratio,gap_seconds,samples,"
                    "operational_gco2e,embodied_gco2e,note" CSV_LINE_END);
    for (size_t i = 0; i < report->device_count; i++) {
        if (report->devices[i].device.kind != DEVICE_PART) /* would be added up again */
            add_device(out, &report->run, &report->devices[i]);
    }
}

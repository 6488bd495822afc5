// SPDX-License-Identifier: Apache-2.0
// more/save.ts - what a report is taken along as: JSON, CSV, a sentence
import * as format from "../format";
import type { FullReport } from "./types";

/** Given to the browser to keep; nothing leaves this machine. */
export function save(name: string, data: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(data);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

export function saveText(name: string, type: string, text: string): void {
  save(name, new Blob([text], { type: `${type};charset=utf-8` }));
}

/** RFC 4180; a cell that a spreadsheet would take for a formula is text. */
export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  let text = String(value);
  if (/^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvOf(columns: readonly string[], rows: unknown[][]): string {
  return [columns, ...rows].map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
}

const DEVICE_COLUMNS = [
  "id",
  "kind",
  "model",
  "reader",
  "basis",
  "added",
  "energy_joules",
  "energy_low_joules",
  "energy_high_joules",
  "job_joules",
  "others_joules",
  "idle_joules",
  "mean_power_watts",
  "peak_power_watts",
  "mean_utilization_ratio",
  "coverage_ratio",
  "note",
] as const;

export function devicesCsv(report: FullReport): string {
  return csvOf(
    DEVICE_COLUMNS,
    report.devices.map((device) => DEVICE_COLUMNS.map((column) => device[column])),
  );
}

/** As a figure's source is told in a paper: what, how much with its band, how known, where, by whom. */
export function citation(report: FullReport): string {
  const { run, energy, carbon } = report;
  const day = new Date(run.started_at ?? 0).toISOString().slice(0, 10);
  const where = carbon.place_name ?? carbon.place ?? "an unknown place";
  const range = (text: string) => text.replace(" … ", " to ");
  return (
    `"${run.name || run.id}" (${day}, ${format.duration(run.duration_seconds)}) used ${format.energy(energy.total_joules)} of electricity ` +
    `(${range(format.energyRange(energy.low_joules, energy.high_joules))}; ${format.percent(energy.measured_ratio)} of the machine's measured, scope ${energy.scope}, PUE ${format.plain(carbon.pue)}) ` +
    `and emitted ${format.mass(carbon.total_gco2e)} CO2e (${range(format.massRange(carbon.low_gco2e, carbon.high_gco2e))}), of which ${format.mass(carbon.operational_gco2e)} for the electricity ` +
    `in ${where} at ${format.plain(carbon.intensity_gco2e_per_kwh)} gCO2e/kWh (${carbon.intensity_source ?? "source unknown"})${carbon.embodied_gco2e === null ? "; the making of the hardware is not counted. " : ` and ${format.mass(carbon.embodied_gco2e)} for making the hardware. `}` +
    `AI_Co2_Calculator ${report.aico2_version}, run ${run.id}.`
  );
}

/** Under a picture: how its figures are known. */
export function methodLine(report: FullReport): string {
  const { carbon } = report;
  return `${format.percent(report.energy.measured_ratio)} measured; ${carbon.place_name ?? carbon.place ?? ""} ${format.plain(carbon.intensity_gco2e_per_kwh)} gCO2e/kWh, ${carbon.intensity_source ?? ""}; PUE ${format.plain(carbon.pue)}; AI_Co2_Calculator ${report.aico2_version}`;
}

export function figuresLine(report: FullReport): string {
  return `${format.energy(report.energy.total_joules)} (${format.energyRange(report.energy.low_joules, report.energy.high_joules)}), ${format.mass(report.carbon.total_gco2e)} CO2e (${format.massRange(report.carbon.low_gco2e, report.carbon.high_gco2e)})`;
}

// SPDX-License-Identifier: Apache-2.0
// more/types.ts - the documents that the pages opened later read, beside those of ../types
import type { Check as Sensed, Device, Figure, Reader, Report, ReportDevice, RunRow } from "../types";

export type { Samples } from "../types";

/** A line of the runs with what its report tells: ?details=1. */
export interface DetailedRow extends RunRow {
  low_joules: Figure;
  high_joules: Figure;
  low_gco2e: Figure;
  high_gco2e: Figure;
  place: string | null;
  intensity_gco2e_per_kwh: Figure;
  hardware: string | null;
  measured_ratio: Figure;
  unit: string | null;
  units: Figure;
  gco2e_per_unit: Figure;
}

export interface DetailedRuns {
  runs: DetailedRow[];
  next: string | null;
}

export interface Comparison {
  a: string;
  b: string;
  a_name: string;
  b_name: string;
  rows: {
    what: string;
    unit: string;
    a: Figure;
    b: Figure;
    delta: Figure;
    low: Figure;
    high: Figure;
    verdict: "lower" | "higher" | "cannot tell";
  }[];
}

export interface Estimate {
  energy_kwh: number;
  low_kwh: number;
  high_kwh: number;
  operational_gco2e: number;
  embodied_gco2e: Figure;
  total_gco2e: number;
  low_gco2e: number;
  high_gco2e: number;
  power_watts: number;
  power_basis: string;
  power_model: string | null;
  power_source: string | null;
  place: string | null;
  intensity_gco2e_per_kwh: number;
  intensity_low: Figure;
  intensity_high: Figure;
  intensity_source: string;
  pue: number;
  it_energy_kwh: number;
  assumptions: string[];
  warnings: string[];
}

/** A device as the server lists it, with more of why and how well. */
export interface ListedDevice extends Device {
  used: boolean;
  counts: string[];
  note: string | null;
  band_ratio: Figure;
}

export interface Listed {
  devices: ListedDevice[];
  readers: Reader[];
}

export interface FullReport extends Report {
  devices: FullDevice[];
  energy: Report["energy"] & { not_counted: string[] };
  carbon: Report["carbon"] & { place_name: string | null; intensity_quality: string | null; operational_low_gco2e: Figure; operational_high_gco2e: Figure };
  sci: { unit: string; units: Figure; gco2e_per_unit: Figure; low_gco2e_per_unit: Figure; high_gco2e_per_unit: Figure } | null;
  tasks: Task[];
}

export interface FullDevice extends ReportDevice {
  added: boolean; /* part of the sum: no board, nothing that a module holds, nothing unknown */
  idle_share_joules: Figure;
  rated_power_watts: Figure;
  rated_power_source: string | null;
  samples: number;
}

export interface Task {
  name: string;
  start_seconds: Figure;
  duration_seconds: Figure;
  energy_joules: Figure;
  total_gco2e: Figure;
}

export type DayQuality = "measured" | "estimated" | "forecast" | "typical";

export interface Stretch {
  start: string;
  end: string;
  gco2e_per_kwh: Figure;
  low: Figure;
  high: Figure;
}

/** The hours of a place around now; each point holds until the next. */
export interface PlaceDay {
  place: string;
  name: string;
  basis: "hours" | "yearly";
  source: string | null;
  from: string;
  now: string;
  until: string;
  yearly: { gco2e_per_kwh: Figure; low: Figure; high: Figure; kind: string; source: string; year: number | null };
  points: [number, Figure, DayQuality][];
  when: {
    basis: "forecast" | "typical-day";
    best: Stretch;
    now: Stretch;
    saving_ratio: Figure;
    saving_low_ratio: Figure;
    saving_high_ratio: Figure;
    days: number | null;
    known_until: string;
  } | null;
}

export interface Check extends Sensed {
  band_others: Figure; /* of those who are not root */
  root_only: boolean;
  summary: string | null;
  kind: string;
  reader: string;
  remedy: { opens: string | null } | null;
}

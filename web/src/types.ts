// SPDX-License-Identifier: Apache-2.0
// types.ts - the documents of the server's API, as far as the page reads them; docs/http.md tells them in full

/** A figure that nobody knows is null, never 0. */
export type Figure = number | null;

export type Basis = "measured" | "modelled" | "assumed";

export interface LiveDevice {
  id: string;
  kind: string;
  basis: Basis;
  added: boolean; /* its power is part of the machine's: no board, and no module holds it */
  watts: Figure;
  low_watts: Figure;
  high_watts: Figure;
  utilization_ratio: Figure;
  memory_used_bytes?: Figure;
  memory_total_bytes?: Figure;
  joules: Figure;
}

/** An event `sample`: one a tick; `id` rises by one for each. */
export interface LiveSample {
  id: number;
  time: string;
  interval_seconds: number;
  devices: LiveDevice[];
  memory_used_bytes?: Figure;
  memory_total_bytes?: Figure;
}

export interface Device {
  id: string;
  kind: string;
  model: string | null;
  reader: string;
  basis: Basis;
  tdp_watts: Figure;
  tdp_source: string | null;
  readable: boolean;
  reason: string | null;
  used: boolean;
  note: string | null;
  band_ratio: Figure;
}

export interface Reader {
  name: string;
  state: string;
  reason: string | null;
  fix: string | null;
  detail: string | null;
}

export interface Devices {
  devices: Device[];
  readers: Reader[];
}

export interface RunRow {
  id: string;
  name: string;
  stage: string;
  state: string;
  started_at: string | null;
  duration_seconds: Figure;
  total_joules: Figure;
  total_gco2e: Figure;
}

export interface Runs {
  runs: RunRow[];
  next: string | null;
}

export interface ReportDevice {
  id: string;
  kind: string;
  model: string | null;
  reader: string;
  basis: Basis;
  energy_joules: Figure;
  energy_low_joules: Figure;
  energy_high_joules: Figure;
  job_joules: Figure;
  others_joules: Figure;
  idle_joules: Figure;
  mean_power_watts: Figure;
  peak_power_watts: Figure;
  mean_utilization_ratio: Figure;
  coverage_ratio: Figure;
  gap_seconds: Figure;
  note: string | null;
}

export interface Cost {
  amount: Figure;
  low: Figure;
  high: Figure;
  currency: string;
  price_per_kwh: Figure;
  time_matched: boolean;
}

/** What the whole training is foretold to use. */
export interface Prediction {
  basis: "first-epoch" | "steady-epochs" | "measured";
  epochs: Figure;
  epochs_done: Figure;
  at_seconds: Figure;
  energy_joules: Figure;
  energy_low_joules: Figure;
  energy_high_joules: Figure;
  duration_seconds: Figure;
  duration_low_seconds: Figure;
  duration_high_seconds: Figure;
  total_gco2e: Figure;
  low_gco2e: Figure;
  high_gco2e: Figure;
}

export interface Stretch {
  start: string | null;
  end: string | null;
  gco2e_per_kwh: Figure;
  low: Figure;
  high: Figure;
}

/** The greenest stretch ahead. */
export interface When {
  basis: "forecast" | "typical-day" | "yearly";
  best: Stretch;
  now: Stretch;
  saving_ratio: Figure;
}

/** The hours of a place around now, as far as the page reads them. */
export interface PlaceSeries {
  when: When | null;
}

export interface Report {
  aico2_version: string;
  run: {
    id: string;
    name: string;
    stage: string;
    command: string[] | null;
    started_at: string | null;
    ended_at: string | null;
    duration_seconds: Figure;
    exit_status: number | null;
    state: string;
  };
  machine: {
    hostname: string | null;
    os: string | null;
    os_release: string | null;
    arch: string | null;
    virtualized: boolean | null;
    cpu: { model: string | null; sockets: number | null; cores: number | null; threads: number | null };
    memory_bytes: Figure;
    gpus: { index: number; uuid: string | null; model: string | null; memory_bytes: Figure }[];
  };
  devices: ReportDevice[];
  energy: {
    scope: string;
    total_joules: Figure;
    low_joules: Figure;
    high_joules: Figure;
    machine_joules: Figure;
    job_joules: Figure;
    others_joules: Figure;
    idle_joules: Figure;
    measured_ratio: Figure;
  };
  carbon: {
    place: string | null;
    place_name: string | null;
    place_basis: string;
    intensity_gco2e_per_kwh: Figure;
    intensity_low: Figure;
    intensity_high: Figure;
    intensity_kind: string | null;
    intensity_source: string | null;
    intensity_year: number | null;
    time_matched: boolean;
    pue: number;
    operational_gco2e: Figure;
    embodied_gco2e: Figure;
    total_gco2e: Figure;
    low_gco2e: Figure;
    high_gco2e: Figure;
    water_litres: Figure;
    market_based: { intensity_gco2e_per_kwh: Figure; total_gco2e: Figure; low_gco2e: Figure; high_gco2e: Figure } | null;
    /* where a provider was asked */
    provider?: string | null;
    live_ratio?: Figure;
    estimated_ratio?: Figure;
  };
  cost: Cost | null;
  equivalents: { car_km: Figure; tree_seedling_months: Figure };
  tasks: { name: string; start_seconds: Figure; duration_seconds: Figure; energy_joules: Figure; total_gco2e: Figure }[];
  prediction: Prediction | null;
  warnings: string[];
}

/** Samples of a run, thinned by the server: time, least, mean and most watts of each step. */
export interface Samples {
  step_seconds: number;
  devices: { id: string; kind: string; basis: Basis; added: boolean; points: [number, Figure, Figure, Figure][] }[];
}

export interface Intensity {
  place: string;
  name: string;
  gco2e_per_kwh: Figure;
  kind: string;
  year: number | null;
  source: string;
  low: Figure;
  high: Figure;
}

export interface Check {
  sensor: string;
  state: string;
  reason: string | null;
  fix: string | null;
  band_now: Figure;
  band_then: Figure;
}

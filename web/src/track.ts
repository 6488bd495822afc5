// SPDX-License-Identifier: Apache-2.0
// track.ts - the ticks of the last hour as columns of equal length
import type { LiveDevice, LiveSample, RunRow } from "./types";

export const KEPT_SECONDS = 3600;
/** What is older goes so many at a time: cutting the columns at every tick would cost more than it frees. */
const CUT_AT_LEAST = 60;
/** Longer than this many intervals without a tick is a gap. */
const GAP_INTERVALS = 3.5;
const GAP_LEAST_SECONDS = 4;

export interface Mark {
  time: number;
  text: string;
  /** one of many: a line on the chart, named in its table alone */
  quiet?: boolean;
}

/** Why nothing is known of a stretch; a key of words.gaps. */
export type GapReason = "restart" | "still" | "lost" | "none";

export interface Gap {
  from: number;
  to: number;
  reason: GapReason;
}

export interface Columns {
  watts: number[];
  low: number[];
  high: number[];
  load: number[];
  memory: number[]; /* bytes in use */
  joules: number[]; /* since the server began */
}

/** Times in unix seconds, and what is known of each device; NaN is a gap. */
export interface Track {
  times: number[];
  of: Map<string, Columns>;
  memory: number[]; /* the machine's, bytes in use */
  marks: Mark[]; /* runs that began or ended */
  gaps: Gap[];
  /** what each device is, as it was told last */
  about: Map<string, LiveDevice>;
}

export function emptyTrack(): Track {
  return { times: [], of: new Map(), memory: [], marks: [], gaps: [], about: new Map() };
}

const NAMES = ["watts", "low", "high", "load", "memory", "joules"] as const;

function columnsOf(track: Track, id: string): Columns {
  let columns = track.of.get(id);
  if (columns === undefined) {
    const blank = () => new Array<number>(track.times.length).fill(NaN);
    columns = { watts: blank(), low: blank(), high: blank(), load: blank(), memory: blank(), joules: blank() };
    track.of.set(id, columns);
  }
  return columns;
}

function reasonOf(track: Track, before: LiveSample, sample: LiveSample): GapReason {
  const fell = sample.devices.some((device) => device.joules !== null && device.joules < (track.of.get(device.id)?.joules.at(-1) ?? 0));
  if (fell) return "restart";
  return sample.id === before.id + 1 ? "still" : "lost";
}

function noteGap(track: Track, before: LiveSample, sample: LiveSample, time: number): void {
  const from = track.times.at(-1)!;
  /* the interval of the tick after a gap is the gap's */
  if (time - from <= Math.max(GAP_LEAST_SECONDS, Math.min(sample.interval_seconds, before.interval_seconds) * GAP_INTERVALS)) return;
  track.gaps.push({ from, to: time, reason: reasonOf(track, before, sample) });
}

function forgetOld(track: Track, time: number): void {
  const from = time - KEPT_SECONDS;
  if (!(track.times[CUT_AT_LEAST]! < from)) return;
  const old = track.times.findIndex((one) => one >= from);
  track.times.splice(0, old);
  track.memory.splice(0, old);
  for (const columns of track.of.values()) for (const name of NAMES) columns[name].splice(0, old);
  track.marks = track.marks.filter((mark) => mark.time >= from);
  track.gaps = track.gaps.filter((gap) => gap.to >= from);
}

/**
 * One tick more; a device that is not in it has a gap. `before` is the tick that was taken last.
 * False: it is older than what is there, and left out.
 */
export function append(track: Track, before: LiveSample | null, sample: LiveSample): boolean {
  const time = Date.parse(sample.time) / 1000;
  if (Number.isNaN(time) || time <= (track.times.at(-1) ?? -Infinity)) return false;
  if (before !== null && track.times.length > 0) noteGap(track, before, sample, time);
  for (const device of sample.devices) {
    const columns = columnsOf(track, device.id);
    track.about.set(device.id, device);
    columns.watts.push(device.watts ?? NaN);
    columns.low.push(device.low_watts ?? NaN);
    columns.high.push(device.high_watts ?? NaN);
    columns.load.push(device.utilization_ratio ?? NaN);
    columns.memory.push(device.memory_used_bytes ?? NaN);
    columns.joules.push(device.joules ?? NaN);
  }
  track.times.push(time);
  track.memory.push(sample.memory_used_bytes ?? NaN);
  for (const columns of track.of.values()) {
    if (columns.watts.length < track.times.length) for (const name of NAMES) columns[name].push(NaN);
  }
  forgetOld(track, time);
  return true;
}

/** A run's beginning or end stands where it was, not where it was heard of. */
export function markRun(track: Track, run: RunRow): void {
  const started = Date.parse(run.started_at ?? "") / 1000;
  const ended = run.state !== "running";
  const time = ended ? started + (run.duration_seconds ?? 0) : started;
  const text = `${run.name === "" ? run.id : run.name} ${run.state}`;
  if (Number.isNaN(time) || run.stage === "watch" || track.marks.some((mark) => mark.time === time && mark.text === text)) return;
  track.marks.push({ time, text });
}

// SPDX-License-Identifier: Apache-2.0
// now/past.ts - what the history has of a stretch of time: the server's own runs, one a day, put one after the other
import { useEffect, useState } from "preact/hooks";
import { get, path, Problem } from "../api";
import { boundsOf, type Extremes, type Layer } from "../chart/series";
import type { Gap } from "../track";
import type { RunRow, Runs, Samples } from "../types";
import { words } from "../words";

/** Under what the server gives of one device, however the stretch lies in its steps. */
const POINTS_MOST = 1450;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
/** Longer than so many steps without a figure is a gap. */
const GAP_STEPS = 2.5;
const LISTED_MOST = 1000;

export interface Past {
  state: "none" | "loading" | "there" | "failed";
  problem: string;
  step: number;
  times: number[];
  layers: Layer[];
  gaps: Gap[];
  extremes?: Extremes;
}

export const NO_PAST: Past = { state: "none", problem: "", step: 1, times: [], layers: [], gaps: [] };

export function stepOf(seconds: number): number {
  return STEPS.find((step) => seconds / step <= POINTS_MOST) ?? 86400 * Math.ceil(seconds / 86400 / POINTS_MOST);
}

function overlaps(run: RunRow, from: number, to: number): boolean {
  const start = Date.parse(run.started_at ?? "") / 1000;
  return start < to && (run.state === "running" || start + (run.duration_seconds ?? 0) > from);
}

type Point = Samples["devices"][number]["points"][number];

/** The same step of time in two runs (one ended in it, the other began) is one: the later mean stands, with the extremes of both. */
function merged(before: Point | undefined, point: Point): Point {
  if (before === undefined) return point;
  const of = (choose: (...values: number[]) => number, at: 1 | 3) => (before[at] === null ? point[at] : point[at] === null ? before[at] : choose(before[at], point[at]));
  return [point[0], of(Math.min, 1), point[2], of(Math.max, 3)];
}

/** The days of the server one after the other. */
export function join(parts: Samples[], from: number, to: number): Past {
  const step = Math.max(...parts.map((part) => part.step_seconds), 1);
  const columns = new Map<string, Map<number, Point>>();
  const about = new Map<string, Samples["devices"][number]>();
  const all = new Set<number>();
  for (const device of parts.flatMap((part) => part.devices)) {
    if (!device.added) continue;
    const column = columns.get(device.id) ?? new Map<number, Point>();
    columns.set(device.id, column);
    about.set(device.id, device);
    for (const point of device.points) {
      const time = point[0];
      if (time < from - step || time > to || point[2] === null) continue;
      column.set(time, merged(column.get(time), point));
      all.add(time);
    }
  }
  const times = [...all].sort((a, b) => a - b);
  return {
    state: "there",
    problem: "",
    step,
    times,
    layers: [...about.values()].map((device) => ({
      id: device.id,
      label: device.id,
      basis: device.basis,
      watts: times.map((time) => columns.get(device.id)!.get(time)?.[2] ?? null),
    })),
    extremes: boundsOf(times, [...about.values()].map((device) => ({ ...device, points: [...columns.get(device.id)!.values()] }))),
    gaps: times.slice(1).flatMap((time, index) => (time - times[index]! > step * GAP_STEPS ? [{ from: times[index]! + step, to: time, reason: "none" }] : [])),
  };
}

async function ask(from: number, to: number, signal: AbortSignal): Promise<Past> {
  const { runs } = await get<Runs>(path("runs", { stage: "watch", limit: LISTED_MOST }), signal);
  const step = stepOf(to - from);
  const parts: Samples[] = [];
  for (const run of runs.filter((one) => overlaps(one, from, to)).reverse())
    parts.push(await get<Samples>(path(`runs/${run.id}/samples`, { step, from: Math.floor(from), to: Math.ceil(to) }), signal));
  return join(parts, from, to);
}

/** Asked again when `again` changes; what was there stays until the next is. Nothing is asked unless `wanted`. */
export function usePast(wanted: boolean, from: number, to: number, again: number): Past {
  const [past, setPast] = useState(NO_PAST);
  useEffect(() => {
    if (!wanted) {
      setPast(NO_PAST);
      return;
    }
    const stop = new AbortController();
    setPast((before) => ({ ...before, state: "loading" }));
    ask(from, to, stop.signal).then(setPast, (error: unknown) => {
      if (!stop.signal.aborted) setPast({ ...NO_PAST, state: "failed", problem: error instanceof Problem ? error.message : words.api.away });
    });
    return () => stop.abort();
  }, [wanted, from, to, again]);
  return past;
}

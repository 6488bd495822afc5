// SPDX-License-Identifier: Apache-2.0
// chart/series.ts - columns of figures made ready to be drawn: one upon the other, with the stretches that nothing is known of
import type { Gap, GapReason } from "../track";
import type { Basis, Samples } from "../types";

export interface Layer {
  id: string;
  label: string;
  basis: Basis;
  watts: (number | null)[]; /* as long as times; null or NaN is a gap */
}

/** Of what is put together to one point: the least and the most of all the layers together while it lasted. */
export interface Extremes {
  least: (number | null)[];
  most: (number | null)[];
  /** sums of the devices' own, which need not have been at the same time */
  ofEach: boolean;
}

export function isKnown(value: number | null | undefined): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

/** Sums from the bottom up; where any layer has a gap the layers above it stand on what is known. */
export function stack(layers: Layer[]): (number | null)[][] {
  const length = layers[0]?.watts.length ?? 0;
  const below = new Float64Array(length);
  return layers.map((layer) => {
    const sum = new Array<number | null>(length);
    for (let i = 0; i < length; i++) {
      const watts = layer.watts[i];
      sum[i] = isKnown(watts) ? (below[i]! += watts) : null;
    }
    return sum;
  });
}

/** What is known of all of them together; null where nothing is. */
export function totalOf(layers: Layer[], length: number): (number | null)[] {
  const total = new Array<number | null>(length).fill(null);
  for (const layer of layers) {
    for (let i = 0; i < length; i++) {
      const watts = layer.watts[i];
      if (isKnown(watts)) total[i] = (total[i] ?? 0) + watts;
    }
  }
  return total;
}

/** Longer than this many usual steps without a reading is a gap, and shown as one. */
const GAP_STEPS = 3.5;
const GAP_LEAST_SECONDS = 4;

function findGaps(times: number[]): Gap[] {
  const steps = times.slice(1).map((time, index) => time - times[index]!);
  const usual = [...steps].sort((a, b) => a - b)[steps.length >> 1] ?? 1;
  const most = Math.max(GAP_LEAST_SECONDS, usual * GAP_STEPS);
  return steps.flatMap((step, index) => (step > most ? [{ from: times[index]!, to: times[index + 1]!, reason: "none" as GapReason }] : []));
}

interface Ready {
  times: number[];
  layers: Layer[];
  gaps: Gap[];
  extremes?: Extremes;
}

/**
 * A column of nothing within each gap, so that no line is drawn across it. `known`: the gaps as whoever has the times
 * knows them, with their reasons; without it what is far from usual is one.
 */
export function withGaps(times: number[], layers: Layer[], known?: Gap[], extremes?: Extremes): Ready {
  const first = times[0] ?? Infinity;
  const gaps = (known ?? findGaps(times)).filter((gap) => gap.from >= first);
  if (gaps.length === 0) return { times, layers, gaps, extremes };
  const before = new Map(gaps.map((gap) => [gap.to, (gap.from + gap.to) / 2]));
  const at = times.flatMap((time, index) => (before.has(time) ? [index] : []));
  const insert = <T,>(column: T[], value: (index: number) => T): T[] => {
    const pieces: T[] = [];
    let from = 0;
    for (const index of at) {
      for (; from < index; from++) pieces.push(column[from]!);
      pieces.push(value(index));
    }
    for (; from < column.length; from++) pieces.push(column[from]!);
    return pieces;
  };
  return {
    times: insert(times, (index) => before.get(times[index]!)!),
    layers: layers.map((layer) => ({ ...layer, watts: insert<number | null>(layer.watts, () => null) })),
    gaps,
    extremes: extremes && { ...extremes, least: insert<number | null>(extremes.least, () => null), most: insert<number | null>(extremes.most, () => null) },
  };
}

/** A copy, from the first of these times that is not before `from` on: what is drawn does not grow by itself. */
export function since(times: number[], layers: Layer[], from: number): [number[], Layer[]] {
  const found = times.findIndex((time) => time >= from);
  const index = found < 0 ? times.length : found;
  return [times.slice(index), layers.map((layer) => ({ ...layer, watts: layer.watts.slice(index) }))];
}

/**
 * Readings of so many seconds of the clock put together, a pixel of a chart each: the mean of watts, the last of what adds up.
 * What lies beyond a gap begins anew.
 */
export function together(times: number[], layers: Layer[], every: number, gaps: Gap[], adds: boolean): [number[], Layer[]] {
  if (every < 2) return [times, layers];
  const starts = startsOf(times, every, gaps);
  const put = (watts: (number | null)[], from: number, to: number): number | null => {
    let sum = 0;
    let count = 0;
    for (let i = from; i < to; i++) {
      const value = watts[i];
      if (!isKnown(value)) continue;
      sum = adds ? value : sum + value;
      count = adds ? 1 : count + 1;
    }
    return count === 0 ? null : sum / count;
  };
  return [starts.map((start) => times[start]!), layers.map((layer) => ({ ...layer, watts: starts.map((start, at) => put(layer.watts, start, starts[at + 1] ?? times.length)) }))];
}

/** Where each of the points begins that `together` makes. */
function startsOf(times: number[], every: number, gaps: Gap[]): number[] {
  const after = new Set(gaps.map((gap) => gap.to));
  return times.flatMap((time, index) => (index === 0 || after.has(time) || Math.floor(time / every) !== Math.floor(times[index - 1]! / every) ? [index] : []));
}

/** Of the same points. A reading that lacks a device is no least: of each point those count that know the most of them. */
export function extremesOf(times: number[], layers: Layer[], every: number, gaps: Gap[]): Extremes | undefined {
  if (every < 2) return undefined;
  const starts = startsOf(times, every, gaps);
  const total = totalOf(layers, times.length);
  const known = times.map((_time, index) => layers.reduce((count, layer) => count + (isKnown(layer.watts[index]) ? 1 : 0), 0));
  const least: (number | null)[] = [];
  const most: (number | null)[] = [];
  starts.forEach((start, at) => {
    const end = starts[at + 1] ?? times.length;
    const all = Math.max(...known.slice(start, end));
    const sums = total.slice(start, end).filter((sum, index): sum is number => sum !== null && known[start + index] === all);
    least.push(sums.length === 0 ? null : Math.min(...sums));
    most.push(sums.length === 0 ? null : Math.max(...sums));
  });
  return { least, most, ofEach: false };
}

/**
 * Of stored points, whose least and most are known device by device: what all of them together can have drawn at least and
 * at most. Undefined where a point is nowhere more than one reading.
 */
export function boundsOf(times: number[], devices: Samples["devices"]): Extremes | undefined {
  const sums = new Map<number, [number, number]>();
  for (const device of devices) {
    for (const [time, least, mean, most] of device.points) {
      if (mean === null) continue;
      const sum = sums.get(time) ?? [0, 0];
      sums.set(time, [sum[0] + (least ?? NaN), sum[1] + (most ?? NaN)]);
    }
  }
  if (![...sums.values()].some(([least, most]) => least < most)) return undefined;
  const column = (at: 0 | 1) => times.map((time) => sums.get(time)?.[at] ?? null).map((value) => (isKnown(value) ? value : null));
  return { least: column(0), most: column(1), ofEach: devices.length > 1 };
}

/** With so many times as much, as by a building's factor. */
export function timesAsMuch(extremes: Extremes | undefined, factor: number): Extremes | undefined {
  const all = (column: (number | null)[]) => column.map((value) => (value === null ? null : value * factor));
  return extremes && { ...extremes, least: all(extremes.least), most: all(extremes.most) };
}

/** Joules since the first of these times, out of a counter; one that began anew goes on from where it was. */
export function used(joules: number[], from: number): (number | null)[] {
  let sum = 0;
  let before = NaN;
  return joules.slice(from).map((value) => {
    if (!Number.isFinite(value)) return null;
    if (Number.isFinite(before)) sum += value >= before ? value - before : value;
    before = value;
    return sum;
  });
}

/** Joules since the first of these times, out of mean watts of steps of so many seconds each. */
export function usedOfSteps(watts: (number | null)[], seconds: number): (number | null)[] {
  let sum = 0;
  return watts.map((value) => (isKnown(value) ? (sum += value * seconds) : null));
}

// SPDX-License-Identifier: Apache-2.0
// more/timeline.ts - stored samples as the columns of a chart
import type { Mark } from "../track";
import { boundsOf, type Extremes, type Layer } from "../power";
import type { Figure } from "../types";
import type { FullReport, Samples } from "./types";

const POINTS = 600;
const MARKS = 10;

/** Of so many seconds that a run has some hundred points. */
export function stepOf(seconds: Figure): number {
  return Math.max(1, Math.ceil((seconds ?? 0) / POINTS));
}

/**
 * What is added up alone: a whole board is not drawn upon its parts. Devices without a sample have no layer. Extremes where a
 * point is more than one reading.
 */
export function layersOf(samples: Samples, report: FullReport): [number[], Layer[], Extremes | undefined] {
  const about = new Map(report.devices.map((device) => [device.id, device]));
  const drawn = samples.devices.filter((device) => about.get(device.id)?.added === true);
  const times = [...new Set(drawn.flatMap((device) => device.points.map((point) => point[0])))].sort((a, b) => a - b);
  const layers = drawn.map((device) => {
    const at = new Map(device.points.map((point) => [point[0], point[2]]));
    return { id: device.id, label: device.id, basis: about.get(device.id)!.basis, watts: times.map((time) => at.get(time) ?? null) };
  });
  return [times, layers, boundsOf(times, drawn)];
}

/** Where each task begins; of many only some are named. */
export function marksOf(report: FullReport): Mark[] {
  const began = Date.parse(report.run.started_at ?? "") / 1000;
  const every = Math.ceil(report.tasks.length / MARKS);
  return report.tasks
    .filter((task) => task.start_seconds !== null)
    .map((task, index) => ({ time: began + task.start_seconds!, text: task.name, quiet: index % every !== 0 }));
}

/** The whole of it: the sum of the layers, a gap where one of them has one. Seconds since the first. */
export function totalOf(samples: Samples, report: FullReport): [number[], Figure[]] {
  const [times, layers] = layersOf(samples, report);
  const began = Date.parse(report.run.started_at ?? "") / 1000;
  const from = Number.isNaN(began) ? (times[0] ?? 0) : Math.floor(began);
  const sums = times.map((_time, index) => layers.reduce<Figure>((sum, layer) => (sum === null || layer.watts[index] === null ? null : sum + layer.watts[index]!), 0));
  return [times.map((time) => Math.max(0, time - from)), sums];
}

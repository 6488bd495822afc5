// SPDX-License-Identifier: Apache-2.0
// chart/legend.tsx - what the colours are, with the figure of each at the time that is pointed at, else the newest
import * as format from "../format";
import { words } from "../words";
import type { Mark } from "../track";
import type { FigureText } from "./paint";
import { isKnown, type Extremes, type Layer } from "./series";
import { colourName } from "./theme";

interface Props {
  times: number[];
  layers: Layer[];
  total: (number | null)[];
  extremes?: Extremes;
  at: number | null;
  hidden: Set<string>;
  toggle: (id: string) => void;
  figure: FigureText;
  right?: FigureText;
}

export function Legend({ times, layers, total, extremes, at, hidden, toggle, figure, right }: Props) {
  const shown = at ?? times.length - 1;
  const sum = total[shown] ?? null;
  const share = (value: number | null | undefined) => (isKnown(value) && isKnown(sum) && sum > 0 ? format.share(value / sum) : "");
  return (
    <ul class="legend">
      <li class="sum">
        <span class="swatch line" aria-hidden="true" />
        {words.chart.total} <b>{figure(sum)}</b>
        {extremes !== undefined && <small> {words.chart.between(figure(extremes.least[shown] ?? null), figure(extremes.most[shown] ?? null))}</small>}
        {right !== undefined && <b class="right"> {right(sum)}</b>}
      </li>
      {[...layers].reverse().map((layer) => (
        <li key={layer.id}>
          <button type="button" aria-pressed={!hidden.has(layer.id)} title={words.chart.toggle(layer.label)} onClick={() => toggle(layer.id)}>
            <span class={`swatch ${layer.basis}`} style={{ "--c": `var(${colourName(layers.indexOf(layer))})` }} />
            {layer.label} <b>{figure(layer.watts[shown] ?? null)}</b> <small>{words.chart.part(share(layer.watts[shown]), words.basis[layer.basis] ?? layer.basis)}</small>
          </button>
        </li>
      ))}
      <li class="when">{at === null ? "" : format.moment(times[shown]!, times[times.length - 1]! - times[0]!)}</li>
    </ul>
  );
}

/** Those of a stretch of readings, the oldest first; a reading stands at the beginning of its time, the last one, too, and
 * what began with the run began a moment before its first reading. */
export function marksWithin(marks: Mark[], times: number[]): Mark[] {
  const first = times[0] ?? Infinity;
  const last = times[times.length - 1] ?? -Infinity;
  const from = first - ((times[1] ?? first) - first);
  const until = last + (last - (times[times.length - 2] ?? last));
  return marks.filter(({ time }) => time >= from && time <= until).sort((a, b) => a.time - b.time);
}

interface Told {
  title: string;
  times: number[];
  layers: Layer[];
  total: (number | null)[];
  extremes?: Extremes;
  marks: Mark[];
  gaps: number;
  figure: FigureText;
}

/** All of a chart in one sentence. */
export function summaryOf({ title, times, layers, total, extremes, marks, gaps, figure }: Told): string {
  const end = times.length - 1;
  const known = total.filter(isKnown);
  if (end < 0 || known.length === 0) return words.chart.empty;
  let least = Infinity;
  let most = -Infinity;
  for (const value of (extremes?.least ?? known).filter(isKnown)) least = Math.min(least, value);
  for (const value of (extremes?.most ?? known).filter(isKnown)) most = Math.max(most, value);
  const last = known[known.length - 1]!;
  const parts = layers.map((layer) => words.chart.said(layer.label, figure(layer.watts[end] ?? null), words.basis[layer.basis] ?? layer.basis));
  const moment = (time: number) => format.moment(time, times[end]! - times[0]!);
  return words.chart.summary({
    title,
    from: moment(times[0]!),
    to: moment(times[end]!),
    marks: words.chart.marked(marksWithin(marks, times).map(({ time, text }) => words.chart.markAt(text, moment(time)))),
    least: figure(least),
    most: figure(most),
    last: figure(last),
    parts: format.list(parts),
    gaps,
  });
}

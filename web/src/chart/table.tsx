// SPDX-License-Identifier: Apache-2.0
// chart/table.tsx - the same as numbers
import * as format from "../format";
import { marksWithin } from "./legend";
import { words } from "../words";
import type { Mark } from "../track";
import type { FigureText } from "./paint";
import type { Extremes, Layer } from "./series";

const ROWS_MAX = 60;

interface Props {
  times: number[];
  layers: Layer[];
  total: (number | null)[];
  extremes?: Extremes;
  marks: Mark[];
  figure: FigureText;
  right?: FigureText;
}

/** Times at which something is marked, or a reading is told. */
type Row = { time: number; index: number } | { time: number; text: string };

/** At most sixty rows, evenly chosen, the newest first; a stretch that nothing is known of stays, and every mark has a row. */
export function ChartTable({ times, layers, total, extremes, marks, figure, right }: Props) {
  const last = times.length - 1;
  const step = Math.max(1, Math.ceil(times.length / ROWS_MAX));
  const readings: Row[] = times.map((time, index) => ({ time, index })).filter(({ index }) => (last - index) % step === 0 || total[index] === null);
  const rows = [...marksWithin(marks, times), ...readings].sort((a, b) => b.time - a.time);
  const columns = 1 + layers.length + (extremes === undefined ? 0 : 2) + (right === undefined ? 0 : 1);
  const moment = (time: number) => format.moment(time, times[last]! - times[0]!);
  return (
    <div class="scroll tall" tabIndex={0} role="region" aria-label={words.table(words.chart.table)}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.chart.time}</th>
            <th scope="col" class="number">
              {words.chart.total}
            </th>
            {extremes !== undefined && (
              <>
                <th scope="col" class="number">
                  {words.chart.least}
                </th>
                <th scope="col" class="number">
                  {words.chart.most}
                </th>
              </>
            )}
            {right !== undefined && (
              <th scope="col" class="number">
                {words.cards.carbon}
              </th>
            )}
            {layers.map((layer) => (
              <th scope="col" class="number" key={layer.id}>
                {layer.label} <small>{words.basis[layer.basis]}</small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            if ("text" in row)
              return (
                <tr class="mark" key={`${row.time} ${row.text}`}>
                  <th scope="row">{moment(row.time)}</th>
                  <td colSpan={columns}>{row.text}</td>
                </tr>
              );
            const { index } = row;
            return (
              <tr key={index}>
                <th scope="row">{moment(row.time)}</th>
                <td class="number">{figure(total[index] ?? null)}</td>
                {extremes !== undefined && (
                  <>
                    <td class="number">{figure(extremes.least[index] ?? null)}</td>
                    <td class="number">{figure(extremes.most[index] ?? null)}</td>
                  </>
                )}
                {right !== undefined && <td class="number">{right(total[index] ?? null)}</td>}
                {layers.map((layer) => (
                  <td class="number" key={layer.id}>
                    {figure(layer.watts[index] ?? null)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

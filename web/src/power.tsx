// SPDX-License-Identifier: Apache-2.0
// power.tsx - watts of the devices over time, one upon the other: measured filled, modelled hatched, assumed dashed
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import * as format from "./format";
import type { Mark } from "./live";
import type { Basis } from "./types";
import { words } from "./words";

export interface Layer {
  id: string;
  label: string;
  basis: Basis;
  watts: (number | null)[]; /* as long as times; null is a gap */
}

/** Okabe and Ito's colours, told apart by all eyes; each has 3:1 against both backgrounds. */
const COLOURS = ["#0072b2", "#c76a00", "#00835d", "#b35c8e", "#8a6d00", "#3a86c4", "#a63d00", "#5b5b5b"];

export function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length]!;
}

function hatch(context: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  const tile = document.createElement("canvas");
  const size = 8 * devicePixelRatio;
  tile.width = tile.height = size;
  const pen = tile.getContext("2d");
  if (pen === null) return `${colour}55`;
  pen.fillStyle = `${colour}2e`;
  pen.fillRect(0, 0, size, size);
  pen.strokeStyle = `${colour}b0`;
  pen.lineWidth = 1.5 * devicePixelRatio;
  for (const at of [-size, 0, size]) {
    pen.beginPath();
    pen.moveTo(at, size);
    pen.lineTo(at + size, 0);
    pen.stroke();
  }
  return context.createPattern(tile, "repeat") ?? `${colour}55`;
}

/** Sums from the bottom up; where any layer has a gap the layers above it stand on what is known. */
export function stack(layers: Layer[]): (number | null)[][] {
  const sums: (number | null)[][] = [];
  const length = layers[0]?.watts.length ?? 0;
  const below = new Array<number>(length).fill(0);
  for (const layer of layers) {
    const sum = new Array<number | null>(length);
    for (let i = 0; i < length; i++) {
      const watts = layer.watts[i];
      if (watts === null || watts === undefined || !Number.isFinite(watts)) {
        sum[i] = null;
      } else {
        below[i]! += watts;
        sum[i] = below[i]!;
      }
    }
    sums.push(sum);
  }
  return sums;
}

/** Longer than this many usual steps without a reading is a gap, and shown as one. */
const GAP_STEPS = 3.5;
const GAP_LEAST_SECONDS = 4;

/** A column of nothing within each gap, so that no line is drawn across it; [from, to] of each. */
export function withGaps(times: number[], layers: Layer[]): { times: number[]; layers: Layer[]; gaps: [number, number][] } {
  const steps = times.slice(1).map((time, index) => time - times[index]!);
  const usual = [...steps].sort((a, b) => a - b)[steps.length >> 1] ?? 1;
  const most = Math.max(GAP_LEAST_SECONDS, usual * GAP_STEPS);
  const at = steps.map((step, index) => (step > most ? index + 1 : 0)).filter((index) => index > 0);
  if (at.length === 0) return { times, layers, gaps: [] };
  const gaps = at.map((index): [number, number] => [times[index - 1]!, times[index]!]);
  const insert = <T,>(column: T[], values: T[]): T[] => column.flatMap((value, index) => (at.includes(index) ? [values[at.indexOf(index)]!, value] : [value]));
  return {
    times: insert(times, gaps.map(([from, to]) => (from + to) / 2)),
    layers: layers.map((layer) => ({ ...layer, watts: insert<number | null>(layer.watts, gaps.map(() => null)) })),
    gaps,
  };
}

/** What is drawn beside the figures; looked at anew with every drawing. */
interface Beside {
  gaps: [number, number][];
  marks: Mark[];
}

function drawGaps(plot: uPlot, beside: Beside, css: CSSStyleDeclaration): void {
  const { ctx: pen, bbox } = plot;
  for (const [from, to] of beside.gaps) {
    const left = Math.max(plot.valToPos(from, "x", true), bbox.left);
    const right = Math.min(plot.valToPos(to, "x", true), bbox.left + bbox.width);
    if (right <= left) continue;
    pen.fillStyle = css.getPropertyValue("--line").trim();
    pen.fillRect(left, bbox.top, right - left, bbox.height);
    pen.fillStyle = css.getPropertyValue("--ink-2").trim();
    pen.textAlign = "center";
    if (right - left > 80 * devicePixelRatio) pen.fillText(words.chart.gap, (left + right) / 2, bbox.top + bbox.height / 2);
  }
}

function drawMarks(plot: uPlot, beside: Beside, css: CSSStyleDeclaration): void {
  const { ctx: pen, bbox } = plot;
  pen.save();
  pen.strokeStyle = pen.fillStyle = css.getPropertyValue("--ink").trim();
  pen.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  pen.textAlign = "left";
  for (const mark of beside.marks) {
    const x = plot.valToPos(mark.time, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    pen.beginPath();
    pen.moveTo(x, bbox.top);
    pen.lineTo(x, bbox.top + bbox.height);
    pen.stroke();
    pen.fillText(mark.text.slice(0, 40), x + 4 * devicePixelRatio, bbox.top + 12 * devicePixelRatio);
  }
  pen.restore();
}

type Figure = (value: number | null) => string;

function options(width: number, height: number, layers: Layer[], hidden: Set<string>, css: CSSStyleDeclaration, beside: Beside, figure: Figure): uPlot.Options {
  const ink = css.getPropertyValue("--ink-2").trim();
  const grid = css.getPropertyValue("--line").trim();
  const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 }, font: "12px system-ui" };
  const drawn = layers.filter((layer) => !hidden.has(layer.id));
  return {
    width,
    height,
    cursor: { drag: { x: true, y: false }, points: { show: false } },
    legend: { show: false },
    hooks: { drawClear: [(plot) => drawGaps(plot, beside, css)], draw: [(plot) => drawMarks(plot, beside, css)] },
    scales: { x: { time: true }, y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.08 : 1] } },
    axes: [axis, { ...axis, size: 68, values: (_plot, ticks) => ticks.map((tick) => figure(tick)) }],
    series: [
      {},
      ...drawn.map((layer) => {
        const colour = colourOf(layers.indexOf(layer));
        return {
          label: layer.label,
          stroke: colour,
          width: 1.5,
          dash: layer.basis === "assumed" ? [6, 4] : [],
          spanGaps: false,
          points: { show: false },
          fill: (plot: uPlot) => (layer.basis === "measured" ? `${colour}9c` : hatch(plot.ctx, colour)),
        } satisfies uPlot.Series;
      }),
    ],
    /* each band hides what is below it, so that a layer shows its own part alone */
    bands: drawn.slice(1).map((_layer, at) => ({ series: [at + 2, at + 1] as [number, number] })),
  };
}

interface Props {
  times: number[];
  layers: Layer[];
  title: string;
  testid: string;
  height?: number;
  /** counts up when the columns were appended to */
  tick?: number;
  marks?: Mark[];
  /** how a value is told; watts without it */
  figure?: Figure;
}

const NO_MARKS: Mark[] = [];

function summary(title: string, times: number[], layers: Layer[], figure: Figure): string {
  const end = times.length - 1;
  if (end < 0) return words.chart.empty;
  const parts = layers.map((layer) => `${layer.label} ${figure(layer.watts[end] ?? null)} ${words.basis[layer.basis]}`);
  return `${title}, ${format.clock(times[0]! * 1000)} – ${format.clock(times[end]! * 1000)}: ${parts.join(", ")}.`;
}

export function PowerChart({ times: readings, layers: told, title, testid, height = 260, tick = 0, marks = NO_MARKS, figure = format.power }: Props) {
  const { times, layers, gaps } = useMemo(() => withGaps(readings, told), [readings, tick, told]);
  const beside = useRef<Beside>({ gaps, marks });
  beside.current.gaps = gaps;
  beside.current.marks = marks;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [hidden, setHidden] = useState<Set<string>>(new Set());
  const [at, setAt] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const shown = layers.filter((layer) => !hidden.has(layer.id));
  const shape = `${layers.map((layer) => layer.id + layer.basis).join("|")}#${[...hidden].join("|")}`;
  const data = useMemo(() => [times, ...stack(shown)] as uPlot.AlignedData, [times, tick, shape]);

  useEffect(() => {
    const element = box.current;
    if (element === null || asTable) return;
    const made = new uPlot(options(element.clientWidth, height, layers, hidden, getComputedStyle(element), beside.current, figure), data, element);
    made.over.addEventListener("mousemove", () => setAt(made.cursor.idx ?? null));
    made.over.addEventListener("mouseleave", () => setAt(null));
    plot.current = made;
    const follow = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    follow.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    return () => {
      follow.disconnect();
      void dark;
      made.destroy();
      plot.current = null;
    };
  }, [shape, asTable, height]);

  useEffect(() => {
    plot.current?.setData(data);
  }, [data]);

  const move = (event: KeyboardEvent) => {
    const last = times.length - 1;
    const from = at ?? last;
    const to =
      event.key === "ArrowLeft" ? from - 1 : event.key === "ArrowRight" ? from + 1 : event.key === "Home" ? 0 : event.key === "End" ? last : -1;
    if (event.key === "Escape") {
      plot.current?.setData(data, true);
      setAt(null);
      return;
    }
    if (to < 0 || to > last) return;
    event.preventDefault();
    setAt(to);
    const chart = plot.current;
    chart?.setCursor({ left: chart.valToPos(times[to]!, "x"), top: 10 });
  };

  const shownAt = at ?? times.length - 1;
  return (
    <figure class="chart" data-testid={testid} aria-labelledby={`${testid}-title`} aria-describedby={`${testid}-text`}>
      <figcaption>
        <h2 id={`${testid}-title`}>{title}</h2>
        <button type="button" class="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {words.chart.table}
        </button>
      </figcaption>
      <p id={`${testid}-text`} class="sr">
        {summary(title, times, layers, figure)}
      </p>
      {asTable ? (
        <ChartTable times={times} layers={layers} figure={figure} />
      ) : (
        <div class="canvas" style={{ minHeight: `${height}px` }} ref={box} tabIndex={0} role="application" aria-label={title} onKeyDown={move} onDblClick={() => plot.current?.setData(data, true)} />
      )}
      <ul class="legend" aria-live="off">
        {layers.map((layer, index) => (
          <li key={layer.id}>
            <button
              type="button"
              aria-pressed={!hidden.has(layer.id)}
              onClick={() => {
                const next = new Set(hidden);
                if (!next.delete(layer.id)) next.add(layer.id);
                setHidden(next);
              }}
            >
              <span class={`swatch ${layer.basis}`} style={{ "--c": colourOf(index) }} />
              {layer.label} <b>{figure(layer.watts[shownAt] ?? null)}</b> <small>{words.basis[layer.basis]}</small>
            </button>
          </li>
        ))}
        {shownAt >= 0 && at !== null && <li class="when">{format.clock(times[shownAt]! * 1000)}</li>}
      </ul>
      {figure === format.power && <p class="hint">{words.chart.notCounted}</p>}
    </figure>
  );
}

const ROWS_MAX = 60;

/** The same as numbers: at most sixty rows, evenly chosen. */
function ChartTable({ times, layers, figure }: { times: number[]; layers: Layer[]; figure: Figure }) {
  const step = Math.max(1, Math.ceil(times.length / ROWS_MAX));
  const rows = times.map((_time, index) => index).filter((index) => (times.length - 1 - index) % step === 0);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={words.table(words.chart.table)}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.cards.date}</th>
            {layers.map((layer) => (
              <th scope="col" key={layer.id}>
                {layer.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((index) => (
            <tr key={index}>
              <th scope="row">{format.clock(times[index]! * 1000)}</th>
              {layers.map((layer) => (
                <td key={layer.id}>{figure(layer.watts[index] ?? null)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

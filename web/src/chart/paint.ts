// SPDX-License-Identifier: Apache-2.0
// chart/paint.ts - how it is drawn: measured filled, modelled hatched, assumed hatched with a dashed edge, gaps grey
import uPlot from "uplot";
import * as format from "../format";
import type { Gap, Mark } from "../track";
import { words } from "../words";
import type { Layer } from "./series";
import type { Colours } from "./theme";

export type FigureText = (value: number | null) => string;

/** What is drawn beside the figures; looked at anew with every drawing. */
export interface Beside {
  gaps: Gap[];
  marks: Mark[];
}

const LABEL_PX = 11;
/** Marks nearer than that share one label, and of many lines only some are drawn. */
const MARKS_APART_PX = 5;

const patterns = new Map<string, CanvasPattern | string>();

/** A tile for each colour is made once. unit: canvas pixels of one of the style sheet. */
function hatch(context: CanvasRenderingContext2D, colour: string, unit: number): CanvasPattern | string {
  const key = `${colour} ${unit}`;
  let pattern = patterns.get(key);
  if (pattern === undefined) {
    pattern = makeHatch(context, colour, unit);
    patterns.set(key, pattern);
  }
  return pattern;
}

function makeHatch(context: CanvasRenderingContext2D, colour: string, unit: number): CanvasPattern | string {
  const tile = document.createElement("canvas");
  const size = 8 * unit;
  tile.width = tile.height = size;
  const pen = tile.getContext("2d");
  if (pen === null) return colour;
  pen.globalAlpha = 0.18;
  pen.fillStyle = pen.strokeStyle = colour;
  pen.fillRect(0, 0, size, size);
  pen.globalAlpha = 0.7;
  pen.lineWidth = 1.5 * unit;
  for (const at of [-size, 0, size]) {
    pen.beginPath();
    pen.moveTo(at, size);
    pen.lineTo(at + size, 0);
    pen.stroke();
  }
  return context.createPattern(tile, "repeat") ?? colour;
}

function drawGaps(plot: uPlot, gaps: Gap[], colours: Colours, unit: number): void {
  const { ctx: pen, bbox } = plot;
  pen.save();
  pen.font = `${LABEL_PX * unit}px system-ui`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (const gap of gaps) {
    const left = Math.max(plot.valToPos(gap.from, "x", true), bbox.left);
    const right = Math.min(plot.valToPos(gap.to, "x", true), bbox.left + bbox.width);
    if (right <= left) continue;
    const text = words.gaps[gap.reason];
    pen.fillStyle = colours.line;
    pen.fillRect(left, bbox.top, right - left, bbox.height);
    pen.fillStyle = colours.ink;
    if (pen.measureText(text).width + 8 * unit < right - left) pen.fillText(text, (left + right) / 2, bbox.top + bbox.height / 2);
  }
  pen.restore();
}

function drawMarks(plot: uPlot, marks: Mark[], colours: Colours, unit: number): void {
  const { ctx: pen, bbox } = plot;
  const end = bbox.left + bbox.width;
  let before = -Infinity;
  const drawn = [...marks]
    .sort((a, b) => a.time - b.time)
    .map((mark) => ({ mark, x: Math.round(plot.valToPos(mark.time, "x", true)) + (Math.round(unit) % 2) / 2 })) /* on whole pixels: sharp */
    .filter(({ x }) => {
      if (x < bbox.left || x > end || x - before < MARKS_APART_PX * unit) return false;
      before = x;
      return true;
    });
  pen.save();
  pen.strokeStyle = colours.ink;
  pen.lineWidth = unit;
  pen.setLineDash([3 * unit, 3 * unit]);
  pen.beginPath();
  for (const { x } of drawn) {
    pen.moveTo(x, bbox.top);
    pen.lineTo(x, bbox.top + bbox.height);
  }
  pen.stroke();
  /* else as the axis that was drawn last */
  pen.font = `${LABEL_PX * unit}px system-ui`;
  pen.textAlign = "left";
  pen.textBaseline = "alphabetic";
  let free = -Infinity;
  for (const { mark, x } of drawn) {
    if (mark.quiet === true || x < free) continue;
    const text = mark.text.length > 40 ? `${mark.text.slice(0, 39)}…` : mark.text;
    const width = pen.measureText(text).width + 8 * unit;
    const left = x + width > end ? x - width : x;
    /* readable where it lies upon another line */
    pen.fillStyle = colours.sheet;
    pen.fillRect(left + unit, bbox.top, width - 2 * unit, (LABEL_PX + 4) * unit);
    pen.fillStyle = colours.ink;
    pen.fillText(text, left + 4 * unit, bbox.top + LABEL_PX * unit);
    free = x + width;
  }
  pen.restore();
}

export interface Drawing {
  width: number;
  height: number;
  /** how much larger everything is drawn; 1 on the page */
  zoom: number;
  layers: Layer[]; /* all of them: a colour belongs to a place */
  hidden: Set<string>;
  /** two columns more, before the total: its least and its most */
  extremes: boolean;
  colours: Colours;
  beside: Beside;
  figure: FigureText;
  /** the same heights told as something else, at the right */
  right?: FigureText;
  /** what a round number is a multiple of: 3600 where joules are told as watt-hours */
  round: number;
  /** a stretch was drawn over; in the chart's own pixels */
  selected: (plot: uPlot) => void;
}

const NARROW_PX = 520;
const AXIS_PX = 74; /* "278 mWh" */

/** 1, 2 and 5 of each power of ten, of that unit. */
function roundSteps(of: number): number[] {
  return Array.from({ length: 36 }, (_value, index) => of * [1, 2, 5][index % 3]! * 10 ** (Math.floor(index / 3) - 5));
}

function axes(drawing: Drawing): uPlot.Axis[] {
  const { colours, figure, right, width, round, zoom } = drawing;
  const incrs = roundSteps(round);
  const plain = {
    stroke: colours.faint,
    grid: { stroke: colours.line, width: zoom },
    ticks: { stroke: colours.line, width: zoom, size: 10 * zoom },
    gap: 5 * zoom,
    font: `${12 * zoom}px system-ui`,
  };
  const told = (text: FigureText) => (_plot: uPlot, ticks: number[]) => ticks.map((tick) => format.round(text(tick)));
  return [
    { ...plain, space: 80 * zoom, size: 32 * zoom, values: (_plot, ticks, _axis, _space, step) => format.axisTimes(ticks, step) },
    { ...plain, space: 30 * zoom, size: AXIS_PX * zoom, incrs, values: told(figure) },
    ...(right === undefined || width < NARROW_PX ? [] : [{ ...plain, side: 1, space: 30 * zoom, size: AXIS_PX * zoom, incrs, grid: { show: false }, values: told(right) } as uPlot.Axis]),
  ];
}

const EXTREMES_ALPHA = 0.3;

/** Series: the layers that are not hidden, stacked, and the total of all of them above, between its extremes. */
export function optionsOf(drawing: Drawing): uPlot.Options {
  const { width, height, zoom, layers, hidden, extremes, colours, beside } = drawing;
  const unit = zoom * devicePixelRatio;
  const drawn = layers.filter((layer) => !hidden.has(layer.id));
  const extreme: uPlot.Series = { stroke: colours.ink, width: zoom, alpha: EXTREMES_ALPHA, spanGaps: false, points: { show: false } };
  return {
    width: width * zoom,
    height: height * zoom,
    padding: [8 * zoom, drawing.right === undefined || width < NARROW_PX ? 38 * zoom : 0, 0, 0],
    cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
    legend: { show: false },
    hooks: {
      drawClear: [(plot) => drawGaps(plot, beside.gaps, colours, unit)],
      draw: [(plot) => drawMarks(plot, beside.marks, colours, unit)],
      setSelect: [drawing.selected],
    },
    scales: { x: { time: true }, y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.08 : 1] } },
    axes: axes(drawing),
    series: [
      {},
      ...drawn.map((layer) => {
        const colour = colours.of(layers.indexOf(layer));
        return {
          stroke: colour,
          width: 1.5 * zoom,
          dash: layer.basis === "assumed" ? [6 * zoom, 4 * zoom] : [],
          spanGaps: false,
          points: { show: false },
          fill: (plot: uPlot) => (layer.basis === "measured" ? colour : hatch(plot.ctx, colour, unit)),
          alpha: 0.85,
        } satisfies uPlot.Series;
      }),
      ...(extremes ? [extreme, { ...extreme, fill: colours.ink }] : []),
      { stroke: colours.ink, width: 1.5 * zoom, spanGaps: false, points: { show: false } },
    ],
    /* each band hides what is below it, so that a layer shows its own part alone */
    bands: [
      ...drawn.slice(1).map((_layer, at) => ({ series: [at + 2, at + 1] as [number, number] })),
      ...(extremes ? [{ series: [drawn.length + 2, drawn.length + 1] as [number, number] }] : []),
    ],
  };
}

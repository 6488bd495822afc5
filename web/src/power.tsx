// SPDX-License-Identifier: Apache-2.0
// power.tsx - figures of the devices over time, one upon the other: a chart with its legend, or the same as a table
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { Legend, summaryOf } from "./chart/legend";
import { optionsOf, type Beside, type FigureText } from "./chart/paint";
import { offer, pictureZoom, redraw } from "./chart/redraw";
import { stack, totalOf, withGaps, type Extremes, type Layer } from "./chart/series";
import { stepped, Sync, useSync, type Stretch } from "./chart/sync";
import { ChartTable } from "./chart/table";
import { coloursOf, useTheme } from "./chart/theme";
import * as format from "./format";
import type { Gap, Mark } from "./track";
import { words } from "./words";

export { boundsOf, type Extremes, type Layer } from "./chart/series";
export { PICTURE_SCALE, pictureZoom, redraw, redrawn } from "./chart/redraw";
export { colourOf } from "./chart/theme";

interface Props {
  times: number[];
  layers: Layer[];
  title: string;
  testid: string;
  height?: number;
  /** counts up when the columns were appended to */
  tick?: number;
  marks?: Mark[];
  /** where nothing is known, and why; without it what is far from usual is a gap */
  gaps?: Gap[];
  /** where a point is more than one reading: the least and the most of the total in its time */
  extremes?: Extremes;
  /** how a value is told; watts without it */
  figure?: FigureText;
  /** the same told as something else, at the right */
  right?: FigureText;
  /** what a round number of it is a multiple of; 1 without it */
  round?: number;
  /** charts that have one in common point at the same time and show the same stretch */
  sync?: Sync;
  tools?: ComponentChildren;
  note?: string;
  /** what is said when there is nothing to draw */
  empty?: string;
}

const NO_MARKS: Mark[] = [];
const SPOKEN_EVERY_MS = 5000;
/** Narrower than that was meant as a click. */
const SELECTED_LEAST_PX = 6;

/** The reading nearest to a time. */
function nearest(times: number[], time: number): number {
  let low = 0;
  let high = times.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= time) low = middle;
    else high = middle;
  }
  return time - times[low]! <= times[high]! - time ? low : high;
}

export function PowerChart(props: Props) {
  const { times: readings, layers: told, title, testid, height = 260, tick = 0, marks = NO_MARKS, figure = format.power, right } = props;
  const own = useMemo(() => new Sync(), []);
  const sync = props.sync ?? own;
  const theme = useTheme();
  useSync(sync);
  const { times, layers, gaps, extremes } = useMemo(() => withGaps(readings, told, props.gaps, props.extremes), [readings, tick, told, props.gaps, props.extremes]);
  const beside = useRef<Beside>({ gaps, marks });
  beside.current.gaps = gaps;
  beside.current.marks = marks;
  const figures = useRef({ figure, right });
  figures.current = { figure, right };
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [hidden, setHidden] = useState<Set<string>>(new Set());
  const [asTable, setAsTable] = useState(false);
  const shape = `${layers.map((layer) => layer.id + layer.basis).join("|")}#${[...hidden].join("|")}#${right === undefined}#${props.round}#${extremes === undefined}`;
  const total = useMemo(() => totalOf(layers, times.length), [times, tick, layers]);
  const data = useMemo(() => {
    const drawn = layers.filter((layer) => !hidden.has(layer.id));
    return [times, ...stack(drawn), ...(extremes === undefined ? [] : [extremes.least, extremes.most]), total] as uPlot.AlignedData;
  }, [times, total, shape]);
  const at = sync.at === null || times.length === 0 ? null : nearest(times, sync.at);
  const spoken = useSpoken(at === null ? "" : `${format.clock(times[at]! * 1000)}: ${figure(total[at] ?? null)}`);
  const drawable = times.length > 0;

  useEffect(() => {
    const element = box.current;
    if (element === null || asTable || !drawable) return;
    const drawing = (zoom: number) =>
      optionsOf({
        width: element.clientWidth,
        height,
        zoom,
        layers,
        hidden,
        extremes: extremes !== undefined,
        colours: coloursOf(element),
        round: props.round ?? 1,
        beside: beside.current,
        figure: (value) => figures.current.figure(value),
        right: right === undefined ? undefined : (value) => figures.current.right?.(value) ?? "",
        selected: (chart) => {
          const { left, width } = chart.select;
          if (width >= SELECTED_LEAST_PX) sync.look([chart.posToVal(left, "x"), chart.posToVal(left + width, "x")]);
          if (width > 0) chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        },
      });
    const made = new uPlot(drawing(1), data, element);
    const withdraw = offer(testid, () => redraw({ options: drawing(pictureZoom()), data: made.data, shown: { min: made.scales.x!.min!, max: made.scales.x!.max! } }));
    made.over.addEventListener("mousemove", () => {
      const index = made.cursor.idx;
      sync.point(index === null || index === undefined ? null : (made.data[0][index] ?? null));
    });
    made.over.addEventListener("mouseleave", () => sync.point(null));
    plot.current = made;
    const follow = new ResizeObserver(() => {
      if (element.clientWidth !== made.width) made.setSize({ width: element.clientWidth, height });
    });
    follow.observe(element);
    return () => {
      withdraw();
      follow.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, asTable, height, theme, drawable, sync]);

  useEffect(() => {
    const chart = plot.current;
    if (chart === null) return;
    chart.batch(() => {
      chart.setData(data, false);
      const [min, max] = sync.zoom ?? [times[0]!, times[times.length - 1]!];
      chart.setScale("x", { min, max });
    });
  }, [data, sync.zoom, shape, asTable, theme, drawable]);

  useEffect(() => {
    const chart = plot.current;
    if (chart === null || chart.over.matches(":hover")) return;
    chart.setCursor({ left: at === null ? -10 : chart.valToPos(times[at]!, "x"), top: at === null ? -10 : 10 }, false);
  }, [at, data]);

  const keys = (event: KeyboardEvent) => {
    const all: Stretch = [times[0]!, times[times.length - 1]!];
    if (!drawable || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape") {
      sync.look(null);
      sync.point(null);
      return;
    }
    if (event.shiftKey && event.key.startsWith("Arrow")) {
      event.preventDefault();
      sync.look(stepped(event.key, all, sync.zoom, sync.at));
      return;
    }
    const first = nearest(times, sync.zoom?.[0] ?? all[0]);
    const last = nearest(times, sync.zoom?.[1] ?? all[1]);
    const from = at ?? last + (event.key === "ArrowLeft" ? 0 : -1);
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: first, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    sync.point(times[Math.min(Math.max(to, first), last)]!);
  };

  const toggle = (id: string) => {
    const next = new Set(hidden);
    if (!next.delete(id)) next.add(id);
    setHidden(next);
  };

  return (
    <figure class="chart" data-testid={testid} aria-labelledby={`${testid}-title`} aria-describedby={`${testid}-text`}>
      <figcaption>
        <h2 id={`${testid}-title`}>{title}</h2>
        <span class="chart-tools">
          {props.tools}
          {sync.zoom !== null && (
            <button type="button" class="quiet" data-testid={`${testid}-reset`} onClick={() => sync.look(null)}>
              {words.chart.reset}
            </button>
          )}
          <button type="button" class="quiet" data-testid={`${testid}-table`} aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            {words.chart.table}
          </button>
        </span>
      </figcaption>
      <p id={`${testid}-text`} class="sr">
        {summaryOf({ title, times, layers, total, extremes, marks, gaps: gaps.length, figure })}
      </p>
      {!drawable ? (
        <p class="notice" style={{ minHeight: `${height}px` }}>
          {props.empty ?? words.chart.empty}
        </p>
      ) : asTable ? (
        <ChartTable times={times} layers={layers} total={total} extremes={extremes} marks={marks} figure={figure} right={right} />
      ) : (
        <div
          class="canvas"
          style={{ minHeight: `${height}px` }}
          ref={box}
          tabIndex={0}
          role="application"
          aria-label={title}
          aria-describedby={`${testid}-text`}
          onKeyDown={keys}
          onDblClick={() => sync.look(null)}
        />
      )}
      <Legend times={times} layers={layers} total={total} extremes={extremes} at={at} hidden={hidden} toggle={toggle} figure={figure} right={right} />
      <p class="sr" role="status" data-testid={`${testid}-spoken`}>
        {spoken}
      </p>
      {extremes !== undefined && <p class="hint">{words.chart.extremes(extremes.ofEach)}</p>}
      {props.note !== undefined && <p class="hint">{props.note}</p>}
    </figure>
  );
}

/** The newest text, but not more often than so: who listens is not to be talked over. */
function useSpoken(text: string): string {
  const [spoken, setSpoken] = useState("");
  const last = useRef(-Infinity);
  useEffect(() => {
    if (text === "") {
      setSpoken("");
      return;
    }
    const wait = Math.max(300, last.current + SPOKEN_EVERY_MS - performance.now());
    const timer = setTimeout(() => {
      last.current = performance.now();
      setSpoken(text);
    }, wait);
    return () => clearTimeout(timer);
  }, [text]);
  return spoken;
}

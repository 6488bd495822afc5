// SPDX-License-Identifier: Apache-2.0
// more/lines.tsx - lines over time that are not stacked: each with its colour and dash, a cursor by keyboard, and as a table
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import * as format from "../format";
import { colourOf, pictureZoom, redraw } from "../power";
import type { Figure } from "../types";
import { words } from "../words";
import { Scroll } from "./bits";
import { pictureOf } from "./picture";
import { save } from "./save";
import { say } from "./say";

export interface Line {
  label: string;
  values: Figure[];
  /** a different one for each, so that colour is not all that tells them apart */
  dash?: number[];
  colour?: string;
}

const DASHES: number[][] = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [1, 4], [12, 6], [6, 2, 1, 2]];
const ROWS_MAX = 100;

interface Props {
  testid: string;
  title: string;
  /** what a screen reader is told of it */
  summary: string;
  /** under its picture: the figures, and how they are known */
  caption: string[];
  x: number[];
  lines: Line[];
  figure: (value: Figure) => string;
  /** of the x axis; without it x is unix seconds */
  at: (value: number) => string;
  xTime: boolean;
  stepped?: boolean;
  height?: number;
  /** drawn below the lines; unit: canvas pixels of one of the style sheet */
  under?: (plot: uPlot, css: CSSStyleDeclaration, unit: number) => void;
  children?: preact.ComponentChildren;
}

/** zoom: how much larger everything is drawn; 1 on the page. */
function optionsOf(width: number, { lines, height = 240, figure, at, xTime, stepped, under }: Props, css: CSSStyleDeclaration, zoom = 1): uPlot.Options {
  const grid = css.getPropertyValue("--line").trim();
  const axis = {
    stroke: css.getPropertyValue("--ink-2").trim(),
    grid: { stroke: grid, width: zoom },
    ticks: { stroke: grid, width: zoom, size: 10 * zoom },
    gap: 5 * zoom,
    size: 50 * zoom,
    font: `${12 * zoom}px system-ui`,
  };
  const across = { ...axis, space: 70 * zoom };
  return {
    width: width * zoom,
    height: height * zoom,
    padding: [17 * zoom, 38 * zoom, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: true, y: false } },
    hooks: under === undefined ? {} : { drawClear: [(plot) => under(plot, css, zoom * devicePixelRatio)] },
    scales: { x: { time: xTime }, y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1] } },
    axes: [{ ...across, values: (_plot, ticks, _axis, _space, step) => (xTime ? format.axisTimes(ticks, step) : ticks.map((tick) => format.round(at(tick)))) }, { ...axis, space: 30 * zoom, size: 64 * zoom, values: (_plot, ticks) => ticks.map((tick) => format.round(figure(tick))) }],
    series: [
      {},
      ...lines.map((line, index) => ({
        label: line.label,
        stroke: line.colour ?? colourOf(index),
        width: 2 * zoom,
        dash: (line.dash ?? DASHES[index % DASHES.length]!).map((length) => length * zoom),
        points: { show: false },
        paths: stepped === true ? uPlot.paths.stepped!({ align: 1 }) : undefined,
      })),
    ],
  };
}

async function takePicture(props: Props, plot: uPlot | null): Promise<void> {
  if (plot === null) return;
  const { testid, title, lines, caption } = props;
  const { min, max } = plot.scales.x!;
  const chart = await redraw({ options: optionsOf(plot.width, props, getComputedStyle(plot.root), pictureZoom()), data: plot.data, shown: { min: min!, max: max! } });
  const legend = lines.map((line, index) => ({ label: line.label, colour: line.colour ?? colourOf(index) }));
  save(`aico2-${testid}.png`, await pictureOf({ chart, title, lines: caption, legend }));
}

export function LineChart(props: Props) {
  const { testid, title, summary, x, lines, figure, at, height = 240 } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [where, setWhere] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const data = useMemo(() => [x, ...lines.map((line) => line.values)] as uPlot.AlignedData, [x, lines]);
  useEffect(() => {
    const element = box.current;
    if (element === null || asTable) return;
    const made = new uPlot(optionsOf(element.clientWidth, props, getComputedStyle(element)), data, element);
    made.over.addEventListener("mousemove", () => setWhere(made.cursor.idx ?? null));
    made.over.addEventListener("mouseleave", () => setWhere(null));
    plot.current = made;
    const follow = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    follow.observe(element);
    return () => {
      follow.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [data, asTable, height]);
  const move = (event: KeyboardEvent) => {
    const last = x.length - 1;
    const from = where ?? last;
    const steps: Record<string, number> = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last };
    if (event.key === "Escape") {
      plot.current?.setData(data, true);
      setWhere(null);
      return;
    }
    const to = steps[event.key];
    if (to === undefined || to < 0 || to > last) return;
    event.preventDefault();
    setWhere(to);
    plot.current?.setCursor({ left: plot.current.valToPos(x[to]!, "x"), top: 10 });
  };
  return (
    <figure class="chart lines" data-testid={testid} aria-labelledby={`${testid}-title`} aria-describedby={`${testid}-text`}>
      <figcaption>
        <h3 id={`${testid}-title`}>{title}</h3>
        <span class="filters">
          {!asTable && (
            <button type="button" class="quiet" onClick={() => void takePicture(props, plot.current)}>
              {say.take.png}
            </button>
          )}
          <button type="button" class="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            {words.chart.table}
          </button>
        </span>
      </figcaption>
      <p class="sr" id={`${testid}-text`}>
        {summary}
      </p>
      {asTable ? (
        <Table {...props} />
      ) : (
        <div class="canvas" style={{ minHeight: `${height}px` }} ref={box} tabIndex={0} role="application" aria-label={title} onKeyDown={move} onDblClick={() => plot.current?.setData(data, true)} />
      )}
      <ul class="legend">
        {lines.map((line, index) => (
          <li key={line.label + index}>
            <svg class="dash" viewBox="0 0 30 8" aria-hidden="true">
              <line x1="0" x2="30" y1="4" y2="4" stroke={line.colour ?? colourOf(index)} stroke-width="3" stroke-dasharray={(line.dash ?? DASHES[index % DASHES.length]!).join(" ")} />
            </svg>
            {line.label} {where !== null && <b>{figure(line.values[where] ?? null)}</b>}
          </li>
        ))}
        {where !== null && x[where] !== undefined && <li class="when">{at(x[where])}</li>}
      </ul>
      {props.children}
    </figure>
  );
}

function Table({ title, x, lines, figure, at }: Props) {
  const step = Math.max(1, Math.ceil(x.length / ROWS_MAX));
  return (
    <Scroll label={title} tall>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.cards.date}</th>
            {lines.map((line, index) => (
              <th scope="col" class="number" key={index}>
                {line.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {x.map(
            (value, row) =>
              row % step === 0 && (
                <tr key={row}>
                  <th scope="row">{at(value)}</th>
                  {lines.map((line, index) => (
                    <td class="number" key={index}>
                      {figure(line.values[row] ?? null)}
                    </td>
                  ))}
                </tr>
              ),
          )}
        </tbody>
      </table>
    </Scroll>
  );
}

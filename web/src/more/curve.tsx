// SPDX-License-Identifier: Apache-2.0
// more/curve.tsx - the day of a place: hours gone by and ahead, now, and the greenest stretch for a job
import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import { path } from "../api";
import { lastOf, useAsked } from "../asked";
import * as format from "../format";
import type { SetView, View } from "../hash";
import { Block, Waiting } from "../parts";
import type { Figure } from "../types";
import { LineChart, type Line } from "./lines";
import { say } from "./say";
import type { DayQuality, PlaceDay } from "./types";

const DURATIONS = [1, 2, 4, 8, 12, 24];
const QUALITIES: DayQuality[] = ["measured", "estimated", "forecast", "typical"];
const COLOURS: Record<DayQuality, string> = { measured: "#0072b2", estimated: "#8a6d00", forecast: "#00835d", typical: "#00835d" };
const DASH: Record<DayQuality, number[]> = { measured: [], estimated: [2, 3], forecast: [8, 4], typical: [2, 3] };

const wordOf: Record<DayQuality, string> = { measured: say.curve.past, estimated: say.curve.estimated, forecast: say.curve.forecast, typical: say.curve.typical };

const seconds = (text: string) => Date.parse(text) / 1000;

/** A line for each quality, so that each has its own dash; a value holds until the next point, and the last until the end. */
export function linesOf(day: PlaceDay): [number[], Line[]] {
  if (day.basis === "yearly") return [[seconds(day.from), seconds(day.until)], [{ label: say.curve.flat, values: [day.yearly.gco2e_per_kwh, day.yearly.gco2e_per_kwh], dash: [2, 3], colour: "#7a7f85" }]];
  const last = day.points[day.points.length - 1]!;
  const points: PlaceDay["points"] = last[1] === null ? day.points : [...day.points, [seconds(day.until), last[1], last[2]]];
  const x = points.map((point) => point[0]);
  const lines = QUALITIES.filter((quality) => points.some((point) => point[2] === quality && point[1] !== null)).map((quality) => ({
    label: wordOf[quality],
    dash: DASH[quality],
    colour: COLOURS[quality],
    /* and the point at which another quality begins: the step before it ends there */
    values: points.map((point, index): Figure => {
      if (point[2] === quality) return point[1];
      const before = points[index - 1];
      return before !== undefined && before[2] === quality ? before[1] : null;
    }),
  }));
  return [x, lines];
}

/** The greenest stretch shaded, and a line where now is. */
function under(day: PlaceDay) {
  return (plot: uPlot, css: CSSStyleDeclaration, unit: number) => {
    const { ctx: pen, bbox } = plot;
    const x = (text: string) => Math.min(Math.max(plot.valToPos(seconds(text), "x", true), bbox.left), bbox.left + bbox.width);
    pen.save();
    if (day.when !== null) {
      const left = x(day.when.best.start);
      pen.fillStyle = css.getPropertyValue("--green-2").trim();
      pen.fillRect(left, bbox.top, x(day.when.best.end) - left, bbox.height);
    }
    pen.strokeStyle = pen.fillStyle = css.getPropertyValue("--ink").trim();
    pen.setLineDash([4 * unit, 4 * unit]);
    pen.lineWidth = unit;
    const now = Math.round(x(day.now)) + (Math.round(unit) % 2) / 2; /* on whole pixels: sharp */
    pen.beginPath();
    pen.moveTo(now, bbox.top);
    pen.lineTo(now, bbox.top + bbox.height);
    pen.stroke();
    pen.font = `${12 * unit}px system-ui`;
    pen.textAlign = "left";
    pen.textBaseline = "alphabetic";
    pen.fillText(say.curve.now, now + 4 * unit, bbox.top + 12 * unit);
    pen.restore();
  };
}

const hourOf = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });
const told = (text: string) => hourOf.format(Date.parse(text));

function captionOf(day: PlaceDay): string[] {
  if (day.basis === "yearly") return [yearlyOf(day)];
  const best = day.when === null ? [] : [say.curve.best(told(day.when.best.start), told(day.when.best.end), format.plain(day.when.best.gco2e_per_kwh))];
  return [...best, `${say.intensity.source}: ${day.source ?? format.DASH}`];
}

function yearlyOf(day: PlaceDay): string {
  return say.curve.yearly(format.plain(day.yearly.gco2e_per_kwh), [day.yearly.source.split(",")[0], day.yearly.year].filter((text) => text !== null).join(", "));
}

export function Curve({ place, view, setView }: { place: string; view: View; setView: SetView }) {
  const hours = DURATIONS.includes(Number(view.hours)) ? Number(view.hours) : 4;
  const asked = useAsked<PlaceDay>(path(`intensity/${encodeURIComponent(place)}/series`, { hours: 24, ahead: 24, duration: `${hours}h` }));
  const day = lastOf(asked);
  const [x, lines] = useMemo(() => (day === null ? [[], []] : linesOf(day)), [day]);
  if (day === null)
    return (
      <Block title={say.curve.title(place)} testid="curve">
        <Waiting asked={asked} />
      </Block>
    );
  const values = lines.flatMap((line) => line.values).filter((value): value is number => value !== null);
  return (
    <Block
      title={say.curve.title(day.name || day.place)}
      testid="curve"
      tools={
        day.basis === "hours" && (
          <label class="inline">
            {say.curve.duration}{" "}
            <select data-testid="curve-hours" value={String(hours)} onChange={(event) => setView({ hours: event.currentTarget.value })}>
              {DURATIONS.map((one) => (
                <option key={one} value={String(one)}>
                  {say.curve.hours(one)}
                </option>
              ))}
            </select>
          </label>
        )
      }
    >
      <Best day={day} hours={hours} />
      <LineChart
        testid="curve-chart"
        title={say.curve.chart(day.name || day.place)}
        summary={say.curve.summary(day.name, format.plain(Math.min(...values)), format.plain(Math.max(...values)))}
        caption={captionOf(day)}
        x={x}
        lines={lines}
        figure={format.plain}
        at={(value) => hourOf.format(value * 1000)}
        xTime
        stepped
        height={220}
        under={under(day)}
      />
      {day.basis === "hours" && (
        <p class="hint">
          {day.when?.basis === "typical-day" && day.when.days !== null && `${say.curve.typicalNote(day.when.days)} `}
          {day.source !== null && `${say.intensity.source}: ${day.source}.`} {day.when === null && say.curve.unknown}
        </p>
      )}
    </Block>
  );
}

function Best({ day, hours }: { day: PlaceDay; hours: number }) {
  if (day.basis === "yearly")
    return (
      <p class="notice plainly" data-testid="curve-yearly">
        {yearlyOf(day)} <span>{say.curve.how}</span>
      </p>
    );
  if (day.when === null) return null;
  const { best, now, saving_ratio, saving_low_ratio, saving_high_ratio } = day.when;
  const better = saving_ratio !== null && saving_ratio > 0 && best.start !== now.start;
  return (
    <p class="best" data-testid="curve-best">
      <i class="window" /> <b>{say.curve.best(told(best.start), told(best.end), format.plain(best.gco2e_per_kwh))}</b>
      {" "}({say.curve.hours(hours)}){" "}
      {better ? say.curve.saving(format.percent(saving_ratio), saving_low_ratio === saving_high_ratio ? "" : ` (${format.percent(saving_low_ratio)} … ${format.percent(saving_high_ratio)})`) : saving_ratio !== null ? say.curve.atOnce : ""}
    </p>
  );
}

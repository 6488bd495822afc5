// SPDX-License-Identifier: Apache-2.0
// more/elsewhere.tsx - a run's own joules as if used in other places, or in the greenest hours of its own
import { useEffect, useState } from "preact/hooks";
import { get, path, Problem } from "../api";
import { lastOf, useAsked } from "../asked";
import * as format from "../format";
import type { View } from "../hash";
import { Block } from "../parts";
import { Scroll } from "./bits";
import { say } from "./say";
import type { FullReport, PlaceDay } from "./types";

/** Grids from clean to not, so that a reader sees the span; any other can be added. */
const PLACES = ["SE", "FR", "DE", "US", "PL", "IN"];
const PLACES_MOST = 12;

interface Line {
  place: string;
  report: FullReport | null; /* null: asked, or no such place */
  problem: string;
}

/** The same run by the figures of each place, in the order of the answers' grams. */
function useElsewhere(id: string, places: string[]): Line[] {
  const [lines, setLines] = useState<Map<string, Line>>(new Map());
  useEffect(() => {
    const stop = new AbortController();
    for (const place of places) {
      get<FullReport>(path(`runs/${id}`, { place }), stop.signal).then(
        (report) => setLines((before) => new Map(before).set(place, { place, report, problem: "" })),
        (problem: unknown) => {
          if (!stop.signal.aborted) setLines((before) => new Map(before).set(place, { place, report: null, problem: problem instanceof Problem ? problem.message : String(problem) }));
        },
      );
    }
    return () => stop.abort();
  }, [id, places.join()]);
  return places.map((place) => lines.get(place) ?? { place, report: null, problem: "" });
}

export function Elsewhere({ report, view }: { report: FullReport; view: View }) {
  const [added, setAdded] = useState<string[]>([]);
  const [text, setText] = useState("");
  const own = lastOf(useAsked<FullReport>(path(`runs/${report.run.id}`)));
  const here = own?.carbon.place ?? report.carbon.place ?? "";
  const places = [...new Set([...PLACES, ...(view.region === "" ? [] : [view.region]), ...added])].filter((place) => place !== here);
  const lines = useElsewhere(report.run.id, places);
  const grams = own?.carbon.total_gco2e ?? null;
  const known = lines.filter((line) => line.report !== null).map((line) => line.report!);
  const all = own === null ? known : [own, ...known];
  all.sort((a, b) => (a.carbon.total_gco2e ?? Infinity) - (b.carbon.total_gco2e ?? Infinity));
  const most = Math.max(...all.map((one) => one.carbon.total_gco2e ?? 0));
  const kinds = new Set(all.map((one) => one.carbon.intensity_kind));
  const wrong = lines.filter((line) => line.problem !== "");
  const mass = view.mass === "kg" ? "kg" : "g";
  return (
    <Block title={say.elsewhere.title} testid="elsewhere">
      <Scroll label={say.elsewhere.title}>
        <table>
          <thead>
            <tr>
              <th scope="col">{say.elsewhere.place}</th>
              <th scope="col" class="number">
                {say.elsewhere.intensity}
              </th>
              <th scope="col" class="number">
                {say.elsewhere.grams}
              </th>
              <th scope="col" class="number">
                {say.elsewhere.against}
              </th>
            </tr>
          </thead>
          <tbody>
            {all.map((one) => (
              <tr key={one === own ? "own" : (one.carbon.place ?? "")} class={one === own ? "chosen" : ""} data-place={one.carbon.place ?? ""}>
                <th scope="row">
                  {one.carbon.place_name ?? one.carbon.place ?? format.DASH} {one === own && <small>{say.elsewhere.here}</small>}
                </th>
                <td class="number">{format.plain(one.carbon.intensity_gco2e_per_kwh)}</td>
                <td class="number">
                  <span class="bar-cell" style={{ "--share": `${most > 0 ? ((one.carbon.total_gco2e ?? 0) / most) * 100 : 0}%` }}>
                    {format.mass(one.carbon.total_gco2e, mass)}
                  </span>
                  <small class="block-note">{format.massRange(one.carbon.low_gco2e, one.carbon.high_gco2e, mass)}</small>
                </td>
                <td class="number">{one === own ? "" : difference(one.carbon.total_gco2e, grams)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <form
        class="inline"
        onSubmit={(event) => {
          event.preventDefault();
          const place = text.trim();
          if (place !== "" && added.length < PLACES_MOST) setAdded([...added.filter((one) => one !== place), place]);
          setText("");
        }}
      >
        <label>
          {say.elsewhere.add}
          <input data-testid="elsewhere-add" value={text} placeholder={say.elsewhere.addHint} onInput={(event) => setText(event.currentTarget.value)} autocomplete="off" />
        </label>
        <button type="submit" class="quiet">
          {say.elsewhere.add}
        </button>
      </form>
      {wrong.map((line) => (
        <p class="notice bad" role="alert" key={line.place}>
          {line.problem}
        </p>
      ))}
      <p class="hint">
        {say.elsewhere.how} {kinds.size > 1 && say.elsewhere.kinds}
      </p>
      <AnotherHour report={own ?? report} mass={mass} />
    </Block>
  );
}

/** "+312 %", "−88 %": against what it was. */
export function difference(value: number | null, base: number | null): string {
  if (value === null || base === null || !(base > 0)) return format.DASH;
  const ratio = value / base - 1;
  const text = format.percent(Math.abs(ratio));
  return Math.abs(ratio) < 0.0005 ? text : ratio > 0 ? `+${text}` : `−${text}`;
}

const DAY_SECONDS = 86400;
const LEAST_SECONDS = 60;

/** Its joules in the greenest stretch of its own length ahead, against a start now. */
function AnotherHour({ report, mass }: { report: FullReport; mass: format.Mass }) {
  const seconds = Math.min(DAY_SECONDS, Math.max(LEAST_SECONDS, Math.ceil(report.run.duration_seconds ?? 0)));
  const place = report.carbon.place ?? "world";
  const day = lastOf(useAsked<PlaceDay>(path(`intensity/${encodeURIComponent(place)}/series`, { duration: `${seconds}s`, ahead: 48 })));
  if (day === null) return null;
  const grams = (perKwh: number | null) => (perKwh === null || report.energy.total_joules === null ? null : (report.energy.total_joules / 3.6e6) * report.carbon.pue * perKwh + (report.carbon.embodied_gco2e ?? 0));
  return (
    <div data-testid="another-hour">
      <h3>{say.elsewhere.hours}</h3>
      {day.when === null ? (
        <p class="hint">{say.elsewhere.hoursNone}</p>
      ) : (
        <dl class="pairs">
          <div>
            <dt>{say.elsewhere.now(format.clock(Date.parse(day.when.now.start)))}</dt>
            <dd>
              {format.mass(grams(day.when.now.gco2e_per_kwh), mass)} <small>{format.plain(day.when.now.gco2e_per_kwh)} g/kWh</small>
            </dd>
          </div>
          <div>
            <dt>{say.elsewhere.best(format.dateTime(day.when.best.start))}</dt>
            <dd>
              {format.mass(grams(day.when.best.gco2e_per_kwh), mass)} <small>{format.plain(day.when.best.gco2e_per_kwh)} g/kWh, {difference(grams(day.when.best.gco2e_per_kwh), grams(day.when.now.gco2e_per_kwh))}</small>
            </dd>
          </div>
        </dl>
      )}
    </div>
  );
}

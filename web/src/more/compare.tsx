// SPDX-License-Identifier: Apache-2.0
// more/compare.tsx - two or more runs held against one of them, with bands, and "cannot tell" as an answer
import { useEffect, useMemo, useState } from "preact/hooks";
import { get, path, Problem } from "../api";
import { lastOf, useAsked } from "../asked";
import * as format from "../format";
import { COMPARED_MOST, comparedOf, type SetView, type View } from "../hash";
import { Block } from "../parts";
import type { Figure, Runs } from "../types";
import { RunLink, Scroll } from "./bits";
import { difference, Elsewhere } from "./elsewhere";
import { LineChart } from "./lines";
import { figuresLine, methodLine } from "./save";
import { say } from "./say";
import { stepOf, totalOf } from "./timeline";
import type { Comparison, FullReport, Samples } from "./types";

/** One run of the comparison, as far as it is there. */
interface Side {
  id: string;
  report: FullReport | null;
  samples: Samples | null;
  against: Comparison | null; /* the first run; null for it itself */
  problem: string;
}

const said = (problem: unknown) => (problem instanceof Problem ? problem.message : String(problem));

/** Everything that is asked of each, one after the other: the server makes its answers so, too. */
function useSides(ids: string[]): Side[] {
  const [sides, setSides] = useState<Side[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    const made: Side[] = ids.map((id) => ({ id, report: null, samples: null, against: null, problem: "" }));
    const put = () => !stop.signal.aborted && setSides(made.map((side) => ({ ...side })));
    const ask = async () => {
      for (const side of made) {
        try {
          side.report = await get<FullReport>(path(`runs/${side.id}`), stop.signal);
          if (side !== made[0] && made[0]!.report !== null) side.against = await get<Comparison>(path("compare", { a: made[0]!.id, b: side.id }), stop.signal);
          put();
          side.samples = await get<Samples>(path(`runs/${side.id}/samples`, { step: stepOf(side.report.run.duration_seconds) }), stop.signal);
        } catch (problem) {
          side.problem = side.report === null ? said(problem) : "";
        }
        put();
      }
    };
    put();
    void ask();
    return () => stop.abort();
  }, [ids.join()]);
  return sides;
}

/** Names that are alike are told apart by when they began. */
function namesOf(sides: Side[]): string[] {
  const names = sides.map((side) => side.report?.run.name || side.id.slice(0, 10));
  return names.map((name, index) => (names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} (${index + 1})`));
}

export function ComparePage({ view, setView }: { view: View; setView: SetView }) {
  const ids = comparedOf(view);
  const sides = useSides(ids);
  const names = namesOf(sides);
  const [base, ...others] = sides;
  const there = others.filter((side) => side.against !== null);
  return (
    <>
      <Block title={say.compare.title} testid="compare">
        <Chips sides={sides} names={names} ids={ids} setView={setView} />
        {ids.length < 2 && <p class="notice">{say.compare.pick}</p>}
        {view.region !== "" && <p class="hint">{say.asMeasured}</p>}
        {sides
          .filter((side) => side.problem !== "")
          .map((side) => (
            <p class="notice bad" role="alert" key={side.id}>
              {side.problem}
            </p>
          ))}
        {ids.length > 1 && base?.report !== null && there.length === 0 && others.every((side) => side.problem === "") && <p class="notice">{say.loading}</p>}
        {base?.report != null && there.length > 0 && (
          <>
            <ul class="answers" data-testid="answers">
              {there.map((side) => (
                <Answer key={side.id} side={side} name={names[sides.indexOf(side)]!} base={names[0]!} />
              ))}
            </ul>
            <Differences base={base} others={there} names={names} sides={sides} view={view} setView={setView} />
          </>
        )}
      </Block>
      {base?.report != null && there.length > 0 && <Overlay sides={sides} names={names} />}
      {base?.report != null && ids.length > 0 && <Elsewhere report={base.report} view={view} />}
    </>
  );
}

/** The runs that are chosen: the first is held against; any can become it, or go; others can come. */
function Chips({ sides, names, ids, setView }: { sides: Side[]; names: string[]; ids: string[]; setView: SetView }) {
  const runs = lastOf(useAsked<Runs>(path("runs", { limit: 100 })))?.runs ?? [];
  const set = (next: string[]) => setView({ runs: next.join(",") });
  return (
    <div class="chips">
      {sides.map((side, index) => (
        <span class={index === 0 ? "chip base" : "chip"} key={side.id} data-testid="chip">
          {names[index]}
          {index === 0 ? (
            sides.length > 1 && <small>{say.compare.base}</small>
          ) : (
            <button type="button" class="link" title={say.compare.makeBase} aria-label={`${say.compare.makeBase}: ${names[index]}`} onClick={() => set([side.id, ...ids.filter((id) => id !== side.id)])}>
              ⇤
            </button>
          )}
          <button type="button" class="link" aria-label={say.compare.remove(names[index]!)} onClick={() => set(ids.filter((id) => id !== side.id))}>
            ✕
          </button>
        </span>
      ))}
      {ids.length < COMPARED_MOST && (
        <select aria-label={say.compare.add} data-testid="compare-add" value="" onChange={(event) => event.currentTarget.value !== "" && set([...ids, event.currentTarget.value])}>
          <option value="">{say.compare.add} …</option>
          {runs
            .filter((run) => !ids.includes(run.id))
            .map((run) => (
              <option key={run.id} value={run.id}>
                {run.name || run.id.slice(0, 10)}, {format.dateTime(run.started_at)}
              </option>
            ))}
        </select>
      )}
    </div>
  );
}

const GRAMS = "total_gco2e";

function Answer({ side, name, base }: { side: Side; name: string; base: string }) {
  const row = side.against?.rows.find((one) => one.what === GRAMS);
  if (row === undefined) return null;
  return (
    <li>
      <span class={`verdict ${row.verdict.replace(" ", "-")}`}>{say.compare.summary[row.verdict]?.(name, base) ?? row.verdict}</span>
      {row.delta !== null && (
        <small>
          {" "}
          {signed(row.delta, "gCO2e")} ({signed(row.low, "gCO2e")} … {signed(row.high, "gCO2e")}), {difference(row.b, row.a)}
          {row.verdict === "cannot tell" && `. ${say.compare.cannot}`}
        </small>
      )}
    </li>
  );
}

function figure(value: Figure, unit: string, view?: View): string {
  switch (unit) {
    case "J":
      return format.energy(value, view?.energy === "J" ? "J" : "Wh");
    case "gCO2e":
      return format.mass(value, view?.mass === "kg" ? "kg" : "g");
    case "s":
      return format.duration(value);
    case "W":
      return format.power(value);
    default:
      return `${format.plain(value)}${unit === "" ? "" : `\u202f${unit}`}`;
  }
}

export function signed(value: Figure, unit: string, view?: View): string {
  if (value === null) return format.DASH;
  const text = figure(Math.abs(value), unit, view);
  return value > 0 ? `+${text}` : value < 0 ? `−${text}` : text;
}

/** A figure a row; of each run its own, and how it stands against the first: absolute, relative, with the band. */
function Differences({ base, others, names, sides, view, setView }: { base: Side; others: Side[]; names: string[]; sides: Side[]; view: View; setView: SetView }) {
  const whats = [...new Map(others.flatMap((side) => side.against!.rows.map((row) => [row.what, row.unit] as const)))];
  return (
    <Scroll label={say.compare.table}>
      <table class="differences">
        <thead>
          <tr>
            <th scope="col">{say.compare.figure}</th>
            <th scope="col" class="number">
              <RunLink id={base.id} name={names[0]!} setView={setView} />
            </th>
            {others.map((side) => (
              <th scope="col" class="number" key={side.id}>
                <RunLink id={side.id} name={names[sides.indexOf(side)]!} setView={setView} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {whats.map(([what, unit]) => (
            <tr key={what} data-what={what}>
              <th scope="row">{say.compare.rows[what] ?? what.replaceAll("_", " ")}</th>
              <td class="number">{figure(others.map((side) => side.against!.rows.find((row) => row.what === what)?.a ?? null).find((value) => value !== null) ?? null, unit, view)}</td>
              {others.map((side) => (
                <Difference key={side.id} row={side.against!.rows.find((row) => row.what === what)} view={view} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Difference({ row, view }: { row: Comparison["rows"][number] | undefined; view: View }) {
  if (row === undefined) return <td class="number">{format.DASH}</td>;
  const same = row.delta === 0 && row.low === row.high;
  const verdict = same ? "same" : row.verdict;
  const banded = row.low !== null && row.high !== null && row.low < row.high;
  return (
    <td class="number">
      {figure(row.b, row.unit, view)}
      <span class="block-note">
        <span class={`verdict ${verdict.replace(" ", "-")}`}>{say.compare.verdicts[verdict] ?? verdict}</span>
        {!same && ` ${signed(row.delta, row.unit, view)}, ${difference(row.b, row.a)}`}
      </span>
      {banded && (
        <small class="block-note">
          {signed(row.low, row.unit, view)} … {signed(row.high, row.unit, view)}
        </small>
      )}
    </td>
  );
}

const BUCKETS = 600;

/** The totals of all upon one column of elapsed seconds. */
export function overlaid(runs: [number[], Figure[]][]): [number[], Figure[][]] {
  const longest = Math.max(0, ...runs.map(([times]) => times.at(-1) ?? 0));
  const step = Math.max(1, Math.ceil(longest / BUCKETS));
  const x = Array.from({ length: Math.floor(longest / step) + 1 }, (_none, index) => index * step);
  const columns = runs.map(([times, watts]) => {
    const sums = new Map<number, [number, number]>();
    times.forEach((time, index) => {
      const at = Math.floor(time / step) * step;
      const value = watts[index];
      if (value === null || value === undefined) return;
      const [sum, count] = sums.get(at) ?? [0, 0];
      sums.set(at, [sum + value, count + 1]);
    });
    return x.map((at) => {
      const found = sums.get(at);
      return found === undefined ? null : found[0] / found[1];
    });
  });
  return [x, columns];
}

function Overlay({ sides, names }: { sides: Side[]; names: string[] }) {
  const drawn = sides.map((side, index) => ({ side, name: names[index]! })).filter(({ side }) => side.samples !== null && side.report !== null);
  const [x, columns] = useMemo(() => overlaid(drawn.map(({ side }) => totalOf(side.samples!, side.report!))), [sides]);
  const lines = useMemo(() => drawn.map(({ name }, index) => ({ label: name, values: columns[index]! })), [columns, names.join()]);
  if (drawn.length === 0 || x.length < 2) return <p class="notice">{sides.some((side) => side.samples === null && side.problem === "") ? say.loading : say.compare.overlayNone}</p>;
  return (
    <LineChart
      testid="overlay"
      title={say.compare.overlay}
      summary={say.compare.overlayText(drawn.map(({ name }) => name).join(", "))}
      caption={drawn.map(({ side, name }) => `${name}: ${figuresLine(side.report!)}; ${methodLine(side.report!)}`)}
      x={x}
      lines={lines}
      figure={format.power}
      at={(seconds) => format.duration(seconds)}
      xTime={false}
    />
  );
}

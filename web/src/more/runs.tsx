// SPDX-License-Identifier: Apache-2.0
// more/runs.tsx - the runs of the history: search, order, choice for a comparison
import { useEffect, useState } from "preact/hooks";
import { get, path, Problem } from "../api";
import { lastOf, useAsked } from "../asked";
import * as format from "../format";
import { COMPARED_MOST, comparedOf, type SetView, type View } from "../hash";
import { Block, Waiting } from "../parts";
import { say } from "./say";
import { orderOf, sorted, turned, type Key } from "./sort";
import type { DetailedRow, DetailedRuns } from "./types";
import { RunLink, Scroll } from "./bits";

const PAGE = 100;
const TYPING_MS = 250;

/** What was typed, a moment after the last letter. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

export function RunsPage({ view, setView, again }: { view: View; setView: SetView; again: number }) {
  const [text, setText] = useState(view.q);
  const search = useSettled(text);
  const [state, setState] = useState("");
  const [watch, setWatch] = useState(false);
  const [older, setOlder] = useState<DetailedRuns[]>([]);
  const [problem, setProblem] = useState("");
  const query = { stage: view.stage, q: search, details: 1, limit: PAGE };
  const asked = useAsked<DetailedRuns>(path("runs", query), again);
  const first = lastOf(asked);
  useEffect(() => setOlder([]), [view.stage, search, again]);
  useEffect(() => {
    if (search !== view.q) setView({ q: search });
  }, [search]);
  const rows = [...(first?.runs ?? []), ...older.flatMap((page) => page.runs)];
  const next = older.length > 0 ? older[older.length - 1]!.next : (first?.next ?? null);
  const order = orderOf(view.sort);
  const found = sorted(
    rows.filter((row) => (state === "" || row.state === state) && (watch || row.stage !== "watch" || view.stage === "watch")),
    order,
  );
  const states = [...new Set(rows.map((row) => row.state))].sort();
  const chosen = comparedOf(view);
  const more = async () => {
    try {
      if (next !== null) setOlder([...older, await get<DetailedRuns>(path("runs", { ...query, cursor: next }))]);
      setProblem("");
    } catch (error) {
      setProblem(error instanceof Problem ? error.message : String(error));
    }
  };
  const choose = (id: string) => setView({ runs: (chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]).join(",") });
  const empty = search !== "" || state !== "" ? say.runs.noneFound : view.stage !== "" ? say.runs.noneOf(view.stage) : say.runs.none;
  return (
    <Block
      title={say.runs.title}
      testid="runs"
      tools={
        <div class="filters">
          <input type="search" aria-label={say.runs.search} placeholder={say.runs.search} data-testid="runs-search" value={text} onInput={(event) => setText(event.currentTarget.value)} />
          <select aria-label={say.runs.state} data-testid="runs-state" value={state} onChange={(event) => setState(event.currentTarget.value)}>
            <option value="">{say.runs.anyState}</option>
            {states.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
          <button type="button" class="quiet" data-testid="runs-watch" aria-pressed={watch} onClick={() => setWatch(!watch)}>
            {say.runs.watch}
          </button>
        </div>
      }
    >
      <Waiting asked={asked} empty={first !== null && found.length === 0 ? empty : undefined} />
      {chosen.length > 0 && (
        <div class="picked" data-testid="picked" role="status">
          <span>
            {say.runs.chosen(chosen.length)}. {chosen.length < 2 ? say.runs.compareHint : chosen.length === COMPARED_MOST ? say.runs.most(COMPARED_MOST) : ""}
          </span>
          <button type="button" class="strong" disabled={chosen.length < 2} onClick={() => setView({ page: "compare" })}>
            {say.runs.compare}
          </button>
          <button type="button" class="quiet" onClick={() => setView({ runs: "" })}>
            {say.runs.clear}
          </button>
        </div>
      )}
      {found.length > 0 && (
        <Scroll label={say.runs.title}>
          <table class="runs">
            <Heading order={order} turn={(key) => setView({ sort: turned(order, key, rows) })} />
            <tbody>
              {found.map((row) => (
                <Row key={row.id} row={row} view={view} setView={setView} chosen={chosen} choose={choose} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {rows.length > 0 && (
        <p class="hint" data-testid="runs-count">
          {next === null ? say.runs.loaded(found.length) : say.runs.newest(rows.length)}
        </p>
      )}
      {view.region !== "" && <p class="hint">{say.asMeasured}</p>}
      {problem !== "" && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {next !== null && (
        <button type="button" data-testid="runs-older" onClick={() => void more()}>
          {say.runs.more}
        </button>
      )}
    </Block>
  );
}

const COLUMNS: Key[] = ["name", "started", "duration", "energy", "carbon", "unit", "place", "stage", "hardware", "measured", "state"];
const FIGURES: Key[] = ["duration", "energy", "carbon", "unit"];

function Heading({ order, turn }: { order: { key: Key; down: boolean }; turn: (key: Key) => void }) {
  return (
    <thead>
      <tr>
        {COLUMNS.map((key, index) => {
          const on = order.key === key;
          return (
            <th scope="col" key={key} class={FIGURES.includes(key) ? "number" : key === "started" ? "wide-only" : ""} colSpan={index === 0 ? 2 : 1} aria-sort={on ? (order.down ? "descending" : "ascending") : undefined}>
              <button type="button" class="sort" aria-label={say.runs.sort(say.runs.columns[key])} data-testid={`sort-${key}`} onClick={() => turn(key)}>
                {say.runs.columns[key]}
                <span aria-hidden="true">{on ? (order.down ? " ↓" : " ↑") : ""}</span>
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

const days = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
const dates = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric" });

/** The hour of this year's, the year of others; the whole of it is the cell's title. */
function started(text: string | null): string {
  const time = new Date(text ?? "");
  if (Number.isNaN(time.getTime())) return format.DASH;
  return (time.getFullYear() === new Date().getFullYear() ? days : dates).format(time);
}

interface RowProps {
  row: DetailedRow;
  view: View;
  setView: SetView;
  chosen: string[];
  choose: (id: string) => void;
}

function Row({ row, view, setView, chosen, choose }: RowProps) {
  const unit = view.energy === "J" ? "J" : "Wh";
  const mass = view.mass === "kg" ? "kg" : "g";
  const name = row.name || row.id.slice(0, 10);
  const on = chosen.includes(row.id);
  return (
    <tr class={on ? "chosen" : ""} data-run={row.id}>
      <td class="pick">
        <input type="checkbox" aria-label={say.runs.choose(name)} checked={on} disabled={!on && chosen.length >= COMPARED_MOST} onChange={() => choose(row.id)} />
      </td>
      <th scope="row">
        <RunLink id={row.id} name={name} setView={setView} />
        <small class="narrow-only">{started(row.started_at)}</small>
      </th>
      <td class="whole wide-only" title={format.dateTime(row.started_at)}>
        {started(row.started_at)}
      </td>
      <td class="number">{format.duration(row.duration_seconds)}</td>
      <td class="number" title={format.energyRange(row.low_joules, row.high_joules, unit)}>
        {format.energy(row.total_joules, unit)}
      </td>
      <td class="number" title={format.massRange(row.low_gco2e, row.high_gco2e, mass)}>
        {format.mass(row.total_gco2e, mass)}
      </td>
      <td class="number">{row.unit === null || row.gco2e_per_unit === null ? format.DASH : say.runs.per(format.mass(row.gco2e_per_unit, mass), row.unit)}</td>
      <td title={row.intensity_gco2e_per_kwh === null ? undefined : `${format.plain(row.intensity_gco2e_per_kwh)} g/kWh`}>{row.place ?? format.DASH}</td>
      <td>{row.stage}</td>
      <td class="hardware" title={row.hardware ?? undefined}>{row.hardware ?? format.DASH}</td>
      <td class="whole">
        {row.measured_ratio !== null && <meter min={0} max={1} value={row.measured_ratio} aria-hidden="true" />} {format.percent(row.measured_ratio)}
      </td>
      <td>
        <span class={`state ${row.state}`}>{row.state}</span>
      </td>
    </tr>
  );
}

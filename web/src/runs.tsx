// SPDX-License-Identifier: Apache-2.0
// runs.tsx - the runs of the history, newest first, with search and older pages
import { useEffect, useState } from "preact/hooks";
import { get, path } from "./api";
import { lastOf, useAsked } from "./asked";
import * as format from "./format";
import type { SetView, View } from "./hash";
import { Block, Waiting } from "./parts";
import type { RunRow, Runs } from "./types";
import { words } from "./words";

const PAGE = 50;

export function RunsPage({ view, setView, again }: { view: View; setView: SetView; again: number }) {
  const [text, setText] = useState("");
  const [older, setOlder] = useState<Runs[]>([]);
  const asked = useAsked<Runs>(path("runs", { stage: view.stage, limit: PAGE }), again);
  const first = lastOf(asked);
  useEffect(() => setOlder([]), [view.stage, again]);
  const rows = [...(first?.runs ?? []), ...older.flatMap((page) => page.runs)];
  const next = older.length > 0 ? older[older.length - 1]!.next : (first?.next ?? null);
  const found = rows.filter((row) => `${row.name} ${row.id}`.toLowerCase().includes(text.toLowerCase()));
  const more = async () => {
    if (next !== null) setOlder([...older, await get<Runs>(path("runs", { stage: view.stage, limit: PAGE, cursor: next }))]);
  };
  return (
    <Block
      title={words.runs.title}
      testid="runs"
      tools={
        <label class="search">
          <span class="sr">{words.runs.search}</span>
          <input type="search" placeholder={words.runs.search} value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
      }
    >
      <Waiting asked={asked} empty={first !== null && found.length === 0 ? (rows.length === 0 ? words.runs.none : words.runs.noneFound) : undefined} />
      {found.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label={words.table(words.runs.title)}>
          <table>
            <thead>
              <tr>
                <th scope="col">{words.runs.name}</th>
                <th scope="col">{words.runs.started}</th>
                <th scope="col">{words.runs.state}</th>
                <th scope="col" class="number">
                  {words.runs.duration}
                </th>
                <th scope="col" class="number">
                  {words.runs.energy}
                </th>
                <th scope="col" class="number">
                  {words.runs.carbon}
                </th>
                <th scope="col">
                  <span class="sr">{words.runs.compare}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {found.map((row) => (
                <Row key={row.id} row={row} view={view} setView={setView} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {next !== null && (
        <button type="button" onClick={() => void more()}>
          {words.runs.more}
        </button>
      )}
    </Block>
  );
}

function Row({ row, view, setView }: { row: RunRow; view: View; setView: SetView }) {
  return (
    <tr>
      <th scope="row">
        <a
          href={`#page=run&run=${row.id}`}
          onClick={(event) => {
            event.preventDefault();
            setView({ page: "run", run: row.id });
          }}
        >
          {row.name || row.id.slice(0, 10)}
        </a>{" "}
        <small>{row.stage}</small>
      </th>
      <td>{format.dateTime(row.started_at)}</td>
      <td>{row.state}</td>
      <td class="number">{format.duration(row.duration_seconds)}</td>
      <td class="number">{format.energy(row.total_joules, view.energy === "J" ? "J" : "Wh")}</td>
      <td class="number">{format.mass(row.total_gco2e, view.mass === "kg" ? "kg" : "g")}</td>
      <td>
        <button type="button" class="quiet" onClick={() => setView(view.run === "" || view.run === row.id ? { run: row.id } : { page: "compare", other: row.id })} aria-pressed={view.run === row.id}>
          {view.run === row.id ? "A" : view.run === "" ? words.runs.compare : "B"}
          <span class="sr"> {row.name}</span>
        </button>
      </td>
    </tr>
  );
}

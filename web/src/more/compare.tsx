// SPDX-License-Identifier: Apache-2.0
// more/compare.tsx - two runs side by side, with bands, and "cannot tell" as an answer
import { path } from "../api";
import { lastOf, useAsked } from "../asked";
import * as format from "../format";
import type { SetView, View } from "../hash";
import { Block, Waiting } from "../parts";
import type { Comparison, Figure, Runs } from "../types";
import { words } from "../words";

function figure(value: Figure, unit: string): string {
  switch (unit) {
    case "J":
      return format.energy(value);
    case "gCO2e":
      return format.mass(value);
    case "s":
      return format.duration(value === null ? null : Math.abs(value));
    case "W":
      return format.power(value);
    default:
      return `${format.plain(value)}${unit === "" ? "" : `\u202f${unit}`}`;
  }
}

function signed(value: Figure, unit: string): string {
  const text = figure(value, unit);
  return value === null ? text : value > 0 ? `+${text}` : value < 0 && unit === "s" ? `−${text}` : text;
}

export function ComparePage({ view, setView }: { view: View; setView: SetView }) {
  const runs = lastOf(useAsked<Runs>(path("runs", { limit: 100 })))?.runs ?? [];
  const ready = view.run !== "" && view.other !== "";
  const asked = useAsked<Comparison>(ready ? path("compare", { a: view.run, b: view.other }) : "");
  const comparison = ready ? lastOf(asked) : null;
  const pick = (label: string, key: "run" | "other") => (
    <label>
      {label}
      <select value={view[key]} onChange={(event) => setView({ [key]: event.currentTarget.value, page: "compare" })}>
        <option value="">{words.compare.pick}</option>
        {runs.map((run) => (
          <option key={run.id} value={run.id}>
            {run.name || run.id.slice(0, 10)}, {format.dateTime(run.started_at)}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Block title={words.compare.title} testid="compare">
      <div class="form">
        {pick(words.compare.a, "run")}
        {pick(words.compare.b, "other")}
      </div>
      {ready && <Waiting asked={asked} />}
      {comparison !== null && (
        <div class="scroll" tabIndex={0} role="region" aria-label={words.table(words.compare.title)}>
          <table>
            <thead>
              <tr>
                <td />
                <th scope="col" class="number">
                  A: {comparison.a_name}
                </th>
                <th scope="col" class="number">
                  B: {comparison.b_name}
                </th>
                <th scope="col" class="number">
                  {words.compare.delta}
                </th>
                <th scope="col">{words.compare.verdict}</th>
              </tr>
            </thead>
            <tbody>
              {comparison.rows.map((row) => (
                <tr key={row.what}>
                  <th scope="row">{row.what.replaceAll("_", " ")}</th>
                  <td class="number">{figure(row.a, row.unit)}</td>
                  <td class="number">{figure(row.b, row.unit)}</td>
                  <td class="number">
                    {signed(row.delta, row.unit)}
                    {row.low !== null && row.high !== null && row.low < row.high && (
                      <small class="block-note">
                        {signed(row.low, row.unit)} … {signed(row.high, row.unit)}
                      </small>
                    )}
                  </td>
                  <td>
                    <span class={`verdict ${row.verdict.replace(" ", "-")}`}>{words.compare.verdicts[row.verdict] ?? row.verdict}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Block>
  );
}

// SPDX-License-Identifier: Apache-2.0
// controls.tsx - region, life-cycle step, run and time: what the figures below are of
import { lastOf } from "./asked";
import * as format from "./format";
import type { SetView, View } from "./hash";
import { Places } from "./places";
import { RangePicker } from "./range";
import type { Shown } from "./shown";
import { words } from "./words";

export function Controls({ view, setView, shown }: { view: View; setView: SetView; shown: Shown }) {
  const runs = lastOf(shown.runs)?.runs ?? [];
  const known = view.run === "" || runs.some((run) => run.id === view.run);
  const { chosen, problem, own } = shown;
  const measuredIn = shown.measured?.carbon.place_name ?? shown.measured?.carbon.place ?? "";
  return (
    <div class="controls">
      <Places region={view.region} choose={(region) => setView({ region })} chosen={chosen} own={own} />
      <label>
        {words.lifecycle}
        <select data-testid="lifecycle" value={view.stage} onChange={(event) => setView({ stage: event.currentTarget.value, run: "" })}>
          {Object.entries(words.stages).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {view.page === "" && (
        <>
          <label>
            {words.runPicker}
            <select data-testid="run-picker" value={view.run} onChange={(event) => setView({ run: event.currentTarget.value })}>
              <option value="">{words.runCurrent}</option>
              {!known && <option value={view.run}>{view.run}</option>}
              {runs.map((run) => (
                <option key={run.id} value={run.id}>
                  {words.runNamed(run.name === "" ? run.id : run.name, format.dateTime(run.started_at))}
                </option>
              ))}
            </select>
          </label>
          <RangePicker range={view.range} set={(range) => setView({ range })} />
        </>
      )}
      {view.region !== "" && (
        <p class="hint" data-testid="as-if" role="status">
          {chosen !== null ? words.asIf(measuredIn, chosen.name, format.plain(chosen.gco2e_per_kwh)) : problem !== "" ? problem : words.loading}
        </p>
      )}
    </div>
  );
}

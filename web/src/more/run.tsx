// SPDX-License-Identifier: Apache-2.0
// more/run.tsx - one run in depth: where each joule comes from, over which time, whose it was, and how well it is known
import { path } from "../api";
import { lastOf, useAsked } from "../asked";
import * as format from "../format";
import type { SetView, View } from "../hash";
import { Block, Card, Shares, Waiting } from "../parts";
import { PowerChart } from "../power";
import { Accuracy } from "./accuracy";
import { Elsewhere } from "./elsewhere";
import { DeviceTable, Provenance, Tasks } from "./run_tables";
import { say } from "./say";
import { Take } from "./take";
import { layersOf, marksOf, stepOf } from "./timeline";
import type { FullReport, Samples } from "./types";

const CHART = "run-chart";

export function RunPage({ view, setView, again }: { view: View; setView: SetView; again: number }) {
  const asked = useAsked<FullReport>(view.run === "" ? "" : path(`runs/${encodeURIComponent(view.run)}`, { place: view.region }), again);
  const report = lastOf(asked);
  if (view.run === "") return <Nothing text={say.run.none} setView={setView} />;
  if (asked.state === "failed" && asked.problem.status === 404) return <Nothing title={say.run.unknown} text={`${asked.problem.message}. ${say.run.unknownHint}`} setView={setView} />;
  if (report === null) return <Waiting asked={asked} />;
  return <Run report={report} view={view} setView={setView} />;
}

function Nothing({ title, text, setView }: { title?: string; text: string; setView: SetView }) {
  return (
    <section class="block" data-testid="run-none">
      <h1>{title ?? say.run.none}</h1>
      {title !== undefined && <p>{text}</p>}
      <button type="button" onClick={() => setView({ page: "runs" })}>
        {say.run.toRuns}
      </button>
    </section>
  );
}

function Run({ report, view, setView }: { report: FullReport; view: View; setView: SetView }) {
  const mass = view.mass === "kg" ? "kg" : "g";
  const unit = view.energy === "J" ? "J" : "Wh";
  const { run, carbon } = report;
  return (
    <article data-testid="run" class="one-run">
      <header class="run-title">
        <div>
          <h1>{run.name || run.id}</h1>
          <p>
            <span class={`state ${run.state}`}>{run.state}</span> {run.stage}, {format.dateTime(run.started_at)}
            {report.machine.hostname !== null && `, ${report.machine.hostname}`}
          </p>
        </div>
        <Take report={report} chart={CHART} />
      </header>
      <div class="cards">
        <Card title={say.run.energy} testid="run-energy" value={format.energy(report.energy.total_joules, unit)} note={format.energyRange(report.energy.low_joules, report.energy.high_joules, unit)}>
          <Shares measured={report.energy.measured_ratio} />
          <p class="note">
            {format.percent(report.energy.measured_ratio)} {say.runs.columns.measured.toLowerCase()}
          </p>
        </Card>
        <Card
          title={say.run.carbon}
          testid="run-carbon"
          value={format.mass(carbon.total_gco2e, mass)}
          note={
            <>
              {format.massRange(carbon.low_gco2e, carbon.high_gco2e, mass)}
              <br />
              {say.run.operational} {format.mass(carbon.operational_gco2e, mass)}, {carbon.embodied_gco2e === null ? say.run.unmade : `${say.run.embodied} ${format.mass(carbon.embodied_gco2e, mass)}`}
            </>
          }
        />
        <Card title={say.run.runtime} testid="run-runtime" value={format.duration(run.duration_seconds)} note={(run.command ?? []).join(" ")} />
        {report.sci !== null && (
          <Card
            title={say.run.unit(report.sci.unit)}
            testid="run-unit"
            value={format.mass(report.sci.gco2e_per_unit, mass)}
            note={`${format.massRange(report.sci.low_gco2e_per_unit, report.sci.high_gco2e_per_unit, mass)}; ${format.plain(report.sci.units)} × ${report.sci.unit}`}
          />
        )}
        <Card
          title={say.run.place}
          testid="run-place"
          value={carbon.place_name ?? carbon.place ?? format.DASH}
          note={`${format.plain(carbon.intensity_gco2e_per_kwh)} g/kWh (${format.plain(carbon.intensity_low)} … ${format.plain(carbon.intensity_high)}), ${carbon.time_matched ? say.run.matched : say.run.yearly}`}
        />
      </div>
      <Timeline report={report} />
      <DeviceTable report={report} unit={unit} />
      {report.tasks.length > 0 && <Tasks report={report} unit={unit} mass={mass} />}
      <Accuracy report={report} />
      <Elsewhere report={report} view={view} />
      {report.warnings.length > 0 && (
        <Block title={say.run.warnings} testid="warnings">
          <ul class="plain">
            {report.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Block>
      )}
      <Provenance report={report} setView={setView} />
    </article>
  );
}

function Timeline({ report }: { report: FullReport }) {
  const asked = useAsked<Samples>(path(`runs/${report.run.id}/samples`, { step: stepOf(report.run.duration_seconds) }));
  const samples = lastOf(asked);
  if (samples === null) return <Waiting asked={asked} />;
  const [times, layers, extremes] = layersOf(samples, report);
  if (times.length < 2)
    return (
      <p class="notice" data-testid="run-no-chart">
        {say.run.timelineNone}
      </p>
    );
  const tasks = report.tasks.length > 0 ? say.run.timelineTasks(report.tasks.length) : "";
  return (
    <>
      <PowerChart times={times} layers={layers} extremes={extremes} title={say.run.timeline} testid={CHART} marks={marksOf(report)} />
      <p class="hint under">{say.run.timelineStep(format.duration(samples.step_seconds), tasks)}</p>
    </>
  );
}

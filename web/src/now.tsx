// SPDX-License-Identifier: Apache-2.0
// now.tsx - the first page: power as it is, and the run that is shown as the original calculator showed it
import { useEffect, useMemo, useReducer, useState } from "preact/hooks";
import { lastOf } from "./asked";
import { Sync, useSync } from "./chart/sync";
import * as format from "./format";
import type { View } from "./hash";
import type { Live } from "./live";
import { Cards } from "./now/cards";
import { Equivalents } from "./now/equivalents";
import { useFigures } from "./now/figures";
import { Gauges } from "./now/gauges";
import { Hardware } from "./now/hardware";
import { Waiting } from "./parts";
import { PowerChart } from "./power";
import { whyNone, type Shown } from "./shown";
import type { Mark } from "./track";
import type { Report } from "./types";
import { words } from "./words";

const JOULES_PER_KWH = 3.6e6;

/** A tick of the live figures draws again what shows them. */
export function useLive(live: Live): number {
  const [tick, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => live.listen(() => again(undefined)), [live]);
  return tick;
}

/** The same for who shows the state alone. */
export function useLiveState(live: Live): void {
  const [, set] = useState("");
  useEffect(() => {
    const look = () => set(`${live.state} ${live.paused} ${live.runs}`);
    look();
    return live.listen(look);
  }, [live]);
}

/** Epochs and other tasks of the shown run, where they began. */
function taskMarks(report: Report | null): Mark[] {
  const started = Date.parse(report?.run.started_at ?? "") / 1000;
  if (report === null || Number.isNaN(started)) return [];
  return report.tasks.filter((task) => task.start_seconds !== null).map((task) => ({ time: started + task.start_seconds!, text: task.name }));
}

interface Props {
  live: Live;
  view: View;
  shown: Shown;
}

export function Now({ live, view, shown }: Props) {
  const tick = useLive(live);
  const sync = useMemo(() => new Sync(), [view.range]);
  const [withPue, setWithPue] = useState(false);
  useSync(sync);
  const report = lastOf(shown.report);
  const pue = shown.here?.carbon.pue ?? 1;
  const figures = useFigures(live, tick, view.range, sync.zoom, withPue ? pue : 1);
  const { past } = figures;
  const intensity = shown.chosen?.gco2e_per_kwh ?? shown.here?.carbon.intensity_gco2e_per_kwh ?? null;
  const unit = view.energy === "J" ? "J" : "Wh";
  const mass = view.mass === "kg" ? "kg" : "g";
  const grams = (joules: number | null) => format.mass(joules === null || intensity === null ? null : (joules / JOULES_PER_KWH) * intensity * (withPue ? 1 : pue), mass);
  const marks = useMemo(() => [...live.track.marks, ...taskMarks(report)], [report, live.track.marks, live.runs]);
  const empty = past.state === "failed" ? past.problem : past.state === "loading" ? words.loading : past.state === "there" ? words.chart.none : undefined;
  const title = shown.chosen?.name ?? shown.own;
  /* drawn anew when something of them changes, and not with every tick */
  const charts = useMemo(() => {
    const common = { times: figures.times, gaps: figures.gaps, tick: figures.tick, marks, sync, empty };
    const pueButton = (
      <button type="button" class="quiet" data-testid="pue" aria-pressed={withPue} disabled={pue <= 1} title={pue <= 1 ? words.chart.pueNone : words.chart.pueWhy} onClick={() => setWithPue(!withPue)}>
        {words.chart.pue(format.plain(pue))}
      </button>
    );
    return (
      <>
        <PowerChart {...common} layers={figures.power} extremes={figures.extremes} title={words.chart.title} testid="power-chart" tools={pueButton} note={words.chart.notCounted} />
        <PowerChart
          {...common}
          layers={figures.energy}
          title={words.chart.energy}
          testid="cum-chart"
          height={170}
          round={unit === "Wh" ? JOULES_PER_KWH / 1000 : 1}
          figure={(joules) => format.energy(joules, unit)}
          right={intensity === null ? undefined : grams}
          note={intensity === null ? words.chart.noIntensity : words.chart.gramsAt(title, format.plain(intensity), format.plain(pue))}
        />
      </>
    );
  }, [figures, marks, sync, empty, withPue, pue, unit, mass, intensity, title]);
  const none = whyNone(shown, view);
  const equivalents = useMemo(() => <Equivalents report={report} none={none} />, [report, none]);
  return (
    <>
      <Waiting asked={shown.runs} />
      <Waiting asked={shown.report} quiet />
      <Cards live={live} view={view} report={report} measured={shown.measured} place={shown.here?.carbon.place ?? ""} none={none} />
      {charts}
      <div class="columns">
        <Gauges live={live} here={shown.here} />
        {equivalents}
      </div>
      <Hardware live={live} here={shown.here} />
    </>
  );
}

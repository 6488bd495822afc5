// SPDX-License-Identifier: Apache-2.0
// shown.ts - what the server tells beside the live figures: this machine, the newest runs, and the one that is shown
import { useEffect, useState } from "preact/hooks";
import { path } from "./api";
import { lastOf, useAsked, type Asked } from "./asked";
import * as format from "./format";
import type { View } from "./hash";
import type { Live } from "./live";
import type { Intensity, Report, Runs } from "./types";
import { words } from "./words";

const PICKED_FROM = 30;
/** How often a run that goes on is asked for again. */
const RUNNING_EVERY_MS = 5000;
const WATCH_EVERY_MS = 600000;

export interface Shown {
  /** the report of what the server itself measures; null without a history */
  here: Report | null;
  runs: Asked<Runs>;
  /** of the chosen run, or the newest of the stage; as if in the chosen region */
  report: Asked<Report>;
  /** the same run where it was; the report itself where no region is chosen */
  measured: Report | null;
  chosen: Intensity | null;
  /** why the chosen region has no figures */
  problem: string;
  /** "France, 44 g/kWh" */
  own: string;
}

/** Counts up so often while it is wanted. */
function useEvery(milliseconds: number, wanted: boolean): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (!wanted) return;
    const timer = setInterval(() => setCount((before) => before + 1), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds, wanted]);
  return count;
}

function useHere(asking: boolean): Report | null {
  const again = useEvery(WATCH_EVERY_MS, asking);
  const id = lastOf(useAsked<Runs>(asking ? path("runs", { stage: "watch", limit: 1 }) : "", again))?.runs[0]?.id;
  return lastOf(useAsked<Report>(id === undefined ? "" : path(`runs/${id}`), again));
}

/** What stands in place of a report that is not there: it is asked for, the server does not tell (why is said above), or there is no run. */
export function whyNone(shown: Shown, view: View): string {
  const { runs, report } = shown;
  if (lastOf(runs)?.runs.length === 0 && view.run === "") return words.cards.noneOf(words.stages[view.stage] ?? view.stage, view.stage);
  return runs.state === "failed" || report.state === "failed" ? words.cards.failed : words.loading;
}

export function useShown(live: Live, view: View, asking: boolean): Shown {
  const here = useHere(asking);
  const runs = useAsked<Runs>(asking ? path("runs", { stage: view.stage, limit: PICKED_FROM }) : "", live.runs);
  const first = lastOf(runs)?.runs[0];
  const id = view.page !== "" ? "" : view.run !== "" ? view.run : (first?.id ?? "");
  const row = lastOf(runs)?.runs.find((run) => run.id === id);
  const again = useEvery(RUNNING_EVERY_MS, row?.state === "running" && !live.paused);
  const report = useAsked<Report>(asking && id !== "" ? path(`runs/${encodeURIComponent(id)}`, { place: view.region }) : "", `${live.runs} ${again}`);
  const measured = useAsked<Report>(asking && id !== "" && view.region !== "" ? path(`runs/${encodeURIComponent(id)}`) : "", `${live.runs} ${again}`);
  const place = useAsked<Intensity>(asking && view.region !== "" ? path(`intensity/${encodeURIComponent(view.region)}`) : "");
  const carbon = here?.carbon;
  return {
    here,
    runs,
    report,
    measured: lastOf(view.region === "" ? report : measured),
    chosen: view.region === "" || place.state !== "there" ? null : place.value,
    problem: place.state === "failed" ? place.problem.message : "",
    own: carbon === undefined ? "" : words.place(carbon.place_name ?? carbon.place ?? format.DASH, format.plain(carbon.intensity_gco2e_per_kwh)),
  };
}

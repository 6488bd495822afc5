// SPDX-License-Identifier: Apache-2.0
// now/cards.tsx - the figures of the run that is shown, and what is drawn now
import type { ComponentChildren } from "preact";
import { path } from "../api";
import { lastOf, useAsked } from "../asked";
import { isKnown } from "../chart/series";
import * as format from "../format";
import type { View } from "../hash";
import type { Live } from "../live";
import { Card, Shares } from "../parts";
import type { PlaceSeries, Report } from "../types";
import { words } from "../words";

const SPARK_SECONDS = 120;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86400;
/** Less than that is not worth waiting for. */
const SAVING_LEAST = 0.01;

type Sum = "watts" | "low" | "high";

function sumAt(live: Live, of: Sum, index: number): number | null {
  let sum: number | null = null;
  for (const device of live.track.about.values()) {
    const value = device.added ? live.track.of.get(device.id)![of].at(index) : null;
    if (isKnown(value)) sum = (sum ?? 0) + value;
  }
  return sum;
}

/** The last two minutes as a line, from 0 up: a shape beside a figure, told in words by the figure itself. */
function Sparkline({ values }: { values: (number | null)[] }) {
  const most = Math.max(...values.map((value) => value ?? 0), 1e-9) * 1.1;
  const width = SPARK_SECONDS;
  let pen = "M";
  const line = values
    .map((value, index) => {
      if (value === null) {
        pen = "M";
        return "";
      }
      const point = `${pen}${index + width - values.length} ${(30 - (value / most) * 29).toFixed(1)}`;
      pen = "L";
      return point;
    })
    .join("");
  return (
    <svg class="spark" viewBox={`0 0 ${width} 30`} preserveAspectRatio="none" aria-hidden="true">
      <path d={line} />
    </svg>
  );
}

function PowerCard({ live }: { live: Live }) {
  const count = Math.min(live.track.times.length, SPARK_SECONDS);
  const values = Array.from({ length: count }, (_value, index) => sumAt(live, "watts", index - count));
  const low = sumAt(live, "low", -1);
  const high = sumAt(live, "high", -1);
  return (
    <Card title={words.cards.power} testid="card-power" value={format.power(sumAt(live, "watts", -1))} note={count === 0 ? words.chart.empty : format.powerRange(low, high)}>
      {count > 1 && <Sparkline values={values} />}
    </Card>
  );
}

function age(report: Report): string {
  const { carbon, run } = report;
  if (carbon.provider != null) return words.carbon.live(format.percent(carbon.live_ratio));
  if (carbon.time_matched) return words.carbon.byHour;
  if (carbon.intensity_year === null) return words.carbon.undated;
  const years = new Date(run.started_at ?? Date.now()).getFullYear() - carbon.intensity_year;
  return words.carbon.ofYear(carbon.intensity_year, years);
}

function CarbonCard({ report, view, measured, none }: { report: Report | null; view: View; measured: Report | null; none: string }) {
  const mass = view.mass === "kg" ? "kg" : "g";
  const carbon = report?.carbon;
  const market = carbon?.market_based;
  return (
    <Card
      title={words.cards.carbon}
      testid="card-carbon"
      wide
      value={format.mass(carbon?.total_gco2e, mass)}
      note={carbon === undefined ? none : format.massRange(carbon.low_gco2e, carbon.high_gco2e, mass)}
    >
      {report !== null && carbon !== undefined && (
        <dl class="facts" data-testid="carbon-facts">
          <Fact name={words.carbon.intensity}>
            {format.plain(carbon.intensity_gco2e_per_kwh)} g/kWh, {carbon.place_name ?? carbon.place ?? format.DASH}
          </Fact>
          <Fact name={words.carbon.provider}>
            <span title={carbon.intensity_source ?? ""}>{words.carbon.by(carbon.provider ?? carbon.intensity_source?.split(/[,;]/)[0] ?? format.DASH, age(report))}</span>
          </Fact>
          {view.region !== "" && measured !== null && <Fact name={words.carbon.whereItWas}>{format.mass(measured.carbon.total_gco2e, mass)}</Fact>}
          <Fact name={words.carbon.market}>{market == null ? words.carbon.noContract : words.carbon.contract(format.mass(market.total_gco2e, mass), format.plain(market.intensity_gco2e_per_kwh))}</Fact>
        </dl>
      )}
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function CostCard({ report, none }: { report: Report | null; none: string }) {
  const cost = report?.cost;
  if (report === null) return <Card title={words.cards.cost} testid="card-cost" value={format.DASH} note={none} />;
  if (cost == null) return <Card title={words.cards.cost} testid="card-cost" value={format.DASH} note={words.cost.none} />;
  return (
    <Card
      title={words.cards.cost}
      testid="card-cost"
      value={format.money(cost.amount, cost.currency)}
      note={words.cost.band(format.moneyRange(cost.low, cost.high, cost.currency), cost.time_matched ? words.cost.byHour : words.cost.at(format.money(cost.price_per_kwh, cost.currency)))}
    />
  );
}

/** The greenest hours of the next day for as long as the rest takes. */
function Cleaner({ seconds, place }: { seconds: number; place: string }) {
  const duration = Math.round(Math.min(Math.max(seconds, HOUR_SECONDS), DAY_SECONDS / 2) / HOUR_SECONDS) * HOUR_SECONDS;
  const asked = useAsked<PlaceSeries>(place === "" ? "" : path(`intensity/${encodeURIComponent(place)}/series`, { hours: 1, ahead: 24, duration: `${duration}s` }));
  const when = lastOf(asked)?.when ?? null;
  const saved = when?.saving_ratio ?? null;
  const text =
    asked.state === "failed"
      ? asked.problem.message
      : lastOf(asked) === null
        ? ""
        : when === null || when.basis === "yearly"
          ? words.forecast.noHours
          : saved !== null && saved >= SAVING_LEAST
            ? words.forecast.cleaner(format.timeOfDay(when.best.start), format.percent(saved))
            : words.forecast.now;
  return (
    <p class="note" data-testid="cleaner">
      {text}
    </p>
  );
}

function ForecastCard({ report, view, place }: { report: Report | null; view: View; place: string }) {
  const prediction = report?.prediction ?? null;
  const done = prediction === null || !prediction.epochs ? null : (prediction.epochs_done ?? 0) / prediction.epochs;
  const running = report?.run.state === "running";
  const left = prediction === null ? 0 : Math.max((prediction.duration_seconds ?? 0) - (report?.run.duration_seconds ?? 0), 0);
  const unit = view.energy === "J" ? "J" : "Wh";
  return (
    <Card
      title={words.cards.forecast}
      testid="card-forecast"
      value={prediction === null ? format.DASH : format.energy(prediction.energy_joules, unit)}
      note={prediction === null ? words.forecast.none : format.energyRange(prediction.energy_low_joules, prediction.energy_high_joules, unit)}
    >
      {prediction !== null && done !== null && (
        <>
          <progress max={1} value={done} aria-label={words.forecast.progress} />
          <p class="note">
            {words.forecast.done(format.count(prediction.epochs_done), format.count(prediction.epochs), format.mass(prediction.total_gco2e, view.mass === "kg" ? "kg" : "g"))}
            {running && ` ${words.forecast.left(format.duration(left), format.timeOfDay(new Date(Date.now() + left * 1000).toISOString()))}`}
          </p>
        </>
      )}
      <Cleaner seconds={left} place={place} />
    </Card>
  );
}

interface Props {
  live: Live;
  view: View;
  report: Report | null;
  measured: Report | null;
  /** where this machine stands */
  place: string;
  /** why there is no report */
  none: string;
}

export function Cards({ live, view, report, measured, place, none }: Props) {
  const unit = view.energy === "J" ? "J" : "Wh";
  const run = report?.run;
  return (
    <div class="cards">
      <PowerCard live={live} />
      <Card
        title={words.cards.energy}
        testid="card-energy"
        value={format.energy(report?.energy.total_joules, unit)}
        note={report === null ? none : format.energyRange(report.energy.low_joules, report.energy.high_joules, unit)}
      >
        <Shares measured={report?.energy.measured_ratio ?? null} />
      </Card>
      <CarbonCard report={report} view={view} measured={measured} none={none} />
      <Card title={words.cards.runtime} testid="card-runtime" value={format.duration(run?.duration_seconds)} note={run === undefined ? none : words.cards.run(run.name, run.state)} />
      <Card title={words.cards.date} testid="card-date" value={format.dateTime(run?.started_at)} note={run === undefined ? none : run.state === "running" ? words.cards.goesOn(format.zone()) : words.cards.until(format.dateTime(run.ended_at), format.zone())} />
      <CostCard report={report} none={none} />
      <ForecastCard report={report} view={view} place={view.region !== "" ? view.region : place} />
    </div>
  );
}

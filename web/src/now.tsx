// SPDX-License-Identifier: Apache-2.0
// now.tsx - the first page: power as it is, and the newest run of a stage as the original calculator showed it
import { useEffect, useReducer } from "preact/hooks";
import { path } from "./api";
import { lastOf, useAsked } from "./asked";
import * as format from "./format";
import type { View } from "./hash";
import type { Live } from "./live";
import { Block, Card, Donut, How, Shares, Waiting } from "./parts";
import { PowerChart, type Layer } from "./power";
import type { Device, Devices, Report, Runs } from "./types";
import { words } from "./words";

/** A tick of the live figures draws again what shows them. */
export function useLive(live: Live): number {
  const [tick, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => live.listen(() => again(undefined)), [live]);
  return tick;
}

const ORDER = ["gpu", "cpu", "dram", "memory", "module", "other"];

/** What the machine's power is made of, each joule once: what holds others (a whole board) is not drawn upon them. */
function layersOf(live: Live): Layer[] {
  return [...live.track.about.values()]
    .filter((device) => device.added)
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || a.id.localeCompare(b.id, undefined, { numeric: true }))
    .map((device) => ({ id: device.id, label: device.id, basis: device.basis, watts: live.track.watts.get(device.id)! }));
}

/** Joules since the first of these times; a counter that began anew goes on from where it was. */
function since(joules: number[], from: number): (number | null)[] {
  let sum = 0;
  let before = NaN;
  return joules.slice(from).map((value) => {
    if (!Number.isFinite(value)) return null;
    if (Number.isFinite(before)) sum += value >= before ? value - before : value;
    before = value;
    return sum;
  });
}

function cut(times: number[], layers: Layer[], seconds: number): [number[], Layer[]] {
  const last = times[times.length - 1];
  if (last === undefined || seconds <= 0) return [times, layers];
  const from = times.findIndex((time) => time > last - seconds);
  return from <= 0 ? [times, layers] : [times.slice(from), layers.map((layer) => ({ ...layer, watts: layer.watts.slice(from) }))];
}

function mean(live: Live, kind: string): number | null {
  const loads = [...live.track.about.values()]
    .filter((device) => device.kind === kind)
    .map((device) => live.track.load.get(device.id)?.at(-1))
    .filter((load): load is number => load !== undefined && Number.isFinite(load));
  return loads.length === 0 ? null : loads.reduce((sum, load) => sum + load, 0) / loads.length;
}

function sum(live: Live, of: "watts" | "low" | "high"): number | null {
  const values = [...live.track.about.values()].filter((device) => device.added).map((device) => live.track[of].get(device.id)?.at(-1));
  const known = values.filter((value): value is number => value !== undefined && Number.isFinite(value));
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

export function Now({ live, view }: { live: Live; view: View }) {
  const tick = useLive(live);
  const devices = lastOf(useAsked<Devices>(path("devices")))?.devices ?? [];
  const newest = useAsked<Runs>(path("runs", { stage: view.stage, limit: 1 }), live.runs);
  const id = lastOf(newest)?.runs[0]?.id ?? "";
  const report = useAsked<Report>(id === "" ? "" : path(`runs/${id}`, { place: view.region }));
  const shown = id === "" ? null : lastOf(report);
  const [times, layers] = cut(live.track.times, layersOf(live), Number(view.range || 0));
  const mass = view.mass === "kg" ? "kg" : "g";
  const unit = view.energy === "J" ? "J" : "Wh";
  return (
    <>
      <div class="cards">
        <Card title={words.cards.power} testid="card-power" value={format.power(sum(live, "watts"))} note={`${format.power(sum(live, "low"))} … ${format.power(sum(live, "high"))}`} />
        <Card
          title={words.cards.energy}
          testid="card-energy"
          value={format.energy(shown?.energy.total_joules, unit)}
          note={shown ? format.energyRange(shown.energy.low_joules, shown.energy.high_joules, unit) : words.cards.none}
        >
          <Shares measured={shown?.energy.measured_ratio ?? null} />
        </Card>
        <Card
          title={words.cards.carbon}
          testid="card-carbon"
          value={format.mass(shown?.carbon.total_gco2e, mass)}
          note={shown ? `${format.massRange(shown.carbon.low_gco2e, shown.carbon.high_gco2e, mass)}; ${format.plain(shown.carbon.intensity_gco2e_per_kwh)} g/kWh, ${shown.carbon.intensity_source?.split(",")[0] ?? ""}` : words.cards.none}
        />
        <Card title={words.cards.runtime} testid="card-runtime" value={format.duration(shown?.run.duration_seconds)} note={shown?.run.name ?? words.cards.none} />
        <Card title={words.cards.date} testid="card-date" value={format.dateTime(shown?.run.started_at)} note={shown?.run.state ?? ""} />
      </div>
      <PowerChart times={times} layers={layers} title={words.chart.title} testid="power-chart" tick={tick} marks={live.track.marks} />
      <PowerChart
        times={times}
        layers={layers.map((layer) => ({ ...layer, watts: since(live.track.joules.get(layer.id) ?? [], live.track.times.length - times.length) }))}
        title={words.chart.energy}
        testid="cum-chart"
        height={160}
        tick={tick}
        figure={(joules) => format.energy(joules, unit)}
      />
      <div class="columns">
        <Block title={words.donuts.title} testid="donuts">
          <div class="donuts">
            <Donut title={words.donuts.cpu} testid="donut-cpu" ratio={mean(live, "cpu")} />
            <Donut title={words.donuts.gpu} testid="donut-gpu" ratio={mean(live, "gpu")} />
          </div>
        </Block>
        <Equivalents report={shown} />
      </div>
      <Hardware devices={devices} live={live} report={shown} />
      <Waiting asked={newest} />
    </>
  );
}

function Equivalents({ report }: { report: Report | null }) {
  return (
    <Block title={words.equivalents.title} testid="equivalents">
      <dl class="pairs">
        <div data-testid="eq-car" title={words.equivalents.carHow}>
          <dt>{words.equivalents.car}</dt>
          <dd>{format.plain(report?.equivalents.car_km)}</dd>
        </div>
        <div data-testid="eq-tree" title={words.equivalents.treeHow}>
          <dt>{words.equivalents.tree}</dt>
          <dd>{format.plain(report?.equivalents.tree_seedling_months)}</dd>
        </div>
      </dl>
    </Block>
  );
}

/** Of several ways to one device the one that is used: what the live figures say, else the first. */
function inUse(devices: Device[], live: Live): Device[] {
  const chosen = new Map<string, Device>();
  for (const device of devices) {
    const before = chosen.get(device.id);
    if (before === undefined || (live.track.about.get(device.id)?.basis ?? before.basis) !== before.basis) chosen.set(device.id, device);
  }
  return [...chosen.values()].filter((device) => device.readable || live.track.about.has(device.id));
}

function Hardware({ devices, live, report }: { devices: Device[]; live: Live; report: Report | null }) {
  const machine = report?.machine;
  return (
    <Block title={words.hardware.title} testid="hw">
      <div class="scroll" tabIndex={0} role="region" aria-label={words.table(words.hardware.title)}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.hardware.component}</th>
              <th scope="col">{words.hardware.model}</th>
              <th scope="col">{words.hardware.how}</th>
              <th scope="col" class="number">
                {words.hardware.power}
              </th>
            </tr>
          </thead>
          <tbody>
            {machine !== undefined && (
              <tr>
                <th scope="row">OS</th>
                <td colSpan={3}>
                  {machine.os ?? format.DASH} {machine.os_release ?? ""} {machine.arch ?? ""}
                </td>
              </tr>
            )}
            {inUse(devices, live).map((device) => (
              <tr key={device.id}>
                <th scope="row">{device.id}</th>
                <td>{device.model ?? format.DASH}</td>
                <td>
                  <How basis={device.basis} reader={device.reader} />
                </td>
                <td class="number">{format.power(live.track.watts.get(device.id)?.at(-1) ?? null)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Block>
  );
}

// SPDX-License-Identifier: Apache-2.0
// run.tsx - one run in depth: where each joule comes from, over which time, and whose it was
import { useState } from "preact/hooks";
import { path } from "./api";
import { lastOf, useAsked } from "./asked";
import * as format from "./format";
import type { View } from "./hash";
import { Block, Card, How, Shares, Waiting } from "./parts";
import { PowerChart, type Layer } from "./power";
import type { Basis, Report, Samples } from "./types";
import { words } from "./words";

const POINTS = 600;

function stepOf(report: Report | null): number {
  const seconds = report?.run.duration_seconds ?? 0;
  return Math.max(1, Math.ceil(seconds / POINTS));
}

/** Server's points, a device each, put upon one column of times. */
function merge(samples: Samples, basisOf: (id: string) => Basis): [number[], Layer[]] {
  const times = [...new Set(samples.devices.flatMap((device) => device.points.map((point) => point[0])))].sort((a, b) => a - b);
  const layers = samples.devices.map((device) => {
    const at = new Map(device.points.map((point) => [point[0], point[2]]));
    return { id: device.id, label: device.id, basis: basisOf(device.id), watts: times.map((time) => at.get(time) ?? null) };
  });
  return [times, layers];
}

export function RunPage({ view }: { view: View }) {
  const asked = useAsked<Report>(view.run === "" ? "" : path(`runs/${encodeURIComponent(view.run)}`, { place: view.region }));
  const report = lastOf(asked);
  const samples = lastOf(useAsked<Samples>(report === null ? "" : path(`runs/${report.run.id}/samples`, { step: stepOf(report) })));
  if (report === null) return <Waiting asked={asked} empty={view.run === "" ? words.runs.none : undefined} />;
  const basisOf = (id: string) => report.devices.find((device) => device.id === id)?.basis ?? "measured";
  const [times, layers] = samples === null ? [[], []] : merge(samples, basisOf);
  const mass = view.mass === "kg" ? "kg" : "g";
  const unit = view.energy === "J" ? "J" : "Wh";
  return (
    <article data-testid="run">
      <header class="run-title">
        <h1>{report.run.name || report.run.id}</h1>
        <p>
          {report.run.state}, {format.dateTime(report.run.started_at)}, {report.machine.hostname ?? ""} <Exports report={report} />
        </p>
      </header>
      <div class="cards">
        <Card title={words.cards.energy} testid="run-energy" value={format.energy(report.energy.total_joules, unit)} note={format.energyRange(report.energy.low_joules, report.energy.high_joules, unit)}>
          <Shares measured={report.energy.measured_ratio} />
        </Card>
        <Card
          title={words.cards.carbon}
          testid="run-carbon"
          value={format.mass(report.carbon.total_gco2e, mass)}
          note={`${words.run.operational} ${format.mass(report.carbon.operational_gco2e, mass)}, ${words.run.embodied} ${format.mass(report.carbon.embodied_gco2e, mass)}`}
        />
        <Card title={words.cards.runtime} testid="run-runtime" value={format.duration(report.run.duration_seconds)} note={(report.run.command ?? []).join(" ")} />
        <Card
          title={words.region}
          testid="run-place"
          value={report.carbon.place ?? format.DASH}
          note={`${format.plain(report.carbon.intensity_gco2e_per_kwh)} g/kWh (${format.plain(report.carbon.intensity_low)} … ${format.plain(report.carbon.intensity_high)}), ${report.carbon.intensity_source ?? ""}`}
        />
      </div>
      {times.length > 1 && <PowerChart times={times} layers={layers} title={words.run.timeline} testid="run-chart" />}
      <DeviceTable report={report} unit={unit} />
      {report.tasks.length > 0 && <Tasks report={report} unit={unit} mass={mass} />}
      {report.warnings.length > 0 && (
        <Block title={words.run.warnings} testid="warnings">
          <ul>
            {report.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Block>
      )}
    </article>
  );
}

function DeviceTable({ report, unit }: { report: Report; unit: format.Energy }) {
  return (
    <Block title={words.devices.title} testid="run-devices">
      <div class="scroll" tabIndex={0} role="region" aria-label={words.table(words.devices.title)}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.devices.device}</th>
              <th scope="col">{words.hardware.how}</th>
              <th scope="col" class="number">
                {words.cards.energy}
              </th>
              <th scope="col" class="number">
                {words.run.job}
              </th>
              <th scope="col" class="number">
                {words.run.others}
              </th>
              <th scope="col" class="number">
                {words.run.idle}
              </th>
              <th scope="col" class="number">
                {words.run.coverage}
              </th>
            </tr>
          </thead>
          <tbody>
            {report.devices.map((device) => (
              <tr key={device.id}>
                <th scope="row">
                  {device.id} <small>{device.model ?? ""}</small>
                  {device.note !== null && <small class="block-note">{device.note}</small>}
                </th>
                <td>
                  <How basis={device.basis} reader={device.reader} />
                </td>
                <td class="number" title={format.energyRange(device.energy_low_joules, device.energy_high_joules, unit)}>
                  {format.energy(device.energy_joules, unit)}
                </td>
                <td class="number">{format.energy(device.job_joules, unit)}</td>
                <td class="number">{format.energy(device.others_joules, unit)}</td>
                <td class="number">{format.energy(device.idle_joules, unit)}</td>
                <td class="number">{format.percent(device.coverage_ratio)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Block>
  );
}

function Tasks({ report, unit, mass }: { report: Report; unit: format.Energy; mass: format.Mass }) {
  return (
    <Block title={words.run.tasks} testid="tasks">
      <div class="scroll" tabIndex={0} role="region" aria-label={words.table(words.run.tasks)}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.runs.name}</th>
              <th scope="col" class="number">
                {words.runs.duration}
              </th>
              <th scope="col" class="number">
                {words.runs.energy}
              </th>
              <th scope="col" class="number">
                {words.runs.carbon}
              </th>
            </tr>
          </thead>
          <tbody>
            {report.tasks.map((task) => (
              <tr key={task.name}>
                <th scope="row">{task.name}</th>
                <td class="number">{format.duration(task.duration_seconds)}</td>
                <td class="number">{format.energy(task.energy_joules, unit)}</td>
                <td class="number">{format.mass(task.total_gco2e, mass)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Block>
  );
}

function save(name: string, type: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** RFC 4180; a cell that a spreadsheet would take for a formula is text. */
export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  let text = String(value);
  if (/^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const CSV_COLUMNS = ["id", "kind", "model", "reader", "basis", "energy_joules", "energy_low_joules", "energy_high_joules", "job_joules", "others_joules", "idle_joules", "mean_power_watts", "coverage_ratio"] as const;

function csvOf(report: Report): string {
  const rows = report.devices.map((device) => CSV_COLUMNS.map((column) => csvCell(device[column])).join(","));
  return [CSV_COLUMNS.join(","), ...rows, ""].join("\r\n");
}

function png(report: Report): void {
  const canvas = document.querySelector<HTMLCanvasElement>("[data-testid=run-chart] canvas");
  if (canvas === null) return;
  const caption = 96 * devicePixelRatio;
  const sheet = document.createElement("canvas");
  sheet.width = canvas.width;
  sheet.height = canvas.height + caption;
  const pen = sheet.getContext("2d");
  if (pen === null) return;
  const style = getComputedStyle(document.body);
  pen.fillStyle = style.backgroundColor;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.drawImage(canvas, 0, 0);
  pen.fillStyle = style.color;
  pen.font = `${14 * devicePixelRatio}px system-ui`;
  const lines = [
    `${report.run.name}, ${format.dateTime(report.run.started_at)}, ${format.duration(report.run.duration_seconds)}`,
    `${format.energy(report.energy.total_joules)} (${format.energyRange(report.energy.low_joules, report.energy.high_joules)}), ${format.mass(report.carbon.total_gco2e)}`,
    `${report.carbon.place ?? ""} ${format.plain(report.carbon.intensity_gco2e_per_kwh)} g/kWh, ${report.carbon.intensity_source ?? ""}, PUE ${report.carbon.pue}`,
  ];
  lines.forEach((line, index) => pen.fillText(line, 16 * devicePixelRatio, canvas.height + (24 + 24 * index) * devicePixelRatio));
  const link = document.createElement("a");
  link.href = sheet.toDataURL("image/png");
  link.download = `aico2-${report.run.id}.png`;
  link.click();
}

function Exports({ report }: { report: Report }) {
  const [copied, setCopied] = useState(false);
  const name = `aico2-${report.run.id}`;
  return (
    <span class="exports" data-testid="export">
      <button type="button" class="quiet" onClick={() => save(`${name}.json`, "application/json", JSON.stringify(report, null, 1))}>
        {words.run.json}
      </button>
      <button type="button" class="quiet" onClick={() => save(`${name}.csv`, "text/csv", csvOf(report))}>
        {words.run.csv}
      </button>
      <button type="button" class="quiet" onClick={() => png(report)}>
        {words.run.png}
      </button>
      <button
        type="button"
        class="quiet"
        onClick={() => {
          void navigator.clipboard?.writeText(location.href).then(() => setCopied(true));
        }}
      >
        {copied ? words.run.copied : words.run.link}
      </button>
    </span>
  );
}

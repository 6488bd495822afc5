// SPDX-License-Identifier: Apache-2.0
// more/run_tables.tsx - the tables of one run: its devices, its tasks, and where its figures come from
import * as format from "../format";
import type { SetView } from "../hash";
import { Block, How } from "../parts";
import type { Figure } from "../types";
import { Pair, Scroll } from "./bits";
import { say } from "./say";
import type { FullDevice, FullReport } from "./types";

/** Half of the band's width, against the figure. */
export function halfWidth(value: Figure, low: Figure, high: Figure): string {
  if (value === null || low === null || high === null || value === 0) return format.DASH;
  return `±${format.percent((high - low) / 2 / value)}`;
}

/** What is short of one thing's time by less than this is the first and the last tick. */
const COVERED = 0.99;

export function DeviceTable({ report, unit }: { report: FullReport; unit: format.Energy }) {
  const columns = [say.run.energy, say.run.band, say.run.job, say.run.others, say.run.idle, say.run.mean, say.run.peak, say.run.load, say.run.coverage];
  const { energy } = report;
  return (
    <Block title={say.run.devices} testid="run-devices">
      <Scroll label={say.run.devices}>
        <table>
          <thead>
            <tr>
              <th scope="col">{say.run.device}</th>
              <th scope="col">{say.run.how}</th>
              {columns.map((column) => (
                <th scope="col" class="number" key={column}>
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {report.devices.map((device) => (
              <DeviceRow key={`${device.id} ${device.reader}`} device={device} unit={unit} />
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="hint">
        {say.run.sum(format.energy(energy.machine_joules, unit), format.percent(energy.measured_ratio))}{" "}
        {energy.not_counted.length > 0 && say.run.notCounted(energy.not_counted.join(", "))}
      </p>
    </Block>
  );
}

function DeviceRow({ device, unit }: { device: FullDevice; unit: format.Energy }) {
  return (
    <tr class={device.added ? "" : "beside"}>
      <th scope="row">
        {device.id} <small class="block-note">{device.model ?? ""}</small>
        {device.note !== null && <small class="block-note">{device.note}</small>}
        {!device.added && device.energy_joules !== null && <small class="block-note">{say.run.notAdded}</small>}
      </th>
      <td class="whole">
        <How basis={device.basis} reader={device.reader} />
      </td>
      <td class="number" title={format.energyRange(device.energy_low_joules, device.energy_high_joules, unit)}>
        {format.energy(device.energy_joules, unit)}
      </td>
      <td class="number">{halfWidth(device.energy_joules, device.energy_low_joules, device.energy_high_joules)}</td>
      <td class="number">{format.energy(device.job_joules, unit)}</td>
      <td class="number">{format.energy(device.others_joules, unit)}</td>
      <td class="number">{format.energy(device.idle_joules, unit)}</td>
      <td class="number">{format.power(device.mean_power_watts)}</td>
      <td class="number">{format.power(device.peak_power_watts)}</td>
      <td class="number">{format.percent(device.mean_utilization_ratio)}</td>
      <td class="number" title={device.gap_seconds === null ? undefined : say.run.gap(format.duration(device.gap_seconds))}>
        <span class={device.coverage_ratio !== null && device.coverage_ratio < COVERED ? "short" : ""}>{format.percent(device.coverage_ratio)}</span>
      </td>
    </tr>
  );
}

export function Tasks({ report, unit, mass }: { report: FullReport; unit: format.Energy; mass: format.Mass }) {
  const total = report.energy.total_joules;
  return (
    <Block title={say.run.tasks} testid="tasks">
      <Scroll label={say.run.tasks} tall>
        <table>
          <thead>
            <tr>
              <th scope="col">{say.run.task}</th>
              {[say.run.begins, say.run.runtime, say.run.energy, say.run.carbon, say.run.share].map((column) => (
                <th scope="col" class="number" key={column}>
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {report.tasks.map((task, index) => (
              <tr key={index}>
                <th scope="row">{task.name}</th>
                <td class="number">{format.duration(task.start_seconds)}</td>
                <td class="number">{format.duration(task.duration_seconds)}</td>
                <td class="number">{format.energy(task.energy_joules, unit)}</td>
                <td class="number">{format.mass(task.total_gco2e, mass)}</td>
                <td class="number">{format.percent(total !== null && total > 0 && task.energy_joules !== null ? task.energy_joules / total : null)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Block>
  );
}

const MONTH_SECONDS = (365.25 / 12) * 86400;

function driven(km: number): string {
  return km < 1 ? `${format.plain(km * 1000)}\u202fm` : `${format.plain(km)}\u202fkm`;
}

export function Provenance({ report, setView }: { report: FullReport; setView: SetView }) {
  const { run, machine, carbon } = report;
  const cpu = machine.cpu.model === null ? "" : `${machine.cpu.sockets ?? 1} × ${machine.cpu.model}`;
  const gpus = machine.gpus.map((gpu) => gpu.model ?? "GPU");
  return (
    <Block
      title={say.run.provenance}
      testid="provenance"
      tools={
        <button type="button" class="quiet" onClick={() => setView({ page: "runs" })}>
          {say.run.toRuns}
        </button>
      }
    >
      <dl class="facts">
        <Pair name={say.run.command}>
          <code>{(run.command ?? []).join(" ") || format.DASH}</code>
        </Pair>
        <Pair name={say.run.host}>{[machine.hostname, machine.os, machine.os_release, machine.arch].filter((text) => text !== null).join(", ")}</Pair>
        <Pair name={say.run.hardware}>{[...gpus, cpu].filter((text) => text !== "").join(", ") || format.DASH}</Pair>
        <Pair name={say.run.started}>{format.dateTime(run.started_at)}</Pair>
        <Pair name={say.run.ended}>{format.dateTime(run.ended_at)}</Pair>
        <Pair name={say.run.exit}>{run.exit_status ?? format.DASH}</Pair>
        <Pair name={say.run.source}>
          {carbon.intensity_source ?? format.DASH}
          {carbon.intensity_kind !== null && `, ${carbon.intensity_kind}`}
          {carbon.intensity_year !== null && `, ${carbon.intensity_year}`}
        </Pair>
        <Pair name={say.run.pue}>{format.plain(carbon.pue)}</Pair>
        <Pair name={say.run.scope}>{report.energy.scope}</Pair>
        <Pair name={say.run.id}>
          <code>{run.id}</code>
        </Pair>
        <Pair name={say.run.version}>aico2 {report.aico2_version}</Pair>
      </dl>
      {report.equivalents.car_km !== null && report.equivalents.tree_seedling_months !== null && (
        <p class="hint">{say.run.equivalents(driven(report.equivalents.car_km), format.duration(report.equivalents.tree_seedling_months * MONTH_SECONDS))}</p>
      )}
    </Block>
  );
}

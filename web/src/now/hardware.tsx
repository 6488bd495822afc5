// SPDX-License-Identifier: Apache-2.0
// now/hardware.tsx - what the machine is made of, how each is known, and what would make it better known
import { useState } from "preact/hooks";
import { path } from "../api";
import { lastOf, useAsked } from "../asked";
import * as format from "../format";
import type { Live } from "../live";
import { Block, How, Waiting } from "../parts";
import type { Check, Device, Devices, Figure, Reader, Report } from "../types";
import { words } from "../words";

/** Of several ways to one device the one that is used. */
function inUse(devices: Device[], live: Live): Device[] {
  const chosen = new Map<string, Device>();
  for (const device of devices) {
    const before = chosen.get(device.id);
    const told = live.track.about.get(device.id)?.basis ?? device.basis;
    if (before === undefined || (!before.used && device.used) || (before.used === device.used && before.basis !== told && device.basis === told)) chosen.set(device.id, device);
  }
  return [...chosen.values()].filter((device) => device.used || live.track.about.has(device.id));
}

/** A to D, by how far off the figure may be. */
function classOf(band: Figure): string {
  if (band === null) return format.DASH;
  const at = [0.05, 0.15, 0.5].findIndex((most) => band <= most);
  return words.hardware.accuracy("ABCD"[at < 0 ? 3 : at]!, format.percent(band));
}

function Machine({ report }: { report: Report }) {
  const { os, os_release, arch, cpu, memory_bytes, gpus } = report.machine;
  const rows: [string, string][] = [
    [words.hardware.os, words.hardware.system(os ?? format.DASH, arch ?? "", report.machine.virtualized === true)],
    [words.hardware.kernel, os_release ?? format.DASH],
    [words.hardware.cpu, words.hardware.processor(cpu.model ?? format.DASH, cpu.sockets, cpu.cores, cpu.threads)],
    [words.hardware.memory, format.bytes(memory_bytes)],
  ];
  return (
    <>
      {rows.map(([name, text]) => (
        <tr key={name}>
          <th scope="row">{name}</th>
          <td colSpan={5}>{text}</td>
        </tr>
      ))}
      {gpus.length === 0 && (
        <tr>
          <th scope="row">{words.hardware.gpu}</th>
          <td colSpan={5}>{words.donuts.none}</td>
        </tr>
      )}
      {gpus.map((gpu) => (
        <tr key={gpu.index}>
          <th scope="row">{words.hardware.gpuAt(gpu.index)}</th>
          <td colSpan={5}>{words.hardware.graphics(gpu.model ?? format.DASH, format.bytes(gpu.memory_bytes))}</td>
        </tr>
      ))}
    </>
  );
}

function Row({ device, reader, live }: { device: Device; reader: Reader | undefined; live: Live }) {
  return (
    <tr>
      <th scope="row">{device.id}</th>
      <td>{device.model ?? format.DASH}</td>
      <td>
        <How basis={live.track.about.get(device.id)?.basis ?? device.basis} reader={device.reader} />
        {device.kind === "board" && <small class="block-note">{words.hardware.compared}</small>}
        {reader?.detail != null && <small class="block-note">{reader.detail}</small>}
      </td>
      <td class="number" title={device.tdp_source ?? ""}>
        {format.power(device.tdp_watts)}
      </td>
      <td class="number">{format.power(live.track.of.get(device.id)?.watts.at(-1) ?? null)}</td>
      <td class="tight">{classOf(device.band_ratio)}</td>
    </tr>
  );
}

/** The doctor is asked when somebody wants to know: it looks at the machine for a while. */
function Why({ estimated }: { estimated: Device[] }) {
  const [open, setOpen] = useState(false);
  const asked = useAsked<{ checks: Check[] }>(open ? path("doctor") : "");
  const fixes = (lastOf(asked)?.checks ?? []).filter((check) => check.fix !== null);
  return (
    <details class="why" data-testid="why" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words.hardware.why}</summary>
      <ul>
        {estimated.map((device) => (
          <li key={device.id}>
            <b>{device.id}</b> {words.hardware.because(words.basis[device.basis] ?? device.basis, device.reason ?? device.note ?? words.hardware.noSensor)}
          </li>
        ))}
      </ul>
      {open && <Waiting asked={asked} empty={asked.state === "there" && fixes.length === 0 ? words.hardware.allRead : undefined} />}
      {fixes.map((check) => (
        <section class="check" key={check.sensor}>
          <h3>
            {check.sensor} <small>{words.hardware.gain(check.state, format.percent(check.band_now), format.percent(check.band_then))}</small>
          </h3>
          <p>{check.reason}</p>
          <pre>{check.fix}</pre>
        </section>
      ))}
    </details>
  );
}

export function Hardware({ live, here }: { live: Live; here: Report | null }) {
  const asked = useAsked<Devices>(path("devices"), live.track.about.size);
  const found = lastOf(asked);
  const devices = inUse(found?.devices ?? [], live);
  const estimated = devices.filter((device) => (live.track.about.get(device.id)?.basis ?? device.basis) !== "measured");
  return (
    <Block title={words.hardware.title} testid="hw">
      <Waiting asked={asked} />
      <div class="scroll broad" tabIndex={0} role="region" aria-label={words.table(words.hardware.title)}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.hardware.component}</th>
              <th scope="col">{words.hardware.model}</th>
              <th scope="col">{words.hardware.how}</th>
              <th scope="col" class="number">
                {words.hardware.limit}
              </th>
              <th scope="col" class="number">
                {words.hardware.power}
              </th>
              <th scope="col" title={words.hardware.accuracyHow}>
                {words.hardware.accuracyTitle}
              </th>
            </tr>
          </thead>
          <tbody>
            {here !== null && <Machine report={here} />}
            {devices.map((device) => (
              <Row key={device.id} device={device} reader={found?.readers.find((reader) => reader.name === device.reader)} live={live} />
            ))}
          </tbody>
        </table>
      </div>
      {estimated.length > 0 && <Why estimated={estimated} />}
    </Block>
  );
}

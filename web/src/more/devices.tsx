// SPDX-License-Identifier: Apache-2.0
// more/devices.tsx - what is measured on this machine and how; what is not, why, and what mends it
import { path } from "../api";
import { lastOf, useAsked } from "../asked";
import * as format from "../format";
import { Block, How, Waiting } from "../parts";
import { Command, Scroll } from "./bits";
import { say } from "./say";
import type { Check, Listed, ListedDevice } from "./types";

export function DevicesPage() {
  const asked = useAsked<Listed>(path("devices"));
  const checks = useAsked<{ checks: Check[] }>(path("doctor"));
  const found = lastOf(asked);
  const all = lastOf(checks)?.checks ?? [];
  return (
    <>
      <Block title={say.devices.title} testid="devices">
        <Waiting asked={asked} empty={found?.devices.length === 0 ? say.devices.none : undefined} />
        {found !== null && found.devices.length > 0 && <Table devices={found.devices} />}
      </Block>
      <Doctor asked={checks} checks={all} />
      <Block title={say.devices.readers} testid="readers">
        <Waiting asked={asked} />
        <ul class="readers">
          {found?.readers.map((reader) => (
            <li key={reader.name}>
              <b>{reader.name}</b> <span class={`state ${reader.state}`}>{say.devices.states[reader.state] ?? reader.state}</span>
              {reader.reason !== null && <p class="note">{reader.reason}</p>}
            </li>
          ))}
        </ul>
      </Block>
    </>
  );
}

function Table({ devices }: { devices: ListedDevice[] }) {
  return (
    <Scroll label={say.devices.title}>
      <table>
        <thead>
          <tr>
            <th scope="col">{say.devices.device}</th>
            <th scope="col">{say.devices.model}</th>
            <th scope="col">{say.devices.how}</th>
            <th scope="col" class="number">
              {say.run.band}
            </th>
            <th scope="col" class="number">
              {say.devices.limit}
            </th>
            <th scope="col">{say.devices.gives}</th>
          </tr>
        </thead>
        <tbody>
          {[...devices].sort((a, b) => Number(b.used) - Number(a.used)).map((device) => (
            <tr key={`${device.id} ${device.reader}`} class={device.used ? "" : "beside"}>
              <th scope="row">
                {device.id} <small>{device.kind}</small>
              </th>
              <td>
                {device.model ?? format.DASH}
                {(device.reason ?? device.note) !== null && <small class="block-note">{device.reason ?? device.note}</small>}
              </td>
              <td class="whole">{device.readable ? <How basis={device.basis} reader={device.reader} /> : `${say.devices.unreadable}, ${device.reader}`}</td>
              <td class="number whole">{plusMinus(device.band_ratio)}</td>
              <td class="number">
                {format.power(device.tdp_watts)}
                {device.tdp_source !== null && <small class="block-note">{device.tdp_source}</small>}
              </td>
              <td>{device.counts.join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function plusMinus(ratio: number | null): string {
  return ratio === null ? format.DASH : `±${format.percent(ratio)}`;
}

/** What can be mended first, each with the command; the rest by name. */
function Doctor({ asked, checks }: { asked: ReturnType<typeof useAsked<{ checks: Check[] }>>; checks: Check[] }) {
  const open = checks.filter((check) => check.fix !== null);
  const rest = checks.filter((check) => check.fix === null && check.state === "used");
  return (
    <Block title={say.devices.doctor} testid="doctor">
      <Waiting asked={asked} empty={asked.state === "there" && open.length === 0 ? say.devices.all : undefined} />
      {open.map((check) => (
        <CheckLine key={check.sensor} check={check} />
      ))}
      {rest.length > 0 && (
        <p class="hint">
          {say.devices.fine}: {rest.map((check) => check.sensor).join(", ")}.
        </p>
      )}
    </Block>
  );
}

export function CheckLine({ check }: { check: Check }) {
  return (
    <section class="check">
      <h3>
        {check.sensor} <span class={`state ${check.state}`}>{say.devices.states[check.state] ?? check.state}</span>
      </h3>
      <p>
        {check.reason ?? check.summary}.{" "}
        {check.root_only && check.band_others !== null
          ? say.devices.rootOnly(plusMinus(check.band_now), plusMinus(check.band_others))
          : check.band_now !== null && check.band_then !== null && `${say.devices.bands(plusMinus(check.band_now), plusMinus(check.band_then))}.`}
      </p>
      <Command text={check.fix ?? ""} />
      {check.remedy?.opens != null && <p class="note">{say.devices.opens(check.remedy.opens)}</p>}
    </section>
  );
}

// SPDX-License-Identifier: Apache-2.0
// more/accuracy.tsx - what would have made a run's figures more accurate: what is weak in it, and what the doctor says
import { path } from "../api";
import { lastOf, useAsked } from "../asked";
import * as format from "../format";
import { Block } from "../parts";
import { CheckLine } from "./devices";
import { say } from "./say";
import type { Check, FullDevice, FullReport } from "./types";

const COVERED = 0.99;

/** What is weak, the weightiest first: whose energy is not measured, where readings are missing, what the grams go by. */
export function weaknesses(report: FullReport): string[] {
  const said: string[] = [];
  const guessed = report.devices.filter((device) => device.added && device.basis !== "measured");
  const joules = guessed.reduce((sum, device) => sum + (device.energy_joules ?? 0), 0);
  const whole = report.energy.machine_joules ?? 0;
  if (guessed.length > 0 && whole > 0) said.push(say.run.accuracyModelled(guessed.map((device) => device.id).join(", "), format.percent(joules / whole)));
  for (const device of report.devices) {
    if (device.coverage_ratio !== null && device.coverage_ratio < COVERED) said.push(say.run.accuracyGap(device.id, format.percent(device.coverage_ratio)));
  }
  if (report.carbon.place_basis === "world") said.push(say.run.accuracyPlace);
  else if (!report.carbon.time_matched) said.push(say.run.accuracyHour);
  return said;
}

/** Of the doctor's fixes those of kinds that this run did not measure; metered ones have nothing to mend. */
function fitting(checks: Check[], devices: FullDevice[]): Check[] {
  const weak = new Set(devices.filter((device) => device.basis !== "measured" || (device.coverage_ratio ?? 0) < COVERED).map((device) => device.kind));
  return checks.filter((check) => check.fix !== null && (weak.has(check.kind) || (check.kind === "dram" && weak.has("memory"))));
}

export function Accuracy({ report }: { report: FullReport }) {
  const checks = lastOf(useAsked<{ checks: Check[] }>(path("doctor")))?.checks ?? [];
  const weak = weaknesses(report);
  const fixes = fitting(checks, report.devices);
  return (
    <Block title={say.run.accuracy} testid="accuracy">
      {weak.length === 0 ? (
        <p class="hint">{say.run.accuracyNone}</p>
      ) : (
        <ul class="plain">
          {weak.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      {fixes.length > 0 && <p class="hint">{say.run.accuracyHere}</p>}
      {fixes.map((check) => (
        <CheckLine key={check.sensor} check={check} />
      ))}
    </Block>
  );
}

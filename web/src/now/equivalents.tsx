// SPDX-License-Identifier: Apache-2.0
// now/equivalents.tsx - grams and kilowatt-hours as everyday things; the factors are those of data/equivalents.csv
import { useState } from "preact/hooks";
import * as format from "../format";
import { Block } from "../parts";
import type { Report } from "../types";
import { words } from "../words";

interface Factor {
  key: string;
  /** of one: grams of CO2e, else kilowatt-hours */
  grams?: number;
  kwh?: number;
  source: string;
  year: number | null;
}

/** Put in by the build, out of the table that the program itself has. */
declare const EQUIVALENTS: Factor[];

/** A day's electricity of a household is told by its hours. */
const HOURS_OF_A_DAY = 24;

const shown: { testid: string; key: string; per?: number }[] = [
  { testid: "eq-car", key: "car_km_seed" },
  { testid: "eq-tree", key: "tree_month_seed" },
  { testid: "eq-phone", key: "phone_charge_epa" },
  { testid: "eq-home", key: "home_day_eu", per: HOURS_OF_A_DAY },
  { testid: "eq-kettle", key: "kettle_litre" },
];

const KEPT = "aico2-factor-";

/** A factor of one's own, in this browser alone; the table's without. */
function useFactor(key: string, own: number): [number, (value: number | null) => void] {
  const [value, setValue] = useState(() => {
    const kept = Number(localStorage.getItem(KEPT + key));
    return kept > 0 ? kept : own;
  });
  return [
    value,
    (next) => {
      if (next === null) localStorage.removeItem(KEPT + key);
      else localStorage.setItem(KEPT + key, String(next));
      setValue(next ?? own);
    },
  ];
}

function Line({ testid, factor, per, report }: { testid: string; factor: Factor; per: number; report: Report | null }) {
  const table = factor.grams ?? factor.kwh! / per;
  const [each, setEach] = useFactor(factor.key, table);
  const unit = factor.grams !== undefined ? "gCO2e" : "kWh";
  const grams = report?.carbon.total_gco2e;
  const joules = report?.energy.total_joules;
  const amount = factor.grams !== undefined ? grams : joules == null ? null : (joules / 3.6e6) * (report?.carbon.pue ?? 1);
  const text = words.equivalents.of[factor.key]!;
  return (
    <details data-testid={testid}>
      <summary title={words.equivalents.how(format.plain(each), unit, text.one, factor.source, factor.year)}>
        <span>{text.many}</span> <b>{format.plain(amount == null ? null : amount / each)}</b>
      </summary>
      <p class="hint">{words.equivalents.how(format.plain(each), unit, text.one, factor.source, factor.year)}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const value = Number(new FormData(event.currentTarget).get("factor"));
          if (value > 0) setEach(value);
        }}
      >
        <label>
          {words.equivalents.factor(unit)} <input name="factor" inputMode="decimal" pattern="[0-9]*[.]?[0-9]+" key={each} defaultValue={String(each)} />
        </label>
        <button type="submit" class="quiet">
          {words.equivalents.use}
        </button>
        {each !== table && (
          <button type="button" class="quiet" onClick={() => setEach(null)}>
            {words.equivalents.back}
          </button>
        )}
      </form>
    </details>
  );
}

export function Equivalents({ report, none }: { report: Report | null; none: string }) {
  return (
    <Block title={words.equivalents.title} testid="equivalents">
      {report === null && <p class="hint">{none}</p>}
      <div class="lines">
        {shown.map(({ testid, key, per }) => (
          <Line key={key} testid={testid} factor={EQUIVALENTS.find((factor) => factor.key === key)!} per={per ?? 1} report={report} />
        ))}
      </div>
    </Block>
  );
}

// SPDX-License-Identifier: Apache-2.0
// others.tsx - the pages that are opened now and then: devices with the doctor, the calculator
import { useState } from "preact/hooks";
import { path, post, Problem } from "./api";
import { lastOf, useAsked } from "./asked";
import * as format from "./format";
import type { View } from "./hash";
import { Block, Card, How, Waiting } from "./parts";
import type { Check, Devices, Estimate } from "./types";
import { words } from "./words";

export function DevicesPage() {
  const asked = useAsked<Devices>(path("devices"));
  const checks = useAsked<{ checks: Check[] }>(path("doctor"));
  const found = lastOf(asked);
  const all = lastOf(checks)?.checks ?? [];
  const open = all.filter((check) => check.fix !== null);
  return (
    <>
      <Block title={words.devices.title} testid="devices">
        <Waiting asked={asked} />
        <div class="scroll" tabIndex={0} role="region" aria-label={words.table(words.devices.title)}>
          <table>
            <tbody>
              {found?.devices.map((device) => (
                <tr key={`${device.id} ${device.reader}`}>
                  <th scope="row">{device.id}</th>
                  <td>{device.model ?? format.DASH}</td>
                  <td>
                    <How basis={device.basis} reader={device.reader} />
                  </td>
                  <td>
                    {format.power(device.tdp_watts)} <small>{device.tdp_source ?? ""}</small>
                  </td>
                  <td>{device.reason ?? ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Block>
      <Block title={words.devices.doctor} testid="doctor">
        <Waiting asked={checks} empty={checks.state === "there" && open.length === 0 ? words.devices.all : undefined} />
        {open.map((check) => (
          <section class="check" key={check.sensor}>
            <h3>
              {check.sensor} <small>{check.state}</small>
            </h3>
            <p>{check.reason}</p>
            <pre>{check.fix}</pre>
          </section>
        ))}
      </Block>
      <Block title={words.devices.readers} testid="readers">
        <dl class="pairs">
          {found?.readers.map((reader) => (
            <div key={reader.name}>
              <dt>
                {reader.name} <small>{reader.state}</small>
              </dt>
              <dd>{reader.reason ?? ""}</dd>
            </div>
          ))}
        </dl>
      </Block>
    </>
  );
}

interface Form {
  gpu: string;
  count: string;
  hours: string;
  load: string;
  place: string;
  pue: string;
}

export function EstimatePage({ view }: { view: View }) {
  const [form, setForm] = useState<Form>({ gpu: "A100", count: "8", hours: "24", load: "100", place: view.region, pue: "1.0" });
  const [answer, setAnswer] = useState<Estimate | null>(null);
  const [problem, setProblem] = useState("");
  const field = (name: keyof Form, label: string, mode: "text" | "decimal" = "text") => (
    <label>
      {label}
      <input name={name} inputMode={mode} value={form[name]} onInput={(event) => setForm({ ...form, [name]: event.currentTarget.value })} />
    </label>
  );
  const go = async (event: Event) => {
    event.preventDefault();
    try {
      setAnswer(
        await post<Estimate>(path("estimate"), {
          gpu: form.gpu,
          count: Number(form.count),
          hours: Number(form.hours),
          utilization: Number(form.load) / 100,
          pue: Number(form.pue),
          ...(form.place === "" ? {} : { place: form.place }),
        }),
      );
      setProblem("");
    } catch (error) {
      setProblem(error instanceof Problem ? error.message : String(error));
    }
  };
  return (
    <Block title={words.estimate.title} testid="estimate">
      <form class="form" onSubmit={(event) => void go(event)}>
        {field("gpu", words.estimate.gpu)}
        {field("count", words.estimate.count, "decimal")}
        {field("hours", words.estimate.hours, "decimal")}
        {field("load", words.estimate.utilization, "decimal")}
        {field("place", words.estimate.place)}
        {field("pue", words.estimate.pue, "decimal")}
        <button type="submit">{words.estimate.go}</button>
      </form>
      {problem !== "" && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {answer !== null && (
        <>
          <div class="cards">
            <Card title={words.cards.energy} testid="estimate-energy" value={format.energy(answer.energy_kwh * 3.6e6)} note={format.energyRange(answer.low_kwh * 3.6e6, answer.high_kwh * 3.6e6)} />
            <Card title={words.cards.carbon} testid="estimate-carbon" value={format.mass(answer.total_gco2e)} note={format.massRange(answer.low_gco2e, answer.high_gco2e)} />
          </div>
          <h3>{words.estimate.assumptions}</h3>
          <ul>
            {answer.assumptions.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </>
      )}
    </Block>
  );
}

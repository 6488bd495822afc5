// SPDX-License-Identifier: Apache-2.0
// more/estimate.tsx - a footprint from hardware, time and place, without measuring: the options of `aico2 estimate`
import { useState } from "preact/hooks";
import { path, post, Problem } from "../api";
import { lastOf, useAsked } from "../asked";
import * as format from "../format";
import type { View } from "../hash";
import { Block, Card } from "../parts";
import type { Intensity } from "../types";
import { say } from "./say";
import type { Estimate } from "./types";

/** Texts as they are typed; those of the names of the command line's options. */
interface Form {
  gpu: string;
  cpu: string;
  count: string;
  hours: string;
  load: string;
  power: string;
  memory: string;
  place: string;
  pue: string;
}

const BEGIN: Form = { gpu: "A100", cpu: "", count: "8", hours: "24", load: "100", power: "", memory: "", place: "", pue: "1.0" };
const NUMBERS: (keyof Form)[] = ["count", "hours", "load", "power", "memory", "pue"];

/** What is empty is left to the server, which says what it assumed. Throws what is wrong with a field. */
export function questionOf(form: Form): Record<string, string | number> {
  if (form.gpu.trim() === "" && form.cpu.trim() === "") throw new Problem(say.estimate.none, 0);
  for (const field of NUMBERS) {
    const text = form[field].trim();
    if (text !== "" && !/^\d*\.?\d+(e[+-]?\d+)?$/i.test(text)) throw new Problem(say.estimate.wrong(say.estimate[field as "hours"]), 0);
  }
  const question: Record<string, string | number> = {};
  const put = (option: string, text: string, scale = 1) => {
    if (text.trim() !== "") question[option] = Number(text) / scale;
  };
  if (form.gpu.trim() !== "") question.gpu = form.gpu.trim();
  if (form.cpu.trim() !== "") question.cpu = form.cpu.trim();
  put("count", form.count);
  put("hours", form.hours);
  put("utilization", form.load, 100);
  put("power", form.power);
  put("memory-gib", form.memory);
  put("pue", form.pue);
  return { ...question, ...placeOption(form.place.trim()) };
}

/** By the form of its code: "DE", "US-CA", "aws:eu-west-3". */
function placeOption(place: string): Record<string, string> {
  if (place === "") return {};
  if (place.includes(":")) return { cloud: place };
  return /^[A-Za-z]{2}-/.test(place) ? { region: place } : { country: place };
}

export function EstimatePage({ view }: { view: View }) {
  const [form, setForm] = useState<Form>({ ...BEGIN, place: view.region });
  const [answer, setAnswer] = useState<Estimate | null>(null);
  const [problem, setProblem] = useState("");
  const [asking, setAsking] = useState(false);
  const places = lastOf(useAsked<{ places: Intensity[] }>(path("intensity")))?.places ?? [];
  const field = (name: keyof Form, mode: "text" | "decimal" = "decimal", optional = false) => (
    <label>
      {say.estimate[name]}
      <input
        name={name}
        data-testid={`estimate-${name}`}
        inputMode={mode}
        value={form[name]}
        placeholder={optional ? say.estimate.optional : undefined}
        list={name === "place" ? "estimate-places" : undefined}
        onInput={(event) => setForm({ ...form, [name]: event.currentTarget.value })}
        autocomplete="off"
      />
    </label>
  );
  const go = async (event: Event) => {
    event.preventDefault();
    setAsking(true);
    try {
      setAnswer(await post<Estimate>(path("estimate"), questionOf(form)));
      setProblem("");
    } catch (error) {
      setAnswer(null);
      setProblem(error instanceof Problem ? error.message : String(error));
    }
    setAsking(false);
  };
  return (
    <Block title={say.estimate.title} testid="estimate">
      <form class="form" onSubmit={(event) => void go(event)}>
        {field("gpu", "text")}
        {field("cpu", "text", true)}
        {field("count")}
        {field("hours")}
        {field("load")}
        {field("power", "decimal", true)}
        {field("memory", "decimal", true)}
        {field("place", "text")}
        {field("pue")}
        <datalist id="estimate-places">
          {places.map((place) => (
            <option key={place.place} value={place.place}>
              {place.name}
            </option>
          ))}
        </datalist>
        <button type="submit" data-testid="estimate-go" disabled={asking}>
          {say.estimate.go}
        </button>
      </form>
      {asking && answer === null && <p class="notice">{say.estimate.waiting}</p>}
      {problem !== "" && (
        <p class="notice bad" role="alert" data-testid="estimate-problem">
          {problem}
        </p>
      )}
      {answer !== null && <Answer answer={answer} view={view} />}
    </Block>
  );
}

function Answer({ answer, view }: { answer: Estimate; view: View }) {
  const unit = view.energy === "J" ? "J" : "Wh";
  const mass = view.mass === "kg" ? "kg" : "g";
  const joules = (kwh: number) => kwh * 3.6e6;
  return (
    <div data-testid="estimate-answer" role="status">
      <div class="cards">
        <Card
          title={say.estimate.energy}
          testid="estimate-energy"
          value={format.energy(joules(answer.energy_kwh), unit)}
          note={`${format.energyRange(joules(answer.low_kwh), joules(answer.high_kwh), unit)}${answer.pue > 1 ? `; ${say.estimate.withPue(format.energy(joules(answer.it_energy_kwh), unit))}` : ""}`}
        />
        <Card
          title={say.estimate.carbon}
          testid="estimate-carbon"
          value={format.mass(answer.total_gco2e, mass)}
          note={`${format.massRange(answer.low_gco2e, answer.high_gco2e, mass)}; ${say.estimate.parts.operational} ${format.mass(answer.operational_gco2e, mass)}, ${say.estimate.parts.embodied} ${format.mass(answer.embodied_gco2e, mass)}`}
        />
        <Card
          title={say.estimate.power_}
          testid="estimate-watts"
          value={format.power(answer.power_watts)}
          note={[answer.power_model, say.estimate.basis[answer.power_basis] ?? answer.power_basis].filter((text) => text !== null && text !== "").join(", ")}
        />
        <Card
          title={say.estimate.intensity}
          testid="estimate-intensity"
          value={`${format.plain(answer.intensity_gco2e_per_kwh)} g/kWh`}
          note={`${answer.place ?? ""} ${answer.intensity_source}`}
        />
      </div>
      {answer.warnings?.length > 0 && (
        <ul class="notice">
          {answer.warnings.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      <h3>{say.estimate.assumptions}</h3>
      <ul class="plain">
        {answer.assumptions.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </div>
  );
}

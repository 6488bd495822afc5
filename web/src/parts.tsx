// SPDX-License-Identifier: Apache-2.0
// parts.tsx - what several blocks are made of: cards, donuts, notices, tables with a heading
import type { ComponentChildren } from "preact";
import * as format from "./format";
import type { Asked } from "./asked";
import type { Basis, Figure } from "./types";
import { words } from "./words";

export function Card(props: { title: string; testid: string; value: string; note?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <section class="card" data-testid={props.testid} aria-label={props.title}>
      <h2>{props.title}</h2>
      <p class="figure">{props.value}</p>
      {props.note !== undefined && <p class="note">{props.note}</p>}
      {props.children}
    </section>
  );
}

/** "measured", "modelled" or "assumed", by word, colour and pattern. */
export function How({ basis, reader }: { basis: Basis; reader?: string }) {
  return (
    <span class={`how ${basis}`}>
      {words.basis[basis] ?? basis}
      {reader !== undefined && <small> {reader}</small>}
    </span>
  );
}

/** The shares of energy that were measured and that were not, as a bar of two tones with its words. */
export function Shares({ measured }: { measured: Figure }) {
  if (measured === null) return null;
  const rest = 1 - measured;
  return (
    <div class="shares" role="img" aria-label={`${format.percent(measured)} ${words.basis.measured}`}>
      <span class="measured" style={{ flexGrow: measured }} />
      <span class="modelled" style={{ flexGrow: rest }} />
    </div>
  );
}

const TURN = 2 * Math.PI * 42;

/** How busy something is: a ring, and the number in it. */
export function Donut({ title, ratio, testid }: { title: string; ratio: Figure; testid: string }) {
  const used = ratio === null ? 0 : Math.min(Math.max(ratio, 0), 1);
  const text = `${title}: ${format.percent(ratio)} ${words.donuts.used}, ${format.percent(ratio === null ? null : 1 - used)} ${words.donuts.free}`;
  return (
    <div class="donut" data-testid={testid}>
      <svg viewBox="0 0 100 100" role="img" aria-label={text}>
        <circle class="free" cx="50" cy="50" r="42" />
        <circle class="used" cx="50" cy="50" r="42" stroke-dasharray={`${used * TURN} ${TURN}`} transform="rotate(-90 50 50)" />
        <text x="50" y="54" text-anchor="middle">
          {format.percent(ratio)}
        </text>
      </svg>
      <p>{title}</p>
    </div>
  );
}

/** What is said while there is no answer; nothing once there is one. */
export function Waiting<T>({ asked, empty }: { asked: Asked<T>; empty?: string }) {
  if (asked.state === "failed")
    return (
      <p class="notice bad" role="alert">
        {asked.problem.message}
      </p>
    );
  if (asked.state === "loading" && asked.last === null) return <p class="notice">{words.loading}</p>;
  return empty === undefined ? null : <p class="notice">{empty}</p>;
}

export function Block(props: { title: string; testid: string; children: ComponentChildren; tools?: ComponentChildren }) {
  return (
    <section class="block" data-testid={props.testid} aria-labelledby={`${props.testid}-title`}>
      <header>
        <h2 id={`${props.testid}-title`}>{props.title}</h2>
        {props.tools}
      </header>
      {props.children}
    </section>
  );
}

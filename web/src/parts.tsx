// SPDX-License-Identifier: Apache-2.0
// parts.tsx - what several blocks are made of: cards, donuts, notices, tables with a heading
import type { ComponentChildren } from "preact";
import * as format from "./format";
import type { Asked } from "./asked";
import type { Basis, Figure } from "./types";
import { words } from "./words";

export function Card(props: { title: string; testid: string; value: string; note?: ComponentChildren; wide?: boolean; children?: ComponentChildren }) {
  return (
    <section class={props.wide === true ? "card wide" : "card"} data-testid={props.testid} aria-label={props.title}>
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
const TREND_TICKS = 30;
const TREND_FROM = 51;
const TREND_LONGEST = 8;

/** A tick a second around the ring, as long as it was busy; the newest is at the top, what is older goes back from it. */
function trendPath(trend: (number | null)[]): string {
  return trend
    .slice(-TREND_TICKS)
    .reverse()
    .map((value, index) => {
      if (value === null) return "";
      const angle = (-index / TREND_TICKS) * 2 * Math.PI - Math.PI / 2;
      const end = TREND_FROM + 0.5 + Math.min(Math.max(value, 0), 1) * TREND_LONGEST;
      const at = (radius: number) => `${(60 + radius * Math.cos(angle)).toFixed(1)} ${(60 + radius * Math.sin(angle)).toFixed(1)}`;
      return `M${at(TREND_FROM)}L${at(end)}`;
    })
    .join("");
}

/** How much of something is used: a ring with the number in it, and around it the last half minute. */
export function Donut({ title, trend, testid, detail }: { title: string; trend: (number | null)[]; testid: string; detail?: string }) {
  /* not every tick has it: a driver is not asked each time */
  const ratio = trend.filter((value) => value !== null).at(-1) ?? null;
  const used = ratio === null ? 0 : Math.min(Math.max(ratio, 0), 1);
  const text = words.donuts.text(title, format.percent(ratio), format.percent(ratio === null ? null : 1 - used));
  return (
    <div class="donut" data-testid={testid}>
      <svg viewBox="0 0 120 120" role="img" aria-label={text}>
        <circle class="free" cx="60" cy="60" r="42" />
        <circle class="used" cx="60" cy="60" r="42" stroke-dasharray={`${used * TURN} ${TURN}`} transform="rotate(-90 60 60)" />
        <path class="trend" d={trendPath(trend)} />
        <text x="60" y="66" text-anchor="middle">
          {ratio === null ? format.DASH : format.share(ratio)}
        </text>
      </svg>
      <p>
        {title}
        {detail !== undefined && <small>{detail}</small>}
      </p>
    </div>
  );
}

/** What is said while there is no answer; nothing once there is one. */
export function Waiting<T>({ asked, empty, quiet }: { asked: Asked<T>; empty?: string; quiet?: boolean }) {
  /* 0, 401: the page says so as a whole */
  if (asked.state === "failed")
    return asked.problem.status === 0 || asked.problem.status === 401 ? null : (
      <p class="notice bad" role="alert">
        {asked.problem.status === 403 ? words.api.denied : asked.problem.message}
      </p>
    );
  if (asked.state === "loading" && asked.last === null && quiet !== true) return <p class="notice">{words.loading}</p>;
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

// SPDX-License-Identifier: Apache-2.0
// range.tsx - over which time the charts go: the last so much, or from one time to another
import { useState } from "preact/hooks";
import { words } from "./words";

/** Unix seconds; `follows`: its end is now. */
export interface Range {
  seconds: number;
  from: number;
  to: number;
  follows: boolean;
}

export const HOUR = 3600;
const LONGEST = 366 * 86400;

/** "" an hour, "300" the last 300 s, "1795700000-1795710000" between two times; anything else is an hour. */
export function readRange(text: string, now: number): Range {
  const ends = /^(\d{9,11})-(\d{9,11})$/.exec(text);
  if (ends !== null) {
    const from = Number(ends[1]);
    const to = Number(ends[2]);
    if (from < to && to - from <= LONGEST) return { seconds: to - from, from, to, follows: false };
  }
  const asked = /^\d{2,8}$/.test(text) ? Math.min(Number(text), LONGEST) : HOUR;
  return { seconds: asked, from: now - asked, to: now, follows: true };
}

/** As the browser's field for a local time has it. */
function local(seconds: number): string {
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

export function RangePicker({ range, set }: { range: string; set: (range: string) => void }) {
  const own = range.includes("-");
  const [open, setOpen] = useState(own);
  return (
    <div class="range" data-testid="range">
      <div role="group" class="group" aria-label={words.range.title}>
        {words.range.steps.map(([value, label]) => (
          <button
            key={value}
            type="button"
            class="quiet"
            aria-pressed={range === value}
            onClick={() => {
              setOpen(false);
              set(value);
            }}
          >
            {label}
          </button>
        ))}
        <button type="button" class="quiet" data-testid="range-custom" aria-pressed={own} aria-expanded={open} onClick={() => setOpen(!open)}>
          {words.range.custom}
        </button>
      </div>
      {open && <Ends range={range} set={set} />}
    </div>
  );
}

function Ends({ range, set }: { range: string; set: (range: string) => void }) {
  const now = Date.now() / 1000;
  const shown = readRange(range, now);
  const [from, setFrom] = useState(local(shown.from));
  const [to, setTo] = useState(local(shown.to));
  const seconds = (text: string) => Math.floor(Date.parse(text) / 1000);
  const good = seconds(from) < seconds(to) && seconds(to) - seconds(from) <= LONGEST;
  return (
    <form
      class="ends"
      onSubmit={(event) => {
        event.preventDefault();
        if (good) set(`${seconds(from)}-${seconds(to)}`);
      }}
    >
      <label>
        {words.range.from}
        <input type="datetime-local" name="from" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label>
        {words.range.to}
        <input type="datetime-local" name="to" value={to} onInput={(event) => setTo(event.currentTarget.value)} />
      </label>
      <button type="submit" disabled={!good}>
        {words.range.show}
      </button>
      {!good && <p class="hint">{words.range.wrong}</p>}
    </form>
  );
}

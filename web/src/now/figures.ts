// SPDX-License-Identifier: Apache-2.0
// now/figures.ts - what the charts of the first page draw: the last hour as it is told live, or the history
import { useEffect, useMemo, useState } from "preact/hooks";
import { extremesOf, since, timesAsMuch, together, used, usedOfSteps, type Extremes, type Layer } from "../chart/series";
import type { Stretch } from "../chart/sync";
import type { Live } from "../live";
import { HOUR, readRange } from "../range";
import type { Gap } from "../track";
import { stepOf, usePast, type Past } from "./past";
import { words } from "../words";

const ORDER = ["gpu", "cpu", "dram", "memory", "module", "other"];
/** On a chart of an hour a second is less than a pixel: a point is a pixel, and it is drawn as often as one more is there. */
const PIXELS = 900;

export interface Figures {
  times: number[];
  power: Layer[];
  energy: Layer[]; /* joules since the first of the times */
  gaps: Gap[];
  /** of the power, where a point is more than one reading */
  extremes?: Extremes;
  past: Past;
  /** another number whenever they changed */
  tick: number;
}

/** What the machine's power is made of, each joule once: what holds others (a whole board) is not drawn upon them. */
function liveLayers(live: Live): Layer[] {
  return [...live.track.about.values()]
    .filter((device) => device.added)
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || a.id.localeCompare(b.id, undefined, { numeric: true }))
    .map((device) => ({ id: device.id, label: device.id, basis: device.basis, watts: live.track.of.get(device.id)!.watts }));
}

/** The part of the building: what cooling and supplies take on top, as the factor says and nobody measured. */
function withOverhead(layers: Layer[], length: number, pue: number): Layer[] {
  if (pue <= 1) return layers;
  const watts = new Array<number | null>(length).fill(null);
  for (const layer of layers) {
    for (let i = 0; i < length; i++) {
      const one = layer.watts[i];
      if (one !== null && one !== undefined && Number.isFinite(one)) watts[i] = (watts[i] ?? 0) + one * (pue - 1);
    }
  }
  return [...layers, { id: "pue", label: words.chart.overhead(String(pue)), basis: "assumed", watts }];
}

/** every: so many seconds are one point; 1: each reading is. */
function fromLive(live: Live, seconds: number, every: number, pue: number): Omit<Figures, "past" | "tick"> {
  const { times, of, gaps } = live.track;
  const first = (times.at(-1) ?? 0) - seconds;
  const [shown, layers] = since(times, liveLayers(live), first);
  const from = times.length - shown.length;
  const counted = layers.map((layer) => ({ ...layer, watts: used(of.get(layer.id)!.joules, from) }));
  const [drawn, power] = together(shown, layers, every, gaps, false);
  const [, energy] = together(shown, counted, every, gaps, true);
  return {
    times: drawn,
    power: withOverhead(power, drawn.length, pue),
    energy: withOverhead(energy, drawn.length, pue),
    gaps: [...gaps],
    extremes: timesAsMuch(extremesOf(shown, layers, every, gaps), pue),
  };
}

function fromPast(past: Past, pue: number): Omit<Figures, "past" | "tick"> {
  return {
    times: past.times,
    power: withOverhead(past.layers, past.times.length, pue),
    energy: withOverhead(
      past.layers.map((layer) => ({ ...layer, watts: usedOfSteps(layer.watts, past.step) })),
      past.times.length,
      pue,
    ),
    gaps: past.gaps,
    extremes: timesAsMuch(past.extremes, pue),
  };
}

/** Unix seconds that stand still for so long. */
function useNow(every: number, wanted: boolean): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    if (!wanted) return;
    setNow(Date.now() / 1000);
    const timer = setInterval(() => setNow(Date.now() / 1000), every * 1000);
    return () => clearInterval(timer);
  }, [every, wanted]);
  return now;
}

export function useFigures(live: Live, tick: number, text: string, zoom: Stretch | null, pue: number): Figures {
  const asked = readRange(text, 0);
  const isPast = !asked.follows || asked.seconds > HOUR;
  const now = useNow(Math.max(10, stepOf(asked.seconds)), isPast && asked.follows && !live.paused);
  const range = readRange(text, now);
  /* what is looked at nearer is asked for in finer steps */
  const [from, to] = isPast && zoom !== null ? zoom : [range.from, range.to];
  const past = usePast(isPast, from, to, range.follows && zoom === null ? now : 0);
  const every = isPast || zoom !== null || live.track.times.length < PIXELS ? 1 : Math.max(1, Math.floor(asked.seconds / PIXELS));
  const slot = isPast ? 0 : Math.floor(tick / every);
  return useMemo(
    () => ({ ...(isPast ? fromPast(past, pue) : fromLive(live, asked.seconds, every, pue)), past, tick: slot }),
    [slot, every, past, text, pue, live.track.about.size],
  );
}

// SPDX-License-Identifier: Apache-2.0
// live.ts - the ticks of the server as they come, kept for an hour: by events, or by asking again and again
import { get, path } from "./api";
import type { LiveDevice, LiveSample, RunRow } from "./types";

export type LiveState = "waiting" | "live" | "stale" | "offline";

export const KEPT_SECONDS = 3600;
const STALE_MS = 5000;
const LONGEST_WAIT_MS = 30000;

export interface Mark {
  time: number;
  text: string;
}

/** Columns of equal length: times in unix seconds, and the watts of each device; NaN is a gap. */
export interface Track {
  times: number[];
  watts: Map<string, number[]>;
  low: Map<string, number[]>;
  high: Map<string, number[]>;
  load: Map<string, number[]>;
  joules: Map<string, number[]>; /* since the server began */
  /** runs that began or ended, when it was told */
  marks: Mark[];
  /** what each device is, as it was told last */
  about: Map<string, LiveDevice>;
}

function emptyTrack(): Track {
  return { times: [], watts: new Map(), low: new Map(), high: new Map(), load: new Map(), joules: new Map(), marks: [], about: new Map() };
}

function put(columns: Map<string, number[]>, id: string, length: number, value: number | null): void {
  let column = columns.get(id);
  if (column === undefined) {
    column = new Array<number>(length).fill(NaN);
    columns.set(id, column);
  }
  column.push(value ?? NaN);
}

/** One tick more on a track; a device that is not in it has a gap. What is older than an hour goes. */
export function append(track: Track, sample: LiveSample): void {
  const length = track.times.length;
  const time = Date.parse(sample.time) / 1000;
  if (Number.isNaN(time) || (length > 0 && time <= track.times[length - 1]!)) return;
  for (const device of sample.devices) {
    track.about.set(device.id, device);
    put(track.watts, device.id, length, device.watts);
    put(track.low, device.id, length, device.low_watts);
    put(track.high, device.id, length, device.high_watts);
    put(track.joules, device.id, length, device.joules);
    put(track.load, device.id, length, device.utilization_ratio);
  }
  track.times.push(time);
  const columns = [...track.watts.values(), ...track.low.values(), ...track.high.values(), ...track.load.values(), ...track.joules.values()];
  for (const column of columns) while (column.length < track.times.length) column.push(NaN);
  const old = track.times.findIndex((one) => one > time - KEPT_SECONDS);
  if (old > 60) {
    track.times.splice(0, old);
    for (const column of columns) column.splice(0, old);
    track.marks = track.marks.filter((mark) => mark.time >= track.times[0]!);
  }
}

/** Whoever shows something of it; called once a tick or when the state changes. */
type Listener = () => void;

export class Live {
  readonly track = emptyTrack();
  state: LiveState = "waiting";
  last: LiveSample | null = null;
  /** counts up when a run began or ended: what lists runs asks again */
  runs = 0;
  paused = false;
  #listeners = new Set<Listener>();
  #source: EventSource | null = null;
  #timer = 0;
  #watch = 0;
  #failures = 0;
  #heard = 0;

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#open();
    this.#watch = window.setInterval(() => this.#lookAtTheClock(), 1000);
  }

  stop(): void {
    this.#source?.close();
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
  }

  pause(on: boolean): void {
    this.paused = on;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #become(state: LiveState): void {
    if (this.state === state) return;
    this.state = state;
    this.#tell();
  }

  #lookAtTheClock(): void {
    if (this.state === "live" && performance.now() - this.#heard > STALE_MS) this.#become("stale");
  }

  /** The server sends what came after `since` first, so that no tick is missing or there twice. */
  #open(): void {
    const since = this.last?.id;
    this.#source = new EventSource(path("live", { since }));
    this.#source.addEventListener("sample", (event) => this.#take(JSON.parse(event.data) as LiveSample));
    this.#source.addEventListener("run", (event) => this.#takeRun(JSON.parse(event.data) as RunRow));
    this.#source.onerror = () => this.#failed();
  }

  #take(sample: LiveSample): void {
    /* a server that has begun anew counts from the start */
    if (this.last !== null && sample.id <= this.last.id && Date.parse(sample.time) <= Date.parse(this.last.time)) return;
    append(this.track, sample);
    this.last = sample;
    this.#failures = 0;
    this.#heard = performance.now();
    this.state = "live";
    if (!this.paused) this.#tell();
  }

  #takeRun(run: RunRow): void {
    this.runs += 1;
    const time = this.track.times.at(-1);
    if (time !== undefined && run.stage !== "watch") this.track.marks.push({ time, text: `${run.name} ${run.state}` });
    this.#tell();
  }

  /** Not left to the browser, which never waits longer: again after 1, 2, 4 … 30 s; from the third time by asking. */
  #failed(): void {
    this.#source?.close();
    this.#source = null;
    this.#failures += 1;
    this.#become("offline");
    const wait = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** (this.#failures - 1));
    this.#timer = window.setTimeout(() => (this.#failures > 3 ? void this.#poll() : this.#open()), wait);
  }

  async #poll(): Promise<void> {
    try {
      const answer = await get<{ samples: LiveSample[]; runs: RunRow[] }>(path("live", { since: this.last?.id ?? 0, wait: 25 }));
      for (const sample of answer.samples) this.#take(sample);
      for (const run of answer.runs) this.#takeRun(run);
      this.#timer = window.setTimeout(() => void this.#poll(), 100);
    } catch {
      this.#failed();
    }
  }
}

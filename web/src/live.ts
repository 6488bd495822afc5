// SPDX-License-Identifier: Apache-2.0
// live.ts - the ticks of the server as they come: by a stream of events, else by asking again and again
import { get, open, path, Problem } from "./api";
import { readEvents, type Event } from "./events";
import { append, emptyTrack, markRun } from "./track";
import type { LiveSample, RunRow } from "./types";

/** locked: the server wants to know who asks. */
export type LiveState = "waiting" | "live" | "stale" | "offline" | "locked";

const STALE_MS = 5000;
/** Sooner than that no tick can be missed. */
const STALE_INTERVALS = 2.5;
/** The server says something every 15 s at least: who says nothing for this long is gone. */
const SILENCE_MS = 40000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;
/** Streams that fail in a row until it is asked for answers instead. */
const STREAM_TRIES = 3;
const POLL_WAIT_SECONDS = 25;
/** Nobody looks at a page in the background: it asks so often, and has missed nothing when it is looked at again. */
const HIDDEN_EVERY_MS = 10000;

interface Answer {
  samples: LiveSample[];
  runs: RunRow[];
}

/** Whoever shows something of it; called once for what came together, or when the state changes. */
type Listener = () => void;

export class Live {
  readonly track = emptyTrack();
  state: LiveState = "waiting";
  last: LiveSample | null = null;
  /** counts up when a run began or ended: what lists runs asks again */
  runs = 0;
  paused = false;
  /** when it is asked again, while it is offline; by the page's clock */
  nextTry = 0;
  #listeners = new Set<Listener>();
  #asking: AbortController | null = null;
  #timer = 0;
  #clock = 0;
  #failures = 0;
  #streamWorked = false;
  #heard = 0;
  #sampled = 0;

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    document.addEventListener("visibilitychange", this.#lookedAt);
    addEventListener("online", this.#lookedAt);
    this.#clock = window.setInterval(() => this.#lookAtTheClock(), 1000);
    this.#become(this.last === null ? "waiting" : this.state);
    this.#ask();
  }

  stop(): void {
    document.removeEventListener("visibilitychange", this.#lookedAt);
    removeEventListener("online", this.#lookedAt);
    clearInterval(this.#clock);
    this.#leave();
  }

  /** Nothing is asked until it is started again, by who has a token. */
  lock(): void {
    this.#leave();
    this.#become("locked");
  }

  pause(on: boolean): void {
    this.paused = on;
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #become(state: LiveState): void {
    if (this.state === state) return;
    this.state = state;
    this.#tell();
  }

  /** What is being asked, or is about to be, is so no more. */
  #leave(): void {
    this.#asking?.abort();
    this.#asking = null;
    clearTimeout(this.#timer);
  }

  #lookedAt = (): void => {
    this.#leave();
    this.#failures = 0;
    this.#ask();
  };

  #ask(): void {
    const asking = new AbortController();
    const how = document.hidden ? this.#glance : this.#failures > STREAM_TRIES ? this.#poll : this.#stream;
    this.#asking = asking;
    this.#heard = performance.now();
    how.call(this, asking.signal).then(
      (wait) => this.#askIn(asking, wait),
      (error: unknown) => this.#failed(asking, error),
    );
  }

  #askIn(asking: AbortController, wait: number): void {
    if (this.#asking !== asking) return;
    this.#asking = null;
    this.#timer = window.setTimeout(() => this.#ask(), wait);
  }

  /** Again after 1, 2, 4 … 30 s; a little earlier or later, so that not all pages come at once. */
  #failed(asking: AbortController, error: unknown): void {
    if (this.#asking !== asking) return;
    if (error instanceof Problem && error.status === 401) {
      this.lock();
      return;
    }
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures) * (0.9 + 0.2 * Math.random());
    this.#failures += 1;
    this.nextTry = performance.now() + wait;
    asking.abort();
    this.#become("offline");
    this.#askIn(asking, wait);
  }

  #lookAtTheClock(): void {
    const now = performance.now();
    if (document.hidden) return;
    if (this.#asking !== null && now - this.#heard > SILENCE_MS) this.#failed(this.#asking, null);
    const patience = Math.max(STALE_MS, (this.last?.interval_seconds ?? 0) * STALE_INTERVALS * 1000);
    if (this.state === "live" && now - this.#sampled > patience) this.#become("stale");
  }

  #since(): string {
    return String(this.last?.id ?? "");
  }

  /** The server sends what came after `since` first, so that no tick is missing or there twice. A stream has no end. */
  async #stream(signal: AbortSignal): Promise<number> {
    const answer = await open(path("live", { since: this.#since() }), { signal, headers: { Accept: "text/event-stream" } });
    await readEvents(
      answer.body!,
      () => (this.#heard = performance.now()),
      (events) => {
        this.#streamWorked = true;
        this.#takeEvents(events);
      },
    );
    throw new Problem("", 0);
  }

  /** Where a stream was possible once it is tried again. */
  async #poll(signal: AbortSignal): Promise<number> {
    this.#takeAnswer(await get<Answer>(path("live", { since: this.last?.id ?? 0, wait: POLL_WAIT_SECONDS }), signal));
    this.#failures = this.#streamWorked ? 0 : STREAM_TRIES + 1;
    return 100;
  }

  async #glance(signal: AbortSignal): Promise<number> {
    this.#takeAnswer(await get<Answer>(path("live", { since: this.last?.id ?? 0, wait: 0 }), signal));
    this.#failures = 0;
    return HIDDEN_EVERY_MS;
  }

  #takeEvents(events: Event[]): void {
    for (const event of events) {
      if (event.name === "sample") this.#takeSample(JSON.parse(event.data) as LiveSample);
      else if (event.name === "run") this.#takeRun(JSON.parse(event.data) as RunRow);
    }
    this.#taken();
  }

  #takeAnswer(answer: Answer): void {
    for (const sample of answer.samples) this.#takeSample(sample);
    for (const run of answer.runs) this.#takeRun(run);
    if (answer.samples.length > 0 || answer.runs.length > 0) this.#taken();
  }

  #taken(): void {
    const was = this.state;
    this.#failures = 0;
    if (this.last !== null) this.state = "live";
    if (!this.paused || was !== this.state) this.#tell();
  }

  #takeSample(sample: LiveSample): void {
    if (!append(this.track, this.last, sample)) return;
    this.last = sample;
    this.#sampled = performance.now();
  }

  #takeRun(run: RunRow): void {
    this.runs += 1;
    markRun(this.track, run);
  }
}

// SPDX-License-Identifier: Apache-2.0
// chart/sync.ts - what charts one above the other have in common: the time that is pointed at, and the stretch that is looked at
import { useEffect, useReducer } from "preact/hooks";

/** There is more of it every second. */
const NEARLY_ALL = 0.75;

export type Stretch = [number, number]; /* unix seconds */

export class Sync {
  at: number | null = null;
  zoom: Stretch | null = null;
  #listeners = new Set<() => void>();

  point(at: number | null): void {
    if (this.at === at) return;
    this.at = at;
    this.#tell();
  }

  look(zoom: Stretch | null): void {
    this.zoom = zoom;
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

export function useSync(sync: Sync): void {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => sync.listen(() => again(undefined)), [sync]);
}

/** Of all that there is, the stretch that a step of the keyboard leads to; null: all of it. */
export function stepped(key: string, all: Stretch, zoom: Stretch | null, at: number | null): Stretch | null {
  const [from, to] = zoom ?? all;
  const span = to - from;
  if (key === "ArrowUp" || (zoom === null && key !== "ArrowDown")) {
    const around = key === "ArrowLeft" ? from : key === "ArrowRight" ? to : (at ?? (from + to) / 2);
    const start = Math.min(Math.max(around - span / 4, from), to - span / 2);
    return [start, start + span / 2];
  }
  if (key === "ArrowDown") {
    if (span * 2 >= (all[1] - all[0]) * NEARLY_ALL) return null;
    const start = Math.min(Math.max(from - span / 2, all[0]), all[1] - span * 2);
    return [start, start + span * 2];
  }
  const step = key === "ArrowLeft" ? -span / 4 : span / 4;
  const start = Math.min(Math.max(from + step, all[0]), all[1] - span);
  return [start, start + span];
}

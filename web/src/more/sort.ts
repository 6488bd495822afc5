// SPDX-License-Identifier: Apache-2.0
// more/sort.ts - columns of the runs table: what each sorts by, and the order that a link keeps
import type { DetailedRow } from "./types";

export type Key = "name" | "started" | "duration" | "energy" | "carbon" | "unit" | "place" | "stage" | "hardware" | "measured" | "state";

export const VALUE: Record<Key, (row: DetailedRow) => string | number | null> = {
  name: (row) => row.name || row.id,
  started: (row) => row.started_at,
  duration: (row) => row.duration_seconds,
  energy: (row) => row.total_joules,
  carbon: (row) => row.total_gco2e,
  unit: (row) => row.gco2e_per_unit,
  place: (row) => row.place,
  stage: (row) => row.stage,
  hardware: (row) => row.hardware,
  measured: (row) => row.measured_ratio,
  state: (row) => row.state,
};

export interface Order {
  key: Key;
  down: boolean;
}

/** "-carbon": the most first. The newest first where it says nothing that is known. */
export function orderOf(text: string): Order {
  const key = text.replace(/^-/, "");
  return key in VALUE ? { key: key as Key, down: text.startsWith("-") } : { key: "started", down: true };
}

/** What a click on a column's heading makes of the order: figures begin with the most, words with A. */
export function turned(order: Order, key: Key, rows: DetailedRow[]): string {
  if (order.key === key) return order.down ? key : `-${key}`;
  const first = rows.map(VALUE[key]).find((value) => value !== null);
  return typeof first === "number" || key === "started" ? `-${key}` : key;
}

const words = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** What nobody knows stands last, whichever way. */
export function sorted(rows: DetailedRow[], { key, down }: Order): DetailedRow[] {
  const value = VALUE[key];
  return [...rows].sort((left, right) => {
    const a = value(left);
    const b = value(right);
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    const order = typeof a === "number" && typeof b === "number" ? a - b : words.compare(String(a), String(b));
    return down ? -order : order;
  });
}

// SPDX-License-Identifier: Apache-2.0
// format.ts - figures as people read them: three significant digits, a fitting unit, the dash for the unknown
import type { Figure } from "./types";

export const DASH = "–";

export type Energy = "Wh" | "J";
export type Mass = "g" | "kg";

const digits = new Map<string, Intl.NumberFormat>();

function number(value: number): string {
  const size = Math.abs(value);
  const most = size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  const key = size < 0.01 && size > 0 ? "small" : String(most);
  let format = digits.get(key);
  if (format === undefined) {
    format =
      key === "small"
        ? new Intl.NumberFormat(undefined, { maximumSignificantDigits: 2, notation: "standard" })
        : new Intl.NumberFormat(undefined, { minimumFractionDigits: most, maximumFractionDigits: most });
    digits.set(key, format);
  }
  return format.format(value);
}

interface Step {
  factor: number;
  unit: string;
  zero?: true; /* the unit of nothing */
}

/** The largest step that leaves at least 1 of the value, the smallest otherwise. */
function fit(value: number, steps: Step[]): Step {
  const size = Math.abs(value);
  return steps.find((step) => size >= step.factor) ?? steps[steps.length - 1]!;
}

const ENERGY: Record<Energy, Step[]> = {
  Wh: [
    { factor: 3.6e12, unit: "GWh" },
    { factor: 3.6e9, unit: "MWh" },
    { factor: 3.6e6, unit: "kWh" },
    { factor: 3600, unit: "Wh", zero: true },
    { factor: 3.6, unit: "mWh" },
  ],
  J: [
    { factor: 1e9, unit: "GJ" },
    { factor: 1e6, unit: "MJ" },
    { factor: 1e3, unit: "kJ" },
    { factor: 1, unit: "J", zero: true },
  ],
};

const MASS: Record<Mass, Step[]> = {
  g: [
    { factor: 1e6, unit: "t" },
    { factor: 1e3, unit: "kg" },
    { factor: 1, unit: "g", zero: true },
    { factor: 1e-3, unit: "mg" },
  ],
  kg: [{ factor: 1e3, unit: "kg" }],
};

const WATTS: Step[] = [
  { factor: 1e6, unit: "MW" },
  { factor: 1e3, unit: "kW" },
  { factor: 1, unit: "W", zero: true },
  { factor: 1e-3, unit: "mW" },
];

function known(value: Figure | undefined): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

function withUnit(value: Figure | undefined, steps: Step[]): string {
  if (!known(value)) return DASH;
  const step = value === 0 ? (steps.find((one) => one.zero) ?? steps[0]!) : fit(value, steps);
  return `${number(value / step.factor)}\u202f${step.unit}`;
}

export function energy(joules: Figure | undefined, unit: Energy = "Wh"): string {
  return withUnit(joules, ENERGY[unit]);
}

export function mass(grams: Figure | undefined, unit: Mass = "g"): string {
  return withUnit(grams, MASS[unit]);
}

export function power(watts: Figure | undefined): string {
  return withUnit(watts, WATTS);
}

/** "6.05 … 6.66 Wh": both ends in the unit of the larger. */
function range(low: Figure | undefined, high: Figure | undefined, steps: Step[]): string {
  if (!known(low) || !known(high)) return DASH;
  const step = fit(high, steps);
  return `${number(low / step.factor)} … ${number(high / step.factor)}\u202f${step.unit}`;
}

export function energyRange(low: Figure | undefined, high: Figure | undefined, unit: Energy = "Wh"): string {
  return range(low, high, ENERGY[unit]);
}

export function massRange(low: Figure | undefined, high: Figure | undefined, unit: Mass = "g"): string {
  return range(low, high, MASS[unit]);
}

export function powerRange(low: Figure | undefined, high: Figure | undefined): string {
  return range(low, high, WATTS);
}

const BYTES: Step[] = [
  { factor: 1024 ** 4, unit: "TiB" },
  { factor: 1024 ** 3, unit: "GiB", zero: true },
  { factor: 1024 ** 2, unit: "MiB" },
];

export function bytes(value: Figure | undefined): string {
  return withUnit(value, BYTES);
}

/** Three significant digits: the hundredth of a cent counts where a run is short. */
function ofCurrency(currency: string): Intl.NumberFormat {
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency, minimumSignificantDigits: 2, maximumSignificantDigits: 3 });
  } catch {
    return new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
  }
}

export function money(amount: Figure | undefined, currency: string): string {
  return known(amount) ? ofCurrency(currency).format(amount) : DASH;
}

export function moneyRange(low: Figure | undefined, high: Figure | undefined, currency: string): string {
  return known(low) && known(high) ? `${money(low, currency)} … ${money(high, currency)}` : DASH;
}

const shares = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

export function percent(ratio: Figure | undefined): string {
  if (!known(ratio)) return DASH;
  const value = ratio * 100;
  /* what is short of all is never shown as all */
  return `${value < 100 && value > 99.5 ? "99" : shares.format(value)}\u202f%`;
}

export function plain(value: Figure | undefined): string {
  return known(value) ? number(value) : DASH;
}

export function duration(seconds: Figure | undefined): string {
  if (!known(seconds)) return DASH;
  if (seconds < 60) return `${number(seconds)}\u202fs`;
  const whole = Math.round(seconds);
  const days = Math.floor(whole / 86400);
  const hours = Math.floor((whole % 86400) / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  if (days > 0) return `${days}\u202fd ${hours}\u202fh`;
  if (hours > 0) return `${hours}\u202fh ${String(minutes).padStart(2, "0")}\u202fmin`;
  return `${minutes}\u202fmin ${String(whole % 60).padStart(2, "0")}\u202fs`;
}

const dates = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const times = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

export function dateTime(text: string | null | undefined): string {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? DASH : dates.format(time);
}

export function clock(milliseconds: number): string {
  return times.format(milliseconds);
}

const minutes = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const days = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });

/** On an axis whose ticks are so many seconds apart; a day's first says which day. */
function axisTime(seconds: number, step: number): string {
  const date = new Date(seconds * 1000);
  if (step >= 86400 || (date.getHours() === 0 && date.getMinutes() === 0 && step >= 60)) return days.format(date);
  return step >= 60 ? minutes.format(date) : times.format(date);
}

/** "50.0 W" beside a tick, which is just that, is 50 W; three zeros are thousands. */
export function round(text: string): string {
  return text.replace(/[.,]0{1,2}(?!\d)/, "");
}

/** Of ticks within seconds those of whole ones are told, so that none is there twice. */
export function axisTimes(ticks: number[], step: number): string[] {
  return ticks.map((tick) => (Number.isInteger(tick) ? axisTime(tick, step) : ""));
}

export function timeOfDay(text: string | null | undefined): string {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? DASH : minutes.format(time);
}

const whole = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 0 });

const integers = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });

export function count(value: Figure | undefined): string {
  return known(value) ? integers.format(value) : DASH;
}

/** A part of a whole, beside others: "59 %". */
export function share(ratio: number): string {
  return whole.format(ratio);
}

const lists = new Intl.ListFormat(undefined, { type: "conjunction" });

export function list(parts: string[]): string {
  return lists.format(parts);
}

/** "Europe/Paris": whose clock the times are by. */
export function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const moments = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
const LONG_SECONDS = 20 * 3600;

/** A time of a stretch of so many seconds: with its day where there may be several. */
export function moment(seconds: number, span: number): string {
  return span > LONG_SECONDS ? moments.format(seconds * 1000) : clock(seconds * 1000);
}

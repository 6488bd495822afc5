// SPDX-License-Identifier: Apache-2.0
// chart/theme.ts - colours of what is drawn, which no style sheet reaches: looked up anew when the theme changes
import { useEffect, useReducer } from "preact/hooks";

/** Okabe and Ito's, in style.css in a form for either background. */
export const COLOURS = 8;

export function colourName(index: number): string {
  return `--c${index % COLOURS}`;
}

export function colourOf(index: number): string {
  return getComputedStyle(document.documentElement).getPropertyValue(colourName(index)).trim();
}

export interface Colours {
  ink: string;
  faint: string;
  line: string;
  sheet: string;
  of: (index: number) => string;
}

export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const value = (name: string) => style.getPropertyValue(name).trim();
  return { ink: value("--ink"), faint: value("--ink-2"), line: value("--line"), sheet: value("--sheet"), of: (index) => value(colourName(index)) };
}

/** Another number whenever colours are others. */
export function useTheme(): number {
  const [count, again] = useReducer((before: number) => before + 1, 0);
  useEffect(() => {
    const changed = () => again(undefined);
    const asked = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((text) => matchMedia(text));
    const watch = new MutationObserver(changed);
    watch.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    for (const one of asked) one.addEventListener("change", changed);
    return () => {
      watch.disconnect();
      for (const one of asked) one.removeEventListener("change", changed);
    };
  }, []);
  return count;
}

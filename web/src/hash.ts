// SPDX-License-Identifier: Apache-2.0
// hash.ts - what the page shows, kept in the address after the #, so that a link shows the same to others
import { useEffect, useState } from "preact/hooks";

/** Never a token: an address travels. "" is the default of each. */
export interface View {
  page: string; /* "" live, "runs", "run", "compare", "intensity", "estimate", "devices" */
  run: string;
  other: string;
  region: string;
  stage: string;
  range: string;
  theme: string;
  energy: string;
  mass: string;
}

const KEYS: (keyof View)[] = ["page", "run", "other", "region", "stage", "range", "theme", "energy", "mass"];

export function readView(hash: string): View {
  const search = new URLSearchParams(hash.replace(/^#/, ""));
  const view = {} as View;
  for (const key of KEYS) view[key] = (search.get(key) ?? "").slice(0, 80);
  return view;
}

export function writeView(view: View): string {
  const search = new URLSearchParams();
  for (const key of KEYS) {
    if (view[key] !== "") search.set(key, view[key]);
  }
  return `#${search.toString()}`;
}

export type SetView = (change: Partial<View>) => void;

export function useView(): [View, SetView] {
  const [view, setView] = useState(() => readView(location.hash));
  useEffect(() => {
    const follow = () => setView(readView(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const change: SetView = (changes) => {
    const next = { ...readView(location.hash), ...changes };
    const hash = writeView(next);
    if ("page" in changes || "run" in changes) history.pushState(null, "", hash);
    else history.replaceState(null, "", hash);
    setView(next);
  };
  return [view, change];
}

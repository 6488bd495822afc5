// SPDX-License-Identifier: Apache-2.0
// hash.ts - what the page shows, kept in the address after the #, so that a link shows the same to others
import { useEffect, useState } from "preact/hooks";

/** Never a token: an address travels. "" is the default of each. */
export interface View {
  page: string; /* "" live, "runs", "run", "compare", "intensity", "estimate", "devices" */
  run: string; /* the one in depth */
  runs: string; /* those compared, by comma; the first is what the others are held against */
  q: string; /* what the runs are searched for */
  sort: string; /* "-carbon": their order, the most first */
  hours: string; /* how long the job is whose greenest time is looked for */
  region: string;
  stage: string;
  range: string;
  theme: string;
  energy: string;
  mass: string;
}

const KEYS: (keyof View)[] = ["page", "run", "runs", "q", "sort", "hours", "region", "stage", "range", "theme", "energy", "mass"];

/** Eight identifiers of 26 letters with their commas. */
const LONGEST = 215;
export const COMPARED_MOST = 8;

export function readView(hash: string): View {
  const search = new URLSearchParams(hash.replace(/^#/, ""));
  const view = {} as View;
  for (const key of KEYS) view[key] = (search.get(key) ?? "").slice(0, LONGEST);
  return view;
}

export function writeView(view: View): string {
  const search = new URLSearchParams();
  for (const key of KEYS) {
    if (view[key] !== "") search.set(key, view[key]);
  }
  return `#${search.toString()}`;
}

/** The runs of a comparison, each once; what is no identifier is left out. */
export function comparedOf(view: View): string[] {
  return [...new Set(view.runs.split(",").filter((id) => /^[0-9A-Za-z]{6,26}$/.test(id)))].slice(0, COMPARED_MOST);
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

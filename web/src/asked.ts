// SPDX-License-Identifier: Apache-2.0
// asked.ts - an answer of the server while it is waited for, there, or failed
import { useEffect, useState } from "preact/hooks";
import { get, Problem } from "./api";

export type Asked<T> = { state: "loading"; last: T | null } | { state: "failed"; problem: Problem } | { state: "there"; value: T };

/** path "": nothing is asked. Asked again when `path` or `again` changes; the last answer stays meanwhile. */
export function useAsked<T>(path: string, again: unknown = 0): Asked<T> {
  const [asked, setAsked] = useState<Asked<T>>({ state: "loading", last: null });
  useEffect(() => {
    if (path === "") {
      setAsked((before) => (before.state === "loading" && before.last === null ? before : { state: "loading", last: null }));
      return;
    }
    const stop = new AbortController();
    setAsked((before) => ({ state: "loading", last: lastOf(before) }));
    get<T>(path, stop.signal).then(
      (value) => setAsked({ state: "there", value }),
      (problem: unknown) => {
        if (!stop.signal.aborted)
          setAsked({ state: "failed", problem: problem instanceof Problem ? problem : new Problem(String(problem), 0) });
      },
    );
    return () => stop.abort();
  }, [path, again]);
  return asked;
}

/** The answer that is there, or was until a newer one comes. */
export function lastOf<T>(asked: Asked<T>): T | null {
  return asked.state === "there" ? asked.value : asked.state === "loading" ? asked.last : null;
}

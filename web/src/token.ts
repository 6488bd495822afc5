// SPDX-License-Identifier: Apache-2.0
// token.ts - what shows the server who asks: kept for this tab, never in an address, a link or a store that lasts
import { useEffect, useReducer } from "preact/hooks";

const KEY = "aico2-token";

let token = read();
/** The form is shown: the server has refused, or its page says from the start that a token is asked for, and there is none. */
let wanted = token === "" && document.documentElement.dataset.login === "token";
let tried = false;
const listeners = new Set<() => void>();

/* Where a browser keeps nothing, the page does. */
function read(): string {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

function keep(text: string): void {
  token = text;
  try {
    if (text === "") sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, text);
  } catch {
    /* kept in memory alone */
  }
}

function tell(): void {
  for (const listener of [...listeners]) listener();
}

export function sentToken(): string {
  return token;
}

/** The server did not take this one; one that was given meanwhile stays. */
export function forget(refused: string): void {
  if (refused !== token || wanted) return;
  tried = refused !== "";
  keep("");
  wanted = true;
  tell();
}

export function give(text: string): void {
  keep(text);
  wanted = false;
  tell();
}

/** Whether the server wants a token, and whether one was refused; `round` counts what was given. */
export function useLogin(): { wanted: boolean; refused: boolean } {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const listener = () => again(undefined);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return { wanted, refused: tried };
}

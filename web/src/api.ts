// SPDX-License-Identifier: Apache-2.0
// api.ts - questions to the server that the page came from, and its problems as errors
import { forget, sentToken } from "./token";
import { words } from "./words";

/** What the server says is wrong (RFC 9457), or that it could not be asked (status 0). */
export class Problem extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** The answer's beginning, of status 200; its body is still to come. */
export async function open(address: string, init: RequestInit = {}): Promise<Response> {
  const token = sentToken();
  let answer: Response;
  try {
    answer = await fetch(address, {
      credentials: "same-origin",
      ...init,
      headers: { ...init.headers, ...(token === "" ? {} : { Authorization: `Bearer ${token}` }) },
    });
  } catch {
    throw new Problem(words.api.away, 0);
  }
  if (answer.ok) return answer;
  if (answer.status === 401) forget(token);
  const problem = (await answer.json().catch(() => ({}))) as { title?: string; detail?: string };
  throw new Problem(problem.detail ?? problem.title ?? words.api.status(answer.status), answer.status);
}

async function ask(address: string, init?: RequestInit): Promise<unknown> {
  const answer = await open(address, init);
  try {
    return await answer.json();
  } catch (error) {
    if (init?.signal?.aborted) throw error;
    throw new Problem(words.api.noJson, answer.status);
  }
}

export function get<T>(address: string, signal?: AbortSignal): Promise<T> {
  return ask(address, { signal }) as Promise<T>;
}

export function post<T>(address: string, body: unknown): Promise<T> {
  return ask(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }) as Promise<T>;
}

/** "/api/v1/runs?stage=training": what is empty or undefined is left out. */
export function path(of: string, query: Record<string, string | number | undefined> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return `/api/v1/${of}${text === "" ? "" : `?${text}`}`;
}

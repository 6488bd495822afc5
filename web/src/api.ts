// SPDX-License-Identifier: Apache-2.0
// api.ts - questions to the server that the page came from, and its problems as errors

/** What the server says is wrong (RFC 9457), or that it could not be asked. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

async function ask(path: string, init?: RequestInit): Promise<unknown> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...init });
  } catch {
    throw new Problem("the server does not answer", 0);
  }
  const text = await answer.text();
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Problem(`the server answered ${answer.status} with what is no JSON`, answer.status);
  }
  if (!answer.ok) {
    const problem = body as { title?: string; detail?: string };
    throw new Problem(problem.detail ?? problem.title ?? `status ${answer.status}`, answer.status);
  }
  return body;
}

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return ask(path, { signal }) as Promise<T>;
}

export function post<T>(path: string, body: unknown): Promise<T> {
  return ask(path, {
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

// SPDX-License-Identifier: Apache-2.0
// events.ts - a stream of server-sent events by fetch: what EventSource does, but with a header that shows who asks

export interface Event {
  name: string;
  data: string;
}

/** The lines of a stream put together to events; remarks (": ka") are signs of life and nothing more. */
export class EventParser {
  #rest = "";
  #name = "";
  #data: string[] = [];

  /** The events that this piece of the stream completes. */
  push(piece: string): Event[] {
    const lines = (this.#rest + piece).split(/\r?\n/);
    const events: Event[] = [];
    this.#rest = lines.pop()!;
    for (const line of lines) this.#take(line, events);
    return events;
  }

  #take(line: string, events: Event[]): void {
    if (line === "") {
      if (this.#data.length > 0) events.push({ name: this.#name === "" ? "message" : this.#name, data: this.#data.join("\n") });
      this.#name = "";
      this.#data = [];
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#name = value;
    else if (field === "data") this.#data.push(value);
  }
}

/** Reads until the stream ends or is cut; `heard` is called for every piece, `take` for the events of a piece. */
export async function readEvents(body: ReadableStream<Uint8Array>, heard: () => void, take: (events: Event[]) => void): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    const events = parser.push(decoder.decode(value, { stream: true }));
    if (events.length > 0) take(events);
  }
}

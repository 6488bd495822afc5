// SPDX-License-Identifier: Apache-2.0
// more/bits.tsx - small parts that several pages are made of
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { SetView } from "../hash";
import { words } from "../words";
import { say } from "./say";

/** A table that is wider than the screen is moved within itself, by keyboard too. */
export function Scroll({ label, tall, children }: { label: string; tall?: boolean; children: ComponentChildren }) {
  return (
    <div class={tall ? "scroll tall" : "scroll"} tabIndex={0} role="region" aria-label={words.table(label)}>
      {children}
    </div>
  );
}

/** A link that stays on the page, and can be opened in another tab. */
export function RunLink({ id, name, setView }: { id: string; name: string; setView: SetView }) {
  return (
    <a
      href={`#page=run&run=${id}`}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        setView({ page: "run", run: id });
      }}
    >
      {name}
    </a>
  );
}

export function Pair({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A command to run elsewhere, and a button that copies it. */
export function Command({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <div class="command">
      <pre>{text}</pre>
      {navigator.clipboard !== undefined && (
        <button type="button" class="quiet" onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true), () => undefined)}>
          {copied ? say.devices.copied : say.devices.copy}
        </button>
      )}
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
// bar.tsx - the top of the page: whose figures, whether they are live, which page, and how it is shown
import { useEffect, useRef } from "preact/hooks";
import type { SetView, View } from "./hash";
import type { Live } from "./live";
import { words } from "./words";

export const ORDER = ["", "runs", "compare", "intensity", "estimate", "devices"];

interface Props {
  live: Live;
  view: View;
  setView: SetView;
  host: string;
  help: () => void;
}

export function Bar({ live, view, setView, host, help }: Props) {
  const themes = Object.keys(words.theme);
  const next = themes[(themes.indexOf(view.theme) + 1) % themes.length]!;
  return (
    <header class="bar">
      <p class="brand">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 2C7 8 5 11 5 15a7 7 0 0 0 14 0c0-4-2-7-7-13Z" />
          <path class="bolt" d="m13 8-4 6h3l-1 5 4-7h-3Z" />
        </svg>
        <span>
          {words.title} <small data-testid="host">{host}</small>
        </span>
        <span class={`dot ${live.state}`} data-testid="live" role="status">
          {live.paused ? words.paused : words.live[live.state]}
        </span>
      </p>
      <nav aria-label={words.navigation}>
        {ORDER.map((page) => (
          <a
            key={page}
            href={`#page=${page}`}
            aria-current={view.page === page || (page === "runs" && view.page === "run") ? "page" : undefined}
            onClick={(event) => {
              event.preventDefault();
              setView({ page });
            }}
          >
            {words.pages[page]}
          </a>
        ))}
      </nav>
      <div class="tools">
        <div role="group" class="group" data-testid="units" aria-label={words.units.title}>
          <button type="button" class="quiet" title={words.units.energy} onClick={() => setView({ energy: view.energy === "J" ? "" : "J" })}>
            {view.energy === "J" ? "J" : "Wh"}
          </button>
          <button type="button" class="quiet" title={words.units.mass} onClick={() => setView({ mass: view.mass === "kg" ? "" : "kg" })}>
            {view.mass === "kg" ? "kg" : "g"}
          </button>
        </div>
        <button type="button" class="quiet" data-testid="theme" title={words.themeTitle} onClick={() => setView({ theme: next })}>
          {words.theme[view.theme] ?? words.theme[""]}
        </button>
        <button type="button" class="quiet" data-testid="pause" aria-pressed={live.paused} onClick={() => live.pause(!live.paused)}>
          {live.paused ? words.goOn : words.pause}
        </button>
        <button type="button" class="quiet" data-testid="help" aria-label={words.help.title} onClick={help}>
          ?
        </button>
      </div>
    </header>
  );
}

/** The keys, told in a dialog of the browser's own: Esc closes it, and what is behind cannot be reached meanwhile. */
export function Help({ shown, close }: { shown: boolean; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (shown) dialog.current?.showModal();
    else dialog.current?.close();
  }, [shown]);
  return (
    <dialog ref={dialog} data-testid="help-keys" aria-labelledby="help-title" onClose={close}>
      <h2 id="help-title">{words.help.title}</h2>
      <dl class="keys">
        {words.help.keys.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={close}>
        {words.close}
      </button>
    </dialog>
  );
}

// SPDX-License-Identifier: Apache-2.0
// app.tsx - the bar, the controls, and which page is shown
import type { ComponentType } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { path } from "./api";
import { lastOf, useAsked } from "./asked";
import * as format from "./format";
import { useView, type SetView, type View } from "./hash";
import { Live } from "./live";
import { Now, useLive } from "./now";
import { DevicesPage, EstimatePage } from "./others";
import { RunPage } from "./run";
import { RunsPage } from "./runs";
import type { Intensity } from "./types";
import { words } from "./words";

interface More {
  ComparePage: ComponentType<{ view: View; setView: SetView }>;
  IntensityPage: ComponentType<{ view: View; setView: SetView }>;
}

/** The second file, when a page needs it; the name is put in by the build. */
declare const MORE: string;

function useMore(wanted: boolean): More | null {
  const [more, setMore] = useState<More | null>(null);
  useEffect(() => {
    if (wanted && more === null) void import(/* its address is the server's own */ MORE).then((loaded: More) => setMore(loaded));
  }, [wanted]);
  return more;
}

const ORDER = ["", "runs", "compare", "intensity", "estimate", "devices"];

export function App() {
  const [view, setView] = useView();
  const live = useMemo(() => new Live(), []);
  useLive(live);
  useEffect(() => {
    live.start();
    return () => live.stop();
  }, [live]);
  useEffect(() => {
    document.documentElement.dataset.theme = view.theme;
  }, [view.theme]);
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey || event.altKey) return;
      const page = ORDER[Number(event.key) - 1];
      if (event.key === " " && !(event.target instanceof HTMLButtonElement)) {
        event.preventDefault();
        live.pause(!live.paused);
      } else if (page !== undefined) {
        setView({ page });
      }
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  }, [live]);
  const more = useMore(view.page === "compare" || view.page === "intensity");
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), document.getElementById("main")?.focus())}>
        {words.skip}
      </a>
      <Bar live={live} view={view} setView={setView} />
      <main id="main" tabIndex={-1}>
        {view.page !== "run" && <h1 class="sr">{words.pages[view.page] ?? words.title}</h1>}
        <Controls view={view} setView={setView} />
        {live.state === "offline" && (
          <p class="notice bad" role="alert" data-testid="offline">
            {words.offline}
          </p>
        )}
        {view.page === "" && <Now live={live} view={view} />}
        {view.page === "runs" && <RunsPage view={view} setView={setView} again={live.runs} />}
        {view.page === "run" && <RunPage view={view} />}
        {view.page === "compare" && (more === null ? <p class="notice">{words.loading}</p> : <more.ComparePage view={view} setView={setView} />)}
        {view.page === "intensity" && (more === null ? <p class="notice">{words.loading}</p> : <more.IntensityPage view={view} setView={setView} />)}
        {view.page === "estimate" && <EstimatePage view={view} />}
        {view.page === "devices" && <DevicesPage />}
      </main>
      <footer>
        <p>
          {words.title} · <a href="/openapi.json">{words.footer.api}</a> · <a href="/metrics">{words.footer.metrics}</a>
        </p>
        <p class="hint">{words.help}</p>
      </footer>
    </>
  );
}

function Bar({ live, view, setView }: { live: Live; view: View; setView: SetView }) {
  const themes = Object.keys(words.theme);
  const next = themes[(themes.indexOf(view.theme) + 1) % themes.length]!;
  return (
    <header class="bar">
      <p class="brand">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 2C7 8 5 11 5 15a7 7 0 0 0 14 0c0-4-2-7-7-13Z" />
          <path class="bolt" d="m13 8-4 6h3l-1 5 4-7h-3Z" />
        </svg>
        <span>{words.title}</span>
        <span class={`dot ${live.state}`} data-testid="live" role="status">
          {live.paused ? words.paused : words.live[live.state]}
        </span>
      </p>
      <nav aria-label={words.title}>
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
        <button type="button" class="quiet" data-testid="pause" aria-pressed={live.paused} onClick={() => live.pause(!live.paused)}>
          {live.paused ? words.goOn : words.pause}
        </button>
        <button type="button" class="quiet" data-testid="theme" onClick={() => setView({ theme: next })}>
          {words.theme[view.theme] ?? words.theme[""]}
        </button>
      </div>
    </header>
  );
}

function Controls({ view, setView }: { view: View; setView: SetView }) {
  const places = lastOf(useAsked<{ places: Intensity[] }>(path("intensity")))?.places ?? [];
  const [text, setText] = useState(view.region);
  useEffect(() => setText(view.region), [view.region]);
  const chosen = places.find((place) => place.place === view.region);
  const choose = (value: string) => {
    setText(value);
    if (value === "") setView({ region: "" });
    const found = places.find((place) => place.place === value || place.name === value);
    if (found !== undefined) setView({ region: found.place });
  };
  return (
    <div class="controls">
      <label>
        {words.region}
        <input list="places" data-testid="region" placeholder={words.regionOwn} value={text} onInput={(event) => choose(event.currentTarget.value)} autocomplete="off" />
        <datalist id="places">
          {places
            .filter((place) => !place.place.includes(":"))
            .map((place) => (
              <option key={place.place} value={place.place}>
                {place.name}, {format.plain(place.gco2e_per_kwh)} g/kWh
              </option>
            ))}
        </datalist>
      </label>
      <label>
        {words.lifecycle}
        <select data-testid="lifecycle" value={view.stage} onChange={(event) => setView({ stage: event.currentTarget.value })}>
          {Object.entries(words.stages).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <fieldset data-testid="range">
        <legend class="sr">{words.chart.title}</legend>
        {Object.entries(words.range).map(([value, label]) => (
          <button key={value} type="button" class="quiet" aria-pressed={view.range === value} onClick={() => setView({ range: value })}>
            {label}
          </button>
        ))}
      </fieldset>
      <fieldset data-testid="units">
        <legend class="sr">units</legend>
        <button type="button" class="quiet" aria-pressed={view.mass === "kg"} onClick={() => setView({ mass: view.mass === "kg" ? "" : "kg" })}>
          {view.mass === "kg" ? "kg" : "g"}
        </button>
        <button type="button" class="quiet" aria-pressed={view.energy === "J"} onClick={() => setView({ energy: view.energy === "J" ? "" : "J" })}>
          {view.energy === "J" ? "J" : "Wh"}
        </button>
      </fieldset>
      {view.region !== "" && (
        <p class="hint" data-testid="as-if">
          {chosen === undefined ? `${view.region}: ${words.intensity.unknown}` : words.run.asIf(chosen.name, format.plain(chosen.gco2e_per_kwh))}
        </p>
      )}
    </div>
  );
}

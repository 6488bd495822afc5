// SPDX-License-Identifier: Apache-2.0
// app.tsx - the bar, the controls, and which page is shown
import type { ComponentType } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { Bar, Help, ORDER } from "./bar";
import { Controls } from "./controls";
import { useView, type SetView, type View } from "./hash";
import { Live } from "./live";
import { Login } from "./login";
import { Now, useLiveState } from "./now";
import { useShown, type Shown } from "./shown";
import { useLogin } from "./token";
import { words } from "./words";

/** What is loaded when it is opened: every page but the first. */
interface More {
  Page: ComponentType<{ view: View; setView: SetView; live: Live }>;
}

/** The second file, when a page needs it; the name is put in by the build. */
declare const MORE: string;

/** "failed": it did not come; asked again when the server is there again. */
function useMore(wanted: boolean, offline: boolean): More | "failed" | null {
  const [more, setMore] = useState<More | "failed" | null>(null);
  useEffect(() => {
    if (!wanted || offline || (more !== null && more !== "failed")) return;
    void import(/* its address is the server's own */ MORE).then((loaded: More) => setMore(loaded), () => setMore("failed"));
  }, [wanted, offline]);
  return more;
}

export function App() {
  const [view, setView] = useView();
  const live = useMemo(() => new Live(), []);
  const login = useLogin();
  const [help, setHelp] = useState(false);
  useLiveState(live);
  useEffect(() => {
    if (login.wanted) {
      live.lock();
      return;
    }
    live.start();
    return () => live.stop();
  }, [live, login.wanted]);
  useEffect(() => {
    document.documentElement.dataset.theme = view.theme;
  }, [view.theme]);
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement || document.querySelector("dialog[open]") !== null || event.ctrlKey || event.metaKey || event.altKey) return;
      const page = ORDER[Number(event.key) - 1];
      if (event.key === "?") setHelp(true);
      else if (event.key === " " && !(event.target instanceof HTMLButtonElement)) {
        event.preventDefault();
        live.pause(!live.paused);
      } else if (page !== undefined) {
        setView({ page });
      }
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  }, [live]);
  const shown = useShown(live, view, !login.wanted);
  const host = shown.here?.machine.hostname ?? location.host;
  useEffect(() => {
    document.title = `${host} · ${words.title}`;
  }, [host]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), document.getElementById("main")?.focus())}>
        {words.skip}
      </a>
      <Bar live={live} view={view} setView={setView} host={host} help={() => setHelp(true)} />
      <Help shown={help} close={() => setHelp(false)} />
      <main id="main" tabIndex={-1}>
        {login.wanted ? <Login refused={login.refused} /> : <Pages live={live} view={view} setView={setView} shown={shown} />}
      </main>
      <footer>
        <p>
          {words.title} {shown.here?.aico2_version} · <a href="#page=devices">{words.footer.sources}</a> · <a href="/openapi.json">{words.footer.api}</a> · <a href="/metrics">{words.footer.metrics}</a>
        </p>
      </footer>
    </>
  );
}

interface PagesProps {
  live: Live;
  view: View;
  setView: SetView;
  shown: Shown;
}

/** What is seen by who may see it; nothing of it asks before. */
function Pages({ live, view, setView, shown }: PagesProps) {
  const more = useMore(view.page !== "", live.state === "offline");
  return (
    <>
      {view.page !== "run" && <h1 class="sr">{words.pages[view.page] ?? words.title}</h1>}
      <Controls view={view} setView={setView} shown={shown} />
      {live.state === "offline" && (
        <p class="notice bad" role="alert" data-testid="offline">
          {words.offline}
        </p>
      )}
      {view.page === "" && <Now live={live} view={view} shown={shown} />}
      {view.page !== "" && more === null && <p class="notice">{words.loading}</p>}
      {view.page !== "" && more === "failed" && <p class="notice bad">{words.moreFailed}</p>}
      {view.page !== "" && more !== null && more !== "failed" && <more.Page view={view} setView={setView} live={live} />}
    </>
  );
}

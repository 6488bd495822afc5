// SPDX-License-Identifier: Apache-2.0
// more/index.tsx - what is loaded when it is opened: every page but the first
import type { SetView, View } from "../hash";
import type { Live } from "../live";
import { ComparePage } from "./compare";
import { DevicesPage } from "./devices";
import { EstimatePage } from "./estimate";
import { IntensityPage } from "./intensity";
import { RunPage } from "./run";
import { RunsPage } from "./runs";
import sheet from "./pages.sheet.css";

/* Made by the script that the policy allows, and so no style of its own to allow. */
const styles = new CSSStyleSheet();
styles.replaceSync(sheet);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, styles];

export function Page({ view, setView, live }: { view: View; setView: SetView; live: Live }) {
  switch (view.page) {
    case "runs":
      return <RunsPage view={view} setView={setView} again={live.runs} />;
    case "run":
      return <RunPage view={view} setView={setView} again={live.runs} />;
    case "compare":
      return <ComparePage view={view} setView={setView} />;
    case "intensity":
      return <IntensityPage view={view} setView={setView} />;
    case "estimate":
      return <EstimatePage view={view} />;
    case "devices":
      return <DevicesPage />;
    default:
      return null;
  }
}

// SPDX-License-Identifier: Apache-2.0
// main.tsx - the page begins
import { render } from "preact";
import { App } from "./app";
import "./shared";
import "uplot/dist/uPlot.min.css";
import "./style.css";

render(<App />, document.getElementById("app")!);

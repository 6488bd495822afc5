// SPDX-License-Identifier: Apache-2.0
// shared.ts - what the second script borrows of the first, by the names build.mjs looks for
import * as preact from "preact";
import * as hooks from "preact/hooks";
import * as runtime from "preact/jsx-runtime";
import uPlot from "uplot";
import * as api from "./api";
import * as asked from "./asked";
import * as format from "./format";
import * as parts from "./parts";
import * as power from "./power";
import * as words from "./words";

Object.assign(globalThis, {
  aico2Shared: {
    preact,
    "preact/hooks": hooks,
    "preact/jsx-runtime": runtime,
    uplot: uPlot,
    "../api": api,
    "../asked": asked,
    "../format": format,
    "../parts": parts,
    "../power": power,
    "../words": words,
  },
});

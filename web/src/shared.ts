// SPDX-License-Identifier: Apache-2.0
// shared.ts - what the second script borrows of the first, by the names build.mjs looks for
import * as preact from "preact";
import * as hooks from "preact/hooks";
import * as runtime from "preact/jsx-runtime";

Object.assign(globalThis, { aico2Shared: { preact, "preact/hooks": hooks, "preact/jsx-runtime": runtime } });

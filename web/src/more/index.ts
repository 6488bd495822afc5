// SPDX-License-Identifier: Apache-2.0
// more/index.ts - what is loaded when it is opened: the map and the comparison
export { ComparePage } from "./compare";
export { IntensityPage } from "./intensity";

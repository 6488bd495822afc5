// SPDX-License-Identifier: Apache-2.0
// styles.d.ts - style sheets are taken in by the build
declare module "*.css";

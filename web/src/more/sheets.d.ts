// SPDX-License-Identifier: Apache-2.0
// sheets.d.ts - style sheets of the pages opened later are taken in as text
declare module "*.sheet.css" {
  const text: string;
  export default text;
}

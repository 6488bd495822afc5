// SPDX-License-Identifier: Apache-2.0
// world.mjs - writes src/more/world.ts: outlines of countries as SVG paths, from Natural Earth (public domain) by world-atlas
//
//     node world.mjs        (country codes are those of ../data/country_names.csv)
import { readFileSync, writeFileSync } from "node:fs";
import { feature } from "topojson-client";
import { presimplify, simplify } from "topojson-simplify";

const names = readFileSync(new URL("../data/country_names.csv", import.meta.url), "utf8");
const codes = new Map(names.split("\n").map((line) => line.split(",")).map(([alpha2, , numeric]) => [numeric, alpha2]));
const atlas = JSON.parse(readFileSync(new URL("node_modules/world-atlas/countries-110m.json", import.meta.url), "utf8"));

/* Equal Earth (Šavrič, Patterson, Jenny 2018): areas are true */
const A = [1.340264, -0.081106, 0.000893, 0.003796];
const M = Math.sqrt(3) / 2;
function project([lon, lat]) {
  const theta = Math.asin(M * Math.sin((lat * Math.PI) / 180));
  const t2 = theta * theta;
  const t6 = t2 * t2 * t2;
  const x = ((lon * Math.PI) / 180) * Math.cos(theta) / (M * (A[0] + 3 * A[1] * t2 + t6 * (7 * A[2] + 9 * A[3] * t2)));
  const y = theta * (A[0] + A[1] * t2 + t6 * (A[2] + A[3] * t2));
  return [Math.round(500 + x * 180), Math.round(245 - y * 184)];
}

/* A ring that crosses the date line goes on beyond it instead of around the world. */
function unwrap(points) {
  let before = points[0][0];
  return points.map(([lon, lat]) => {
    while (lon - before > 180) lon -= 360;
    while (lon - before < -180) lon += 360;
    before = lon;
    return [lon, lat];
  });
}

function ring(points) {
  const [first, ...rest] = unwrap(points).map(project);
  let at = first;
  const steps = [];
  for (const point of rest) {
    if (point[0] === at[0] && point[1] === at[1]) continue;
    steps.push(`${point[0] - at[0]} ${point[1] - at[1]}`);
    at = point;
  }
  return steps.length < 2 ? "" : `M${first[0]} ${first[1]}l${steps.join(" ").replaceAll(" -", "-")}z`;
}

const simple = simplify(presimplify(atlas), 0.15);
const rows = [];
for (const one of feature(simple, simple.objects.countries).features) {
  const code = one.properties.name === "Kosovo" ? "XK" : codes.get(one.id);
  if (code === undefined || code === "AQ" || one.geometry === null) continue;
  const polygons = one.geometry.type === "Polygon" ? [one.geometry.coordinates] : one.geometry.coordinates;
  const outline = polygons.flatMap((polygon) => polygon.map(ring)).join("");
  if (outline !== "") rows.push([code, outline]);
}
rows.sort((a, b) => (a[0] < b[0] ? -1 : 1));
writeFileSync(
  new URL("src/more/world.ts", import.meta.url),
  `// SPDX-License-Identifier: Apache-2.0
// more/world.ts - made by world.mjs: outlines of countries (Natural Earth 1:110m, public domain), Equal Earth projection
export const countries: [string, string][] = [
${rows.map(([code, outline]) => `  ["${code}", "${outline}"],`).join("\n")}
];
`,
);
console.log(`${rows.length} countries`);

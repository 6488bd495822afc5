// SPDX-License-Identifier: Apache-2.0
// build.mjs - makes dist/ of src/: one page with its script and style inside, a second script for what is opened later
//
//     node build.mjs [DIRECTORY]     (dist without one)
//
// The same sources give the same bytes. Refuses to be larger than the budget. What the server says may run and be styled
// (its Content-Security-Policy) is made of these bytes by tools/gen_web_assets.py.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build, transformSync } from "esbuild";

const FIRST_MOST = 60_000; /* bytes compressed, in one request */
const MORE_MOST = 40_000;
const MORE_ADDRESS = "/more.js";

const at = (path) => new URL(path, import.meta.url).pathname;

/* One copy of what both scripts use: the first hands its own on (src/shared.ts), and so hooks are the same ones. */
const SHARED = ["preact", "preact/hooks", "preact/jsx-runtime", "uplot", "../api", "../asked", "../format", "../parts", "../power", "../words"];
const borrowed = {
  name: "borrowed",
  setup(making) {
    making.onResolve({ filter: /.*/ }, ({ path }) => (SHARED.includes(path) ? { path, namespace: "borrowed" } : undefined));
    making.onLoad({ filter: /.*/, namespace: "borrowed" }, ({ path }) => ({
      contents: `module.exports = globalThis.aico2Shared[${JSON.stringify(path)}]`,
    }));
  },
};

/* Styles of the second script are a text in it, which it hands to the document. */
const sheets = {
  name: "sheets",
  setup(making) {
    making.onLoad({ filter: /\.sheet\.css$/ }, ({ path }) => ({
      contents: transformSync(readFileSync(path, "utf8"), { loader: "css", minify: true }).code,
      loader: "text",
    }));
  },
};

async function bundle(entry, define = {}, plugins = []) {
  const { outputFiles } = await build({
    entryPoints: [at(entry)],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    charset: "utf8",
    define,
    plugins,
    external: [MORE_ADDRESS],
    outdir: at("dist"),
    write: false,
  });
  const text = (suffix) => outputFiles.filter((file) => file.path.endsWith(suffix)).map((file) => file.text).join("");
  return { script: text(".js"), style: text(".css") };
}

/* Rows of the table that the program itself is built with; none of its cells has a comma in quotes here. */
const WANTED = ["car_km_seed", "tree_month_seed", "phone_charge_epa", "home_day_eu", "kettle_litre"];
const SOURCES = { SEED24: "the original project", EPA26: "US EPA, GHG equivalencies", OWN: "a typical value" };
function equivalents() {
  const rows = readFileSync(at("../data/equivalents.csv"), "utf8").split(/\r?\n/).map((line) => line.split(","));
  const column = Object.fromEntries(rows[0].map((name, index) => [name, index]));
  return WANTED.map((key) => {
    const row = rows.find((one) => one[0] === key);
    const figure = (name) => (row[column[name]] === "" ? undefined : Number(row[column[name]]));
    const kilograms = figure("kgco2e_per_unit");
    return {
      key,
      grams: kilograms === undefined ? undefined : Number((kilograms * 1000).toPrecision(12)),
      kwh: figure("kwh_per_unit"),
      source: SOURCES[row[column.source]],
      year: figure("year") ?? null,
    };
  });
}

/* Those whose work is within; the texts of their licences stand in web/THIRD_PARTY.md. */
const LEGAL = "/*! AI_Co2_Calculator, Apache-2.0. With preact (MIT, (c) Jason Miller) and uPlot (MIT, (c) Leon Sorokin). */";
const LEGAL_MORE = "/*! AI_Co2_Calculator, Apache-2.0. Outlines: Natural Earth (public domain) by world-atlas (ISC, (c) Michael Bostock). */";

const first = await bundle("src/main.tsx", { MORE: JSON.stringify(MORE_ADDRESS), EQUIVALENTS: JSON.stringify(equivalents()) });
const more = await bundle("src/more/index.tsx", {}, [borrowed, sheets]);
const script = `${LEGAL}\n${first.script}`.replaceAll("</script", "<\\/script").trim();
const style = first.style.trim();
const second = `${LEGAL_MORE}\n${more.script}`;
const page = readFileSync(at("src/index.html"), "utf8")
  .replace("/*style*/", () => style)
  .replace("/*script*/", () => script);

const sizes = { page: gzipSync(page, { level: 9 }).length, more: gzipSync(second, { level: 9 }).length };
console.log(`first load ${sizes.page} bytes compressed (at most ${FIRST_MOST}), more ${sizes.more} (${MORE_MOST})`);
if (sizes.page > FIRST_MOST || sizes.more > MORE_MOST) {
  console.error("larger than the page may be");
  process.exit(1);
}
const to = process.argv[2] ?? at("dist");
mkdirSync(to, { recursive: true });
writeFileSync(`${to}/index.html`, page);
writeFileSync(`${to}/more.js`, second);

// SPDX-License-Identifier: Apache-2.0
// browse.mjs - one browser, driven by lines of JSON: { "do": NAME, ... } on stdin, { "value": ... } or { "error": ... } on stdout
//
// The test that started it says what is to be seen; what a browser complains of by itself is gathered on the way.
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";
import { chromium } from "../../web/node_modules/playwright-core/index.mjs";

const AXE = readFileSync(new URL("../../web/node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const WAIT_MS = 120_000; /* as SLOW of the tests */

const browser = await chromium.launch({
  executablePath: process.argv[2],
  timeout: WAIT_MS,
  args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
let context = null;
let page = null;
let counted = null; /* the page whose work is counted */
let complaints = [];
let asked = [];

const seen = (testid) => page.getByTestId(testid).first();

const steps = {
  async open({ url, width = 1280, height = 900, theme = "light", before }) {
    await context?.close();
    context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: "en-US", acceptDownloads: true, reducedMotion: "reduce" });
    page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    complaints = [];
    asked = [];
    page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
    page.on("request", (request) => asked.push(request.url()));
    await page.addInitScript(() => {
      globalThis.violations = [];
      addEventListener("securitypolicyviolation", (event) => globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
    });
    if (before !== undefined) await page.addInitScript(before);
    await page.goto(url);
  },
  /* nothing of a test is left when it ends, and none of its requests either */
  async leave() {
    await context?.close();
    context = page = null;
  },
  goto: ({ hash }) => page.evaluate((to) => void (location.hash = to), hash),
  reload: () => page.reload(),
  /* what is asked of such an address is answered by that, or by nothing at all */
  answer: ({ pattern, status, body }) => page.route(new RegExp(pattern), (route) => route.fulfill({ status, body, contentType: "application/problem+json" })),
  hold: ({ pattern }) => page.route(new RegExp(pattern), () => {}),
  check: ({ css }) => page.locator(css).first().check(),
  text: ({ testid }) => seen(testid).innerText(),
  texts: ({ css }) => page.locator(css).allInnerTexts(),
  count: ({ css }) => page.locator(css).count(),
  attribute: ({ css, name }) => page.locator(css).first().getAttribute(name),
  wait: ({ css }) => page.locator(css).first().waitFor(),
  until: ({ testid, pattern }) => page.waitForFunction(([id, text]) => new RegExp(text).test(document.querySelector(`[data-testid="${id}"]`)?.innerText ?? ""), [testid, pattern]),
  /* over an element, from one part of its width to another */
  async drag({ css, from, to }) {
    const box = await page.locator(css).first().boundingBox();
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * from, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * ((from + to) / 2), y, { steps: 4 });
    await page.mouse.move(box.x + box.width * to, y, { steps: 4 });
    await page.mouse.up();
  },
  async point({ css, at }) {
    const box = await page.locator(css).first().boundingBox();
    await page.mouse.move(box.x + box.width * at, box.y + box.height / 2, { steps: 3 });
  },
  twice: ({ css }) => page.locator(css).first().dblclick(),
  focus: ({ css }) => page.locator(css).first().focus(),
  /* seconds that the page's main thread has worked until now */
  async busy() {
    if (counted?.page !== page) {
      counted = { page, session: await context.newCDPSession(page) };
      await counted.session.send("Performance.enable", { timeDomain: "threadTicks" }); /* other work of the machine is not its */
    }
    const { metrics } = await counted.session.send("Performance.getMetrics");
    return metrics.find((one) => one.name === "TaskDuration").value;
  },
  /* bytes of the page's own heap once what is not used is gone */
  async heap() {
    const session = await context.newCDPSession(page);
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Runtime.getHeapUsage")).usedSize;
  },
  click: ({ css }) => page.locator(css).first().click(),
  fill: ({ testid, value }) => seen(testid).fill(value),
  select: ({ testid, value }) => seen(testid).selectOption(value),
  press: ({ css, key }) => (css === undefined ? page.keyboard.press(key) : page.locator(css).first().press(key)),
  hash: () => page.evaluate(() => location.hash),
  evaluate: ({ script }) => page.evaluate(script),
  emulate: ({ media }) => page.emulateMedia(media),
  async download({ css }) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator(css).first().click()]);
    return readFileSync(await download.path()).toString("base64");
  },
  screenshot: ({ path }) => page.screenshot({ path, fullPage: true }).then(() => null),
  /* widest element that stands out of the page, or "" */
  overflow: () =>
    page.evaluate(() => {
      const width = document.documentElement.clientWidth;
      return document.documentElement.scrollWidth > width ? `${document.documentElement.scrollWidth} > ${width}` : "";
    }),
  async axe() {
    /* by the protocol, and not as a script of the page, which its policy would not let run */
    await page.evaluate(AXE);
    const result = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
    return result.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  },
  complaints: async () => [...complaints, ...(await page.evaluate(() => globalThis.violations))],
  asked: () => asked,
};

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  try {
    const value = await steps[order.do](order);
    console.log(JSON.stringify({ value: ["string", "number", "boolean"].includes(typeof value) || Array.isArray(value) ? value : null }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.message ?? error).slice(0, 600) }));
  }
}
await browser.close();

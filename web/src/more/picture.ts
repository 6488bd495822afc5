// SPDX-License-Identifier: Apache-2.0
// more/picture.ts - a chart as a PNG of twice its size, with what it shows, the figures and how they are known beneath
import { PICTURE_SCALE, redrawn } from "../power";

const MARGIN = 20;
const LINE = 22;
const TITLE_PX = 18;
const TEXT_PX = 13;

export interface Picture {
  /** drawn anew, of as many pixels as it gets in the picture */
  chart: HTMLCanvasElement;
  title: string;
  /** drawn one below the other, broken where they are too long */
  lines: string[];
  legend: { label: string; colour: string }[];
}

/** Words in lines no wider than that. */
export function broken(pen: { measureText(text: string): { width: number } }, text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && pen.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

const font = (px: number, weight = "") => `${weight} ${px}px system-ui, sans-serif`.trim();

export async function pictureOf({ chart, title, lines, legend }: Picture): Promise<Blob> {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const wide = chart.width / PICTURE_SCALE;
  const high = chart.height / PICTURE_SCALE;
  const sheet = document.createElement("canvas");
  const pen = sheet.getContext("2d")!;
  pen.font = font(TEXT_PX);
  const text = lines.flatMap((line) => broken(pen, line, wide));
  const rows = text.length + (legend.length > 0 ? 1 : 0);
  sheet.width = (wide + 2 * MARGIN) * PICTURE_SCALE;
  sheet.height = (MARGIN * 2 + TITLE_PX + 14 + high + 10 + rows * LINE) * PICTURE_SCALE;
  pen.scale(PICTURE_SCALE, PICTURE_SCALE);
  pen.fillStyle = colour("--sheet");
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.fillStyle = colour("--ink");
  pen.font = font(TITLE_PX, "600");
  pen.fillText(title, MARGIN, MARGIN + TITLE_PX, wide);
  pen.drawImage(chart, MARGIN, MARGIN + TITLE_PX + 14, wide, high);
  let y = MARGIN + TITLE_PX + 14 + high + 10 + TEXT_PX;
  pen.font = font(TEXT_PX);
  if (legend.length > 0) {
    drawLegend(pen, legend, y, colour("--ink"));
    y += LINE;
  }
  pen.fillStyle = colour("--ink-2");
  for (const line of text) {
    pen.fillText(line, MARGIN, y, wide);
    y += LINE;
  }
  return new Promise((made, failed) => sheet.toBlob((blob) => (blob === null ? failed(new Error("no picture")) : made(blob)), "image/png"));
}

function drawLegend(pen: CanvasRenderingContext2D, legend: Picture["legend"], y: number, ink: string): void {
  let x = MARGIN;
  for (const { label, colour } of legend) {
    pen.fillStyle = colour;
    pen.fillRect(x, y - 10, 12, 12);
    pen.fillStyle = ink;
    pen.fillText(label, x + 17, y);
    x += 17 + pen.measureText(label).width + 16;
  }
}

/** The chart of a figure on the page, with the legend that stands below it; null: there is none. */
export async function chartOnPage(testid: string): Promise<Pick<Picture, "chart" | "legend"> | null> {
  const figure = document.querySelector(`[data-testid="${testid}"]`);
  const chart = await redrawn(testid);
  if (figure === null || chart === null) return null;
  const legend = [...figure.querySelectorAll<HTMLElement>(".legend .swatch")].map((swatch) => ({
    label: swatch.parentElement?.innerText.replace(/\s+/g, " ").trim() ?? "",
    colour: getComputedStyle(swatch).getPropertyValue("--c").trim(),
  }));
  return { chart, legend };
}

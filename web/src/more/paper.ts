// SPDX-License-Identifier: Apache-2.0
// more/paper.ts - a report as one HTML file that needs nothing else, and prints on A4
import * as format from "../format";
import { weaknesses } from "./accuracy";
import { citation, methodLine } from "./save";
import { say } from "./say";
import type { FullReport } from "./types";

/** Every text of a run is text here, too: none becomes markup. */
export function escaped(value: unknown): string {
  return String(value ?? format.DASH).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

const STYLE =
  "@page{size:A4;margin:18mm}body{font:11pt/1.45 system-ui,sans-serif;color:#17201b;max-width:174mm;margin:10mm auto;padding:0 4mm}" +
  "h1{font-size:17pt;margin:0 0 2mm;overflow-wrap:anywhere}h2{font-size:12pt;margin:7mm 0 2mm;break-after:avoid}p{margin:1.5mm 0}" +
  "table{border-collapse:collapse;width:100%;font-size:9pt}th,td{text-align:left;padding:1.2mm 2mm 1.2mm 0;border-bottom:.2mm solid #c8d0cb;vertical-align:top;overflow-wrap:anywhere}" +
  "td.n,th.n{text-align:right;white-space:nowrap}tr{break-inside:avoid}img{width:100%;margin:3mm 0}.big{display:flex;flex-wrap:wrap;gap:3mm 8mm;margin:4mm 0}.big b{display:block;font-size:14pt}" +
  "small,.q{color:#51605a}.q{border-left:1mm solid #1b7a4b;padding-left:3mm}";

const row = (cells: [string, boolean?][], tag = "td") => `<tr>${cells.map(([text, number]) => `<${tag}${number ? ' class="n"' : ""}>${escaped(text)}</${tag}>`).join("")}</tr>`;

function table(heading: [string, boolean?][], rows: [string, boolean?][][]): string {
  return `<table><thead>${row(heading, "th")}</thead><tbody>${rows.map((cells) => row(cells)).join("")}</tbody></table>`;
}

function list(texts: string[]): string {
  return `<ul>${texts.map((text) => `<li>${escaped(text)}</li>`).join("")}</ul>`;
}

function big(label: string, value: string, band: string): string {
  return `<div>${escaped(label)}<b>${escaped(value)}</b><small>${escaped(band)}</small></div>`;
}

/** chart: a data: address of a picture, or "". */
export function paperOf(report: FullReport, chart: string): string {
  const { run, energy, carbon } = report;
  const parts = [
    `<h1>${escaped(run.name || run.id)}</h1>`,
    `<p>${escaped(`${run.state}, ${run.stage}, ${format.dateTime(run.started_at)} – ${format.dateTime(run.ended_at)}`)}</p>`,
    run.command === null ? "" : `<p><code>${escaped(run.command.join(" "))}</code></p>`,
    '<div class="big">',
    big(say.run.energy, format.energy(energy.total_joules), format.energyRange(energy.low_joules, energy.high_joules)),
    big(say.run.carbon, `${format.mass(carbon.total_gco2e)} CO2e`, format.massRange(carbon.low_gco2e, carbon.high_gco2e)),
    big(say.run.runtime, format.duration(run.duration_seconds), `${say.run.scope}: ${energy.scope}`),
    big(say.run.place, carbon.place_name ?? carbon.place ?? format.DASH, `${format.plain(carbon.intensity_gco2e_per_kwh)} gCO2e/kWh (${format.plain(carbon.intensity_low)} … ${format.plain(carbon.intensity_high)})`),
    "</div>",
    chart === "" ? "" : `<img alt="${escaped(say.run.timeline)}" src="${escaped(chart)}">`,
    `<h2>${escaped(say.run.devices)}</h2>`,
    table(
      [[say.run.device], [say.run.how], [say.run.energy, true], [say.run.band, true], [say.run.job, true], [say.run.coverage, true]],
      report.devices.map((device) => [
        [`${device.id} ${device.model ?? ""}${device.added || device.energy_joules === null ? "" : ` (${say.run.notAdded})`}`],
        [`${device.basis}, ${device.reader}`],
        [format.energy(device.energy_joules), true],
        [format.energyRange(device.energy_low_joules, device.energy_high_joules), true],
        [format.energy(device.job_joules), true],
        [format.percent(device.coverage_ratio), true],
      ]),
    ),
    energy.not_counted.length > 0 ? `<p><small>${escaped(say.run.notCounted(energy.not_counted.join(", ")))}</small></p>` : "",
    report.tasks.length > 0 ? `<h2>${escaped(say.run.tasks)}</h2>` : "",
    report.tasks.length > 0
      ? table(
          [[say.run.task], [say.run.runtime, true], [say.run.energy, true], [say.run.carbon, true]],
          report.tasks.map((task) => [[task.name], [format.duration(task.duration_seconds), true], [format.energy(task.energy_joules), true], [format.mass(task.total_gco2e), true]]),
        )
      : "",
    `<h2>${escaped(say.run.accuracy)}</h2>`,
    list(weaknesses(report).length > 0 ? weaknesses(report) : [say.run.accuracyNone]),
    report.warnings.length > 0 ? `<h2>${escaped(say.run.warnings)}</h2>${list(report.warnings)}` : "",
    `<h2>${escaped(say.run.provenance)}</h2>`,
    `<p>${escaped(methodLine(report))}</p><p class="q">${escaped(citation(report))}</p>`,
  ];
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(run.name || run.id)}</title><style>${STYLE}</style></head><body><main>\n${parts.filter((part) => part !== "").join("\n")}\n</main></body></html>\n`;
}

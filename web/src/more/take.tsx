// SPDX-License-Identifier: Apache-2.0
// more/take.tsx - the buttons by which a run is taken along, or told to others
import { useState } from "preact/hooks";
import { Problem } from "../api";
import * as format from "../format";
import { paperOf } from "./paper";
import { chartOnPage, pictureOf } from "./picture";
import { citation, devicesCsv, figuresLine, methodLine, save, saveText } from "./save";
import { say } from "./say";
import type { FullReport } from "./types";

const UNDONE_MS = 4000;

/** chart: the data-testid of the figure whose picture is taken. */
export function Take({ report, chart }: { report: FullReport; chart: string }) {
  const [told, setTold] = useState("");
  const [shown, setShown] = useState("");
  const { run } = report;
  const name = `aico2-${run.id}`;
  const picture = async () => {
    const found = await chartOnPage(chart);
    if (found === null) throw new Problem(say.take.noChart, 0);
    const title = `${run.name || run.id}, ${format.dateTime(run.started_at)}, ${format.duration(run.duration_seconds)}`;
    return pictureOf({ ...found, title, lines: [`${say.run.timeline}. ${figuresLine(report)}`, methodLine(report)] });
  };
  const report_ = async () => {
    const image = (await chartOnPage(chart)) === null ? "" : await dataAddress(await picture());
    saveText(`${name}.html`, "text/html", paperOf(report, image));
  };
  const copy = async (text: string, what: string) => {
    setShown("");
    try {
      await navigator.clipboard.writeText(text);
      setTold(what);
      setTimeout(() => setTold(""), UNDONE_MS);
    } catch {
      setShown(text);
    }
  };
  const doing = (work: () => Promise<void> | void) => async () => {
    try {
      await work();
      setTold("");
    } catch (error) {
      setTold(error instanceof Problem ? error.message : String(error));
    }
  };
  return (
    <div class="take" data-testid="export" role="group" aria-label={say.take.title}>
      <Button name={say.take.png} go={doing(async () => save(`${name}.png`, await picture()))} />
      <Button name={say.take.csv} go={doing(() => saveText(`${name}.csv`, "text/csv", devicesCsv(report)))} />
      <Button name={say.take.json} go={doing(() => saveText(`${name}.json`, "application/json", JSON.stringify(report, null, 1)))} />
      <Button name={say.take.report} go={doing(report_)} />
      <Button name={say.take.cite} go={() => copy(citation(report), say.take.copied)} />
      <Button name={say.take.link} go={() => copy(location.href, say.take.copied)} />
      <span role="status" class="note">
        {told}
      </span>
      {shown !== "" && (
        <label class="shown">
          {say.take.notCopied}
          <textarea readOnly rows={4} value={shown} data-testid="shown" />
        </label>
      )}
    </div>
  );
}

function Button({ name, go }: { name: string; go: () => Promise<void> }) {
  return (
    <button type="button" class="quiet" onClick={() => void go()}>
      {name}
    </button>
  );
}

function dataAddress(blob: Blob): Promise<string> {
  return new Promise((made, failed) => {
    const reader = new FileReader();
    reader.onload = () => made(String(reader.result));
    reader.onerror = () => failed(reader.error ?? new Error("unreadable"));
    reader.readAsDataURL(blob);
  });
}

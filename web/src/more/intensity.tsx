// SPDX-License-Identifier: Apache-2.0
// more/intensity.tsx - the world by what its electricity emits: a map, and the same as a list
import { useMemo, useState } from "preact/hooks";
import { path } from "../api";
import { lastOf, useAsked } from "../asked";
import * as format from "../format";
import type { SetView, View } from "../hash";
import { Block, Waiting } from "../parts";
import type { Intensity } from "../types";
import { words } from "../words";
import { countries } from "./world";

/** Five classes, by what is known of the world's grids; the last has no end. */
const CLASSES = [100, 250, 400, 600, Infinity];

function classOf(grams: number | null | undefined): number {
  return grams === null || grams === undefined ? -1 : CLASSES.findIndex((end) => grams < end);
}

const ROWS_MAX = 200;

export function IntensityPage({ view, setView }: { view: View; setView: SetView }) {
  const asked = useAsked<{ places: Intensity[] }>(path("intensity"));
  const places = lastOf(asked)?.places ?? [];
  const [text, setText] = useState("");
  const [asList, setAsList] = useState(false);
  const byCode = useMemo(() => new Map(places.map((place) => [place.place, place])), [places]);
  const found = places.filter((place) => `${place.place} ${place.name}`.toLowerCase().includes(text.toLowerCase()));
  const chosen = byCode.get(view.region);
  return (
    <Block
      title={words.intensity.title}
      testid="intensity"
      tools={
        <>
          <label class="search">
            <span class="sr">{words.intensity.search}</span>
            <input type="search" placeholder={words.intensity.search} value={text} onInput={(event) => setText(event.currentTarget.value)} />
          </label>
          <button type="button" class="quiet" aria-pressed={asList} onClick={() => setAsList(!asList)}>
            {asList ? words.intensity.map : words.intensity.list}
          </button>
        </>
      }
    >
      <Waiting asked={asked} />
      {chosen !== undefined && (
        <p class="chosen" data-testid="chosen">
          <b>{chosen.name}</b> {format.plain(chosen.gco2e_per_kwh)} gCO2e/kWh ({format.plain(chosen.low)} … {format.plain(chosen.high)}), {chosen.kind}, {chosen.source}
        </p>
      )}
      {!asList && text === "" ? <WorldMap byCode={byCode} chosen={view.region} choose={(region) => setView({ region })} /> : <List rows={found.slice(0, ROWS_MAX)} chosen={view.region} choose={(region) => setView({ region })} />}
    </Block>
  );
}

interface Choose {
  chosen: string;
  choose: (region: string) => void;
}

function WorldMap({ byCode, chosen, choose }: Choose & { byCode: Map<string, Intensity> }) {
  const bounds = [0, ...CLASSES.slice(0, -1)];
  return (
    <figure class="map" data-testid="map">
      <svg viewBox="0 0 1000 440" role="img" aria-label={words.intensity.title}>
        {countries.map(([code, outline]) => {
          const place = byCode.get(code);
          const known = classOf(place?.gco2e_per_kwh);
          return (
            <path key={code} d={outline} class={`${known < 0 ? "unknown" : `class-${known}`}${code === chosen ? " chosen" : ""}`} onClick={() => place !== undefined && choose(code)}>
              <title>{place === undefined ? `${code}: ${words.intensity.unknown}` : `${place.name}: ${format.plain(place.gco2e_per_kwh)} gCO2e/kWh`}</title>
            </path>
          );
        })}
      </svg>
      <figcaption class="map-legend">
        {words.intensity.legend}
        {bounds.map((from, index) => (
          <span key={from}>
            <i class={`class-${index}`} />
            {index === bounds.length - 1 ? `≥ ${from}` : `${from}–${CLASSES[index]}`}
          </span>
        ))}
        <span>
          <i class="unknown" />
          {words.intensity.unknown}
        </span>
      </figcaption>
    </figure>
  );
}

function List({ rows, chosen, choose }: Choose & { rows: Intensity[] }) {
  return (
    <div class="scroll tall" tabIndex={0} role="region" aria-label={words.table(words.intensity.list)}>
      <table data-testid="places">
        <thead>
          <tr>
            <th scope="col">{words.intensity.place}</th>
            <th scope="col" class="number">
              {words.intensity.figure}
            </th>
            <th scope="col" class="number">
              {words.intensity.band}
            </th>
            <th scope="col">{words.intensity.kind}</th>
            <th scope="col">{words.intensity.source}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((place) => (
            <tr key={place.place} class={place.place === chosen ? "chosen" : ""}>
              <th scope="row">
                <button type="button" class="link" onClick={() => choose(place.place)}>
                  {place.name} <small>{place.place}</small>
                </button>
              </th>
              <td class="number">{format.plain(place.gco2e_per_kwh)}</td>
              <td class="number">
                {format.plain(place.low)} … {format.plain(place.high)}
              </td>
              <td>
                {place.kind} {place.year ?? ""}
              </td>
              <td>{place.source}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
// more/intensity.tsx - what electricity emits: the world as a map and as a list, and the day of the place that is chosen
import { useMemo, useState } from "preact/hooks";
import { path } from "../api";
import { lastOf, useAsked } from "../asked";
import * as format from "../format";
import type { SetView, View } from "../hash";
import { Block, Waiting } from "../parts";
import { Scroll } from "./bits";
import { Curve } from "./curve";
import { freshFrom, isHatched, WorldMap, type Placed } from "./map";
import { say } from "./say";
import type { DetailedRuns } from "./types";

const ROWS_MAX = 200;

export function IntensityPage({ view, setView }: { view: View; setView: SetView }) {
  const asked = useAsked<{ places: Placed[] }>(path("intensity"));
  const places = lastOf(asked)?.places ?? [];
  const [text, setText] = useState("");
  const [asList, setAsList] = useState(false);
  const byCode = useMemo(() => new Map(places.map((place) => [place.place, place])), [places]);
  const fresh = useMemo(() => freshFrom(places), [places]);
  /* the server's own place is that of its newest measurement */
  const here = lastOf(useAsked<DetailedRuns>(path("runs", { stage: "watch", details: 1, limit: 1 })))?.runs[0]?.place;
  const needle = text.trim().toLowerCase();
  const found = places.filter((place) => `${place.place} ${place.name}`.toLowerCase().includes(needle));
  const chosen = byCode.get(view.region);
  const choose = (region: string) => setView({ region });
  const listed = asList || needle !== "";
  return (
    <>
      <Block
        title={say.intensity.title}
        testid="intensity"
        tools={
          <div class="filters">
            <input type="search" data-testid="place-search" aria-label={say.intensity.search} placeholder={say.intensity.search} value={text} onInput={(event) => setText(event.currentTarget.value)} />
            <button type="button" class="quiet" data-testid="as-list" aria-pressed={asList} onClick={() => setAsList(!asList)}>
              {say.intensity.list}
            </button>
          </div>
        }
      >
        <Waiting asked={asked} empty={places.length > 0 && found.length === 0 ? say.intensity.none : undefined} />
        <p class={chosen === undefined ? "hint" : "chosen-place"} data-testid="chosen">
          {chosen === undefined ? (
            say.intensity.noneChosen
          ) : (
            <>
              <b>{chosen.name}</b> {format.plain(chosen.gco2e_per_kwh)} gCO2e/kWh ({format.plain(chosen.low)} … {format.plain(chosen.high)}), {chosen.kind} {chosen.year ?? ""}, {chosen.source}
            </>
          )}
        </p>
        {places.length > 0 && !listed && <WorldMap byCode={byCode} fresh={fresh} chosen={view.region} choose={choose} />}
        {listed && found.length > 0 && <List rows={found.slice(0, ROWS_MAX)} all={found.length} fresh={fresh} chosen={view.region} choose={choose} />}
      </Block>
      <Curve place={view.region || here || "world"} view={view} setView={setView} />
    </>
  );
}

interface ListProps {
  rows: Placed[];
  all: number;
  fresh: number;
  chosen: string;
  choose: (region: string) => void;
}

function List({ rows, all, fresh, chosen, choose }: ListProps) {
  return (
    <>
      <Scroll label={say.intensity.list} tall>
        <table data-testid="places">
          <thead>
            <tr>
              <th scope="col">{say.intensity.place}</th>
              <th scope="col" class="number">
                {say.intensity.figure}
              </th>
              <th scope="col" class="number">
                {say.intensity.band}
              </th>
              <th scope="col">{say.intensity.kind}</th>
              <th scope="col">{say.intensity.source}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((place) => (
              <tr key={place.place} class={place.place === chosen ? "chosen" : ""}>
                <th scope="row">
                  <button type="button" class="link" title={say.intensity.choose(place.name)} onClick={() => choose(place.place)}>
                    {place.name} <small>{place.place}</small>
                  </button>
                </th>
                <td class="number">{format.plain(place.gco2e_per_kwh)}</td>
                <td class="number whole">
                  {format.plain(place.low)} … {format.plain(place.high)}
                </td>
                <td>
                  {place.kind} {place.year ?? ""}
                  {isHatched(place, fresh) && <small class="block-note">{say.intensity.hatched(fresh)}</small>}
                </td>
                <td>{place.source}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="hint">{say.intensity.rows(rows.length, all)}</p>
    </>
  );
}

// SPDX-License-Identifier: Apache-2.0
// more/map.tsx - the world by what its electricity emits, in five classes; what is estimated or old is hatched
import * as format from "../format";
import type { Intensity } from "../types";
import { say } from "./say";
import { countries } from "./world";

/** By what is known of the world's grids; the last has no end. */
const CLASSES = [100, 250, 400, 600, Infinity];

export function classOf(grams: number | null | undefined): number {
  return grams === null || grams === undefined ? -1 : CLASSES.findIndex((end) => grams < end);
}

/** Grades of the tables: A and B are reported, C and D made of something else. */
const ESTIMATED = ["C", "D"];
const FRESH_YEARS = 2;

export type Placed = Intensity & { quality?: string | null };

/** The newest year of them all less two: what is older no longer tells of today's grid. */
export function freshFrom(places: Placed[]): number {
  return Math.max(...places.map((place) => place.year ?? 0)) - FRESH_YEARS;
}

export function isHatched(place: Placed, fresh: number): boolean {
  return ESTIMATED.includes(place.quality ?? "") || (place.year !== null && place.year < fresh);
}

interface Props {
  byCode: Map<string, Placed>;
  fresh: number;
  chosen: string;
  choose: (region: string) => void;
}

export function WorldMap({ byCode, fresh, chosen, choose }: Props) {
  const bounds = [0, ...CLASSES.slice(0, -1)];
  /* an area whose state is disputed has no code, and is none that can be chosen */
  const isChosen = (code: string) => code !== "" && code === chosen;
  /* the chosen one last, so that its outline lies above its neighbours' */
  const drawn = [...countries].sort(([a], [b]) => Number(isChosen(a)) - Number(isChosen(b)));
  return (
    <figure class="map" data-testid="map">
      <svg viewBox="0 0 1000 440" role="img" aria-label={say.intensity.mapText}>
        <defs>
          <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="2" height="6" class="hatch-line" />
          </pattern>
        </defs>
        {drawn.map(([code, outline]) => {
          const place = byCode.get(code);
          const known = classOf(place?.gco2e_per_kwh);
          const hatched = place !== undefined && known >= 0 && isHatched(place, fresh);
          return (
            <g key={code} data-place={code} class={isChosen(code) ? "chosen" : ""} onClick={() => known >= 0 && choose(code)}>
              <path d={outline} class={known < 0 ? "unknown" : `class-${known}`}>
                <title>{place === undefined ? `${code} ${say.intensity.unknown}`.trim() : `${place.name}: ${format.plain(place.gco2e_per_kwh)} gCO2e/kWh, ${place.year ?? ""}`}</title>
              </path>
              {hatched && <path d={outline} class="hatched" fill="url(#hatch)" />}
            </g>
          );
        })}
      </svg>
      <figcaption class="map-legend">
        <b>{say.intensity.legend}</b>
        {bounds.map((from, index) => (
          <span key={from}>
            <i class={`class-${index}`} />
            {index === bounds.length - 1 ? `≥ ${from}` : `${from}–${CLASSES[index]}`}
          </span>
        ))}
        <span>
          <i class="unknown" />
          {say.intensity.unknown}
        </span>
        <span>
          <i class="hatched" />
          {say.intensity.hatched(fresh)}
        </span>
      </figcaption>
    </figure>
  );
}

// SPDX-License-Identifier: Apache-2.0
// places.tsx - the region to show the grams for: a field that finds a place by name or code
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { path } from "./api";
import { lastOf, useAsked } from "./asked";
import * as format from "./format";
import type { Intensity } from "./types";
import { words } from "./words";

const SHOWN_MOST = 60;

/** What begins with the text stands before what only has it somewhere. */
function find(places: Intensity[], text: string): Intensity[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return places.slice(0, SHOWN_MOST);
  const rank = (place: Intensity) => {
    const code = place.place.toLowerCase();
    const name = place.name.toLowerCase();
    if (code === wanted || name === wanted) return 0;
    if (name.startsWith(wanted)) return 1;
    if (code.startsWith(wanted)) return 2;
    return name.includes(wanted) || code.includes(wanted) ? 3 : 9;
  };
  return places
    .map((place): [number, Intensity] => [rank(place), place])
    .filter(([at]) => at < 9)
    .sort(([a], [b]) => a - b)
    .slice(0, SHOWN_MOST)
    .map(([, place]) => place);
}

interface Props {
  region: string;
  choose: (region: string) => void;
  /** the chosen place's own figures, where they are known */
  chosen: Intensity | null;
  /** "France, 44 g/kWh": what "as measured" means here; "" is not known */
  own: string;
}

/** The list is asked for when the field is entered, and not before: it is long. */
export function Places({ region, choose, chosen, own }: Props) {
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState(false);
  const [text, setText] = useState<string | null>(null); /* null: what is chosen stands in the field */
  const [at, setAt] = useState(0);
  const asked = useAsked<{ places: Intensity[] }>(wanted ? path("intensity") : "");
  const list = useRef<HTMLUListElement>(null);
  const id = useId();
  const places = lastOf(asked)?.places ?? [];
  const found = find(places, text ?? "");
  const count = found.length + 1;
  const enter = () => {
    setWanted(true);
    setOpen(true);
    setAt(0);
  };
  const take = (place: string) => {
    choose(place);
    setText(null);
    setOpen(false);
  };
  useEffect(() => {
    if (open) list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at, open]);
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (!open) enter();
      else setAt((at + step + count) % count);
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      /* before the list is there: what was typed, which the server knows or does not */
      take(at === 0 ? "" : (found[at - 1]?.place ?? (text ?? "").trim()));
    } else if (event.key === "Escape") {
      setText(null);
      setOpen(false);
    }
  };
  const option = (index: number, place: string, name: string, figure: string) => (
    <li
      key={place}
      id={`${id}-${index}`}
      role="option"
      aria-selected={place === region}
      class={index === at ? "at" : ""}
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => take(place)}
    >
      <span>{name}</span> <small>{figure}</small>
    </li>
  );
  return (
    <div class="combo">
      <label for={id}>{words.region}</label>
      <input
        id={id}
        data-testid="region"
        role="combobox"
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open ? `${id}-${at}` : undefined}
        autocomplete="off"
        spellcheck={false}
        placeholder={own === "" ? words.regionOwn : words.regionOwnAt(own)}
        value={text ?? (region === "" ? "" : (chosen?.name ?? region))}
        onFocus={(event) => event.currentTarget.select()}
        onClick={enter}
        onInput={(event) => {
          setWanted(true);
          setOpen(true);
          setText(event.currentTarget.value);
          setAt(event.currentTarget.value.trim() === "" ? 0 : 1);
        }}
        onKeyDown={keys}
        onBlur={() => {
          setText(null);
          setOpen(false);
        }}
      />
      {open && (
        <ul class="options" role="listbox" id={`${id}-list`} aria-label={words.region} ref={list}>
          {option(0, "", words.regionOwn, own)}
          {found.map((place, index) => option(index + 1, place.place, place.name, words.placeFigure(place.place, format.plain(place.gco2e_per_kwh), place.year)))}
          {asked.state === "failed" && <li role="presentation">{asked.problem.message}</li>}
          {asked.state === "loading" && places.length === 0 && <li role="presentation">{words.loading}</li>}
          {places.length > 0 && found.length === 0 && <li role="presentation">{words.intensity.unknown}</li>}
        </ul>
      )}
    </div>
  );
}

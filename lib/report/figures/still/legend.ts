/** Where the entries of a legend are: above the plots, from left to right, in rows. */

/** Middle of the first row. */
export const LEGEND_TOP = 46;
export const LEGEND_ROW = 18;

/** Between an entry's left edge and its name; behind its name. */
const KEY = 34;
const GAP = 14;

export interface LegendPlaces {
  /** Left edge and row of each entry. */
  places: { left: number; row: number }[];
  rows: number;
}

/** @param names widths of the entries' names; they begin at `left` and are wrapped before `right` */
export function legendPlaces(names: readonly number[], left: number, right: number): LegendPlaces {
  let [at, row] = [left, 0];
  const places = names.map((name) => {
    const width = KEY + name + GAP;
    if (at > left && at + width > right) [at, row] = [left, row + 1];
    const place = { left: at, row };
    at += width;
    return place;
  });
  return { places, rows: names.length > 0 ? row + 1 : 0 };
}

/** Order of two file names as text, not by number: as the paper line's code sorts them. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

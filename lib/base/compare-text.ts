/** Order of two file names as text, not by number: as the code of the paper and its predecessors sorts them. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

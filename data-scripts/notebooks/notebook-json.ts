/** The format of committed notebooks. */
import { randomUUID } from 'node:crypto';
import { canonical } from '@mckd/lib/base';
import type { NotebookFile } from './faults';

/** Keys in order, as Jupyter writes them. */
function sorted(value: object): object {
  return Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * A notebook as JSON with sorted keys and one line per value, as in Jupyter, but each plot in one line: Jupyter's format,
 * one line per pixel, is three times as large.
 */
export function notebookJson(notebook: NotebookFile): string {
  // A placeholder for a plot until the rest is written.
  const id = randomUUID();
  const mark = (place: number): string => `plot ${place} of ${id}`;
  const plots: string[] = [];
  const text = JSON.stringify(
    notebook,
    (key, value: unknown) => {
      if (typeof value !== 'object' || value === null) return value;
      if (key.startsWith('application/')) return mark(plots.push(canonical(value)) - 1);
      return sorted(value);
    },
    1,
  );
  const whole = plots.reduce(
    (sofar, plot, place) => sofar.replace(`"${mark(place)}"`, () => plot),
    text,
  );
  return `${whole}\n`;
}

/** The format of committed notebooks. */
import { randomUUID } from 'node:crypto';
import type { NotebookFile } from './faults';

/**
 * A notebook as JSON with one line per value, as in Jupyter, but each plot in one line: Jupyter's format, one line per
 * pixel, is three times as large.
 */
export function notebookJson(notebook: NotebookFile): string {
  // A placeholder for a plot until the rest is written.
  const id = randomUUID();
  const mark = (place: number): string => `plot ${place} of ${id}`;
  const plots: string[] = [];
  const text = JSON.stringify(
    notebook,
    (key, value: unknown) =>
      key.startsWith('application/') && typeof value === 'object'
        ? mark(plots.push(JSON.stringify(value)) - 1)
        : value,
    1,
  );
  const whole = plots.reduce(
    (sofar, plot, place) => sofar.replace(`"${mark(place)}"`, () => plot),
    text,
  );
  return `${whole}\n`;
}

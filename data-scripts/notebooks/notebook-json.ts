/** How notebooks are written to be committed. */
import { randomUUID } from 'node:crypto';
import type { NotebookFile } from './faults';

/**
 * A notebook as JSON a line a value, as Jupyter writes it, but plots each in one line: Jupyter's way, a line a
 * pixel, makes pictures three times as large.
 */
export function notebookJson(notebook: NotebookFile): string {
  // What stands for a plot until the rest is written.
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

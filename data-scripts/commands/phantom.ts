/** Progress of making phantoms. */
import { tryPlace } from '@mckd/lib/base';
import { makePhantoms, type MakePhantomsOptions, type PhantomEvent } from '@mckd/lib/datasets';
import { withProgress, type Progress, type ProgressOptions } from '../terminal/progress';
import { reportTo, type JsonOption } from '../terminal/report';

export const PHANTOM_BAR: ProgressOptions = {
  format: 'phantoms |{bar}| {value}/{total} | {eta_formatted} left',
  lineMs: 5000,
};

/** A bar, shown if there is something to make. */
export function showPhantoms({ show }: Progress, { done, total, kind }: PhantomEvent): void {
  if (kind === 'case' || done < total) show(done, total);
}

/**
 * Makes a set of phantoms in a folder, with a bar and the time left.
 * @throws UserError if the folder can't be written; and as `makePhantoms`
 */
export async function makePhantomSet(
  directory: string,
  { json, ...options }: MakePhantomsOptions & JsonOption,
): Promise<void> {
  const report = reportTo({ json });
  tryPlace(directory);
  let [made, cases] = [0, 0];
  await withProgress(PHANTOM_BAR, async (bar) => {
    for await (const event of makePhantoms(directory, { ...options, say: report.say })) {
      cases = event.total;
      if (event.kind === 'case') made++;
      showPhantoms(bar, event);
    }
  });
  report.result(
    { folder: directory, cases, made },
    `the phantoms are in ${directory}; its README.txt describes them`,
  );
}

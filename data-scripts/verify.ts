/** What `mckd verify` prints. */
import { SingleBar } from 'cli-progress';
import { verifyDataSet, type VerifyOptions } from '@mckd/lib/dist/data/verify';

/**
 * Verifies a data set and prints its faults, a line each, then one line that counts them; or one JSON
 * object. A bar on stderr while it reads, where that is a terminal.
 * @returns true if there is no fault
 */
export async function verifyFolder(
  folder: string,
  { json = false, ...options }: Omit<VerifyOptions, 'onCase'> & { json?: boolean },
): Promise<boolean> {
  const bar = new SingleBar({ format: '{bar} {value}/{total} cases, {eta_formatted} left' });
  const onCase = (done: number, all: number): void => {
    if (done === 1) bar.start(all, 0);
    bar.update(done);
  };
  const found = await verifyDataSet(folder, { ...options, onCase }).finally(() => bar.stop());
  const { faults, cases, labelled, scans } = found;
  if (json) console.log(JSON.stringify(found, null, 2));
  else {
    for (const { kind, message } of faults) console.log(`${kind}: ${message}`);
    const count = faults.length === 0 ? 'no fault' : `${faults.length} fault(s)`;
    console.log(`${cases} case(s), ${scans} scans, ${labelled} with labels: ${count}`);
  }
  return faults.length === 0;
}

/** What `mckd verify` prints. */
import { SingleBar } from 'cli-progress';
import {
  verifyDataSet,
  verifyUpload,
  type DataFault,
  type VerifyOptions,
} from '@mckd/lib/dist/data/verify';

/**
 * Verifies a data set and prints its faults, a line each, then one line that counts them; or one JSON
 * object. A bar on stderr while it reads, where that is a terminal.
 * @returns true if there is no fault
 */
export async function verifyFolder(
  folder: string,
  { json = false, ...options }: Omit<VerifyOptions, 'onCase'> & { json?: boolean },
): Promise<boolean> {
  const bar = casesBar();
  const { onCase } = bar;
  const found = await verifyDataSet(folder, { ...options, onCase }).finally(bar.stop);
  const { cases, labelled, scans } = found;
  return report(found, json, `${cases} case(s), ${scans} scans, ${labelled} with labels`);
}

/**
 * Checks segmentations before an upload and prints their faults likewise.
 * @returns true if there is no fault
 */
export async function checkUpload(
  folder: string,
  { json = false, cases, pattern }: { cases: string; json?: boolean; pattern?: string },
): Promise<boolean> {
  const bar = casesBar();
  const { onCase } = bar;
  const found = await verifyUpload(folder, cases, { pattern, onCase }).finally(bar.stop);
  return report(found, json, `${found.found} segmentation(s) of ${found.cases} case(s)`);
}

function casesBar(): { onCase: (done: number, all: number) => void; stop: () => void } {
  const bar = new SingleBar({ format: '{bar} {value}/{total} cases, {eta_formatted} left' });
  return {
    onCase: (done, all) => {
      if (done === 1) bar.start(all, 0);
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}

function report(
  found: { faults: readonly DataFault[]; notes?: readonly string[] },
  json: boolean,
  what: string,
): boolean {
  const { faults, notes = [] } = found;
  if (json) console.log(JSON.stringify(found, null, 2));
  else {
    for (const { kind, message } of faults) console.log(`${kind}: ${message}`);
    for (const note of notes) console.log(`note: ${note}`);
    console.log(`${what}: ${faults.length === 0 ? 'no fault' : `${faults.length} fault(s)`}`);
  }
  return faults.length === 0;
}

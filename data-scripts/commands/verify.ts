/** Output of `mckd verify` and `mckd check-upload`. */
import { unlikeShipped } from '@mckd/lib/brats/recorded';
import {
  verifyDataSet,
  verifyUpload,
  type DataFault,
  type FindCasesOptions,
  type VerifyOptions,
} from '@mckd/lib/datasets';
import { withProgress } from '../terminal/progress';

const format = '{bar} {value}/{total} cases, {eta_formatted} left';

/**
 * Verifies a data set and prints its faults, one line each, then one line that counts them; or one JSON
 * object. A progress bar on stderr, if that is a terminal.
 * @returns true if there is no fault
 */
export async function verifyFolder(
  folder: string,
  { json = false, ...options }: Omit<VerifyOptions, 'onCase'> & { json?: boolean },
): Promise<boolean> {
  const found = await withProgress({ format }, ({ show: onCase }) =>
    verifyDataSet(folder, { ...options, onCase }),
  );
  const { cases, labelled, scans, codes, voxelSize } = found;
  if (voxelSize) found.notes.push(...unlikeShipped(voxelSize));
  const labels =
    labelled === 0 ? 'none with labels' : `${labelled} with labels (${codes.join('; ')})`;
  return report(found, json, `${cases} case(s), ${scans} scans, ${labels}`);
}

/**
 * Checks segmentations before an upload and prints their faults likewise.
 * @returns true if there is no fault
 */
export async function checkUpload(
  folder: string,
  { json = false, cases, ...finding }: FindCasesOptions & { cases: string; json?: boolean },
): Promise<boolean> {
  const found = await withProgress({ format }, ({ show: onCase }) =>
    verifyUpload(folder, cases, { ...finding, onCase }),
  );
  return report(found, json, `${found.found} segmentation(s) of ${found.cases} case(s)`);
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

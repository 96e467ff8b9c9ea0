/**
 * Checks segmentations before they are uploaded to the challenge, which scores cases that have no public labels.
 * Nothing is scored here.
 */
import { UserError } from '../../../base/errors';
import { findCases, type CaseFiles, type FindCasesOptions } from '../index';
import { anyFile } from '../case-files';
import { imageFiles } from '../folder';
import { knownCodes } from '../label-codes';
import { compareGrids, spatialGrid } from '../read-case';
import { readNifti } from '../../../formats/nifti';
import { faultOf, type DataFault } from './faults';

/** BraTS' own grid, the only one that the server accepts. */
const SHAPE = [240, 240, 155];

export interface UploadOptions extends FindCasesOptions {
  /** Called after each case, with the number done and the total. */
  onCase?: (done: number, all: number) => void;
}

export interface UploadCheck {
  folder: string;
  /** Cases that should have a segmentation. */
  cases: number;
  /** Segmentations that belong to a case. */
  found: number;
  faults: DataFault[];
}

/**
 * Every fault of a folder of segmentations, one `NAME.nii.gz` per case: a case without one, a file of no case,
 * another shape than 240 x 240 x 155, another affine than that of the case's scans, labels other than those of the cases' edition
 * (0, 1, 2, 4, or since 2023 0, 1, 2, 3).
 *
 * @param folder of the segmentations
 * @param casesFolder of the cases to segment, such as the challenge's 66
 * @throws UserError where a folder can't be read, or the second has no case
 */
export async function verifyUpload(
  folder: string,
  casesFolder: string,
  { onCase, ...finding }: UploadOptions = {},
): Promise<UploadCheck> {
  const cases = findCases(casesFolder, finding);
  const images = imageFiles(folder);
  const names = new Set(cases.map(({ name }) => name));
  const faults: DataFault[] = images
    .filter(({ stem }) => !names.has(stem))
    .map(({ file, stem }) => ({
      kind: 'count',
      file,
      value: stem,
      message: `${file}: no case is named ${stem}; name a segmentation after its case, NAME.nii.gz`,
    }));
  let found = 0;
  for (const [i, files] of cases.entries()) {
    const own = images.filter(({ stem }) => stem === files.name).map(({ file }) => file);
    found += own.length > 0 ? 1 : 0;
    faults.push(...(await faultsOf(files, own)));
    onCase?.(i + 1, cases.length);
  }
  return { folder, cases: cases.length, found, faults };
}

async function faultsOf(files: CaseFiles, own: readonly string[]): Promise<DataFault[]> {
  const { name } = files;
  const fault = (kind: DataFault['kind'], value: unknown, message: string): DataFault => ({
    kind,
    case: name,
    ...(own.length > 0 ? { file: own[0] } : {}),
    value,
    message,
  });
  if (own.length === 0) return [fault('missing', name, `case ${name} has no ${name}.nii.gz`)];
  if (own.length > 1) {
    return [fault('duplicate file', own, `case ${name} has ${own.join(' and ')}; keep one`)];
  }
  const [file] = own;
  if (!file.endsWith('.nii.gz')) {
    return [fault('unreadable', file, `${file} should end in .nii.gz`)];
  }
  try {
    const { values, shape, affine, axes } = await readNifti(file);
    const faults: DataFault[] = [];
    if (shape.join() !== SHAPE.join()) {
      const is = `shape is ${shape.join(' x ')} and should be ${SHAPE.join(' x ')}`;
      faults.push(fault('shape', shape, `${file}: ${is}`));
    }
    const scan = anyFile(files);
    const grid = await spatialGrid({ file: scan });
    // The shape is reported once, against the server's.
    const { fault: apart } = compareGrids({ ...grid, shape }, { shape, affine, axes }, scan, file);
    if (apart) faults.push(faultOf('affine', apart, name));
    const known = knownCodes({ ...files.codes, ignore: [] });
    const wrong = [...new Set(values)].filter((value) => !known.includes(value));
    if (wrong.length > 0) {
      const found = wrong.sort((a, b) => a - b).slice(0, 10);
      const is = `label(s) ${found.join(', ')} are not among ${known.join(', ')}`;
      faults.push(fault('labels', found, `${file}: ${is}`));
    }
    return faults;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [faultOf('unreadable', error, name)];
  }
}

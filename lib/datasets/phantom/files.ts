/** Writes phantoms as BraTS 2018 is laid out: `<set>/HGG/<case>/<case>_flair.nii.gz` and so on. */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { MODALITIES } from '../../base/modality';
import { writeNifti } from '../../formats/nifti';
import { isPhantomName, phantomName, type PhantomCase } from './case';
import { gradeOf } from './tumour-plan';

const GRADES = ['HGG', 'LGG'] as const;

/** The folder of a case, whether it exists or not. */
export function caseFolder(directory: string, index: number): string {
  return path.join(directory, gradeOf(index), phantomName(index));
}

/** Writes a case's folder atomically, with all its files. */
export function writePhantomCase(directory: string, made: PhantomCase): void {
  const { name, grade, grid, scans, labels } = made;
  const folder = path.join(directory, grade, name);
  const part = path.join(
    directory,
    grade,
    `.${name}.part-${process.pid}-${randomUUID().slice(0, 8)}`,
  );
  const { shape, affine } = grid;
  try {
    for (const modality of MODALITIES) {
      writeNifti(path.join(part, `${name}_${modality}.nii.gz`), {
        shape,
        affine,
        values: scans[modality],
        datatype: 'int16',
      });
    }
    const segmentation = { shape, affine, values: labels, datatype: 'uint8' as const };
    writeNifti(path.join(part, `${name}_seg.nii.gz`), segmentation);
    // If another process was faster, its files are the same.
    if (!existsSync(folder)) renameSync(part, folder);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

/** Removes partial folders. The caller holds the lock of the set, so nobody is writing one. */
export function removeLeftovers(directory: string): void {
  for (const { folder, name } of caseEntries(directory)) {
    if (/^\..*\.part-/.test(name)) rmSync(path.join(folder, name), { recursive: true });
  }
}

/** Removes every phantom of a set, and nothing else. */
export function removeCases(directory: string): void {
  for (const { folder, name } of caseEntries(directory)) {
    if (isPhantomName(name)) rmSync(path.join(folder, name), { recursive: true });
  }
}

function caseEntries(directory: string): { folder: string; name: string }[] {
  return GRADES.map((grade) => path.join(directory, grade))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => ({ folder, name })));
}

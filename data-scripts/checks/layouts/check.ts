/** Checks the commands on a data set with known content. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MODALITIES } from '@mckd/lib/base';
import { caseAt, collectCases, readCase, REGIONS, writeSegmentation } from '@mckd/lib/datasets';
import { findingOf, runCommand } from './command';
import { segmentsRight, trainsWhereSound } from './check-network';
import type { MadeLayout } from './generate';

/**
 * Compares every command's result on a data set with the expected one.
 * @param weights of a tiny network
 */
export async function checkLayout(made: MadeLayout, work: string, weights: string): Promise<void> {
  await readsRight(made);
  await verifiesRight(made);
  await evaluatesRight(made, work);
  await showsOne(made, work);
  await segmentsRight(made, work, weights);
  await trainsWhereSound(made, work);
}

/** The cases, scans and labels are those written, voxel for voxel. */
async function readsRight(made: MadeLayout): Promise<void> {
  const { folder, cases, description } = made;
  const finding = findingOf(made);
  const found = collectCases(folder, finding);
  assert.deepEqual(found.faults, [], description);
  assert.deepEqual(
    found.cases.map(({ name }) => name),
    cases.map(({ name }) => name).sort(),
    description,
  );
  for (const expected of cases) {
    const { files } = caseAt(folder, { ...finding, name: expected.name });
    const read = await readCase(files, { missingScans: 'allow' });
    for (const modality of MODALITIES) {
      const [is, should] = [read.scans[modality], expected.scans[modality]];
      assert.deepEqual(
        is && Int16Array.from(is),
        should,
        `${description}: ${expected.name} ${modality}`,
      );
    }
    assert.deepEqual(read.labels, expected.labels, `${description}: labels of ${expected.name}`);
  }
}

/** `mckd verify` finds exactly the injected faults, and names what was skipped. */
async function verifiesRight({ folder, options, faults, notes, cases, description }: MadeLayout) {
  const { code, stdout, stderr } = await runCommand(['verify', folder, '--json', ...options]);
  assert.ok(stdout.startsWith('{'), `${description}: ${stderr}`);
  const found = JSON.parse(stdout) as {
    cases: number;
    faults: { kind: string; message: string }[];
    notes: string[];
  };
  const kinds = [...new Set(found.faults.map(({ kind }) => kind))].sort();
  assert.deepEqual(kinds, faults, `${description}: ${JSON.stringify(found.faults)}`);
  assert.equal(code, faults.length > 0 ? 1 : 0, description);
  assert.equal(found.cases, cases.length, description);
  for (const note of notes) assert.match(found.notes.join('\n'), note, description);
}

/** Right predictions score 1, each in the codes that the kit writes, and one wrong voxel is detected. */
async function evaluatesRight(made: MadeLayout, work: string): Promise<void> {
  const { folder, options, cases, description } = made;
  const finding = findingOf(made);
  const predictions = join(work, 'predictions');
  mkdirSync(predictions, { recursive: true });
  const labelled = cases.filter(({ labels }) => labels);
  for (const { name } of labelled) {
    const { files } = caseAt(folder, { ...finding, name });
    const { labels, stored, grid } = await readCase(files, { missingScans: 'allow' });
    const file = join(predictions, `${name}.nii.gz`);
    writeSegmentation(file, labels as Uint8Array, stored, { grid, codes: files.codes });
  }
  const args = ['evaluate', '--prediction', predictions, '--truth', folder, '--json', ...options];
  const { code, stdout, stderr } = await runCommand(args);
  assert.equal(code, 0, `${description}: ${stderr}`);
  const { cases: scored } = JSON.parse(stdout) as {
    cases: { name: string; scores: Record<string, { dice: number; truthVoxels: number }> }[];
  };
  assert.deepEqual(
    scored.map(({ name }) => name),
    labelled.map(({ name }) => name).sort(),
    description,
  );
  for (const { name, scores } of scored) {
    const { labels } = labelled.find((one) => one.name === name) ?? {};
    const count = (kept: readonly number[]): number =>
      (labels ?? new Uint8Array()).filter((label) => kept.includes(label)).length;
    const voxels = { ET: count([4]), WT: count([1, 2, 4]), TC: count([1, 4]) };
    for (const region of REGIONS) {
      const { dice, truthVoxels } = scores[region];
      assert.deepEqual(
        [dice, truthVoxels],
        [1, voxels[region]],
        `${description}: ${name} ${region}`,
      );
    }
  }
}

/** One case of the set can be viewed, by its name. */
async function showsOne(made: MadeLayout, work: string): Promise<void> {
  const { folder, options, cases, description } = made;
  const [{ name }] = cases;
  const page = join(work, 'page.html');
  const args = ['view', '--case', folder, '--name', name, '--out', page, ...options];
  const { code, stderr } = await runCommand(args);
  assert.equal(code, 0, `${description}: ${stderr}`);
  assert.ok(existsSync(page) && readFileSync(page, 'utf8').includes(`<h1>${name}`), description);
}

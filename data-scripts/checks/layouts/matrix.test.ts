/** Data sets x faults x commands: every command accepts what `mckd verify` finds faultless, and none accepts what it names. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { randomStream } from '@mckd/lib/base';
import { checkData, findDataSet, requireFiles } from '@mckd/lib/brats';
import { caseAt, spatialGrid, writeSegmentation } from '@mckd/lib/datasets';
import { temporaryFolder } from '@mckd/lib/fixtures/prepared';
import { readNifti, writeNifti } from '@mckd/lib/formats';
import { buildProgram } from '../../cli/mckd';
import { writeTinyWeights } from './check-network';
import { findingOf, runCommand } from './command';
import { makeLayout, type MadeLayout } from './generate';
import type { NamingName } from './namings';

const LAYOUTS: NamingName[] = [
  'brats2018',
  'brats2024',
  'copiesWithThree',
  'trees',
  'kinds',
  'nnunet',
];

/** The files of the first case of a generated data set. */
function filesOf(made: MadeLayout) {
  const finding = findingOf(made);
  const { files } = caseAt(made.folder, { ...finding, name: made.cases[0].name });
  return { files, finding };
}

interface Fault {
  /** Its kind in `mckd verify`. */
  kind: string;
  make: (made: MadeLayout) => Promise<void>;
  /** Commands that don't detect it: `segment` and `view` of scans read no label map, and so on. */
  unseenBy?: readonly string[];
}

const rewrite = async (
  file: string,
  change: (image: Awaited<ReturnType<typeof readNifti>>) => object,
): Promise<void> => {
  const image = await readNifti(file);
  writeNifti(file, { ...image, datatype: 'float32', ...change(image) });
};

const FAULTS: Record<string, Fault | undefined> = {
  none: undefined,
  'a label of no code': {
    kind: 'labels',
    make: async (made) => {
      const { labels } = filesOf(made).files;
      await rewrite(labels?.file ?? '', ({ values }) => ({
        values: Float32Array.from(values, (v, i) => (i === 5 ? 9 : v)),
      }));
    },
    unseenBy: ['segment'],
  },
  'a scan elsewhere': {
    kind: 'affine',
    make: async (made) => {
      const { scans } = filesOf(made).files;
      await rewrite(scans.t1?.file ?? '', ({ affine }) => ({
        affine: affine.map((row, r) => (r === 0 ? [...row.slice(0, 3), row[3] + 2] : row)),
      }));
    },
    unseenBy: ['evaluate'],
  },
  'half of a file': {
    kind: 'unreadable',
    make: async (made) => {
      const file = filesOf(made).files.scans.t2?.file ?? '';
      writeFileSync(file, readFileSync(file).subarray(0, 200));
      return Promise.resolve();
    },
    unseenBy: ['evaluate'],
  },
  'an empty scan': {
    kind: 'empty',
    make: async (made) => {
      const { scans } = filesOf(made).files;
      await rewrite(scans.flair?.file ?? '', ({ values }) => ({ values: values.map(() => 0) }));
    },
    // Training detects it when it reaches the case: `mckd verify` reads all voxels, the check before training only headers.
    unseenBy: ['evaluate', 'view', 'train'],
  },
};

/** Runs every command on the first case, or the whole set; returns those that refuse. */
async function refusing(made: MadeLayout, work: string, weights: string): Promise<string[]> {
  const { folder, options, cases } = made;
  const { files, finding } = filesOf(made);
  const one = ['--case', folder, '--name', cases[0].name, ...options];
  const prediction = join(work, 'prediction.nii.gz');
  mkdirSync(work, { recursive: true });
  const place = files.labels ?? { file: '' };
  const stored = await spatialGrid(place);
  const zeros = new Uint8Array(stored.shape.reduce((product, size) => product * size, 1));
  writeSegmentation(prediction, zeros, stored, { codes: files.codes });
  const results: [string, boolean][] = [];
  const command = async (name: string, args: string[]): Promise<void> => {
    const { code, stderr } = await runCommand([name, ...args]);
    if (code !== 0) assert.match(stderr, /\S/, `${name} prints nothing`);
    results.push([name, code !== 0]);
  };
  await command('segment', [
    ...['--checkpoint', weights, '--out', join(work, 'seg.nii.gz')],
    ...['--available', 'flair,t1,t2', ...one],
  ]);
  await command('view', ['--out', join(work, 'page.html'), ...one]);
  await command('evaluate', ['--prediction', prediction, '--truth', place.file, ...statedOf(made)]);
  const data = findDataSet(folder, { ...finding, metaValidation: 1, test: 1 } as object);
  const checked = async (): Promise<void> => {
    requireFiles(data);
    await checkData(data, `${made.description} ${work}`, { folder: work });
  };
  const trains = await checked().then(
    () => false,
    () => true,
  );
  results.push(['train', trains]);
  return results.filter(([, refuses]) => refuses).map(([name]) => name);
}

/** A label map alone doesn't give its data set's codes if they aren't those of its name. */
function statedOf({ options, naming }: MadeLayout): string[] {
  const at = options.indexOf('--labels');
  if (at >= 0) return options.slice(at, at + 2);
  return naming === 'nnunet' ? ['--labels', 'decathlon'] : [];
}

test('every command accepts what verify finds faultless, and none what it names', async (t) => {
  const folder = temporaryFolder(t);
  const weights = writeTinyWeights(folder);
  for (const naming of LAYOUTS) {
    for (const [name, fault] of Object.entries(FAULTS)) {
      const own = join(folder, naming, name);
      const made = makeLayout(randomStream(0, 'matrix'), join(own, 'data'), {
        naming,
        sound: true,
      });
      await fault?.make(made);
      const verified = await runCommand(['verify', made.folder, '--json', ...made.options]);
      const found = JSON.parse(verified.stdout) as { faults: { kind: string }[] };
      const what = `${naming}, ${name}`;
      assert.deepEqual(
        [...new Set(found.faults.map(({ kind }) => kind))],
        fault ? [fault.kind] : [],
        what,
      );
      const refuse = await refusing(made, join(own, 'work'), weights);
      const should = ['segment', 'view', 'evaluate', 'train'].filter(
        (command) => fault && !fault.unseenBy?.includes(command),
      );
      assert.deepEqual(refuse, should, what);
      rmSync(own, { recursive: true });
    }
  }
});

test('every command on cases has the same options for names and codes', () => {
  const about = (option: string): string[] =>
    buildProgram()
      .commands.filter((command) => command.options.some(({ long }) => long === option))
      .map((command) => command.name())
      .sort();
  const trainings = ['ablate', 'cluster', 'compare', 'gather', 'plan', 'train'];
  const data = [...trainings, 'check-upload', 'evaluate', 'inspect', 'verify'];
  const cases = [...data, 'overfit', 'segment', 'view'].sort();
  assert.deepEqual(about('--pattern'), cases);
  // A prediction alone has codes, but no case.
  assert.deepEqual(about('--labels'), [...cases, 'postprocess'].sort());
});

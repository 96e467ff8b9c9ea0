import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { UserError } from '../../../base/errors';
import { randomStream } from '../../../base/random';
import { BRATS_CODES } from '../label-codes';
import {
  authorsSplit,
  readSplitList,
  readSplits,
  seededSplit,
  splitsOfFolder,
  type SplitCase,
} from './index';

const FIVE = ['CBICA_AQQ_1', '2013_10_1', '2013_15_1', 'TCIA09_141_1', 'TCIA13_645_1'];

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-splits-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function list(folder: string, name: string, lines: string[]): string {
  const file = join(folder, name);
  writeFileSync(file, lines.join('\n'));
  return file;
}

/** The 285 cases as distributed, by name: 210 HGG and 75 LGG, the authors' five among them. */
function handedOut(count = 285): SplitCase[] {
  const five = FIVE.map((id, i) => ({ id, grade: i < 2 ? ('HGG' as const) : ('LGG' as const) }));
  const others = Array.from({ length: count - 5 }, (_, i) => ({
    id: `TCIA99_${i}_1`,
    grade: i < Math.round((208 / 280) * (count - 5)) ? ('HGG' as const) : ('LGG' as const),
  }));
  return [...others, ...five].map(({ id, grade }) => ({ name: `Brats18_${id}`, grade }));
}

test('the authors’ five, and a local test set of 57, drawn in proportion', () => {
  const cases = handedOut();
  const draw = (from: readonly SplitCase[], seed = 0) =>
    authorsSplit(from, {}, randomStream(seed, 'splits'));
  const splits = draw(cases);
  const { train, metaValidation, test } = splits;
  assert.deepEqual([train.length, metaValidation.length, test.length], [223, 5, 57]);
  assert.deepEqual(
    metaValidation,
    FIVE.map((id) => `Brats18_${id}`),
  );
  assert.equal(new Set([...train, ...metaValidation, ...test]).size, 285);
  const low = cases.filter(({ grade, name }) => grade === 'LGG' && test.includes(name));
  assert.equal(low.length, 15);
  assert.deepEqual(draw([...cases].reverse()), splits);
  assert.notDeepEqual(draw(cases, 1), splits);

  const few = draw(handedOut(8));
  assert.deepEqual([few.train.length, few.metaValidation.length, few.test.length], [1, 5, 2]);
  assert.throws(
    () => draw(handedOut(6)),
    /beside the authors' five .* there is 1 with labels, and/,
  );
  const later = handedOut(8).map(({ name }) => ({ name: name.replace('Brats18', 'BraTS19') }));
  assert.equal(draw(later).metaValidation[0], `BraTS19_${FIVE[0]}`);

  const missing = (from: SplitCase[]): unknown => {
    try {
      return draw(from);
    } catch (error) {
      assert.ok(error instanceof UserError);
      return error.details.value;
    }
  };
  assert.deepEqual(missing(cases.filter(({ name }) => !/141_1$|AQQ/.test(name))), [
    FIVE[0],
    FIVE[3],
  ]);
  assert.deepEqual(missing([{ name: 'BraTS20_Training_001' }]), FIVE);
});

test('lists as they are published: folders, columns, headings, comments', (t) => {
  const folder = makeFolder(t);
  const names = ['Brats18_A_1', 'Brats18_B_1', 'Brats18_C_1'];
  for (const lines of [
    ['../data/BraTS-2018/HGG/Brats18_C_1', '../data/BraTS-2018/LGG/Brats18_A_1', ''],
    ['Brats18_C_1/Brats18_C_1_', 'Brats18_A_1/Brats18_A_1_flair.nii.gz'],
    ['\uFEFFBrats18ID,Age,Survival', 'Brats18_C_1,60.4,289', 'Brats18_A_1,,\r'],
    ['# fold 1', '', 'case', '"HGG\\Brats18_C_1"', 'Brats18_A_1\t1'],
    ['HG_Brats18_C_1', 'LG_Brats18_A_1'],
    ['HGG__Brats18_C_1', 'LGG_Brats18_A_1'],
  ]) {
    const file = list(folder, 'list', lines);
    assert.deepEqual(readSplitList(file, names), ['Brats18_C_1', 'Brats18_A_1'], lines[0]);
  }
  const wrong: [string[], RegExp][] = [
    [['Brats18_A_1', '# x', 'Brats18_Z_1'], /list, line 3: Brats18_Z_1 is no case/],
    [['Brats18_A_1', 'HGG/Brats18_A_1'], /list, line 2: Brats18_A_1 is twice in this list/],
    [['# nothing'], /list names no case/],
  ];
  for (const [lines, message] of wrong) {
    assert.throws(() => readSplitList(list(folder, 'list', lines), names), message);
  }
  assert.throws(() => readSplitList(join(folder, 'absent'), names), { code: 'CANNOT_READ' });
});

test('a public fold is three lists, and no case is in two', (t) => {
  const folder = makeFolder(t);
  const names = Array.from({ length: 285 }, (_, i) => `Brats18_${i}_1`);
  const files = {
    train: list(folder, 'train.txt', names.slice(0, 199)),
    metaValidation: list(folder, 'val.txt', names.slice(199, 228)),
    test: list(folder, 'test.txt', names.slice(228)),
  };
  const splits = readSplits(files, names);
  assert.deepEqual(
    [splits.train.length, splits.metaValidation.length, splits.test.length],
    [199, 29, 57],
  );
  assert.deepEqual(readSplits({ ...files, test: undefined }, names).test, []);
  list(folder, 'test.txt', names.slice(227));
  assert.throws(
    () => readSplits(files, names),
    /test\.txt, line 1: Brats18_227_1 is in .*val\.txt too/,
  );
});

test('a seeded split: reproducible, apart, graded in proportion', () => {
  const cases: SplitCase[] = Array.from({ length: 285 }, (_, i) => ({
    name: `case${i}`,
    grade: i < 210 ? 'HGG' : 'LGG',
  }));
  const draw = (from: readonly SplitCase[], seed: number) =>
    seededSplit(from, { metaValidation: 29, test: 0.2 }, randomStream(seed, 'splits'));
  const splits = draw(cases, 1);
  assert.deepEqual(draw([...cases].reverse(), 1), splits);
  assert.notDeepEqual(draw(cases, 2), splits);
  assert.deepEqual(
    [splits.train.length, splits.metaValidation.length, splits.test.length],
    [199, 29, 57],
  );
  const all = [...splits.train, ...splits.metaValidation, ...splits.test];
  assert.equal(new Set(all).size, 285);
  const low = (names: string[]): number => names.filter((name) => +name.slice(4) >= 210).length;
  assert.deepEqual([low(splits.test), low(splits.metaValidation)], [15, 8]);

  const few = seededSplit(
    cases.slice(190, 212),
    { metaValidation: 2, test: 0 },
    randomStream(0, 's'),
  );
  assert.equal(low(few.metaValidation), 1, 'one of each grade if possible');
  const ungraded = [...cases.slice(0, 9), { name: 'x' }];
  assert.equal(draw(ungraded.concat(cases.slice(210, 250)), 0).metaValidation.length, 29);
  const options = { metaValidation: 2, test: 1 };
  assert.throws(() => seededSplit(cases.slice(0, 3), options, randomStream(0, 's')), {
    code: 'MISSING',
  });
  assert.throws(
    () => seededSplit(cases, { test: 1.5 }, randomStream(0, 's')),
    /test is 1\.5; give a number of cases/,
  );
});

test('a folder: its lists, else the authors’ five, else a seed, and the description says which', (t) => {
  const folder = makeFolder(t);
  const labels = { file: 'seg.nii' };
  const named = (names: string[]) => names.map((name) => ({ name, labels, codes: BRATS_CODES }));
  const five = named(FIVE.map((id) => `Brats18_${id}`));
  const others = named(['Brats18_X_1', 'Brats18_Y_1', 'Brats18_Z_1']);
  const cases = [...five, ...others, { name: 'Brats18_W_1' }];
  const authors = splitsOfFolder(folder, cases);
  assert.deepEqual([authors.source, authors.train.length, authors.test.length], ['authors', 1, 2]);
  assert.ok(!authors.test.includes('Brats18_W_1'), 'a case without labels is not tested on');
  assert.match(
    authors.description,
    /^1 cases for training, 5 for .* 2 for testing: a local test, not the challenge's: /,
  );

  const seeded = splitsOfFolder(folder, cases.slice(1), { seed: 3, test: 1 });
  assert.equal(seeded.source, 'seeded');
  assert.deepEqual([seeded.train.length, seeded.metaValidation.length], [5, 1]);
  assert.ok(![...seeded.train, ...seeded.metaValidation, ...seeded.test].includes('Brats18_W_1'));

  mkdirSync(join(folder, 'splits'));
  list(join(folder, 'splits'), 'train.txt', [cases[0].name]);
  assert.throws(
    () => splitsOfFolder(folder, cases),
    /splits has no meta-validation\.txt or val\.txt; add it/,
  );
  list(join(folder, 'splits'), 'meta-validation.txt', [cases[5].name]);
  const listed = splitsOfFolder(folder, cases);
  assert.deepEqual(
    [listed.source, listed.train, listed.metaValidation, listed.test],
    ['lists', [cases[0].name], ['Brats18_X_1'], []],
  );
  assert.throws(
    () => splitsOfFolder(folder, cases, { fold: 2 }),
    /has no numbered lists and no fold 2/,
  );
});

test('the public folds: train1.txt, val1.txt, test1.txt and so on, as they are', (t) => {
  const folder = makeFolder(t);
  const cases = handedOut();
  const names = cases.map(({ name }) => name);
  const lists = join(folder, 'public');
  mkdirSync(lists);
  for (const fold of [1, 2, 3]) {
    const turned = [...names.slice(57 * fold), ...names.slice(0, 57 * fold)];
    list(lists, `train${fold}.txt`, turned.slice(0, 199));
    list(lists, `val${fold}.txt`, turned.slice(199, 228));
    list(lists, `test${fold}.txt`, turned.slice(228));
  }
  const read = (fold?: number) => splitsOfFolder(folder, cases, { lists, fold });
  const { train, metaValidation, test: tested, source, description } = read(2);
  assert.deepEqual([train.length, metaValidation.length, tested.length], [199, 29, 57]);
  assert.deepEqual([source, train[0]], ['folds', names[114]]);
  assert.ok(description.endsWith(`, fold 2 of 3 of the lists in ${lists}`), description);
  assert.equal(read().train[0], names[57]);
  assert.throws(() => read(4), /public has the folds 1, 2, 3 and no fold 4; choose another/);
  list(lists, 'train.txt', names);
  assert.throws(() => read(2), /has lists with and without a number/);
  assert.throws(() => splitsOfFolder(folder, cases, { lists: join(folder, 'absent') }), {
    code: 'CANNOT_READ',
  });
});

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ReaderError } from '../../errors';
import { randomStream } from '../../random';
import { BRATS_CODES } from '../brats/regions';
import {
  authorsSplit,
  readSplitList,
  readSplits,
  seededSplit,
  splitsOfFolder,
  type SplitCase,
} from '.';

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

test('the authors’ rule: the five named cases, all others to train on', () => {
  const others = Array.from({ length: 280 }, (_, i) => `Brats18_TCIA99_${i}_1`);
  const five = FIVE.map((id) => `Brats18_${id}`);
  const { train, metaValidation, test } = authorsSplit([...others, ...five].sort());
  assert.deepEqual([train.length, test], [280, []]);
  assert.deepEqual(metaValidation, five);
  assert.ok(!train.some((name) => five.includes(name)));
  const tested = authorsSplit([...others, ...five], [others[3], 'Brats18_elsewhere']);
  assert.deepEqual([tested.train.length, tested.train.includes(others[3])], [279, false]);
  const later = FIVE.map((id) => `BraTS19_${id}`);
  assert.deepEqual(authorsSplit([...later, 'BraTS19_x']).metaValidation, later);

  const missing = (names: string[]): unknown => {
    try {
      return authorsSplit(names);
    } catch (error) {
      assert.ok(error instanceof ReaderError);
      return error.facts.value;
    }
  };
  assert.deepEqual(missing(five.filter((name) => !/141|AQQ/.test(name))), [FIVE[0], FIVE[3]]);
  assert.deepEqual(missing(['BraTS20_Training_001']), FIVE);
  assert.throws(() => authorsSplit(five, [five[1]]), /Brats18_2013_10_1 can't be tested on/);
});

test('lists as they are published: folders, columns, headings, comments', (t) => {
  const folder = makeFolder(t);
  const names = ['Brats18_A_1', 'Brats18_B_1', 'Brats18_C_1'];
  for (const lines of [
    ['../data/BraTS-2018/HGG/Brats18_C_1', '../data/BraTS-2018/LGG/Brats18_A_1', ''],
    ['Brats18_C_1/Brats18_C_1_', 'Brats18_A_1/Brats18_A_1_flair.nii.gz'],
    ['\uFEFFBrats18ID,Age,Survival', 'Brats18_C_1,60.4,289', 'Brats18_A_1,,\r'],
    ['# fold 1', '', 'case', '"HGG\\Brats18_C_1"', 'Brats18_A_1\t1'],
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
  assert.throws(() => readSplitList(join(folder, 'absent'), names), /absent can't be read/);
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
  assert.equal(low(few.metaValidation), 1, 'one of each grade where there is room');
  const ungraded = [...cases.slice(0, 9), { name: 'x' }];
  assert.equal(draw(ungraded.concat(cases.slice(210, 250)), 0).metaValidation.length, 29);
  const options = { metaValidation: 2, test: 1 };
  assert.throws(() => seededSplit(cases.slice(0, 3), options, randomStream(0, 's')), /there are 3/);
  assert.throws(
    () => seededSplit(cases, { test: 1.5 }, randomStream(0, 's')),
    /test is 1\.5; give a number of cases/,
  );
});

test('a folder: its lists, else the authors’ five, else a seed, and it says which', (t) => {
  const folder = makeFolder(t);
  const labels = { file: 'seg.nii' };
  const named = (names: string[]) => names.map((name) => ({ name, labels, codes: BRATS_CODES }));
  const five = named(FIVE.map((id) => `Brats18_${id}`));
  const cases = [...five, ...named(['Brats18_X_1']), { name: 'Brats18_W_1' }];
  const authors = splitsOfFolder(folder, cases);
  assert.deepEqual(
    [authors.source, authors.train, authors.test],
    ['authors', ['Brats18_X_1'], ['Brats18_W_1']],
  );
  assert.match(authors.description, /^1 cases to train on, 5 for .* authors' rule/);

  const seeded = splitsOfFolder(folder, cases.slice(1), { seed: 3, test: 1 });
  assert.equal(seeded.source, 'seeded');
  assert.deepEqual([seeded.train.length, seeded.metaValidation.length], [3, 1]);
  assert.ok(![...seeded.train, ...seeded.metaValidation, ...seeded.test].includes('Brats18_W_1'));

  mkdirSync(join(folder, 'splits'));
  list(join(folder, 'splits'), 'train.txt', [cases[0].name]);
  assert.throws(() => splitsOfFolder(folder, cases), /meta-validation\.txt is missing/);
  list(join(folder, 'splits'), 'meta-validation.txt', [cases[5].name]);
  const listed = splitsOfFolder(folder, cases);
  assert.deepEqual(
    [listed.source, listed.train, listed.metaValidation, listed.test],
    ['lists', [cases[0].name], ['Brats18_X_1'], []],
  );
});

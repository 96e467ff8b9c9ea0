import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { UserError } from '../../base/errors';
import { sha256 } from '../../base/sha256';
import { randomStream } from '../../base/random';
import { keepRecordings, loadAvMnist, pairNames, type PairName } from './avmnist';
import { fsddChecksums, parseRecordingName } from './fsdd';
import { mnist } from './mnist';
import { dataSource } from '../data-sources';
import { shippedFile } from '../../base/shipped-file';

const names = [...fsddChecksums().keys()].map((name) => name.replace('.wav', ''));
const published = (part: 'train' | 'test'): PairName[] =>
  pairNames(part, mnist(part).digits, names);

test('pairs and split are the published ones, in every row', () => {
  // sha256 of "<digit> <index> <recording>\n" over the rows that the SMIL code forms from file names.
  const { files } = dataSource('smil-split');
  const digest = (rows: PairName[]): string =>
    sha256(rows.map((r) => `${r.digit} ${r.imageIndex} ${r.recording}\n`).join(''));
  const train = published('train');
  const held = published('test');
  assert.deepEqual([train.length, held.length], [1050, 450]);
  assert.deepEqual(
    train.slice(0, 3).map((r) => [r.digit, r.imageIndex, r.recording]),
    [
      [0, 1, '0_jackson_15'],
      [0, 1000, '0_jackson_16'],
      [0, 10005, '0_jackson_17'],
    ],
  );
  assert.equal(digest(train), files.train.sha256);
  assert.equal(digest(held), files.test.sha256);
});

test('loads the published pairs, scaled as published', async (t) => {
  if (!process.env.MCKD_DATA) {
    return t.skip('set MCKD_DATA to the Free Spoken Digit Dataset to run this');
  }
  const data = await loadAvMnist();
  assert.deepEqual([data.provenance, data.protocol], ['real', 'av-mnist']);
  assert.match(data.speechDescription, /Free Spoken Digit Dataset/);
  assert.equal(data.train.images.length, 1050 * 28 * 28);
  assert.equal(data.test.speech.length, 450 * 20 * 20);
  for (const pairs of [data.train, data.test]) {
    const [low, high] = [
      pairs.images.reduce((a, b) => Math.min(a, b)),
      pairs.images.reduce((a, b) => Math.max(a, b)),
    ];
    assert.deepEqual([low, high], [-1, 1]);
    assert.ok(pairs.speech.every(Number.isFinite));
  }
  const { image, speech } = data.alone;
  assert.deepEqual([image?.digits.length, speech], [10_000, undefined]);
  data.test.imageIndices.forEach((index, p) => {
    const [paired, alone] = [
      data.test.images.subarray(784 * p, 784 * (p + 1)),
      image!.values.subarray(784 * index, 784 * (index + 1)),
    ];
    assert.deepEqual(paired, alone);
    assert.equal(data.test.digits[p], image!.digits[index]);
  });
  // c_0 of 0_jackson_15's first frame in fixtures/mfcc.json is that of train pair 0.
  const expected = JSON.parse(
    readFileSync(shippedFile('checks', 'fixtures', 'mfcc.json'), 'utf8'),
  ) as Record<string, number[][]>;
  assert.equal(data.train.recordings[0], '0_jackson_15');
  assert.ok(Math.abs(data.train.speech[0] - (2 * expected['0_jackson_15'][0][0] - 1)) < 1e-2);
  assert.equal(data.sha256, (await loadAvMnist()).sha256);
  const split = path.join(process.env.MCKD_DATA, 'av-mnist', 'smil-split.json');
  if (!existsSync(split)) return;
  const rows = JSON.parse(readFileSync(split, 'utf8')) as Record<
    string,
    [number, number, string][]
  >;
  for (const part of ['train', 'test'] as const) {
    const { digits, imageIndices, recordings } = data[part];
    assert.deepEqual(
      recordings.map((recording, p) => [digits[p], imageIndices[p], recording]),
      rows[part],
    );
  }
});

const pairs = (() => {
  const rows = published('train');
  return {
    digits: Uint8Array.from(rows, (r) => r.digit),
    recordings: rows.map((r) => r.recording),
  };
})();

test('5, 10, 15, 20 % keep 5, 10, 15, 21 of each digit, spread over the speakers', () => {
  let lower = new Array<boolean>(1050).fill(false);
  for (const [rate, count] of [
    [0.05, 5],
    [0.1, 10],
    [0.15, 15],
    [0.2, 21],
    [1, 105],
  ]) {
    const kept = keepRecordings(pairs, rate, randomStream(3, 'kept'));
    for (let digit = 0; digit < 10; digit++) {
      const perSpeaker = { jackson: 0, nicolas: 0, theo: 0 } as Record<string, number>;
      pairs.recordings.forEach((name, p) => {
        const parsed = parseRecordingName(name);
        if (kept[p] && parsed?.digit === digit) perSpeaker[parsed.speaker] += 1;
      });
      const counts = Object.values(perSpeaker);
      assert.equal(
        counts.reduce((a, b) => a + b),
        count,
      );
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${rate}: ${counts.join(' ')}`);
    }
    assert.ok(
      lower.every((was, p) => !was || kept[p]),
      'a higher rate only adds pairs',
    );
    lower = kept;
  }
});

test('the pairs kept follow from the seed alone', () => {
  const draw = (seed: number): boolean[] => keepRecordings(pairs, 0.1, randomStream(seed, 'kept'));
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
});

test('a rate of 0, of 200 %, or too low is an error with the value and the range', () => {
  for (const rate of [0, 2, -0.1, Number.NaN, 1.0001]) {
    assert.throws(
      () => keepRecordings(pairs, rate, randomStream(0, 'kept')),
      (error) =>
        error instanceof UserError &&
        error.message.startsWith(`rate is ${rate}; it must be above 0 and at most 1`),
    );
  }
  assert.throws(
    () => keepRecordings(pairs, 0.001, randomStream(0, 'kept')),
    /rate is 0\.001, which keeps none of the 105 training pairs of digit 0/,
  );
});

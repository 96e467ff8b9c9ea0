import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseNotebooks } from './short-run';

const MINUTES = new Map(
  Object.entries({
    '00': 0.1,
    '01': 0.2,
    '02': 2,
    '03': 3,
    '04': 3,
    '05': 1,
    '06': 3,
    '07': 6,
    '08': 1,
  }),
);

test('the more minutes, the more of the paper’s weight; no choice takes longer, and what a notebook needs is there', () => {
  let before = -1;
  for (const most of [0.5, 2, 4, 8, 10, 15, 30]) {
    const { notebooks, minutes, share, claims } = chooseNotebooks(MINUTES, most);
    assert.ok(minutes <= most && share >= before, String(most));
    assert.deepEqual(notebooks.slice(0, 2), ['00', '01']);
    if (notebooks.includes('05'))
      for (const one of ['02', '03', '04']) assert.ok(notebooks.includes(one));
    assert.equal(claims.length > 0, share > 0);
    before = share;
  }
  const all = chooseNotebooks(MINUTES, 30);
  assert.deepEqual(all.notebooks, [...MINUTES.keys()]);
  // Parity, patients and later data are shown by no notebook.
  assert.ok(all.share > 0.4 && all.share < 0.9, String(all.share));
});

test('notebooks without a claim are not in a short run, and too few minutes are an error', () => {
  // 02 and 04 show no claim of their own.
  assert.deepEqual(chooseNotebooks(MINUTES, 3.9).notebooks, ['00', '01', '06']);
  assert.throws(() => chooseNotebooks(MINUTES, 0.1), { code: 'BAD_VALUE' });
});

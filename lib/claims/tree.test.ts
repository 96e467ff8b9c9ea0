import assert from 'node:assert/strict';
import { test } from 'node:test';
import { madeUpRecords } from '../checks/fixtures/claim-records';
import { loadPublished, type PublishedName } from '../published';
import { claimsOf, isGroup, type ClaimGroup, type ClaimNode } from './claim';
import { printedText } from './judge';
import { CLAIMS } from './paper';

const groupsOf = (node: ClaimNode): ClaimGroup[] =>
  isGroup(node) ? [node, ...node.children.flatMap(groupsOf)] : [];
const claims = claimsOf(CLAIMS);

test('every claim has all fields, and a key of its own', () => {
  assert.ok(claims.length > 30);
  for (const claim of claims) {
    const { key, title, where, check, command, tolerance } = claim;
    assert.match(key, /^[a-z0-9-]+$/);
    for (const text of [title, claim.claim, where, check, tolerance])
      assert.ok(text.length > 3 && !/undefined|NaN|\.$/.test(text), `${key}: ${text}`);
    assert.ok(['V2', 'V1', 'S', 'not verified'].includes(claim.mark), key);
    assert.ok(command === null || /^(npm (start|run)|npx mckd) /.test(command), key);
    assert.ok(claim.weight > 0, key);
  }
  const keys = [...claims, ...groupsOf(CLAIMS)].map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
});

test('weights of siblings sum to 1, and each group says why', () => {
  for (const { key, why, children } of groupsOf(CLAIMS)) {
    const sum = children.reduce((total, { weight }) => total + weight, 0);
    assert.ok(Math.abs(sum - 1) < 1e-12, `${key}: ${sum}`);
    assert.ok(why.length > 20, key);
  }
});

test('every claim belongs to one row of the README', () => {
  const rowsAbove = (node: ClaimNode, above: number): number[] => {
    const rows = above + Number(node.row ?? false);
    return isGroup(node) ? node.children.flatMap((child) => rowsAbove(child, rows)) : [rows];
  };
  assert.deepEqual([...new Set(rowsAbove(CLAIMS, 0))], [1]);
});

test('no number is typed: other runs give other numbers, and printed ones are in lib/published', () => {
  const [one, other] = [1, 0.7].map(madeUpRecords);
  const studies: PublishedName[] = ['av-mnist', 'mckd'];
  const cells = studies.flatMap((study) =>
    loadPublished(study).tables.flatMap((table) =>
      Object.values(table.cells).flatMap((row) => Object.values(row).map(printedText)),
    ),
  );
  let fromRuns = 0;
  for (const { key, judge } of claims) {
    const [own, others] = [judge(one), judge(other)];
    assert.equal(own.numbers.length, others.numbers.length, key);
    own.numbers.forEach(({ name, text, from }, i) => {
      assert.equal(name, others.numbers[i].name);
      if (from === 'printed') return assert.ok(cells.includes(text), `${key}: ${text}`);
      fromRuns += 1;
      assert.notEqual(text, others.numbers[i].text, `${key}, ${name}: ${text}`);
    });
  }
  assert.ok(fromRuns > 100, `${fromRuns}`);
});

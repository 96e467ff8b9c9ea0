import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLAIMS, claimsOf } from '@mckd/lib/claims';
import { runCommand } from '../checks/layouts/command';
import { runClaim } from './claims';

test('claims: every claim with its state, and the score last', async () => {
  const { code, stdout } = await runCommand(['claims']);
  assert.equal(code, 0);
  for (const { key, title } of claimsOf(CLAIMS)) assert.ok(stdout.includes(`${key}, `), title);
  assert.match(stdout.trimEnd().split('\n').at(-1) ?? '', /reproduced \d+\.\d %.*open \d+\.\d %/);
});

test('claims --json: the tree with shares, and the score', async () => {
  const { stdout } = await runCommand(['claims', '--json']);
  const tree = JSON.parse(stdout) as {
    children: { children: { key: string; state?: string; numbers?: object[] }[] }[];
    score: { shares: Record<string, number> };
  };
  const [objective] = tree.children[0].children;
  assert.equal(objective.key, 'objective');
  assert.equal(objective.state, 'reproduced');
  assert.equal(objective.numbers?.length, 1);
  const sum = Object.values(tree.score.shares).reduce((a, b) => a + b);
  assert.ok(Math.abs(sum - 1) < 1e-9);
});

test('claims --run: the command of a claim, with its exit code', async () => {
  assert.equal(await runClaim({ key: 'x', command: 'npx mckd pages --help' }, { json: true }), 0);
  assert.equal(await runClaim({ key: 'x', command: 'npx mckd no-such' }, { json: true }), 2);
  await assert.rejects(runClaim({ key: 'x', command: 'no-such-program now' }), { code: 'PROCESS' });
});

test('claims --run refuses what it can’t run, and says why', async () => {
  const refusal = async (key: string): Promise<string> => {
    const { code, stderr } = await runCommand(['claims', '--run', key]);
    assert.equal(code, 1);
    return stderr;
  };
  assert.match(await refusal('patients'), /a folder to fill in; run it yourself: npx mckd compare/);
  assert.match(await refusal('adni'), /no command/);
  assert.match(await refusal('nothing'), /no claim; the claims are: objective, /);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '../fixtures/prepared';
import { runKills, type KillRound } from './kill';

test('killed in a meta event, inside a write, anywhere, between link and rename: a training ends byte for byte as uninterrupted', async (t) => {
  const rounds: KillRound[] = [];
  const onRound = (round: KillRound): void => void rounds.push(round);
  const summary = await runKills({ folder: temporaryFolder(t), kills: 4, onRound });
  const told = JSON.stringify(rounds);
  assert.ok(summary.kills >= 4, told);
  assert.deepEqual(
    summary,
    { kills: summary.kills, killsSurvived: summary.kills, bitExactResumes: summary.kills },
    told,
  );
  const aimed = rounds.map(({ kills }) => kills[0]);
  assert.deepEqual([aimed[0], aimed[1], aimed[3]], ['meta', 'write', 'rename'], told);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '../fixtures/prepared';
import { runAvKills, runKills, type KillRound } from './kill';

// `npm run test:slow` kills it at its other moments, too.
test('killed inside a write, a training ends byte for byte as uninterrupted', async (t) => {
  const rounds: KillRound[] = [];
  const onRound = (round: KillRound): void => void rounds.push(round);
  const { kills, ...rest } = await runKills({
    folder: temporaryFolder(t),
    kills: 1,
    aims: ['write'],
    onRound,
  });
  const told = JSON.stringify(rounds);
  assert.ok(kills >= 1, told);
  assert.deepEqual(rest, { killsSurvived: kills, bitExactResumes: kills }, told);
  assert.equal(rounds[0].kills[0], 'write', told);
});

test('so do Audiovision-MNIST runs, and finished ones are kept', async (t) => {
  const rounds: KillRound[] = [];
  const onRound = (round: KillRound): void => void rounds.push(round);
  const { kills, ...rest } = await runAvKills({ folder: temporaryFolder(t), kills: 1, onRound });
  assert.ok(kills >= 1);
  assert.deepEqual(rest, { killsSurvived: kills, bitExactResumes: kills }, JSON.stringify(rounds));
});

import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { UserError } from '../base/errors';
import {
  describeTrainingTime,
  openStepSeconds,
  secondsFile,
  trainingSeconds,
} from './step-seconds';

function write(folder: string, from: number, seconds: number[]): void {
  const log = openStepSeconds(folder, from);
  for (const [i, one] of seconds.entries()) log.write({ step: from + i, seconds: one });
  log.close();
}

test('the time of a training is the sum over its steps, in any number of processes', (t) => {
  const folder = temporaryFolder(t);
  assert.equal(trainingSeconds(folder, 6), undefined);
  write(folder, 0, [3, 1, 1, 9]);
  appendFileSync(secondsFile(folder), '{"step":4');
  // Killed with a checkpoint of step 3: steps 3 and later are made again.
  write(folder, 3, [1, 1, 1]);
  assert.equal(trainingSeconds(folder, 6), 8);
  // A process that only scores adds nothing.
  openStepSeconds(folder, 6).close();
  assert.equal(trainingSeconds(folder, 6), 8);
  // Steps of older versions, without a record, count as the others.
  rmSync(secondsFile(folder));
  write(folder, 3, [1, 2, 3]);
  assert.equal(trainingSeconds(folder, 6), 12);
  assert.match(readFileSync(secondsFile(folder), 'utf8'), /^{"step":3,"seconds":1}\n/);
});

test('a record that is broken is named, with line and field', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(secondsFile(folder), '{"step":0,"seconds":1}\n{"step":1,"seconds":"2"}\n');
  assert.throws(
    () => trainingSeconds(folder, 2),
    (error: UserError) =>
      error instanceof UserError &&
      error.details.field === 'seconds' &&
      /seconds\.jsonl, line 2: seconds is "2" .*delete the file/.test(error.message),
  );
});

test('runs of unknown time are left out of the mean', () => {
  const run = (training?: number): { seconds: { training?: number } } => ({
    seconds: { training },
  });
  assert.equal(describeTrainingTime([run(60), run(), run(180)]), '2 minutes per training.');
  assert.match(describeTrainingTime([run()]), /unknown/);
});

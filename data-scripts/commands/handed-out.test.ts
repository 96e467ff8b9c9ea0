import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findCases } from '@mckd/lib/datasets';
import { temporaryFolder, writeHandedOut } from '@mckd/lib/fixtures/prepared';

const MCKD = join(__dirname, '..', '..', 'mckd.mjs');

/** Loaded first in every process and thread: records each file that is opened and each folder that is listed. */
const WATCHER = `
const fs = require('node:fs');
const note = (file) => fs.appendFileSync(process.env.OPENED, String(file) + '\\n');
for (const name of ['createReadStream', 'readFileSync', 'readdirSync']) {
  const real = fs[name];
  fs[name] = (file, ...rest) => (note(name + ' ' + file), real(file, ...rest));
}
`;

test('a data set is found once in a command, and read once per machine: for its hash, and for preparing it', (t) => {
  const root = temporaryFolder(t);
  const data = join(root, 'data');
  writeHandedOut(data, 8);
  const watcher = join(root, 'watcher.cjs');
  writeFileSync(watcher, WATCHER);
  const opened = join(root, 'opened');
  const settings = ['width=0.03125', 'stageOne.until=1', 'stageTwo.until=1', 'metaRepeats=1'];
  const files = findCases(data).flatMap(({ scans, labels }) =>
    [...Object.values(scans), labels].flatMap((place) => place?.file ?? []),
  );
  assert.equal(files.length, 8 * 5);
  /** The output of a command with a new folder, and how often it read each image of the data set. */
  const watched = (command: string, ...args: string[]): [string, Map<string, number>] => {
    rmSync(opened, { force: true });
    const own = [command, '--preset', 'smoke', '--data', data, '--out', join(root, command)];
    const set = ['--set', ...settings.map((setting) => `brats.${setting}`)];
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [MCKD, ...own, ...args, ...set],
      {
        encoding: 'utf8',
        env: {
          ...process.env,
          MCKD_CACHE: join(root, 'cache'),
          NODE_OPTIONS: `--require "${watcher}"`,
          OPENED: opened,
        },
      },
    );
    assert.equal(status, 0, stderr);
    const lines = readFileSync(opened, 'utf8').split('\n');
    assert.ok(
      lines.some((line) => line.includes('content-hashes.json')),
      'the watcher records nothing',
    );
    const found = lines.filter((line) => line === `readdirSync ${data}`);
    assert.equal(found.length, 1, 'the data set is found once, and passed on');
    const times = (file: string): number => lines.filter((l) => l.endsWith(` ${file}`)).length;
    return [stdout, new Map(files.map((file) => [file, times(file)]))];
  };
  const [table, first] = watched('compare', '--processes', '1');
  assert.match(table, /mean over 2 test cases; data \(1 for training, 5 for the meta step/);
  assert.doesNotMatch(table, /NaN|not a number/);
  assert.ok(existsSync(join(root, 'compare', 'brats', 'tables', 'brats-subsets.csv')));
  // For its hash and for preparing it; label maps once more to check their codes, and a few training scans for the facts in a
  // checkpoint.
  for (const [file, times] of first) {
    const most = file.includes('_seg') || file.includes('TCIA99') ? 3 : 2;
    assert.ok(times === 2 || times === most, `${times} times: ${file}`);
  }
  const [, second] = watched('train');
  for (const [file, times] of second) assert.equal(times, 0, file);
});

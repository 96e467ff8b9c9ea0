import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { countLines, openJsonlLog } from './jsonl-log';

test('lines after the first ones, and a partial line, are removed when a log is opened', (t) => {
  const file = join(temporaryFolder(t), 'log.jsonl');
  assert.equal(countLines(file), 0);
  const log = openJsonlLog(file, 0);
  for (const step of [0, 1, 2]) log.write({ step, name: 'ü' });
  log.flush();
  log.close();
  appendFileSync(file, '{"step":3,"na');
  assert.equal(countLines(file), 3);
  const again = openJsonlLog(file, 2);
  again.write({ step: 2 });
  again.close();
  assert.equal(
    readFileSync(file, 'utf8'),
    '{"step":0,"name":"ü"}\n{"step":1,"name":"ü"}\n{"step":2}\n',
  );
});

test('a line that does not fit is removed completely', (t) => {
  const file = join(temporaryFolder(t), 'log.jsonl');
  const script = `
    const { openJsonlLog } = require(${JSON.stringify(join(__dirname, 'jsonl-log.js'))});
    const log = openJsonlLog(${JSON.stringify(file)}, 0);
    log.write('a'.repeat(700));
    try { log.write('b'.repeat(700)); }
    catch (error) { process.stdout.write(error.name + ' ' + error.message); }`;
  const { stdout } = spawnSync(
    'bash',
    ['-c', 'ulimit -f 1; exec "$0" -e "$1"', process.execPath, script],
    {
      encoding: 'utf8',
    },
  );
  assert.match(stdout, /^UserError .*log\.jsonl can't be written \(EFBIG/);
  assert.equal(readFileSync(file, 'utf8'), `"${'a'.repeat(700)}"\n`);
});

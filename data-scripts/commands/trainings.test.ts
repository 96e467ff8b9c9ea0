import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder, writeMadeCase } from '@mckd/lib/fixtures/prepared';

const MCKD = join(__dirname, '..', '..', 'mckd.mjs');

/** Steps in the log of each started training. */
function stepsIn(folder: string): number[] {
  if (!existsSync(folder)) return [];
  const logs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('log.jsonl'),
  );
  return logs.map((log) => readFileSync(join(folder, log), 'utf8').split('\n').length - 1);
}

/** Sends Ctrl-C as soon as two trainings have made more steps than `steps`. */
async function stopped(child: ChildProcess, out: string, steps: number): Promise<string> {
  let [text, sent] = ['', false];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const poll = setInterval(() => {
    const far = stepsIn(out).filter((made) => made > steps).length === 2;
    if (!sent && far) sent = child.kill('SIGINT');
  }, 50);
  const [code] = (await once(child, 'close')) as [number];
  clearInterval(poll);
  assert.equal(code, 130, text);
  return text;
}

test('mckd compare and ablate: Ctrl-C leaves a checkpoint of each training, and the same command resumes', async (t) => {
  const root = temporaryFolder(t);
  const data = join(root, 'data');
  for (const name of ['a', 'b', 'c', 'd', 'e']) writeMadeCase(data, name);
  const env = { ...process.env, MCKD_CACHE: join(root, 'cache') };
  const long = ['brats.stageTwo.until=700', 'brats.ablations.stageTwo.until=700'];
  const settings = ['brats.width=0.03125', ...long].flatMap((one) => ['--set', one]);
  for (const command of ['compare', 'ablate']) {
    const out = join(root, command);
    const args = [MCKD, command, '--preset', 'smoke', ...settings, '--data', data];
    const start = (...more: string[]): ChildProcess =>
      spawn(process.execPath, [...args, '--out', out, '--processes', '2', ...more], { env });
    const text = await stopped(start(), out, 2);
    assert.match(text, /stopped; the same command resumes/);
    const made = stepsIn(out);
    assert.ok(made.every((steps) => steps > 2 && steps < 700));
    // The two differ in their trainings, not in how they resume.
    if (command === 'ablate') continue;
    const again = await stopped(start('--json'), out, Math.max(...made));
    assert.match(again, /^\{"stopped":true\}$/m);
    assert.equal(stepsIn(out).length, 2, 'it started others');
    const left = readdirSync(out, { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      left.filter((name) => /part|lock/.test(name)),
      [],
    );
  }
});

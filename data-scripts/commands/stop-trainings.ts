/** For tests: `mckd compare` or `mckd ablate`, stopped by Ctrl-C while it trains two networks at once. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder, writeMadeCase } from '@mckd/lib/fixtures/prepared';

const MCKD = join(__dirname, '..', '..', 'mckd.mjs');

/** More steps than a test waits for. */
export const MOST_STEPS = 700;

/** Steps in the log of each started training. */
export function stepsIn(folder: string): number[] {
  if (!existsSync(folder)) return [];
  const logs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('log.jsonl'),
  );
  return logs.map((log) => readFileSync(join(folder, log), 'utf8').split('\n').length - 1);
}

export interface Trainings {
  /** The folder for results. */
  out: string;
  /**
   * Starts the command, and sends Ctrl-C as soon as two trainings have made more steps than `steps`.
   * @returns its output
   */
  stopped(steps: number, ...args: string[]): Promise<string>;
}

/** Long trainings of five made cases. */
export function longTrainings(t: TestContext, command: 'compare' | 'ablate'): Trainings {
  const root = temporaryFolder(t);
  const [data, out] = [join(root, 'data'), join(root, command)];
  for (const name of ['a', 'b', 'c', 'd', 'e']) writeMadeCase(data, name);
  const env = { ...process.env, MCKD_CACHE: join(root, 'cache') };
  const stage = command === 'compare' ? 'brats' : 'brats.ablations';
  const set = ['brats.width=0.03125', `${stage}.stageTwo.until=${MOST_STEPS}`];
  const own = [MCKD, command, '--preset', 'smoke', '--set', ...set, '--data', data, '--out', out];
  const stopped = async (steps: number, ...args: string[]): Promise<string> => {
    const child = spawn(process.execPath, [...own, '--processes', '2', ...args], { env });
    let [text, sent] = ['', false];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const poll = setInterval(() => {
      const far = stepsIn(out).filter((made) => made > steps).length === 2;
      if (!sent && far) sent = child.kill('SIGINT');
    }, 50);
    const [code] = (await once(child, 'close')) as [number];
    clearInterval(poll);
    assert.equal(code, 130, text);
    return text;
  };
  return { out, stopped };
}

/** For tests of --json: parsing a command's stdout, and data to run it on. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder, writeMadeCase } from '@mckd/lib/fixtures/prepared';
import { captured, runCommand, withVariables, type Variables } from './layouts/command';

/** The objects of stdout, one per line, of a command that succeeds. */
export async function objectsOf(
  args: string[],
  env?: Variables,
): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await runCommand([...args, '--json'], env);
  assert.equal(code, 0, stderr);
  return parsed(stdout);
}

/** The one object that work without a command line prints. */
export async function toldBy(
  work: () => Promise<void>,
  env: Variables = {},
): Promise<Record<string, unknown>> {
  const { stdout } = await withVariables(env, () => captured(() => work().then(() => 0)));
  const [one, ...more] = parsed(stdout);
  assert.deepEqual(more, []);
  return one;
}

/** The number of rows of its table. */
export function rowsOf({ table }: Record<string, unknown>): number {
  return (table as { rows: unknown[] }).rows.length;
}

/** Objects, one per line. */
function parsed(stdout: string): Record<string, unknown>[] {
  const lines = stdout.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Five cases, and an environment with an empty cache. */
export function fiveCases(t: TestContext): { root: string; data: string; env: Variables } {
  const root = temporaryFolder(t);
  const data = join(root, 'data');
  for (const name of ['a', 'b', 'c', 'd', 'e']) writeMadeCase(data, name);
  return { root, data, env: { MCKD_CACHE: join(root, 'cache') } };
}

/** Trainings of two steps, one of each stage. */
export const ONE_OF_EACH = {
  stageOne: { until: 1, metaEvery: 1 },
  stageTwo: { until: 1, metaEvery: 1 },
};

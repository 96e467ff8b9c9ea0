/** Every command has --json: stdout is JSON alone, the last line its result. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder, writeMadeCase } from '@mckd/lib/dist/data/prepared/testing';
import { buildProgram } from './mckd';
import { reportTo } from './report';

const MCKD = join(__dirname, '..', 'mckd.mjs');

/** The objects of stdout, one a line, of a command that ends well. */
function objectsOf(args: string[], env: NodeJS.ProcessEnv): Record<string, unknown>[] {
  const run = spawnSync(process.execPath, [MCKD, ...args, '--json'], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  assert.equal(run.status, 0, run.stderr);
  const lines = run.stdout.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('every command has --json but inspect, which prints nothing else', () => {
  const all = buildProgram().commands.flatMap((command) => [command, ...command.commands]);
  const without = all.filter((command) => !command.options.some(({ long }) => long === '--json'));
  assert.deepEqual(
    without.map((command) => command.name()).filter((name) => name !== 'inspect'),
    [],
  );
});

test('a report: lines for people, or JSON where NaN is null', (t) => {
  let said: Record<'log' | 'error', string[]>;
  t.mock.method(console, 'log', (line: string) => said.log.push(line));
  t.mock.method(console, 'error', (line: string) => said.error.push(line));
  const tell = (json: boolean): typeof said => {
    said = { log: [], error: [] };
    const report = reportTo({ json });
    report.say('begun');
    report.event({ step: 1 });
    report.result({ dice: NaN }, 'Dice: none');
    report.result({ more: [] });
    return said;
  };
  assert.deepEqual(tell(false), { log: ['begun', 'Dice: none'], error: [] });
  assert.deepEqual(tell(true), {
    log: ['{"step":1}', '{"dice":null}', '{"more":[]}'],
    error: ['begun'],
  });
});

test('train: an event a line, the end last', (t) => {
  const root = temporaryFolder(t);
  const data = join(root, 'data');
  for (const name of ['a', 'b', 'c', 'd', 'e']) writeMadeCase(data, name);
  const env = { MCKD_CACHE: join(root, 'cache') };
  const tiny = ['--preset', 'smoke', '--set', 'brats.width=0.03125', '--data', data, '--out'];

  const out = join(root, 'train');
  const events = objectsOf(['train', ...tiny, out], env);
  const kinds = events.map(({ kind }) => kind);
  assert.equal(kinds[0], 'start');
  assert.deepEqual(
    events.filter(({ kind }) => kind === 'step').map(({ step }) => step),
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
  );
  assert.deepEqual(events.at(-1), {
    kind: 'end',
    stopped: false,
    step: 9,
    steps: 9,
    checkpoint: join(out, 'checkpoint.safetensors'),
    log: join(out, 'log.jsonl'),
  });
});

test('overfit, measure, notebook-text: objects that can be read', (t) => {
  const root = temporaryFolder(t);
  writeMadeCase(join(root, 'data'), 'a');
  const env = { MCKD_CACHE: join(root, 'cache') };
  const tiny = ['--preset', 'smoke', '--set', 'brats.width=0.03125', '--steps', '2'];
  const [learned] = objectsOf(['overfit', '--case', join(root, 'data', 'a'), ...tiny], env);
  assert.equal(learned.case, 'a');
  assert.ok((learned.steps as { loss: number }[]).every(({ loss }) => loss > 0));

  const steps = objectsOf(['measure', ...tiny], env);
  assert.equal(steps.length, 2);
  assert.ok(steps.every(({ seconds }) => (seconds as number) > 0));

  const [texts] = objectsOf(['notebook-text', '--check', '00'], env);
  assert.deepEqual(texts, { differences: [] });
});

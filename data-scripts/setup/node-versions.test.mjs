/** The kit under a newer Node than the one that built its addon; `node-versions.slow-test.mjs` does more, with every one. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { nodeOfMajor, notebookUnder, runUnder } from './other-node.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

const NOTEBOOK = {
  cells: [
    "import { tf } from '@mckd/lib';\nimport * as dfd from 'danfojs-node';",
    'const frame = new dfd.DataFrame([[1, 2], [3, 4]]);\nconst sum: number = tf.concat([tf.ones([2, 2]), frame.tensor]).sum().dataSync()[0];\nconsole.log(process.version, sum);',
  ].map((source) => ({
    cell_type: 'code',
    source,
    metadata: {},
    outputs: [],
    execution_count: null,
  })),
  metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } },
  nbformat: 4,
  nbformat_minor: 4,
};

test('Node 24: TensorFlow, danfojs and the kernel load, a training step, a notebook', async (t) => {
  const { node, reason } = nodeOfMajor(24);
  if (!node) return t.skip(reason);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mckd-node-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));

  const check = runUnder(node, root, ['data-scripts/setup/environment/check-node.cjs']);
  assert.equal(check.status, 0, check.stdout + check.stderr);
  const step = runUnder(node, root, ['data-scripts/mckd.mjs', 'measure', '--preset', 'smoke']);
  assert.equal(step.status, 0, step.stderr);
  assert.equal(step.stderr, '');
  assert.ok(JSON.parse(step.stdout).seconds > 0);

  const source = path.join(folder, 'in.ipynb');
  fs.writeFileSync(source, JSON.stringify(NOTEBOOK));
  const { errors, outputs } = await notebookUnder(node, root, folder, source);
  assert.deepEqual(errors, []);
  assert.equal(outputs.length, 1);
  assert.match([outputs[0].text].flat().join(''), /^v24\.\d+\.\d+ 14\n$/);
});

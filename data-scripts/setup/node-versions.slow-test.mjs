/** The set-up, a training step and a notebook under each tested Node. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nodeOfMajor, notebookUnder, runUnder } from './other-node.mjs';
import { TRIED_NODES } from './preflight.mjs';
import { places } from './steps.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const setup = ['data-scripts/start.mjs', 'setup'];

// Each set-up registers the kernel for its Node; the last one restores it.
after(() => runUnder(process.execPath, root, setup));

for (const major of TRIED_NODES) {
  test(`Node ${major}`, async (t) => {
    const { node, reason } = nodeOfMajor(major);
    if (!node) return t.skip(reason);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mckd-node-'));
    t.after(() => fs.rmSync(folder, { recursive: true, force: true }));

    const done = runUnder(node, root, setup);
    assert.equal(done.status, 0, done.stdout + done.stderr);
    assert.equal(JSON.parse(fs.readFileSync(places(root).kernel, 'utf8')).argv[0], node);
    const step = runUnder(node, root, ['data-scripts/mckd.mjs', 'measure', '--preset', 'smoke']);
    assert.equal(step.status, 0, step.stderr);
    assert.equal(step.stderr, '');
    assert.ok(JSON.parse(step.stdout).seconds > 0);

    const source = path.join(root, 'notebooks', '00-start-here.ipynb');
    const { errors, outputs } = await notebookUnder(node, root, folder, source);
    assert.deepEqual(errors, []);
    assert.ok(JSON.stringify(outputs).includes('MCKD NOTEBOOK COMPLETE 00-start-here'));
    assert.deepEqual(
      outputs.filter((output) => output.name === 'stderr'),
      [],
    );
  });
}

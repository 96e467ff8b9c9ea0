import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../../base/errors';
import { checkParity } from './check';
import { judge, type Precision } from './compare';
import { compared, excerpt, FOLDER } from './excerpts';
import { readParityFile } from './reference';

// `npm run test:slow` compares in double precision.
for (const method of readdirSync(FOLDER).map((file) => file.replace('.json', ''))) {
  test(`${method}: losses, outputs and gradients are its authors' in float32`, async () => {
    assert.deepEqual(judge(await compared(excerpt(method), ['float32'])).off, []);
  });
}

test('a slip in a loss, an output or a gradient is found', async () => {
  const { file, content } = excerpt('uhemis');
  const [of] = content.cases;
  const off = async (slipped: Partial<typeof of>, precision: Precision): Promise<string[]> => {
    const cases = [{ ...of, ...slipped }];
    const comparisons = await compared({ file, content: { ...content, cases } }, [precision]);
    return judge(comparisons).off.map(({ quantity }) => quantity);
  };
  const { cross_entropy } = of.losses;
  const losses = { ...of.losses, cross_entropy: cross_entropy * (1 + 2e-6) };
  assert.deepEqual(await off({ losses }, 'float64'), ['loss cross_entropy']);
  const { logits } = of.outputs;
  const value = logits.value.map((v, i) => (i === 3 ? v + 1e-3 : v));
  const outputs = { logits: { ...logits, value } };
  assert.deepEqual(await off({ outputs }, 'float32'), ['output logits, samples']);
  const last = of.grad_dot.length - 1;
  const grad_dot = of.grad_dot.map((dot, i) => (i === last ? -dot! : dot));
  const [name] = content.parameters[last];
  assert.deepEqual(await off({ grad_dot }, 'float64'), [`gradient dot, ${name}`]);
  const grad_l2 = of.grad_l2.map((l2) => l2 && 1.5 * l2);
  assert.ok((await off({ grad_l2 }, 'float32')).includes('gradient norms, median error'));
});

test('a wrong golden file is one sentence with field and value', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-golden-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'x.json');
  const { content } = excerpt('rfnet');
  const [of] = content.cases;
  const changed = (case0: object): object => ({ ...content, cases: [{ ...of, ...case0 }] });
  const faults: [object, string, RegExp][] = [
    [{ ...content, rival: 'RFNett' }, 'rival', /rival is "RFNett"; the kit has LCKD, ShaSpec/],
    [{ ...content, cases: undefined }, 'cases', /cases is absent; expected array/],
    [changed({ padding: 'mirror' }), 'cases.0.padding', /is "mirror"; .*"zeros"\|"reflect"/],
    [changed({ crop: [16, 20, 16] }), 'cases.0.crop', /crop is \[ 16, 20, 16 \]; .*8, 8, 8/],
    [changed({ available: [[0]] }), 'cases.0.available', /one for each of the 2 samples/],
    [changed({ available: [] }), 'cases.0.available', /available is \[\]/],
    [changed({ grad_l2: [1] }), 'cases.0.grad_l2.length', /length is 1; it must be the 32/],
    [{ ...content, parameter_count: 7 }, 'parameter_count', /count is 7; .* has 667985/],
    [{ ...content, settings: { base_channels: 'four' } }, 'settings.base_channels', /is "four"/],
    [
      { ...content, parameters: content.parameters.map(([n, shape]) => [`${n}x`, shape]) },
      'parameters.0',
      /weightx.*none of this name/,
    ],
  ];
  const others = { shaspec: /one list for all samples/, acn: /sees one modality/ };
  for (const [method, message] of Object.entries(others)) {
    const other = excerpt(method).content;
    const available = method === 'acn' ? [0, 1] : [[0], [1]];
    const cases = [{ ...other.cases[0], available }];
    faults.push([{ ...other, cases }, 'cases.0.available', message]);
  }
  for (const [broken, field, message] of faults) {
    writeFileSync(file, JSON.stringify(broken));
    await assert.rejects(
      async () => {
        for await (const event of checkParity(readParityFile(file))) void event;
      },
      (error: UserError) => {
        assert.match(error.message, message);
        assert.deepEqual([error.details.file, error.details.field], [file, field]);
        return true;
      },
    );
  }
});

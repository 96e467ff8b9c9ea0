import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { randomStream } from '@mckd/lib/base';
import { chooseTile, disposeWeights, loadWeights, saveWeights } from '@mckd/lib/brats';
import { assertLogits, type ExpectedLogits } from '@mckd/lib/checks';
import { readSafetensors } from '@mckd/lib/formats';
import { segmentationParameters } from '@mckd/lib/models';
import { disposeAll } from '@mckd/lib/nn';
import { pythonOrSkip, SCRIPTS, succeed } from './python';

const folder = mkdtempSync(join(tmpdir(), 'mckd-pytorch-'));
after(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string): string => join(folder, name);

const readLogits = (name: string): ExpectedLogits =>
  JSON.parse(readFileSync(inFolder(name), 'utf8')) as ExpectedLogits;

test("PyTorch's weights come through .safetensors to the kit, with the same logits, and back", async (t) => {
  const python = pythonOrSkip(t, folder);
  if (!python) return;
  const [convert, logits] = ['convert.py', 'logits.py'].map((name) => join(SCRIPTS, name));
  succeed(python([logits, 'torch.pth', 'torch.json', '--random', '0.0625', '5']));
  const said = succeed(python([convert, 'torch.pth', 'torch.safetensors']));
  assert.match(said, /^torch\.safetensors: 222 tensors, 174,\d{3} values, [\d,]+ bytes\n$/);
  const weights = await loadWeights(inFolder('torch.safetensors'));
  assert.equal(weights.width, 1 / 16);
  assertLogits(weights.parameters, readLogits('torch.json'));

  const { parameters, state, metadata } = weights;
  saveWeights(inFolder('kit.safetensors'), { ...parameters, ...state }, metadata);
  disposeWeights(weights);
  const bytes = (name: string): Buffer => readFileSync(inFolder(name));
  assert.deepEqual(bytes('kit.safetensors'), bytes('torch.safetensors'));
  succeed(python([convert, 'kit.safetensors', 'again.pt']));
  succeed(python([convert, 'again.pt', 'again.safetensors']));
  assert.deepEqual(bytes('again.safetensors'), bytes('torch.safetensors'));
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('part')),
    [],
  );
});

test("the kit's weights load strictly into PyTorch, and give the same logits there", async (t) => {
  const python = pythonOrSkip(t, folder);
  if (!python) return;
  const parameters = segmentationParameters(1 / 16, randomStream(3, 'network'));
  const file = inFolder('fresh.safetensors');
  const weights = await loadWeights(join(SCRIPTS, '../../lib/checks/fixtures/pytorch.safetensors'));
  const metadata = { config: JSON.stringify({ crop: [32, 64, 64] }) };
  saveWeights(file, { ...parameters, ...weights.state }, metadata);
  disposeWeights(weights);
  succeed(python([join(SCRIPTS, 'convert.py'), 'fresh.safetensors', 'fresh.pth']));
  succeed(python([join(SCRIPTS, 'logits.py'), 'fresh.pth', 'fresh.json']));
  assertLogits(parameters, readLogits('fresh.json'));
  // The crop, by which tiles are chosen, comes back too.
  succeed(python([join(SCRIPTS, 'convert.py'), 'fresh.pth', 'back.safetensors']));
  const back = await loadWeights(inFolder('back.safetensors'));
  assert.deepEqual(chooseTile(back, [155, 240, 240]).tile, [32, 64, 64]);
  disposeWeights(back);
  disposeAll(parameters);
});

test('convert.py takes nested and prefixed state dicts, and pickled models only with --trust-pickle', async (t) => {
  const python = pythonOrSkip(t, folder);
  if (!python) return;
  const code = `
import torch
class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Parameter(torch.arange(6.).view(2, 3))
Model.__module__ = 'mine'
import sys, types
sys.modules['mine'] = types.SimpleNamespace(Model=Model)
tensors = {'module.a': torch.arange(6.).view(2, 3).T, 'module.b': torch.ones(1, dtype=torch.half)}
torch.save({'state_dict': tensors, 'epoch': 3}, 'nested.pt')
torch.save({'model': tensors}, 'model.tar')
torch.save({'_orig_mod.' + name: tensor for name, tensor in tensors.items()}, 'compiled.pt')
torch.save({'model': Model(), 'iter': 79999}, 'pickled.pth')
torch.save({'a': 1}, 'number.pth')
torch.save([1], 'list.pth')
`;
  succeed(python(['-c', code]));
  const source = 'import torch\nclass Model(torch.nn.Module):\n    pass\n';
  const convert = (...args: string[]) => python([join(SCRIPTS, 'convert.py'), ...args]);
  for (const name of ['nested.pt', 'model.tar', 'compiled.pt']) {
    succeed(convert(name, 'out.safetensors'));
    const { tensors } = await readSafetensors(inFolder('out.safetensors'));
    assert.deepEqual(tensors.get('a')?.values, Float32Array.of(0, 3, 1, 4, 2, 5));
    assert.equal(tensors.get('b')?.dtype, 'F16');
  }
  const refused = (args: string[], words: RegExp): void => {
    rmSync(inFolder('out.safetensors'), { force: true });
    const { status, stderr } = convert(...args);
    assert.equal(status, 1, stderr);
    assert.match(stderr, words);
    assert.doesNotMatch(stderr, /Traceback/);
    assert.ok(!readdirSync(folder).includes('out.safetensors'));
  };
  refused(['pickled.pth', 'out.safetensors'], /add --trust-pickle: that runs code/);
  refused(
    ['pickled.pth', 'out.safetensors', '--trust-pickle'],
    /No module named 'mine'.*PYTHONPATH/,
  );
  refused(['number.pth', 'out.safetensors'], /a is int and should be a tensor/);
  refused(['list.pth', 'out.safetensors'], /holds list and should hold a state dict/);
  refused(['absent.pth', 'out.safetensors'], /absent\.pth can't be read/);
  writeFileSync(inFolder('text.pth'), 'no checkpoint');
  writeFileSync(inFolder('text.safetensors'), 'no weights');
  refused(['text.pth', 'out.safetensors'], /holds more than tensors .* or is damaged/);
  refused(['text.safetensors', 'out.pth'], /text\.safetensors can't be read/);
  refused(['nested.pt', 'out.pth'], /one of the two should end in \.safetensors/);
  refused(['nested.pt', 'out.bin'], /out\.bin should end in/);
  writeFileSync(inFolder('mine.py'), source);
  const trusted = spawnSync(
    process.env.MCKD_TORCH_PYTHON as string,
    [join(SCRIPTS, 'convert.py'), 'pickled.pth', 'out.safetensors', '--trust-pickle'],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, PYTHONPATH: folder } },
  );
  succeed(trusted);
  assert.deepEqual(
    (await readSafetensors(inFolder('out.safetensors'))).tensors.get('a')?.shape,
    [2, 3],
  );
});

test('kernels along X, Y, Z become those along depth, height, width, and come back bit for bit', (t) => {
  const python = pythonOrSkip(t, folder);
  if (!python) return;
  const start = `
import sys
sys.path.insert(0, ${JSON.stringify(SCRIPTS)})
import torch
from dataclasses import replace
from safetensors.torch import load_file
from filling import fill_parameters
from rivals import RIVALS, filled_case
rival = RIVALS['RFNet']
case = {'tag': 'axes', 'batch': 1, 'crop': [16, 24, 32], 'available': [0, 2], 'padding': 'zeros'}
model = rival.build({'base_channels': 4}, case)
`;
  const convert = (...args: string[]) => python([join(SCRIPTS, 'convert.py'), ...args]);
  succeed(
    python(['-c', `${start}fill_parameters(model)\ntorch.save(model.state_dict(), 'xyz.pth')\n`]),
  );
  succeed(convert('xyz.pth', 'dhw.safetensors', '--axes', 'XYZ'));
  succeed(convert('dhw.safetensors', 'again.pth', '--axes', 'XYZ'));
  succeed(convert('dhw.safetensors', 'dhw.pth'));
  const said = succeed(
    python([
      '-c',
      `${start}
first, again, dhw = (torch.load(f'{name}.pth') for name in ('xyz', 'again', 'dhw'))
assert first.keys() == again.keys() and all(torch.equal(first[name], again[name]) for name in first)
batch = filled_case(rival, case, torch.float64)
# Depth, height, width are Z, X, Y.
files = replace(batch, images=batch.images.permute(0, 1, 3, 4, 2), labels=batch.labels.permute(0, 2, 3, 1))
def total(weights, of):
    model.load_state_dict(weights)
    return rival.objective(model.double(), of)[0]['total'].item()
print(total(first, files), total(dhw, batch), total(first, batch))
`,
    ]),
  );
  const [inFiles, inKit, unturned] = said.trim().split(' ').map(Number);
  assert.ok(Math.abs(inFiles - inKit) < 1e-9 * inFiles, said);
  assert.ok(Math.abs(inFiles - unturned) > 1e-4 * inFiles, said);

  const tokens = `import torch; torch.save({'flair_pos': torch.ones(1, 8, 4)}, 'tokens.pth')`;
  succeed(python(['-c', tokens]));
  const { status, stderr } = convert('tokens.pth', 'tokens.safetensors', '--axes', 'XYZ');
  assert.equal(status, 1);
  assert.match(stderr, /flair_pos is of tokens, .*leave --axes out/);
});

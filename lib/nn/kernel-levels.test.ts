/** The kernels at each level of instructions that they are compiled for and that this processor has. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { kernelLevel, usesGpu, type KernelLevel } from './kernels';

const run = promisify(execFile);

/** This process has no limit, or that which the tests are run at. */
const own = kernelLevel();
const LEVELS: readonly KernelLevel[] = ['baseline', 'avx2', 'avx512'];
const reaches = (level: KernelLevel): boolean =>
  own !== undefined && LEVELS.indexOf(own) >= LEVELS.indexOf(level);

/** Environment of a child that is limited to `limit` by the variable `name` alone. */
function heldTo(limit: string, name = 'DNNL_MAX_CPU_ISA'): NodeJS.ProcessEnv {
  const env = { ...process.env, [name]: limit };
  // A test runner in the child would report to that of this process.
  delete env.NODE_TEST_CONTEXT;
  if (name === 'DNNL_MAX_CPU_ISA') delete env.ONEDNN_MAX_CPU_ISA;
  return env;
}

async function levelUnder(env: NodeJS.ProcessEnv): Promise<string> {
  const program = `console.log(require('./kernels').kernelLevel())`;
  const { stdout } = await run(process.execPath, ['-e', program], { cwd: __dirname, env });
  return stdout.trim();
}

const HELD: [string, KernelLevel][] = [
  ['SSE41', 'baseline'],
  ['avx', 'baseline'],
  ['AVX2', 'avx2'],
  ['AVX512_CORE', 'avx512'],
];

for (const [limit, level] of HELD) {
  const lacks = reaches(level) ? false : `this processor has ${own}`;
  test(`DNNL_MAX_CPU_ISA=${limit} loads the kernels for ${level}`, { skip: lacks }, async () => {
    assert.equal(await levelUnder(heldTo(limit)), process.arch === 'x64' ? level : 'baseline');
  });
}

test('the newer name of the variable wins, and a value that oneDNN does not know sets no limit', async () => {
  const both = heldTo('SSE41', 'ONEDNN_MAX_CPU_ISA');
  assert.equal(await levelUnder({ ...both, DNNL_MAX_CPU_ISA: 'ALL' }), 'baseline');
  const free = await levelUnder(heldTo('ALL'));
  assert.equal(await levelUnder(heldTo('AVX3')), free);
});

for (const [limit, level] of [
  ['SSE41', 'baseline'],
  ['AVX2', 'avx2'],
] as const) {
  const skip = usesGpu()
    ? 'the kernels are for processors'
    : own === level
      ? 'kernels.test.ts runs at this level'
      : !reaches(level) && `this processor has ${own}`;
  test(`the tests of the kernels pass at ${level}`, { skip }, async () => {
    const file = join(__dirname, 'kernels.test.js');
    const { stdout } = await run(process.execPath, [file], { env: heldTo(limit) });
    assert.match(stdout, /^# fail 0$/m);
    assert.match(stdout, /^# pass [1-9]/m);
    assert.match(stdout, /^# skipped 0$/m);
  });
}

/** Where the addon lies. */
const ADDON = join(
  dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json')),
  'lib',
  'napi-v8',
);
/** Newer than SSE4.1: what AVX and its successors encode, and the few that work on bits, text and sums of blocks. */
const NEWER =
  /^(v[a-z]|k[a-z]+[bwdq]$|andn|bextr|bls|bzhi|mulx|pdep|pext$|pext[lq]$|rorx|sarx|shlx|shrx|tzcnt|lzcnt|popcnt|pcmp[ei]str|pcmpgtq|crc32|movbe|aes|pclmul|sha|xgetbv)/;

async function instructionsOf(level: KernelLevel): Promise<Set<string>> {
  const file = join(ADDON, `mckd_kernels_${level}.so`);
  const args = ['-d', '--no-show-raw-insn', file];
  const { stdout } = await run('objdump', args, { maxBuffer: 2 ** 28 });
  return new Set([...stdout.matchAll(/^ +[0-9a-f]+:\t([a-z0-9]+)/gm)].map(([, name]) => name));
}

const cannotLook =
  process.arch !== 'x64'
    ? 'of x86 alone'
    : spawnSync('objdump', ['--version']).status !== 0 && 'objdump is missing';

test(
  'the baseline kernels hold no instruction newer than SSE4.1',
  { skip: cannotLook },
  async () => {
    const names = await instructionsOf('baseline');
    assert.ok(names.has('mulps'), 'they compute');
    assert.deepEqual(
      [...names].filter((name) => NEWER.test(name)),
      [],
    );
    // The same search finds newer instructions in the others.
    const newer = [...(await instructionsOf('avx2'))].filter((name) => NEWER.test(name));
    assert.ok(newer.some((name) => name.startsWith('vfmadd')));
  },
);

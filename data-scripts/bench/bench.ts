/** `mckd bench`: the kit against PyTorch, nibabel and NumPy on this machine. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { tryPlace, UserError } from '@mckd/lib/base';
import { findKitRoot, probeOrigin, tableToMarkdown } from '@mckd/lib/report';
import { BENCH_SECTIONS, type BenchCommandOptions } from './options';
import { howToKeep } from '../terminal/recorded-names';
import { reportTo } from '../terminal/report';
import { openPartner } from './partner';
import { benchTable, readSections, recordOf, writeBench, writeSection } from './report';
import type { BenchSetting } from './compare';
import { SECTIONS } from './sections';

/** @throws UserError for a Python that can't be the peer, or if results can't be written */
export async function bench(options: BenchCommandOptions): Promise<void> {
  const report = reportTo(options);
  const root = findKitRoot(__dirname);
  const { python = process.env.MCKD_TORCH_PYTHON, quick = false } = options;
  const peerFile = join(root, 'data-scripts', 'pytorch', 'peer.py');
  const peer = python === undefined ? undefined : versionsOf(python);
  if (!peer) {
    report.say(
      'no peer: name a Python with data-scripts/pytorch/requirements.txt by --python or MCKD_TORCH_PYTHON',
    );
  }
  const { hardware, versions } = probeOrigin(root);
  const instructions = versions.compute?.instructions;
  const setting: BenchSetting = {
    quick,
    older: instructions !== 'AVX-512',
    openOurs: (spec, env) =>
      openPartner(process.execPath, [join(__dirname, 'worker.js'), JSON.stringify(spec)], env),
    openPeer: peer
      ? (spec, device, env) =>
          openPartner(python as string, [peerFile, JSON.stringify({ ...spec, device })], env)
      : undefined,
    tell: report.say,
  };
  const folder = join(root, 'results', 'bench', ...(quick ? ['quick'] : []));
  tryPlace(folder);
  const ran = options.only ?? BENCH_SECTIONS;
  for (const name of ran) {
    const started = performance.now();
    const result = await SECTIONS[name](setting);
    const minutes = Number(((performance.now() - started) / 60_000).toFixed(1));
    writeSection(folder, name, {
      ...result,
      machine: { quick, peer: peer ?? null, hardware, instructions, minutes },
    });
  }
  const sections = readSections(folder, BENCH_SECTIONS, { quick });
  writeBench(folder, sections);
  const keep = [howToKeep('bench'), ...(ran.includes('ops') ? [howToKeep('step-ops')] : [])];
  const lines = [tableToMarkdown(benchTable([recordOf(sections)])), ...(quick ? [] : keep)];
  report.result({ folder, sections }, lines.join('\n'));
}

const VERSIONS = `
import nibabel, numpy, torch
print("PyTorch", torch.__version__.split("+")[0], "nibabel", nibabel.__version__, "NumPy", numpy.__version__)
`;

/** @throws UserError if that Python lacks a package */
function versionsOf(python: string): string {
  try {
    return execFileSync(python, ['-c', VERSIONS], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch (error) {
    throw new UserError(
      `${python} cannot be the peer; install data-scripts/pytorch/requirements.txt into it`,
      { code: 'MISSING', field: '--python', value: python },
      { cause: error },
    );
  }
}

/** `mckd bench`: the kit beside PyTorch, nibabel and NumPy on this machine. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { findKitRoot, tableToMarkdown } from '@mckd/lib';
import { ReaderError } from '@mckd/lib/dist/errors';
import { probeOrigin } from '@mckd/lib/dist/manifest';
import type { BenchCommandOptions } from '../commands/bench';
import { openPartner } from './partner';
import { benchTable, writeBench } from './report';
import { SECTIONS, type Bench, type BenchSetting } from './sections';

/** Where a recorded benchmark is kept with the kit. */
const RECORDED = join('lib', 'recorded', 'bench');

export async function bench(options: BenchCommandOptions): Promise<void> {
  const root = findKitRoot(__dirname);
  const { python = process.env.MCKD_TORCH_PYTHON, quick = false } = options;
  const peerFile = join(root, 'data-scripts', 'pytorch', 'peer.py');
  const peer = python === undefined ? undefined : versionsOf(python);
  if (!peer) {
    console.log(
      'no peer: name a Python with data-scripts/pytorch/requirements.txt by --python or MCKD_TORCH_PYTHON',
    );
  }
  const setting: BenchSetting = {
    quick,
    openOurs: (spec) =>
      openPartner(process.execPath, [join(__dirname, 'worker.js'), JSON.stringify(spec)]),
    openPeer: peer
      ? (spec) => openPartner(python as string, [peerFile, JSON.stringify(spec)])
      : undefined,
    tell: (line) => console.log(line),
  };
  const outcome: Bench = { rows: [], costs: [] };
  const started = performance.now();
  const { hardware, versions, kit } = probeOrigin(root);
  const machine = { quick, peer: peer ?? null, hardware, versions, kit };
  const folder = join(root, 'results', 'bench');
  for (const name of options.only ?? (Object.keys(SECTIONS) as (keyof typeof SECTIONS)[])) {
    const { rows = [], costs = [] } = await SECTIONS[name](setting);
    outcome.rows.push(...rows);
    outcome.costs.push(...costs);
    // Section by section: a benchmark that is stopped leaves what it has.
    writeBench(folder, outcome, machine);
  }
  const minutes = ((performance.now() - started) / 60_000).toFixed(0);
  const caption =
    `${quick ? 'Small sizes, to see that it works: the numbers say nothing. ' : ''}` +
    `${hardware.cpu}, ${hardware.cores} cores; ${minutes} minutes. Medians of alternating runs; peer: ${peer ?? 'none'}.`;
  console.log(tableToMarkdown(benchTable(outcome.rows, caption)));
  if (options.record) {
    if (quick || !peer || options.only) {
      throw new ReaderError(
        'a benchmark is recorded whole: without --quick and --only, with a peer',
        {
          field: '--record',
        },
      );
    }
    writeBench(join(root, RECORDED), outcome, { ...machine, minutes: Number(minutes) });
  }
}

const VERSIONS = `
import nibabel, numpy, torch
print("PyTorch", torch.__version__.split("+")[0], "nibabel", nibabel.__version__, "NumPy", numpy.__version__)
`;

/** @throws ReaderError where that Python lacks a package */
function versionsOf(python: string): string {
  try {
    return execFileSync(python, ['-c', VERSIONS], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch (error) {
    throw new ReaderError(
      `${python} cannot be the peer; install data-scripts/pytorch/requirements.txt into it`,
      { field: '--python', value: python },
      { cause: error },
    );
  }
}

/** `mckd faults`: every kind of fault, its figures, and whether all is well. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findKitRoot,
  probeOrigin,
  runAvKills,
  runDeterminism,
  runFuzz,
  runKills,
  runSoak,
  THREAD_TOLERANCE,
  type FuzzSummary,
  type KillRound,
  type KillSummary,
  type SoakSummary,
} from '@mckd/lib';
import { writeFileWhole } from '@mckd/lib/dist/write-file';
import { FAULT_PARTS, type FaultPart, type FaultsCommandOptions } from './commands/faults';

/** How much of each; `inputs` are the broken files of each kind, of which three are NIfTI; dear ones get fewer. */
const AMOUNTS = {
  quick: { kills: 8, avKills: 2, inputs: 60, steps: 300 },
  full: { kills: 100, avKills: 20, inputs: 7000, steps: 5000 },
};
type Amounts = (typeof AMOUNTS)['full'];

const TOTALS = [
  'kills',
  'killsSurvived',
  'bitExactResumes',
  'mutations',
  'crashes',
  'hangs',
  'silentlyWrong',
  'worstMemoryMiB',
] as const;
type Total = (typeof TOTALS)[number];
type Figures = object & Partial<Record<Total, number>>;

interface Outcome {
  figures: Figures;
  /** What of them is not as it should be; nothing where all is well. */
  bad: string[];
}

interface PartOptions {
  /** An empty folder that goes afterwards. */
  folder: string;
  seed: number;
  amounts: Amounts;
}

/** A part a kind of fault. */
const PARTS: Record<FaultPart, (options: PartOptions) => Promise<Outcome>> = {
  kills: async ({ folder, seed, amounts }) =>
    ofKills(await runKills({ folder, seed, kills: amounts.kills, onRound: say })),
  'av-kills': async ({ folder, seed, amounts }) =>
    ofKills(await runAvKills({ folder, seed, kills: amounts.avKills, onRound: say })),
  files: async ({ seed, amounts }) => ofFiles(await readBroken({ seed, inputs: amounts.inputs })),
  soak: async ({ folder, amounts }) => {
    const every = Math.max(1, Math.floor(amounts.steps / 20));
    const summary = await runSoak({
      folder,
      steps: amounts.steps,
      onSample: ({ step, tensors, bytes }) => {
        if ((step + 1) % every === 0)
          console.log(`step ${step + 1}: ${tensors} tensors, ${(bytes / 2 ** 20).toFixed(0)} MiB`);
      },
    });
    return { figures: summary, bad: badOfSoak(summary) };
  },
  determinism: async ({ folder }) => {
    const figures = await runDeterminism(folder);
    return {
      figures: { ...figures, tolerance: THREAD_TOLERANCE },
      bad: [
        ...(figures.equalBytes ? [] : ['two processes gave other bytes']),
        ...(figures.withinTolerance ? [] : ['the number of threads changed losses by too much']),
      ],
    };
  },
};

/** A process may come to its size within so many bytes a step; a leak of one crop a step is a hundred times that. */
const MOST_BYTES_PER_STEP = 4096;
/** Fewer steps say nothing about the size of a process. */
const FEWEST_STEPS = 1000;

function badOfSoak({ steps, tensorsPerStep, bytesPerStep }: SoakSummary): string[] {
  return [
    ...(tensorsPerStep === 0 ? [] : [`${tensorsPerStep} tensors are left a step`]),
    ...(steps < FEWEST_STEPS || bytesPerStep <= MOST_BYTES_PER_STEP
      ? []
      : [`the process grows by ${Math.round(bytesPerStep)} bytes a step`]),
  ];
}

function ofKills(summary: KillSummary): Outcome {
  const { kills, killsSurvived, bitExactResumes } = summary;
  const whole = kills > 0 && killsSurvived === kills && bitExactResumes === kills;
  return { figures: summary, bad: whole ? [] : ['a killed run did not end as the whole one'] };
}

async function readBroken(options: { seed: number; inputs: number }): Promise<FuzzSummary> {
  const run = runFuzz(options);
  for (;;) {
    const next = await run.next();
    if (next.done) return next.value;
    const { target, done, total } = next.value;
    if (done === total) console.log(`${target}: ${total} read`);
  }
}

function ofFiles(figures: FuzzSummary): Outcome {
  const bad = figures.faults.map(
    ({ target, index, verdict, detail }) => `${target} ${index}: ${verdict} (${detail})`,
  );
  return { figures, bad };
}

function say({ kills, differences }: KillRound): void {
  console.log(`killed in ${kills.join(', then in ')}: ${differences.join('; ') || 'equal'}`);
}

/** Over all parts that have them: what was counted, and the most that was held. */
function totalsOf(parts: readonly Figures[]): Partial<Record<Total, number>> {
  return Object.fromEntries(
    TOTALS.flatMap((total) => {
      const values = parts.flatMap((figures) => figures[total] ?? []);
      if (values.length === 0) return [];
      const worst = total === 'worstMemoryMiB';
      return [[total, worst ? Math.max(...values) : values.reduce((sum, value) => sum + value)]];
    }),
  );
}

export async function faults(options: FaultsCommandOptions): Promise<void> {
  const root = findKitRoot(__dirname);
  const file = join(options.out ?? join(root, 'results', 'faults'), 'faults.json');
  const amounts = AMOUNTS[options.quick ? 'quick' : 'full'];
  const parts: Record<string, Outcome> = {};
  for (const part of options.only ?? FAULT_PARTS) {
    console.log(`${part} ...`);
    const folder = mkdtempSync(join(tmpdir(), 'mckd-faults-'));
    try {
      parts[part] = await PARTS[part]({ folder, seed: options.seed ?? 0, amounts });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const { parts: before = {} } = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { parts?: Record<string, Outcome> })
    : {};
  const kept = options.only ? { ...before, ...parts } : parts;
  const record = {
    ...totalsOf(Object.values(kept).map(({ figures }) => figures)),
    quick: options.quick ?? false,
    ...probeOrigin(root),
    parts: kept,
  };
  writeFileWhole(file, `${JSON.stringify(record, null, 2)}\n`);
  for (const [part, { figures, bad }] of Object.entries(parts)) {
    console.log(
      `${part}: ${bad.length === 0 ? 'well' : bad.join('; ')}; ${JSON.stringify(figures)}`,
    );
  }
  console.log(`figures in ${file}`);
  if (Object.values(parts).some(({ bad }) => bad.length > 0)) process.exitCode = 1;
}

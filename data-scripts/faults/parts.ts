/** The kinds of fault that `mckd faults` injects, and failures among their figures. */
import {
  runAvKills,
  runDeterminism,
  runFuzz,
  runKills,
  runSoak,
  THREAD_TOLERANCE,
  type FuzzOptions,
  type FuzzSummary,
  type KillRound,
  type KillSummary,
  type SoakSummary,
} from '@mckd/lib/checks';
import type { FaultPart } from './options';
import type { FaultFigures, Outcome } from './report';

/**
 * The amount of each; `inputs` are the broken files of each kind, of which three are NIfTI; expensive ones get fewer. One that
 * takes more than `cpuSeconds` counts as a hang: at full size a second, which is recorded; in quick runs so long that
 * no machine is too slow.
 */
export const AMOUNTS = {
  quick: { kills: 8, avKills: 2, inputs: 20, cpuSeconds: 10, steps: 300 },
  full: { kills: 100, avKills: 20, inputs: 7000, cpuSeconds: 1, steps: 5000 },
};
type Amounts = (typeof AMOUNTS)['full'];

interface PartOptions {
  /** An empty folder that is removed afterwards. */
  folder: string;
  seed: number;
  amounts: Amounts;
}

/** One part per kind of fault. */
export const PARTS: {
  [Part in FaultPart]: (options: PartOptions) => Promise<Outcome<FaultFigures[Part]>>;
} = {
  kills: async ({ folder, seed, amounts }) =>
    ofKills(await runKills({ folder, seed, kills: amounts.kills, onRound: say })),
  'av-kills': async ({ folder, seed, amounts }) =>
    ofKills(await runAvKills({ folder, seed, kills: amounts.avKills, onRound: say })),
  files: async ({ seed, amounts: { inputs, cpuSeconds } }) =>
    ofFiles(await readBroken({ seed, inputs, cpuSeconds })),
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

/** Tolerated growth in bytes per step; a leak of one crop per step is a hundred times that. */
const MOST_BYTES_PER_STEP = 4096;
/** With fewer steps the size of a process is meaningless. */
const FEWEST_STEPS = 1000;

function badOfSoak({ steps, tensorsPerStep, bytesPerStep }: SoakSummary): string[] {
  return [
    ...(tensorsPerStep === 0 ? [] : [`${tensorsPerStep} tensors are leaked per step`]),
    ...(steps < FEWEST_STEPS || bytesPerStep <= MOST_BYTES_PER_STEP
      ? []
      : [`the process grows by ${Math.round(bytesPerStep)} bytes per step`]),
  ];
}

function ofKills(summary: KillSummary): Outcome<KillSummary> {
  const { kills, killsSurvived, bitExactResumes } = summary;
  const whole = kills > 0 && killsSurvived === kills && bitExactResumes === kills;
  return {
    figures: summary,
    bad: whole ? [] : ['a killed run did not end as the uninterrupted one'],
  };
}

async function readBroken(options: FuzzOptions): Promise<FuzzSummary> {
  const run = runFuzz(options);
  for (;;) {
    const next = await run.next();
    if (next.done) return next.value;
    const { target, done, total } = next.value;
    if (done === total) console.log(`${target}: ${total} read`);
  }
}

function ofFiles(figures: FuzzSummary): Outcome<FuzzSummary> {
  const bad = figures.faults.map(
    ({ target, index, verdict, detail }) => `${target} ${index}: ${verdict} (${detail})`,
  );
  return { figures, bad };
}

function say({ kills, differences }: KillRound): void {
  console.log(`killed in ${kills.join(', then in ')}: ${differences.join('; ') || 'equal'}`);
}

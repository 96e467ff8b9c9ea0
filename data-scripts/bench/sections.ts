/** The benchmark's measurements, section by section, and their goals. */
import { UserError } from '@mckd/lib/base';
import { opsOf, tileStarts, trainingSteps, WARM_UP_STEPS, type StepProfile } from '@mckd/lib/brats';
import { buildConfig } from '@mckd/lib/config';
import { ensurePhantom, findCases } from '@mckd/lib/datasets';
import { KERNEL_NAMES } from '@mckd/lib/nn';
import type { Size3 } from '@mckd/lib/volume';
import type { SectionName } from './options';
import {
  againstPeer,
  compare,
  GIB,
  sizeText,
  stepSpec,
  timeRow,
  type Bench,
  type BenchRow,
  type BenchSetting,
  type CostPoint,
} from './compare';
import type { StepSpec, WorkSpec } from './kit-works';
import { takeTurns, type Environment, type Turns } from './partner';

export const SECTIONS: Record<SectionName, (setting: BenchSetting) => Promise<Partial<Bench>>> = {
  step: timedSteps,
  growth,
  paper: paperStep,
  window: slidingWindow,
  read: readingACase,
  epoch: audioVisualEpoch,
  avx2: heldToAvx2,
  training: wholeTraining,
  cost,
  ops: opsOfAStep,
};

/** Ratio to the peer, at most. On a GPU, and on processors without AVX-512, where both sides do the same convolutions. */
const STEP_GOALS = { gpu: 0.8, older: 0.65 };
const SMALL: StepSize = { crop: [32, 64, 64], goal: 0.5 };
const LARGE: StepSize = { crop: [48, 96, 96], goal: 0.35 };

interface StepSize {
  crop: Size3;
  /** Of full width, where not given. */
  width?: number;
  /** Of the time's ratio, on a processor with AVX-512. */
  goal: number;
}

async function timedSteps(setting: BenchSetting): Promise<Partial<Bench>> {
  const { width, crop, batchSize } = buildConfig('quick').brats;
  const rows: BenchRow[] = [];
  for (const size of [SMALL, LARGE]) {
    for (const batch of [1, 2]) rows.push(...(await trainingStep(setting, size, batch)));
  }
  const small = { ...setting, older: false };
  return {
    rows: [...rows, ...(await trainingStep(small, { crop, width, goal: 0.35 }, batchSize))],
  };
}

/** Time and, on a processor, peak memory. */
async function trainingStep(
  setting: BenchSetting,
  { crop, width, goal }: StepSize,
  batch: number,
): Promise<BenchRow[]> {
  const spec = stepSpec(setting, crop, batch, width === undefined ? {} : { width });
  const preset = width === undefined ? '' : ', width of quick';
  const at = `${sizeText(spec.crop)}, batch ${batch}${preset}`;
  setting.tell(`training step, ${at}`);
  const measure = { rounds: setting.quick ? 2 : 18, warmUp: WARM_UP_STEPS };
  const compared = await compare(setting, spec, { ...measure, tolerance: 1e-4 });
  const peakOf = (answers: Turns['ours']): number => (answers.at(-1)?.peakBytes ?? NaN) / GIB;
  const [ours, peer] = [
    peakOf(compared.turns.ours),
    compared.peer === null ? null : peakOf(compared.turns.peer),
  ];
  // A narrow network is smaller than what either library takes for itself.
  const most = width === undefined ? 0.8 : null;
  const steps = measure.rounds + measure.warmUp;
  const own = setting.older ? STEP_GOALS.older : goal;
  const time = timeRow(`training step, ${at}`, compared, compared.gpu ? STEP_GOALS.gpu : own);
  // The size of the process doesn't include the GPU's memory.
  if (compared.gpu) return [time];
  return [time, againstPeer(`peak memory of ${steps} steps, ${at}`, ours, peer, 'GiB', most)];
}

/** Variables that limit a process to AVX2: oneDNN and the kit's kernels, PyTorch's own kernels, and MKL, which PyTorch calls. */
const AVX2_ONLY: Environment = {
  DNNL_MAX_CPU_ISA: 'AVX2',
  ONEDNN_MAX_CPU_ISA: 'AVX2',
  ATEN_CPU_CAPABILITY: 'avx2',
  MKL_ENABLE_INSTRUCTIONS: 'AVX2',
};

/**
 * A training step and an epoch with both sides limited to AVX2, as on a processor without AVX-512. TensorFlow's Eigen
 * is not affected: it is compiled for AVX.
 */
async function heldToAvx2(setting: BenchSetting): Promise<Partial<Bench>> {
  if (process.arch !== 'x64') return { rows: [] };
  const held = { ...setting, env: AVX2_ONLY, older: true };
  const rows = [
    ...(await trainingStep(held, SMALL, 1)),
    ...(await trainingStep(held, LARGE, 1)),
    ...((await audioVisualEpoch(held)).rows ?? []),
  ];
  // Memory is that of the section `step`.
  return {
    rows: rows
      .filter(({ unit }) => unit === 's')
      .map((row) => ({ ...row, work: `${row.work}, both limited to AVX2` })),
  };
}

/** Growth of memory from step to step. */
async function growth(setting: BenchSetting): Promise<Partial<Bench>> {
  const [few, many] = setting.quick ? [5, 20] : [20, 200];
  const spec = stepSpec(setting, [32, 64, 64], 1);
  setting.tell(`growth of memory from step ${few} to step ${many}`);
  const ours = await setting.openOurs(spec);
  try {
    const { ours: answers } = await takeTurns(ours, undefined, { rounds: many, warmUp: 0 });
    const [early, late] = [answers[few - 1], answers[many - 1]];
    const row = (what: string, a: number, b: number, unit: string, goal: number): BenchRow => ({
      work: `${what} after ${many} steps, over that after ${few}`,
      ours: b,
      peer: a,
      unit,
      ratio: b / a,
      goal,
    });
    const resident = (answer: typeof early): number => (answer.residentBytes ?? NaN) / GIB;
    return {
      rows: [
        row('tensors', early.tensors ?? NaN, late.tensors ?? NaN, 'tensors', 1),
        // The allocator's memory varies by a few percent between steps.
        row('resident size', resident(early), resident(late), 'GiB', 1.05),
      ],
    };
  } finally {
    ours.close();
  }
}

async function paperStep(setting: BenchSetting): Promise<Partial<Bench>> {
  setting.tell('training step of the paper’s crop, blocks run again in the backward pass');
  const spec = stepSpec(setting, [80, 160, 160], 2, { recompute: true });
  const paper = await compare({ ...setting, openPeer: undefined }, spec, {
    rounds: 1,
    warmUp: WARM_UP_STEPS,
    tolerance: 0,
  });
  const peak: BenchRow = {
    work: 'peak memory of that step',
    ours: (paper.turns.ours.at(-1)?.peakBytes ?? NaN) / GIB,
    peer: null,
    unit: 'GiB',
    ratio: null,
    goal: 20,
  };
  const at = sizeText(spec.crop);
  setting.tell('cost of running blocks again');
  const small: Size3 = [48, 96, 96];
  const again = await compare(
    { ...setting, openPeer: () => setting.openOurs(stepSpec(setting, small, 1)) },
    stepSpec(setting, small, 1, { recompute: true }),
    { rounds: setting.quick ? 2 : 6, warmUp: WARM_UP_STEPS, tolerance: 1e-6 },
  );
  return {
    rows: [
      {
        work: `training step, ${at}, batch 2, blocks run again`,
        ours: paper.ours,
        peer: null,
        unit: 's',
        ratio: null,
        goal: null,
      },
      ...(paper.gpu ? [] : [peak]),
      timeRow(`blocks run again, over blocks kept (${sizeText(small)}, batch 1)`, again, 1.4),
    ],
  };
}

async function slidingWindow(setting: BenchSetting): Promise<Partial<Bench>> {
  const [size, tile]: [Size3, Size3] = setting.quick
    ? [
        [40, 72, 64],
        [32, 64, 64],
      ]
    : [
        [155, 240, 240],
        [80, 160, 160],
      ];
  const spec = (present: number[] | 'all subsets'): WorkSpec => ({
    work: 'segment',
    size,
    tile,
    starts: size.map((side, axis) => tileStarts(side, tile[axis])),
    width: setting.quick ? 1 / 16 : 1,
    present,
  });
  const at = sizeText([size[2], size[1], size[0]]);
  setting.tell(`sliding window, ${at}, all four scans`);
  const measure = { rounds: setting.quick ? 1 : 2, warmUp: 0, tolerance: 1e-4 };
  const four = await compare(setting, spec([0, 1, 2, 3]), measure);
  setting.tell(`sliding window, ${at}, FLAIR and T2`);
  const two = await compare(setting, spec([0, 3]), { ...measure, rounds: 1 });
  setting.tell(`sliding window, ${at}, all 15 subsets`);
  const all = await compare({ ...setting, openPeer: undefined }, spec('all subsets'), {
    ...measure,
    rounds: 1,
  });
  const fifteen = four.peer === null ? null : 15 * four.peer;
  return {
    rows: [
      timeRow(`sliding window, ${at}, one subset (all four scans)`, four, 0.7),
      timeRow(`sliding window, ${at}, one subset (FLAIR and T2)`, two, 0.7),
      timeRow(`15 subsets of the case, over 15 single runs`, { ...all, peer: fifteen }, 0.07),
    ],
  };
}

async function readingACase(setting: BenchSetting): Promise<Partial<Bench>> {
  const size = setting.quick ? [64, 64, 48] : [240, 240, 155];
  setting.tell(`reading and normalising a case, ${sizeText(size)}`);
  const folder = await ensurePhantom({ cases: 1, testCases: 0, metaValidationCases: 0, size });
  const [{ scans }] = findCases(folder);
  const files = (['flair', 't1', 't1ce', 't2'] as const).map((scan) => scans[scan]?.file ?? '');
  const measure = setting.quick ? { rounds: 2, warmUp: 1 } : { rounds: 9, warmUp: 2 };
  const compared = await compare(
    setting,
    { work: 'read', files, folder },
    { ...measure, tolerance: 1e-5 },
  );
  return {
    rows: [timeRow(`reading and normalising four scans, ${sizeText(size)}, .nii.gz`, compared, 1)],
  };
}

async function audioVisualEpoch(setting: BenchSetting): Promise<Partial<Bench>> {
  setting.tell('an epoch of Audiovision-MNIST');
  const { batchSize, learningRate, weightDecay } = buildConfig('paper').avMnist;
  const pairs = setting.quick ? 128 : 1050;
  const spec: WorkSpec = {
    work: 'epoch',
    pairs,
    batch: batchSize,
    rate: learningRate,
    decay: weightDecay,
  };
  // The first turn only compares losses; then it takes some hundred steps until JavaScript is fully
  // optimised (a run has two thousand).
  const measure = setting.quick ? { rounds: 2, warmUp: 2 } : { rounds: 30, warmUp: 21 };
  const compared = await compare(setting, spec, { ...measure, tolerance: 1e-5 });
  const goal = compared.gpu ? 0.8 : 0.5;
  return {
    rows: [timeRow(`Audiovision-MNIST epoch, ${pairs} pairs, batch ${batchSize}`, compared, goal)],
  };
}

/** A training of the preset `quick`, from the first step to the last: shares of its time. */
async function wholeTraining(setting: BenchSetting): Promise<Partial<Bench>> {
  setting.tell('a training of the preset quick');
  const ours = await setting.openOurs({ work: 'training' });
  try {
    const warmUp = setting.quick ? 2 : 10;
    const rounds = setting.quick ? 4 : trainingSteps(buildConfig('quick').brats) - warmUp;
    const { ours: answers } = await takeTurns(ours, undefined, { rounds, warmUp });
    const share = (turns: Turns['ours'], of: 'waitedSeconds' | 'metaSeconds'): number => {
      const sum = (key: typeof of | 'seconds'): number =>
        turns.reduce((total, answer) => total + (answer[key] ?? 0), 0);
      return (100 * sum(of)) / sum('seconds');
    };
    const row = (work: string, value: number, goal: number): BenchRow => ({
      ...{ work, ours: value, peer: null, unit: '%', ratio: null, goal },
    });
    return {
      rows: [
        row(
          'share of a training step spent waiting for data (quick)',
          share(answers.slice(warmUp), 'waitedSeconds'),
          5,
        ),
        row('share of a training spent in meta events (quick)', share(answers, 'metaSeconds'), 10),
      ],
    };
  } finally {
    ours.close();
  }
}

/** Ops of a step, at the width of `quick` and at full width, of each kind of kernels. */
async function opsOfAStep(setting: BenchSetting): Promise<Partial<Bench>> {
  const profiles: StepProfile[] = [];
  const widths = setting.quick ? [1 / 16] : [buildConfig('quick').brats.width, 1];
  for (const width of widths) {
    for (const kernels of ['native', 'fused', 'composed'] as const) {
      setting.tell(`ops of a training step, width ${width}, ${kernels}`);
      profiles.push(await profiled(setting, stepSpec(setting, SMALL.crop, 1, { width }), kernels));
    }
  }
  const widest = profiles.filter(({ width }) => width === widths.at(-1));
  return { rows: widest.flatMap(profileRows), profiles };
}

async function profiled(
  setting: BenchSetting,
  { crop, width }: StepSpec,
  kernels: StepProfile['kernels'],
): Promise<StepProfile> {
  const env = { ...setting.env, MCKD_KERNELS: kernels };
  const rounds = setting.quick ? 1 : 5;
  const ours = await setting.openOurs({ work: 'profile', crop, width, rounds }, env);
  try {
    const { profile } = await ours.once();
    if (!profile?.asFunction) {
      throw new UserError('steps do not run as functions here; unset MCKD_STEPS', {
        code: 'BAD_VALUE',
        field: 'MCKD_STEPS',
        value: process.env.MCKD_STEPS,
      });
    }
    return profile;
  } finally {
    ours.close();
  }
}

/** Most ops that a step may compute on a GPU, which starts a kernel for each. */
const MOST_KERNELS = 1500;
/** Most seconds of making a function at full width. */
const MOST_MAKING = 2;

function profileRows(profile: StepProfile): BenchRow[] {
  const { width, kernels, crop, batchSize, opByOp, asFunction } = profile;
  const at = `width ${width}, ${sizeText(crop)}, batch ${batchSize}, ${KERNEL_NAMES[kernels]}`;
  const row = (work: string, ours: number, unit: string, goal: number | null): BenchRow => ({
    ...{ work: `${work} (${at})`, ours, peer: null, unit, ratio: null, goal },
  });
  const [made, eager] = [asFunction?.seconds ?? NaN, opByOp.seconds];
  return [
    row('ops of a training step', opsOf(profile), 'ops', null),
    row(
      'those of them that compute',
      opByOp.kernels,
      'ops',
      kernels === 'fused' ? MOST_KERNELS : null,
    ),
    row('nodes of its function', asFunction?.nodes ?? NaN, 'nodes', null),
    row('making its function', asFunction?.makingSeconds ?? NaN, 's', MOST_MAKING),
    {
      ...row('training step as a function, over op by op', made, 's', null),
      peer: eager,
      ratio: made / eager,
    },
  ];
}

/** A step at 1, 2, 4, 8 times the crop, and at 1, 2, 4, 8 times an eighth of the width. */
async function cost(setting: BenchSetting): Promise<Partial<Bench>> {
  const crops: Size3[] = [
    [32, 64, 64],
    [64, 64, 64],
    [64, 128, 64],
    [64, 128, 128],
  ];
  const costs: CostPoint[] = [];
  const seconds = async (spec: WorkSpec): Promise<number> => {
    const measure = { rounds: setting.quick ? 1 : 5, warmUp: WARM_UP_STEPS };
    return (await compare({ ...setting, openPeer: undefined }, spec, { ...measure, tolerance: 0 }))
      .ours;
  };
  for (const [i, crop] of crops.entries()) {
    setting.tell(`cost of a step, crop ${sizeText(crop)}`);
    const spec = { ...stepSpec(setting, crop, 1), crop };
    costs.push({ axis: 'volume', factor: 2 ** i, seconds: await seconds(spec) });
  }
  for (let i = 0; i < 4; i++) {
    const width = 2 ** i / (setting.quick ? 64 : 8);
    setting.tell(`cost of a step, width ${width}`);
    const spec = stepSpec(setting, crops[0], 1, { width });
    costs.push({ axis: 'width', factor: 2 ** i, seconds: await seconds(spec) });
  }
  const row = (axis: CostPoint['axis'], what: string): BenchRow => {
    const [first, last] = [1, 8].map(
      (factor) => costs.find((c) => c.axis === axis && c.factor === factor)?.seconds ?? NaN,
    );
    return {
      work: `a step at 8 times the ${what}, over 8 steps at 1`,
      ours: last,
      peer: 8 * first,
      unit: 's',
      ratio: last / (8 * first),
      goal: 1,
    };
  };
  return { rows: [row('volume', 'crop'), row('width', 'width')], costs };
}

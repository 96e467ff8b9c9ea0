/** Each method that MCKD is compared with, at its full width: a training step, and all subsets of a case. */
import { tileStarts, WARM_UP_STEPS } from '@mckd/lib/brats';
import type { RivalCase, RivalOptimizer, RivalTrainingSpec } from '@mckd/lib/checks';
import type { Size3 } from '@mckd/lib/volume';
import {
  compare,
  sizeText,
  timeAndPeak,
  timeRow,
  type Bench,
  type BenchRow,
  type BenchSetting,
} from '../compare';
import type { WorkSpec } from '../kit-works';

type Settings = RivalTrainingSpec['settings'];

interface RivalStep {
  rival: string;
  /** As published, and small ones. */
  settings: Settings;
  small: Settings;
  crop: Size3;
  optimizer: RivalOptimizer;
  /** Its name in configs, where each of its encoders sees one scan: those are encoded once for all subsets. */
  model?: string;
  /** Noise at test: sums over a volume differ by so much. */
  noise?: number;
  /** What of the case isn't usual. */
  more?: Partial<RivalCase>;
}

const SGD: RivalOptimizer = { kind: 'sgd', rate: 1e-4, momentum: 0.99 };
const adam = (rate: number, decay = 0, amsgrad = false): RivalOptimizer => ({
  ...{ kind: 'adam', rate, decay, amsgrad },
});
const CUBE: Size3 = [64, 64, 64];
/** Of the authors' 80 x 160 x 160. */
const SLAB: Size3 = [32, 64, 64];

const RIVALS: RivalStep[] = [
  {
    rival: 'LCKD',
    settings: { width: 1 },
    small: { width: 1 / 16 },
    crop: SLAB,
    optimizer: SGD,
    more: { teachers: [0, 2] },
  },
  {
    rival: 'ShaSpec',
    settings: { width: 1 },
    small: { width: 1 / 16 },
    crop: SLAB,
    optimizer: SGD,
  },
  {
    rival: 'RFNet',
    model: 'rfnet',
    settings: { base_channels: 16 },
    small: { base_channels: 4 },
    crop: CUBE,
    optimizer: adam(2e-4, 1e-4, true),
  },
  {
    rival: 'mmFormer',
    model: 'mmformer',
    settings: { base_channels: 8, token_width: 512, mlp: 4096, heads: 8 },
    small: { base_channels: 4, token_width: 16, mlp: 32, heads: 8 },
    crop: CUBE,
    optimizer: adam(2e-4, 1e-4, true),
  },
  {
    rival: 'U-HVED',
    model: 'uhved',
    noise: 0.05,
    settings: { base_channels: 8 },
    small: { base_channels: 2 },
    crop: CUBE,
    optimizer: adam(1e-3),
  },
  {
    rival: 'U-HeMIS',
    model: 'uhemis',
    settings: { base_channels: 8 },
    small: { base_channels: 2 },
    crop: CUBE,
    optimizer: adam(1e-3),
  },
  {
    rival: 'RobustSeg',
    model: 'robustseg',
    settings: { base_filters: 16, style_base: 32, style_code: 8, mlp: 128 },
    small: { base_filters: 2, style_base: 2, style_code: 8, mlp: 8 },
    crop: CUBE,
    optimizer: adam(1e-4),
  },
  {
    rival: 'ACN',
    settings: { base_channels: 16, discriminator_base: 64 },
    small: { base_channels: 8, discriminator_base: 2 },
    crop: CUBE,
    optimizer: adam(1e-4, 1e-5),
    more: { available: [2] },
  },
];

/** Of the peer's time and memory, at most. */
const GOALS = { time: 0.9, memory: 1 };
/** Of the time of 15 runs of the peer. */
const SUBSETS_GOAL = 0.3;

export async function rivalSteps(setting: BenchSetting): Promise<Partial<Bench>> {
  const rows: BenchRow[] = [];
  for (const one of RIVALS) rows.push(...(await rivalStep(setting, one)));
  for (const one of RIVALS) rows.push(...(await subsetsOfACase(setting, one)));
  return { rows };
}

/** All subsets at once, over as many runs of the peer with all four scans. */
async function subsetsOfACase(
  setting: BenchSetting,
  { rival, model, noise, settings, small }: RivalStep,
): Promise<BenchRow[]> {
  if (model === undefined) return [];
  const [size, tile]: [Size3, Size3] = setting.quick
    ? [
        [32, 48, 32],
        [32, 32, 32],
      ]
    : [[96, 96, 96], CUBE];
  const spec = (present: number[] | 'all subsets'): WorkSpec => ({
    ...{ work: 'segment', size, tile, width: 1, present },
    starts: size.map((side, axis) => tileStarts(side, tile[axis])),
    other: { model, rival, settings: setting.quick ? small : settings },
  });
  const at = `${rival}, ${sizeText(size)} in tiles of ${sizeText(tile)}`;
  setting.tell(`15 subsets of a case, ${at}`);
  const measure = { rounds: 1, warmUp: 0 };
  const one = await compare(setting, spec([0, 1, 2, 3]), { ...measure, tolerance: noise ?? 1e-4 });
  const all = await compare({ ...setting, openPeer: undefined }, spec('all subsets'), {
    ...measure,
    tolerance: 0,
  });
  const fifteen = one.peer === null ? null : 15 * one.peer;
  return [timeRow(`15 subsets of a case, ${at}`, { ...all, peer: fifteen }, SUBSETS_GOAL)];
}

async function rivalStep(
  setting: BenchSetting,
  { rival, settings, small, crop, optimizer, more }: RivalStep,
): Promise<BenchRow[]> {
  const of: RivalCase = {
    ...{ tag: 'bench', batch: 1, available: [0, 1, 2, 3], ...more },
    crop: setting.quick ? [32, 32, 32] : [...crop],
  };
  const at = `${rival}, ${sizeText(of.crop)}, batch ${of.batch}`;
  setting.tell(`training step of ${at}`);
  const spec = { rival, settings: setting.quick ? small : settings, case: of, optimizer };
  const measure = { rounds: setting.quick ? 1 : 3, warmUp: WARM_UP_STEPS, tolerance: 1e-4 };
  const compared = await compare(setting, { work: 'rival_step', ...spec }, measure);
  return timeAndPeak(at, compared, measure, GOALS);
}

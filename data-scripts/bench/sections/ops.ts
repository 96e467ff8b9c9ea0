/** What a training step is made of. */
import { UserError } from '@mckd/lib/base';
import { opsOf, type StepProfile } from '@mckd/lib/brats';
import { buildConfig } from '@mckd/lib/config';
import { KERNEL_NAMES } from '@mckd/lib/nn';
import { sizeText, stepSpec, type Bench, type BenchRow, type BenchSetting } from '../compare';
import type { StepSpec } from '../kit-works';
import { SMALL } from './steps';

/** Ops of a step, at the width of `quick` and at full width, of each kind of kernels. */
export async function opsOfAStep(setting: BenchSetting): Promise<Partial<Bench>> {
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

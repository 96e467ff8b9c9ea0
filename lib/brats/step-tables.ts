/** What a training step is made of, as tables. */
import { KERNEL_NAMES } from '../nn/compute';
import type { Table } from '../report/tables';
import type { StepProfile } from './measure';

/** Ops that JavaScript hands to TensorFlow in a step op by op. */
export function opsOf({ opByOp }: StepProfile): number {
  return opByOp.ops.reduce((sum, { count }) => sum + count, 0);
}

const digits = (seconds: number): number => Number(seconds.toPrecision(3));

/** One row per profile: ops and time, op by op and as one function. */
export function stepProfilesTable(profiles: readonly StepProfile[]): Table {
  return {
    name: 'brats-step',
    title: 'A training step, op by op and as one function',
    caption:
      'Ops that JavaScript hands to TensorFlow in a step; those of them that compute, without the ones that only change a ' +
      'shape, or cast to the type there is; nodes of the function (arguments, constants, ops), which is one op for JavaScript. ' +
      'Seconds of a step, medians; of making the function, once for each choice of scans and sizes.',
    columns: [
      { key: 'step', title: 'step' },
      { key: 'kernels', title: 'kernels' },
      { key: 'ops', title: 'ops', group: 'op by op', digits: 0, machine: true },
      { key: 'computing', title: 'that compute', group: 'op by op', digits: 0, machine: true },
      { key: 'eager', title: 'seconds', group: 'op by op', digits: 3, machine: true },
      { key: 'nodes', title: 'nodes', group: 'as one function', digits: 0, machine: true },
      { key: 'seconds', title: 'seconds', group: 'as one function', digits: 3, machine: true },
      { key: 'ratio', title: 'of op by op', group: 'as one function', machine: true },
      { key: 'making', title: 'seconds to make it', group: 'as one function', machine: true },
    ],
    rows: profiles.map((profile) => {
      const { width, crop, batchSize, kernels, opByOp, asFunction } = profile;
      return {
        step: `width ${digits(width)}, ${crop.join(' x ')}, batch ${batchSize}`,
        kernels: KERNEL_NAMES[kernels],
        ops: opsOf(profile),
        computing: opByOp.kernels,
        eager: digits(opByOp.seconds),
        nodes: asFunction?.nodes ?? null,
        seconds: asFunction ? digits(asFunction.seconds) : null,
        ratio: asFunction ? asFunction.seconds / opByOp.seconds : null,
        making: asFunction?.makingSeconds ?? null,
      };
    }),
  };
}

/** The kinds of op of a step op by op, the one that takes longest first. */
export function stepKindsTable({ opByOp: { ops, seconds } }: StepProfile, most = 12): Table {
  return {
    name: 'brats-step-kinds',
    title: 'Kinds of op in a training step, op by op',
    caption:
      'Those that take longest: how many a step has, their time, and its share of the step’s. The rest of the step is other ops, and JavaScript.',
    columns: [
      { key: 'op', title: 'op' },
      { key: 'count', title: 'in a step', digits: 0, machine: true },
      { key: 'milliseconds', title: 'ms', digits: 1, machine: true },
      { key: 'share', title: '% of the time', digits: 1, machine: true },
    ],
    rows: ops.slice(0, most).map((one) => ({
      op: one.op,
      count: one.count,
      milliseconds: 1000 * one.seconds,
      share: (100 * one.seconds) / seconds,
    })),
  };
}
